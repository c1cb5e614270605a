-- Laravel 11 with bigint ids: nullable TIMESTAMPs, soft deletes, foreign keys, a pivot table, and
-- the framework's own tables.
SET NAMES utf8mb4;

CREATE TABLE `migrations` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `migration` varchar(255) NOT NULL,
  `batch` int(11) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `users` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(255) NOT NULL,
  `email` varchar(255) NOT NULL,
  `email_verified_at` timestamp NULL DEFAULT NULL,
  `password` varchar(255) NOT NULL,
  `remember_token` varchar(100) DEFAULT NULL,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `users_email_unique` (`email`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `sessions` (
  `id` varchar(255) NOT NULL,
  `user_id` bigint(20) unsigned DEFAULT NULL,
  `ip_address` varchar(45) DEFAULT NULL,
  `user_agent` text DEFAULT NULL,
  `payload` longtext NOT NULL,
  `last_activity` int(11) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `sessions_user_id_index` (`user_id`),
  KEY `sessions_last_activity_index` (`last_activity`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `projects` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `user_id` bigint(20) unsigned NOT NULL,
  `name` varchar(255) NOT NULL,
  `color` varchar(7) DEFAULT NULL,
  `position` int(10) unsigned NOT NULL DEFAULT 0,
  `settings` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`settings`)),
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  `deleted_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `projects_user_id_foreign` (`user_id`),
  CONSTRAINT `projects_user_id_foreign` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `tasks` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `user_id` bigint(20) unsigned NOT NULL,
  `project_id` bigint(20) unsigned DEFAULT NULL,
  `title` varchar(255) NOT NULL,
  `notes` text DEFAULT NULL,
  `is_done` tinyint(1) NOT NULL DEFAULT 0,
  `priority` tinyint(3) unsigned NOT NULL DEFAULT 3,
  `estimate` double DEFAULT NULL,
  `due_on` date DEFAULT NULL,
  `remind_at` datetime DEFAULT NULL,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  `deleted_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `tasks_user_id_foreign` (`user_id`),
  KEY `tasks_project_id_foreign` (`project_id`),
  CONSTRAINT `tasks_project_id_foreign` FOREIGN KEY (`project_id`) REFERENCES `projects` (`id`) ON DELETE SET NULL,
  CONSTRAINT `tasks_user_id_foreign` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `tags` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `user_id` bigint(20) unsigned NOT NULL,
  `name` varchar(60) NOT NULL,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `tags_user_id_name_unique` (`user_id`,`name`),
  CONSTRAINT `tags_user_id_foreign` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `tag_task` (
  `tag_id` bigint(20) unsigned NOT NULL,
  `task_id` bigint(20) unsigned NOT NULL,
  PRIMARY KEY (`tag_id`,`task_id`),
  KEY `tag_task_task_id_foreign` (`task_id`),
  CONSTRAINT `tag_task_tag_id_foreign` FOREIGN KEY (`tag_id`) REFERENCES `tags` (`id`) ON DELETE CASCADE,
  CONSTRAINT `tag_task_task_id_foreign` FOREIGN KEY (`task_id`) REFERENCES `tasks` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO migrations VALUES (1,'0001_01_01_000000_create_users_table',1), (2,'2024_05_01_120000_create_tasks_table',1);
INSERT INTO users (id, name, email, password, created_at, updated_at) VALUES
  (1,'Alice','alice@example.org','$2y$12$a','2024-05-01 12:00:00','2024-05-01 12:00:00'),
  (2,'Bob','bob@example.org','$2y$12$b','2024-05-02 12:00:00','2024-05-02 12:00:00');
INSERT INTO sessions VALUES ('pqD1xTn0',1,'127.0.0.1','curl/8','YToxOnt9',1714564800), ('zz',NULL,NULL,NULL,'e30=',0);
INSERT INTO projects VALUES
  (1,1,'Home','#ff8800',1,'{"view":"list","columns":[1,2]}','2024-05-01 12:00:00','2024-05-01 12:00:00',NULL),
  (2,1,'Old',NULL,0,NULL,'2024-05-01 12:00:00','2024-06-01 12:00:00','2024-06-01 12:00:00'),
  (3,2,'Bob''s',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO tasks VALUES
  (1,1,1,'Buy milk',NULL,0,3,0.25,'2024-05-03','2024-05-03 08:00:00','2024-05-01 12:00:00','2024-05-01 12:00:00',NULL),
  (2,1,NULL,'Überweisung 😀','two\nlines',1,255,NULL,NULL,NULL,'2024-05-01 12:00:00','2024-05-02 12:00:00',NULL),
  (3,2,3,'His','',0,1,NULL,NULL,NULL,NULL,NULL,'2024-06-01 00:00:00');
INSERT INTO tags VALUES (1,1,'home',NULL,NULL), (2,1,'work',NULL,NULL), (3,2,'home',NULL,NULL);
INSERT INTO tag_task VALUES (1,1), (2,1), (3,3);
