-- Symfony with Doctrine ORM 2: BINARY(16) UUIDs and immutable dates, told by the comments that
-- Doctrine leaves on columns; a table whose name is a reserved word; the framework's own tables.
SET NAMES utf8mb4;

CREATE TABLE `doctrine_migration_versions` (
  `version` varchar(191) NOT NULL,
  `executed_at` datetime DEFAULT NULL,
  `execution_time` int(11) DEFAULT NULL,
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_unicode_ci;

CREATE TABLE `messenger_messages` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `body` longtext NOT NULL,
  `headers` longtext NOT NULL,
  `queue_name` varchar(190) NOT NULL,
  `created_at` datetime NOT NULL COMMENT '(DC2Type:datetime_immutable)',
  `available_at` datetime NOT NULL COMMENT '(DC2Type:datetime_immutable)',
  `delivered_at` datetime DEFAULT NULL COMMENT '(DC2Type:datetime_immutable)',
  PRIMARY KEY (`id`),
  KEY `IDX_75EA56E0FB7336F0` (`queue_name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `user` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `email` varchar(180) NOT NULL,
  `roles` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT '(DC2Type:json)' CHECK (json_valid(`roles`)),
  `password` varchar(255) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `UNIQ_IDENTIFIER_EMAIL` (`email`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `recipe` (
  `id` binary(16) NOT NULL COMMENT '(DC2Type:uuid)',
  `author_id` int(11) NOT NULL,
  `name` varchar(255) NOT NULL,
  `servings` smallint(6) NOT NULL,
  `vegan` tinyint(1) NOT NULL,
  `steps` longtext NOT NULL COMMENT '(DC2Type:simple_array)',
  `nutrition` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL COMMENT '(DC2Type:json)' CHECK (json_valid(`nutrition`)),
  `price` decimal(10,2) DEFAULT NULL,
  `ready_in` time DEFAULT NULL COMMENT '(DC2Type:time_immutable)',
  `published_on` date DEFAULT NULL COMMENT '(DC2Type:date_immutable)',
  `created_at` datetime NOT NULL COMMENT '(DC2Type:datetime_immutable)',
  PRIMARY KEY (`id`),
  KEY `IDX_DA88B137F675F31B` (`author_id`),
  CONSTRAINT `FK_DA88B137F675F31B` FOREIGN KEY (`author_id`) REFERENCES `user` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `ingredient` (
  `id` binary(16) NOT NULL COMMENT '(DC2Type:uuid)',
  `recipe_id` binary(16) NOT NULL COMMENT '(DC2Type:uuid)',
  `author_id` int(11) NOT NULL,
  `name` varchar(120) NOT NULL,
  `amount` double DEFAULT NULL,
  `unit` varchar(12) DEFAULT NULL,
  `position` int(11) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `IDX_6BAF787059D8A214` (`recipe_id`),
  KEY `IDX_6BAF7870F675F31B` (`author_id`),
  CONSTRAINT `FK_6BAF787059D8A214` FOREIGN KEY (`recipe_id`) REFERENCES `recipe` (`id`),
  CONSTRAINT `FK_6BAF7870F675F31B` FOREIGN KEY (`author_id`) REFERENCES `user` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO doctrine_migration_versions VALUES ('DoctrineMigrations\\Version20240501120000','2024-05-01 12:00:00',41);
INSERT INTO `user` VALUES (1,'alice@example.org','["ROLE_ADMIN"]','$2y$13$a'), (2,'bob@example.org','[]','$2y$13$b');
INSERT INTO recipe VALUES
  (UNHEX('018F3E2A7C1B7D2E8F00112233445566'),1,'Pancakes',4,0,'mix,fry','{"kcal":520}',3.20,'00:25:00','2024-05-01','2024-05-01 12:00:00'),
  (UNHEX('018F3E2A7C1B7D2E8F00112233445567'),2,'Toast',1,1,'toast',NULL,NULL,NULL,NULL,'2024-05-02 12:00:00');
INSERT INTO ingredient VALUES
  (UNHEX('018F3E2A7C1B7D2E8F00000000000001'),UNHEX('018F3E2A7C1B7D2E8F00112233445566'),1,'Flour',250,'g',0),
  (UNHEX('018F3E2A7C1B7D2E8F00000000000002'),UNHEX('018F3E2A7C1B7D2E8F00112233445567'),2,'Bread',NULL,NULL,0);
