-- Spring Boot 3 with Hibernate 6: bit(1) booleans, ids from sequences (kept in tables where the
-- database has none), BINARY(16) UUIDs, enumerations as ENUM, as numbers and as text, a version
-- column for optimistic locks, audit columns.
SET NAMES utf8mb4;

CREATE TABLE `app_user` (
  `id` bigint(20) NOT NULL,
  `email` varchar(255) NOT NULL,
  `enabled` bit(1) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `UK1j9d9a06i600gd43uu3km82jw` (`email`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `app_user_seq` (
  `next_val` bigint(20) DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `vehicle` (
  `id` binary(16) NOT NULL,
  `owner_id` bigint(20) NOT NULL,
  `plate` varchar(255) NOT NULL,
  `fuel` enum('DIESEL','ELECTRIC','PETROL') DEFAULT NULL,
  `gearbox` tinyint(4) DEFAULT NULL CHECK (`gearbox` between 0 and 1),
  `active` bit(1) NOT NULL,
  `price` decimal(38,2) DEFAULT NULL,
  `mileage` float DEFAULT NULL,
  `version` int(11) NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `updated_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `FKp8m0vcv2a21d3jl5e9ei4x3mm` (`owner_id`),
  CONSTRAINT `FKp8m0vcv2a21d3jl5e9ei4x3mm` FOREIGN KEY (`owner_id`) REFERENCES `app_user` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `refuelling` (
  `id` binary(16) NOT NULL,
  `owner_id` bigint(20) NOT NULL,
  `vehicle_id` binary(16) NOT NULL,
  `at` datetime(6) NOT NULL,
  `litres` decimal(38,2) NOT NULL,
  `full` bit(1) NOT NULL,
  `station` varchar(255) DEFAULT NULL,
  `receipt` tinyblob DEFAULT NULL,
  `scan` varbinary(255) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `FK7ae3v0jd8k2wq1m0c8v5t4x1y` (`vehicle_id`),
  KEY `FK2b1yk9fj3l8cs8a0wq7e2m9rt` (`owner_id`),
  CONSTRAINT `FK2b1yk9fj3l8cs8a0wq7e2m9rt` FOREIGN KEY (`owner_id`) REFERENCES `app_user` (`id`),
  CONSTRAINT `FK7ae3v0jd8k2wq1m0c8v5t4x1y` FOREIGN KEY (`vehicle_id`) REFERENCES `vehicle` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

INSERT INTO app_user VALUES (1,'alice@example.org',b'1'), (2,'bob@example.org',b'0');
INSERT INTO app_user_seq VALUES (51);
INSERT INTO vehicle VALUES
  (x'8f1c7a5e2b3d4c6f9a0b1c2d3e4f5a6b',1,'B-XY 123','DIESEL',1,b'1',18999.99,45210.5,3,'2024-05-01 12:00:00.123456','2024-05-02 12:00:00.000000'),
  (x'8f1c7a5e2b3d4c6f9a0b1c2d3e4f5a6c',2,'AB 12345',NULL,NULL,b'0',NULL,NULL,0,'2024-05-01 12:00:00.000000',NULL);
INSERT INTO refuelling VALUES
  (x'00000000000040008000000000000001',1,x'8f1c7a5e2b3d4c6f9a0b1c2d3e4f5a6b','2024-05-01 12:00:00.000000',45.20,b'1','Aral',x'00',NULL),
  (x'00000000000040008000000000000002',2,x'8f1c7a5e2b3d4c6f9a0b1c2d3e4f5a6c','2024-05-01 13:00:00.500000',0.00,b'0',NULL,NULL,x'DEADBEEF');
