-- Django 5 with UUIDField(primary_key=True), of the users, too: char(32), hex digits without hyphens
-- (on MariaDB from 10.7 on, a migrated project keeps them; on MySQL there is no other way).
SET NAMES utf8mb4;

CREATE TABLE `accounts_user` (
  `id` char(32) NOT NULL,
  `password` varchar(128) NOT NULL,
  `username` varchar(150) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `username` (`username`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `todo_list` (
  `id` char(32) NOT NULL,
  `title` varchar(200) NOT NULL,
  `created` datetime(6) NOT NULL,
  `owner_id` char(32) NOT NULL,
  `parent_id` char(32) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `todo_list_owner_id_0a1b2c3d_fk` (`owner_id`),
  KEY `todo_list_parent_id_1a2b3c4d_fk` (`parent_id`),
  CONSTRAINT `todo_list_owner_id_0a1b2c3d_fk_accounts_user_id` FOREIGN KEY (`owner_id`) REFERENCES `accounts_user` (`id`),
  CONSTRAINT `todo_list_parent_id_1a2b3c4d_fk_todo_list_id` FOREIGN KEY (`parent_id`) REFERENCES `todo_list` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `todo_item` (
  `id` char(32) NOT NULL,
  `text` longtext NOT NULL,
  `done` tinyint(1) NOT NULL,
  `calendar_uuid` char(32) DEFAULT NULL,
  `checksum` char(32) DEFAULT NULL,
  `list_id` char(32) NOT NULL,
  `owner_id` char(32) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `todo_item_list_id_2a3b4c5d_fk_todo_list_id` (`list_id`),
  KEY `todo_item_owner_id_3a4b5c6d_fk_accounts_user_id` (`owner_id`),
  CONSTRAINT `todo_item_list_id_2a3b4c5d_fk_todo_list_id` FOREIGN KEY (`list_id`) REFERENCES `todo_list` (`id`),
  CONSTRAINT `todo_item_owner_id_3a4b5c6d_fk_accounts_user_id` FOREIGN KEY (`owner_id`) REFERENCES `accounts_user` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `todo_item_labels` (
  `item_id` char(32) NOT NULL,
  `label` varchar(40) COLLATE utf8mb4_bin NOT NULL,
  `owner_id` char(32) NOT NULL,
  `colour` varchar(20) DEFAULT NULL,
  PRIMARY KEY (`item_id`,`label`),
  CONSTRAINT `todo_item_labels_item_id_fk` FOREIGN KEY (`item_id`) REFERENCES `todo_item` (`id`),
  CONSTRAINT `todo_item_labels_owner_id_fk` FOREIGN KEY (`owner_id`) REFERENCES `accounts_user` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

INSERT INTO accounts_user VALUES
  ('a0a0a0a0111142228333444455556666','pbkdf2_sha256$a','alice'),
  ('b0b0b0b0111142228333444455556666','pbkdf2_sha256$b','bob');
INSERT INTO todo_list VALUES
  ('0d1f7a6411114222833344445555666a','Groceries','2024-05-01 12:00:00.123456','a0a0a0a0111142228333444455556666',NULL),
  ('0d1f7a6411114222833344445555666b','Books','2024-05-01 12:00:00.000000','b0b0b0b0111142228333444455556666',NULL);
INSERT INTO todo_item VALUES
  ('1d1f7a6411114222833344445555666a','Milk',0,'5b0cf2a190f34c40a2f50d3c5e0e8a11','d41d8cd98f00b204e9800998ecf8427e','0d1f7a6411114222833344445555666a','a0a0a0a0111142228333444455556666'),
  ('1d1f7a6411114222833344445555666b','Walden',1,NULL,NULL,'0d1f7a6411114222833344445555666b','b0b0b0b0111142228333444455556666');
INSERT INTO todo_item_labels VALUES
  ('1d1f7a6411114222833344445555666a','dairy','a0a0a0a0111142228333444455556666',NULL);
