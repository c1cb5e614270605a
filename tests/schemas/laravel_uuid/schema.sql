-- Laravel 11 with HasUuids: CHAR(36) keys in the framework's collation, integer users.
SET NAMES utf8mb4;

CREATE TABLE `users` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(255) NOT NULL,
  `email` varchar(255) NOT NULL,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `users_email_unique` (`email`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `notebooks` (
  `id` char(36) NOT NULL,
  `user_id` bigint(20) unsigned NOT NULL,
  `title` varchar(120) NOT NULL,
  `archived` tinyint(1) NOT NULL DEFAULT 0,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `notebooks_user_id_foreign` (`user_id`),
  CONSTRAINT `notebooks_user_id_foreign` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `notes` (
  `id` char(36) NOT NULL,
  `user_id` bigint(20) unsigned NOT NULL,
  `notebook_id` char(36) NOT NULL,
  `title` varchar(255) NOT NULL,
  `body` longtext DEFAULT NULL,
  `tags` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`tags`)),
  `kind` enum('text','list','drawing') NOT NULL DEFAULT 'text',
  `rating` decimal(3,1) DEFAULT NULL,
  `pinned_at` timestamp NULL DEFAULT NULL,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  `deleted_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `notes_user_id_foreign` (`user_id`),
  KEY `notes_notebook_id_foreign` (`notebook_id`),
  CONSTRAINT `notes_notebook_id_foreign` FOREIGN KEY (`notebook_id`) REFERENCES `notebooks` (`id`) ON DELETE CASCADE,
  CONSTRAINT `notes_user_id_foreign` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO users VALUES (1,'Alice','alice@example.org',NULL,NULL), (2,'Bob','bob@example.org',NULL,NULL);
INSERT INTO notebooks VALUES
  ('9bf5a3c0-6f0e-4d5f-8d0a-0a2b3c4d5e6f',1,'Recipes',0,'2024-05-01 12:00:00','2024-05-01 12:00:00'),
  ('9bf5a3c0-6f0e-4d5f-8d0a-0a2b3c4d5e70',2,'Ideas',1,NULL,NULL);
INSERT INTO notes VALUES
  ('9c000000-0000-4000-8000-000000000001',1,'9bf5a3c0-6f0e-4d5f-8d0a-0a2b3c4d5e6f','Bread','Flour, water','["food"]','list',4.5,NULL,'2024-05-01 12:00:00','2024-05-01 12:00:00',NULL),
  ('9c000000-0000-4000-8000-000000000002',1,'9bf5a3c0-6f0e-4d5f-8d0a-0a2b3c4d5e6f','Gone',NULL,NULL,'text',NULL,NULL,'2024-05-01 12:00:00','2024-05-03 12:00:00','2024-05-03 12:00:00'),
  ('9c000000-0000-4000-8000-000000000003',2,'9bf5a3c0-6f0e-4d5f-8d0a-0a2b3c4d5e70','Mine','','[]','drawing',NULL,'2024-05-03 12:00:00',NULL,NULL,NULL);
