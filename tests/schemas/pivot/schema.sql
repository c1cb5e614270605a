-- Composite primary keys of every shape: with the owner in front, with the owner elsewhere, without
-- any owner, and with nothing beside the key.
SET NAMES utf8mb4;

CREATE TABLE `users` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(100) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `topics` (
  `id` int(11) NOT NULL,
  `name` varchar(100) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `settings` (
  `user_id` int(11) NOT NULL,
  `name` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `value` text DEFAULT NULL,
  PRIMARY KEY (`user_id`,`name`),
  CONSTRAINT `settings_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `subscriptions` (
  `topic_id` int(11) NOT NULL,
  `user_id` int(11) NOT NULL,
  `level` enum('all','mentions','none') NOT NULL DEFAULT 'all',
  `since` timestamp NOT NULL DEFAULT current_timestamp(),
  PRIMARY KEY (`topic_id`,`user_id`),
  KEY `user_id` (`user_id`),
  CONSTRAINT `subscriptions_topic` FOREIGN KEY (`topic_id`) REFERENCES `topics` (`id`),
  CONSTRAINT `subscriptions_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `votes` (
  `user_id` int(11) NOT NULL,
  `topic_id` int(11) NOT NULL,
  `option_key` varchar(20) NOT NULL,
  `weight` smallint(6) NOT NULL DEFAULT 1,
  PRIMARY KEY (`user_id`,`topic_id`,`option_key`),
  KEY `topic_id` (`topic_id`),
  CONSTRAINT `votes_topic` FOREIGN KEY (`topic_id`) REFERENCES `topics` (`id`),
  CONSTRAINT `votes_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `topic_links` (
  `from_id` int(11) NOT NULL,
  `to_id` int(11) NOT NULL,
  PRIMARY KEY (`from_id`,`to_id`),
  KEY `to_id` (`to_id`),
  CONSTRAINT `topic_links_from` FOREIGN KEY (`from_id`) REFERENCES `topics` (`id`),
  CONSTRAINT `topic_links_to` FOREIGN KEY (`to_id`) REFERENCES `topics` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `follows` (
  `user_id` int(11) NOT NULL,
  `topic_id` int(11) NOT NULL,
  PRIMARY KEY (`user_id`,`topic_id`),
  KEY `topic_id` (`topic_id`),
  CONSTRAINT `follows_topic` FOREIGN KEY (`topic_id`) REFERENCES `topics` (`id`),
  CONSTRAINT `follows_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `topic_pairs` (
  `from_id` int(11) NOT NULL,
  `to_id` int(11) NOT NULL,
  `user_id` int(11) NOT NULL,
  PRIMARY KEY (`from_id`,`to_id`,`user_id`),
  CONSTRAINT `topic_pairs_from` FOREIGN KEY (`from_id`) REFERENCES `topics` (`id`),
  CONSTRAINT `topic_pairs_to` FOREIGN KEY (`to_id`) REFERENCES `topics` (`id`),
  CONSTRAINT `topic_pairs_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO users VALUES (1,'Alice'), (2,'Bob');
INSERT INTO topics VALUES (1,'News'), (2,'Garden'), (3,'Chess'), (4,'Go'), (5,'Tea'), (6,'Bikes'), (7,'Rain'),
  (8,'Music'), (9,'Maps'), (10,'Trains'), (11,'Bread'), (12,'Books');
INSERT INTO settings VALUES (1,'theme','dark'), (1,'lang',NULL), (2,'theme','light');
INSERT INTO subscriptions VALUES (1,1,'all','2024-05-01 12:00:00'), (1,2,'none','2024-05-01 12:00:00'), (2,1,'mentions','2024-05-02 12:00:00');
INSERT INTO votes VALUES (1,1,'yes',1), (1,2,'a|b',-3), (2,1,'no',1);
INSERT INTO follows VALUES (1,1), (1,5), (2,1);
INSERT INTO topic_pairs VALUES (1,2,1), (1,2,2), (2,3,2);
INSERT INTO topic_links VALUES (1,2), (2,3);
