-- An app whose sign-in is a service of somebody else: owners are its text ids, objects have UUIDs
-- that the app makes, and every key begins with the owner.
SET NAMES utf8mb4;

CREATE TABLE `profiles` (
  `uid` varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `display_name` varchar(100) DEFAULT NULL,
  `changes` int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (`uid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `lists` (
  `owner_id` varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `name` varchar(200) NOT NULL,
  `sort` int(11) DEFAULT NULL,
  PRIMARY KEY (`owner_id`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `items` (
  `owner_id` varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `list_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
  `text` text NOT NULL,
  `done` tinyint(1) DEFAULT NULL,
  `quantity` bigint(20) DEFAULT NULL,
  `price` double DEFAULT NULL,
  `labels` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`labels`)),
  `extra` longtext DEFAULT NULL,
  `printed_at` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  PRIMARY KEY (`owner_id`,`id`),
  KEY `items_list` (`owner_id`,`list_id`),
  CONSTRAINT `items_list` FOREIGN KEY (`owner_id`, `list_id`) REFERENCES `lists` (`owner_id`, `id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO profiles (uid, display_name) VALUES ('kX3vQ0zR1','Alice'), ('B0b','Bob');
INSERT INTO lists VALUES ('kX3vQ0zR1','0b6e','Groceries',1), ('B0b','0b6e','Tools',NULL);
INSERT INTO items (owner_id, id, list_id, text, done, quantity, price, labels, extra) VALUES
  ('kX3vQ0zR1','1a','0b6e','Milk',0,2,1.19,'["dairy"]',NULL),
  ('kX3vQ0zR1','1b',NULL,'Überall 😀',NULL,-9223372036854775808,NULL,NULL,'free text'),
  ('B0b','1a','0b6e','Saw',1,NULL,24.9,'[]','');

-- The backend's own bookkeeping, in another table.
CREATE TRIGGER `lists_ai` AFTER INSERT ON `lists` FOR EACH ROW
  UPDATE profiles SET changes = changes + 1 WHERE uid = NEW.owner_id;
CREATE TRIGGER `lists_au` AFTER UPDATE ON `lists` FOR EACH ROW
  UPDATE profiles SET changes = changes + 1 WHERE uid = NEW.owner_id;
CREATE TRIGGER `lists_ad` AFTER DELETE ON `lists` FOR EACH ROW
  UPDATE profiles SET changes = changes + 1 WHERE uid = OLD.owner_id;
