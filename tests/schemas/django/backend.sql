INSERT INTO `garden_bed` (`name`, `area`, `sunny`, `created`, `modified`, `owner_id`)
VALUES ('Web', '3.25', 1, '2024-07-01 10:00:00.123456', '2024-07-01 10:00:00.123456', 2);
SET @bed = LAST_INSERT_ID();
INSERT INTO `garden_plant` (`code`, `species`, `notes`, `height_cm`, `germination`, `price`, `planted_on`, `water_at`,
    `interval`, `photo`, `traits`, `alive`, `created`, `bed_id`, `owner_id`)
VALUES ('abcdef0123456789abcdef0123456789', 'Mentha', '', 20, NULL, NULL, NULL, NULL, NULL, NULL, '{}', 1, '2024-07-01 10:00:00', @bed, 2);
SET @plant = LAST_INSERT_ID();
INSERT INTO garden_plant_neighbours (from_plant_id, to_plant_id) VALUES (@plant, 2);
SELECT p.species, b.name, b.area, u.username FROM garden_plant p JOIN garden_bed b ON b.id = p.bed_id
JOIN auth_user u ON u.id = p.owner_id WHERE p.id = @plant;
DELETE FROM garden_plant_neighbours WHERE from_plant_id IN (@plant);
DELETE FROM garden_plant WHERE id IN (@plant);
DELETE FROM garden_bed WHERE id IN (@bed);
SELECT COUNT(*) FROM garden_plant WHERE owner_id = 2;
