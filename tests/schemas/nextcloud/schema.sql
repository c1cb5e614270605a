-- Nextcloud 28: the tables of Deck, of calendars and of preferences. Users have no number: their
-- names are the owner. Every text is utf8mb4_bin.
SET NAMES utf8mb4;

CREATE TABLE `oc_users` (
  `uid` varchar(64) NOT NULL DEFAULT '',
  `displayname` varchar(64) DEFAULT NULL,
  `password` varchar(255) NOT NULL DEFAULT '',
  `uid_lower` varchar(64) DEFAULT '',
  PRIMARY KEY (`uid`),
  KEY `user_uid_lower` (`uid_lower`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `oc_preferences` (
  `userid` varchar(64) NOT NULL DEFAULT '',
  `appid` varchar(32) NOT NULL DEFAULT '',
  `configkey` varchar(64) NOT NULL DEFAULT '',
  `configvalue` longtext DEFAULT NULL,
  PRIMARY KEY (`userid`,`appid`,`configkey`),
  KEY `preferences_app_key` (`appid`,`configkey`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `oc_deck_boards` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `title` varchar(100) NOT NULL,
  `owner` varchar(64) NOT NULL,
  `color` varchar(6) DEFAULT NULL,
  `archived` tinyint(1) DEFAULT 0,
  `deleted_at` bigint(20) unsigned DEFAULT 0,
  `last_modified` int(10) unsigned DEFAULT 0,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `oc_deck_stacks` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `title` varchar(100) NOT NULL,
  `board_id` bigint(20) NOT NULL,
  `order` bigint(20) DEFAULT NULL,
  `deleted_at` bigint(20) unsigned DEFAULT 0,
  `last_modified` int(10) unsigned DEFAULT 0,
  PRIMARY KEY (`id`),
  KEY `deck_stacks_board_id_index` (`board_id`),
  KEY `deck_stacks_order_index` (`order`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `oc_deck_cards` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `title` varchar(255) NOT NULL,
  `description` longtext DEFAULT NULL,
  `description_prev` longtext DEFAULT NULL,
  `stack_id` bigint(20) NOT NULL,
  `type` varchar(64) NOT NULL DEFAULT 'plain',
  `last_modified` int(10) unsigned DEFAULT 0,
  `last_editor` varchar(64) DEFAULT NULL,
  `created_at` int(10) unsigned DEFAULT 0,
  `owner` varchar(64) NOT NULL,
  `order` bigint(20) DEFAULT NULL,
  `archived` tinyint(1) DEFAULT 0,
  `duedate` datetime DEFAULT NULL,
  `notified` tinyint(1) DEFAULT 0,
  `deleted_at` bigint(20) unsigned DEFAULT 0,
  `done` datetime DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `deck_cards_stack_id_index` (`stack_id`),
  KEY `deck_cards_order_index` (`order`),
  KEY `deck_cards_archived_index` (`archived`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE `oc_calendars` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `principaluri` varchar(255) DEFAULT NULL,
  `displayname` varchar(255) DEFAULT NULL,
  `uri` varchar(255) DEFAULT NULL,
  `synctoken` int(10) unsigned NOT NULL DEFAULT 1,
  `description` varchar(255) DEFAULT NULL,
  `calendarorder` int(10) unsigned NOT NULL DEFAULT 0,
  `calendarcolor` varchar(255) DEFAULT NULL,
  `timezone` longtext DEFAULT NULL,
  `components` varchar(64) DEFAULT NULL,
  `transparent` smallint(6) NOT NULL DEFAULT 0,
  `deleted_at` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `calendars_index` (`principaluri`,`uri`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

INSERT INTO oc_users VALUES ('alice','Alice','1|$argon2id$a','alice'), ('Bob','Bob','1|$argon2id$b','bob');
INSERT INTO oc_preferences VALUES
  ('alice','core','lang','de'), ('alice','files','show_hidden','1'), ('Bob','core','lang','nb'), ('alice','deck','empty',NULL);
INSERT INTO oc_deck_boards VALUES
  (1,'Personal','alice','0087c5',0,0,1714564800), (2,'Gone','alice',NULL,0,1714570000,1714570000), (3,'Board','Bob','ff0000',1,0,0);
INSERT INTO oc_deck_stacks VALUES (1,'To do',1,0,0,1714564800), (2,'Done',1,1,0,1714564800), (3,'All',3,0,0,0);
INSERT INTO oc_deck_cards VALUES
  (1,'Paint the fence','- [ ] buy paint',NULL,1,'plain',1714564800,'alice',1714564800,'alice',1,0,'2024-05-03 08:00:00',0,0,NULL),
  (2,'Done 😀',NULL,NULL,2,'plain',1714564800,NULL,1714564800,'alice',2,0,NULL,0,0,'2024-05-02 10:11:12'),
  (3,'His',NULL,NULL,3,'plain',0,NULL,0,'Bob',NULL,NULL,NULL,0,0,NULL);
INSERT INTO oc_calendars VALUES
  (1,'principals/users/alice','Personal','personal',7,NULL,0,'#0087C5',NULL,'VEVENT,VTODO',0,NULL),
  (2,'principals/users/Bob','Personal','personal',1,NULL,0,NULL,NULL,'VEVENT',1,1714570000);
