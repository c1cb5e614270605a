BEGIN;
INSERT INTO `Habit` (`id`, `userId`, `title`, `frequency`, `target`, `active`, `createdAt`, `updatedAt`)
VALUES ('clvq0habit000000000000web', 'clvq0a1b20000bob000000001', 'Web', 'MONTHLY', 2, true, '2024-07-01 10:00:00.5', '2024-07-01 10:00:00.5');
INSERT INTO `Entry` (`id`, `userId`, `habitId`, `doneAt`) VALUES
    ('clvq0entry000000000000web', 'clvq0a1b20000bob000000001', 'clvq0habit000000000000web', '2024-07-02 10:00:00.000');
COMMIT;
SELECT `h`.`title`, `h`.`frequency`, `h`.`createdAt`, `e`.`doneAt` FROM `Habit` `h` JOIN `Entry` `e` ON `e`.`habitId` = `h`.`id`
WHERE `h`.`id` = 'clvq0habit000000000000web';
DELETE FROM `Habit` WHERE `id` = 'clvq0habit000000000000web';
SELECT COUNT(*) FROM `Entry` WHERE `userId` = 'clvq0a1b20000bob000000001';
