-- What MariaDB alone has, or has its own way: UUID columns with a default, generated columns of both
-- kinds, JSON, ON UPDATE with microseconds, and a CHECK.
SET NAMES utf8mb4;

CREATE TABLE `accounts` (
  `id` uuid NOT NULL DEFAULT uuid(),
  `handle` varchar(40) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `handle` (`handle`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci;

CREATE TABLE `workouts` (
  `id` uuid NOT NULL DEFAULT uuid(),
  `account_id` uuid NOT NULL,
  `title` varchar(100) NOT NULL,
  `started_at` datetime(3) NOT NULL,
  `ended_at` datetime(3) DEFAULT NULL,
  `seconds` bigint(20) GENERATED ALWAYS AS (timestampdiff(SECOND,`started_at`,`ended_at`)) VIRTUAL,
  `distance_m` int(10) unsigned DEFAULT NULL CHECK (`distance_m` < 1000000),
  `pace` double DEFAULT NULL,
  `samples` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`samples`)),
  `title_key` varchar(100) GENERATED ALWAYS AS (lower(`title`)) STORED,
  `device_ref` uuid DEFAULT NULL,
  `revision` int(11) NOT NULL DEFAULT 1,
  `created_at` timestamp(6) NOT NULL DEFAULT current_timestamp(6),
  `updated_at` timestamp(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
  PRIMARY KEY (`id`),
  KEY `workouts_account` (`account_id`),
  CONSTRAINT `workouts_account` FOREIGN KEY (`account_id`) REFERENCES `accounts` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci;

CREATE TABLE `laps` (
  `id` uuid NOT NULL DEFAULT uuid(),
  `account_id` uuid NOT NULL,
  `workout_id` uuid NOT NULL,
  `number` smallint(6) NOT NULL,
  `duration` time(3) NOT NULL,
  `place` point DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `laps_number` (`account_id`,`workout_id`,`number`),
  KEY `laps_workout` (`workout_id`),
  CONSTRAINT `laps_account` FOREIGN KEY (`account_id`) REFERENCES `accounts` (`id`) ON DELETE CASCADE,
  CONSTRAINT `laps_workout` FOREIGN KEY (`workout_id`) REFERENCES `workouts` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci;

INSERT INTO accounts VALUES ('6e0b2f5a-0000-4000-8000-000000000001','alice'), ('6e0b2f5a-0000-4000-8000-000000000002','bob');
INSERT INTO workouts (id, account_id, title, started_at, ended_at, distance_m, pace, samples) VALUES
  ('7a000000-0000-4000-8000-000000000001','6e0b2f5a-0000-4000-8000-000000000001','Morning Run','2024-05-01 06:00:00.500','2024-05-01 06:30:00.000',5000,6.25,'[61, 62.5, 60]'),
  ('7a000000-0000-4000-8000-000000000002','6e0b2f5a-0000-4000-8000-000000000002','Swim','2024-05-01 18:00:00.000',NULL,NULL,NULL,NULL);
INSERT INTO laps (account_id, workout_id, number, duration, place) VALUES
  ('6e0b2f5a-0000-4000-8000-000000000001','7a000000-0000-4000-8000-000000000001',1,'00:15:00.250',POINT(13.4, 52.5)),
  ('6e0b2f5a-0000-4000-8000-000000000001','7a000000-0000-4000-8000-000000000001',2,'00:14:59.250',NULL);
