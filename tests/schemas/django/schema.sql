-- Django 5: integer users, bigint ids, NOT NULL datetime(6), UUIDs as char(32) without hyphens, a
-- many-to-many table with an id of its own, and CHECKs of positive numbers.
SET NAMES utf8mb4;

CREATE TABLE `django_migrations` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `app` varchar(255) NOT NULL,
  `name` varchar(255) NOT NULL,
  `applied` datetime(6) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `django_session` (
  `session_key` varchar(40) NOT NULL,
  `session_data` longtext NOT NULL,
  `expire_date` datetime(6) NOT NULL,
  PRIMARY KEY (`session_key`),
  KEY `django_session_expire_date_a5c62663` (`expire_date`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `auth_user` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `password` varchar(128) NOT NULL,
  `last_login` datetime(6) DEFAULT NULL,
  `is_superuser` tinyint(1) NOT NULL,
  `username` varchar(150) NOT NULL,
  `first_name` varchar(150) NOT NULL,
  `last_name` varchar(150) NOT NULL,
  `email` varchar(254) NOT NULL,
  `is_staff` tinyint(1) NOT NULL,
  `is_active` tinyint(1) NOT NULL,
  `date_joined` datetime(6) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `username` (`username`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `garden_bed` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `name` varchar(80) NOT NULL,
  `area` decimal(6,2) NOT NULL,
  `sunny` tinyint(1) NOT NULL,
  `created` datetime(6) NOT NULL,
  `modified` datetime(6) NOT NULL,
  `owner_id` int(11) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `garden_bed_owner_id_1f0a3f4e_fk_auth_user_id` (`owner_id`),
  CONSTRAINT `garden_bed_owner_id_1f0a3f4e_fk_auth_user_id` FOREIGN KEY (`owner_id`) REFERENCES `auth_user` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `garden_plant` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `code` char(32) NOT NULL,
  `species` varchar(200) NOT NULL,
  `notes` longtext NOT NULL,
  `height_cm` int(10) unsigned DEFAULT NULL CHECK (`height_cm` >= 0),
  `germination` double DEFAULT NULL,
  `price` decimal(8,2) DEFAULT NULL,
  `planted_on` date DEFAULT NULL,
  `water_at` time(6) DEFAULT NULL,
  `interval` bigint(20) DEFAULT NULL,
  `photo` longblob DEFAULT NULL,
  `traits` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL CHECK (json_valid(`traits`)),
  `alive` tinyint(1) NOT NULL,
  `created` datetime(6) NOT NULL,
  `bed_id` bigint(20) DEFAULT NULL,
  `owner_id` int(11) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `code` (`code`),
  KEY `garden_plant_bed_id_5c1d2e3f_fk_garden_bed_id` (`bed_id`),
  KEY `garden_plant_owner_id_7b8c9d0e_fk_auth_user_id` (`owner_id`),
  CONSTRAINT `garden_plant_bed_id_5c1d2e3f_fk_garden_bed_id` FOREIGN KEY (`bed_id`) REFERENCES `garden_bed` (`id`),
  CONSTRAINT `garden_plant_owner_id_7b8c9d0e_fk_auth_user_id` FOREIGN KEY (`owner_id`) REFERENCES `auth_user` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `garden_plant_neighbours` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `from_plant_id` bigint(20) NOT NULL,
  `to_plant_id` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `garden_plant_neighbours_from_plant_id_to_plant_id_uniq` (`from_plant_id`,`to_plant_id`),
  CONSTRAINT `garden_plant_neighbours_from_fk` FOREIGN KEY (`from_plant_id`) REFERENCES `garden_plant` (`id`),
  CONSTRAINT `garden_plant_neighbours_to_fk` FOREIGN KEY (`to_plant_id`) REFERENCES `garden_plant` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

INSERT INTO django_migrations VALUES (1,'garden','0001_initial','2024-05-01 12:00:00.000000');
INSERT INTO auth_user VALUES
  (1,'pbkdf2_sha256$a',NULL,1,'alice','','','alice@example.org',1,1,'2024-05-01 12:00:00.123456'),
  (2,'pbkdf2_sha256$b','2024-05-03 10:00:00.000000',0,'bob','Bob','','',0,1,'2024-05-01 12:00:00.000000');
INSERT INTO garden_bed VALUES
  (1,'South',12.50,1,'2024-05-01 12:00:00.123456','2024-05-01 12:00:00.123456',1),
  (2,'Pots',0.25,0,'2024-05-01 12:00:00.000000','2024-05-02 12:00:00.000000',2);
INSERT INTO garden_plant VALUES
  (1,'0d1f7a6411114222833344445555666a','Solanum lycopersicum','',150,0.85,2.49,'2024-05-02','07:30:00.000000',172800000000,x'FFD8FF','{"hardy": false}',1,'2024-05-02 09:00:00.000000',1,1),
  (2,'0d1f7a6411114222833344445555666b','Ocimum basilicum','On the sill',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'[]',0,'2024-05-02 09:00:00.999999',NULL,2);
INSERT INTO garden_plant_neighbours VALUES (1,1,2);
