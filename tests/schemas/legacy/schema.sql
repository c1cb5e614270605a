-- Twenty years old: latin1 and utf8mb3 beside each other, SET, YEAR, BIT, TIME, MEDIUMBLOB, FLOAT,
-- ZEROFILL, a column that ON UPDATE fills, a flag of deleted rows, a table of MyISAM, and a view.
SET NAMES utf8mb4;

CREATE TABLE `members` (
  `member_no` mediumint(8) unsigned NOT NULL AUTO_INCREMENT,
  `surname` varchar(50) NOT NULL DEFAULT '',
  PRIMARY KEY (`member_no`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `bookings` (
  `booking_no` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `member_no` mediumint(8) unsigned NOT NULL DEFAULT 0,
  `title` varchar(80) NOT NULL DEFAULT '',
  `remark` text DEFAULT NULL,
  `code` varchar(10) CHARACTER SET ascii COLLATE ascii_general_ci DEFAULT NULL,
  `place` varchar(60) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci DEFAULT NULL,
  `weekdays` set('mo','tu','we','th','fr','sa','su') NOT NULL DEFAULT '',
  `season` year(4) DEFAULT NULL,
  `day` date NOT NULL DEFAULT '0000-00-00',
  `begins` time DEFAULT NULL,
  `lasts` time DEFAULT NULL,
  `confirmed` bit(1) NOT NULL DEFAULT b'0',
  `flags` bit(8) DEFAULT NULL,
  `mask` bit(64) DEFAULT NULL,
  `seats` tinyint(3) unsigned zerofill DEFAULT NULL,
  `height` float DEFAULT NULL,
  `fee` float(7,2) DEFAULT NULL,
  `ratio` double DEFAULT NULL,
  `points` bigint(20) unsigned DEFAULT NULL,
  `delta` mediumint(9) DEFAULT NULL,
  `signature` mediumblob DEFAULT NULL,
  `pin` binary(4) DEFAULT NULL,
  `token` varbinary(32) DEFAULT NULL,
  `thumb` tinyblob DEFAULT NULL,
  `changed` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
  `deleted` tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (`booking_no`),
  KEY `member_no` (`member_no`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `access_log` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `member_no` mediumint(8) unsigned NOT NULL,
  `url` varchar(255) NOT NULL DEFAULT '',
  `at` datetime DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=MyISAM DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE VIEW `open_bookings` AS SELECT `booking_no`, `member_no`, `title` FROM `bookings` WHERE NOT `confirmed`;

INSERT INTO members VALUES (1,'Müller'), (2,'O''Brien');
INSERT INTO bookings (booking_no, member_no, title, remark, code, place, weekdays, season, day, begins,
    lasts, confirmed, flags, mask, seats, height, fee, ratio, points, delta, signature, pin, token,
    thumb, changed) VALUES
  (1,1,'Halle','Größe: klein','A-1','Zürich','mo,we',2024,'2024-05-01','18:00:00','-01:30:00',b'1',
   b'10000001',b'1111111111111111111111111111111111111111111111111111111111111111',7,0.1,12.50,1e300,
   18446744073709551615,-8388608,x'00FF',x'31323300',x'DEADBEEF',x'','2004-02-29 12:00:00'),
  (2,2,'','',NULL,NULL,'',NULL,'0000-00-00',NULL,'838:59:59',b'0',NULL,NULL,NULL,NULL,NULL,NULL,NULL,
   NULL,NULL,NULL,NULL,NULL,'2004-02-29 12:00:00');
INSERT INTO access_log VALUES (1,1,'/','2004-02-29 12:00:00');
