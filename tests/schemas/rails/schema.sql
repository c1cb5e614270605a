-- Rails 7: bigint ids, NOT NULL datetime(6) timestamps without a default, foreign keys named
-- fk_rails_…, decimal prices, and the framework's own tables.
SET NAMES utf8mb4;

CREATE TABLE `schema_migrations` (
  `version` varchar(255) NOT NULL,
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `ar_internal_metadata` (
  `key` varchar(255) NOT NULL,
  `value` varchar(255) DEFAULT NULL,
  `created_at` datetime(6) NOT NULL,
  `updated_at` datetime(6) NOT NULL,
  PRIMARY KEY (`key`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `users` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `email` varchar(255) NOT NULL DEFAULT '',
  `encrypted_password` varchar(255) NOT NULL DEFAULT '',
  `created_at` datetime(6) NOT NULL,
  `updated_at` datetime(6) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `index_users_on_email` (`email`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `trips` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `user_id` bigint(20) NOT NULL,
  `name` varchar(255) NOT NULL,
  `starts_on` date DEFAULT NULL,
  `ends_on` date DEFAULT NULL,
  `public` tinyint(1) NOT NULL DEFAULT 0,
  `preferences` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`preferences`)),
  `lock_version` int(11) NOT NULL DEFAULT 0,
  `created_at` datetime(6) NOT NULL,
  `updated_at` datetime(6) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `index_trips_on_user_id` (`user_id`),
  CONSTRAINT `fk_rails_6d946e6dfe` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `expenses` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `user_id` bigint(20) NOT NULL,
  `trip_id` bigint(20) NOT NULL,
  `description` varchar(255) DEFAULT NULL,
  `amount` decimal(10,2) NOT NULL,
  `exchange_rate` decimal(12,6) DEFAULT NULL,
  `weight` float DEFAULT NULL,
  `category` int(11) NOT NULL DEFAULT 0,
  `spent_at` datetime(6) DEFAULT NULL,
  `opens_at` time DEFAULT NULL,
  `receipt` blob DEFAULT NULL,
  `created_at` datetime(6) NOT NULL,
  `updated_at` datetime(6) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `index_expenses_on_user_id` (`user_id`),
  KEY `index_expenses_on_trip_id` (`trip_id`),
  CONSTRAINT `fk_rails_0b1d6bd8ac` FOREIGN KEY (`trip_id`) REFERENCES `trips` (`id`),
  CONSTRAINT `fk_rails_c3ee69df61` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

INSERT INTO schema_migrations VALUES ('20240501120000'), ('20240501120100');
INSERT INTO ar_internal_metadata VALUES ('environment','production','2024-05-01 12:00:00.000000','2024-05-01 12:00:00.000000');
INSERT INTO users VALUES
  (1,'alice@example.org','$2a$12$a','2024-05-01 12:00:00.123456','2024-05-01 12:00:00.123456'),
  (2,'bob@example.org','$2a$12$b','2024-05-01 12:00:00.000001','2024-05-01 12:00:00.000001');
INSERT INTO trips VALUES
  (1,1,'Lisbon','2024-06-01','2024-06-08',0,'{"currency":"EUR"}',0,'2024-05-01 12:00:00.123456','2024-05-01 12:00:00.123456'),
  (2,2,'Oslo',NULL,NULL,1,NULL,3,'2024-05-01 12:00:00.000001','2024-05-09 23:59:59.999999');
INSERT INTO expenses VALUES
  (1,1,1,'Tram',3.00,NULL,NULL,0,'2024-06-01 18:30:00.000000',NULL,NULL,'2024-06-01 18:30:00.000000','2024-06-01 18:30:00.000000'),
  (2,1,1,NULL,-12.50,1.084210,0.1,2,NULL,'09:30:00','\0ÿ','2024-06-02 10:00:00.500000','2024-06-02 10:00:00.500000'),
  (3,2,2,'Ferry',99999999.99,NULL,NULL,1,NULL,NULL,NULL,'2024-06-02 10:00:00.500000','2024-06-02 10:00:00.500000');
