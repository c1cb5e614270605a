/*M!999999\- enable the sandbox mode */ 

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;
DROP TABLE IF EXISTS `diffs`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `diffs` (
  `owner` varchar(128) NOT NULL,
  `logical_clock` bigint(20) NOT NULL,
  `seq` int(11) NOT NULL,
  `id` varchar(128) NOT NULL,
  `utc_timestamp` bigint(20) NOT NULL,
  `type` enum('create','update','delete') NOT NULL,
  `model` varchar(64) NOT NULL,
  `object_id` varchar(128) NOT NULL,
  `json_data` longtext NOT NULL,
  `field_times` longtext DEFAULT NULL,
  PRIMARY KEY (`owner`,`logical_clock`,`seq`),
  UNIQUE KEY `owner_id` (`owner`,`id`),
  KEY `owner_object` (`owner`,`model`,`object_id`,`logical_clock`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `diffs` WRITE;
/*!40000 ALTER TABLE `diffs` DISABLE KEYS */;
INSERT INTO `diffs` VALUES
('Björn ☃ 😀',0,0,'f123444c-1887-418e-a9e6-b1b35508abb1',1795981101843,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL),
('Björn ☃ 😀',0,1,'ab4de183-bd78-417f-b4ca-9da20d8b32af',1795981101844,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL),
('Björn ☃ 😀',1,0,'2a23d66c-8329-4ed5-83c6-3be02045da15',1795981101848,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL),
('Björn ☃ 😀',1,1,'e2c78f70-5e0e-442a-ae1f-3c3e2548ccc8',1795981101849,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL),
('Björn ☃ 😀',2,0,'80df3e58-f276-4efc-8ebb-43da19d09f17',1795981101848,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL),
('Björn ☃ 😀',2,1,'53eb002d-90c2-4648-8906-94d22ba00644',1795981101849,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1795981101850}'),
('Björn ☃ 😀',3,0,'95b2dc94-067c-4acc-ab0c-39e90ef7f5e1',1795981101855,'delete','tasks','t2','{\"id\": \"t2\"}',NULL),
('Björn ☃ 😀',4,0,'31b36c06-4917-49d6-bc01-c2163e9709ae',1795981101859,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL),
('Björn ☃ 😀',4,1,'9ace7e32-5762-4b08-919c-a620088534b9',1795981101860,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL),
('alice',0,0,'bcb91a06-b04f-41e1-95d5-a08b96f93c38',1795981101817,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL),
('alice',0,1,'9d598c18-758e-44a0-80a5-98f4d6c13d49',1795981101818,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL),
('alice',1,0,'3dfaaf4d-b68f-4932-ab47-b1cdd2a958f0',1795981101826,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL),
('alice',1,1,'e57a441e-2af1-4991-b4b2-e11205a420d1',1795981101827,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL),
('alice',2,0,'2d535e1d-576b-497d-aab0-0ee194368883',1795981101826,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL),
('alice',2,1,'deb5446e-09bb-4750-bfb4-4566fb8a9c1b',1795981101827,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1795981101828}'),
('alice',3,0,'5727eb8b-3a34-449d-9d04-ed9c4206015d',1795981101835,'delete','tasks','t2','{\"id\": \"t2\"}',NULL),
('alice',4,0,'1d89a49e-a630-4bef-bb50-6f5db7154f2b',1795981101840,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL),
('alice',4,1,'a3ff45fb-66a8-424f-ba00-fafb950723fd',1795981101841,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL);
/*!40000 ALTER TABLE `diffs` ENABLE KEYS */;
UNLOCK TABLES;
DROP TABLE IF EXISTS `mobync_known`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `mobync_known` (
  `owner` varchar(128) NOT NULL,
  `id` varchar(128) NOT NULL,
  `logical_clock` bigint(20) NOT NULL,
  PRIMARY KEY (`owner`,`id`),
  KEY `owner_clock` (`owner`,`logical_clock`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_known` WRITE;
/*!40000 ALTER TABLE `mobync_known` DISABLE KEYS */;
INSERT INTO `mobync_known` VALUES
('Björn ☃ 😀','21bd0fbf-1a40-45a0-a256-4ad87d3a198b',2),
('Björn ☃ 😀','836507c0-b926-4aa7-86a4-3c772bf4991f',3),
('Björn ☃ 😀','a11e2357-c301-4f4f-97c9-01b181aaeda8',3),
('alice','1fbd6f9e-29c9-4459-8d31-5c951460a017',3),
('alice','2158ae04-8936-43ee-8164-b1122e465461',3),
('alice','bc9eeba6-b5de-4c58-b170-404dbbf0ef13',2);
/*!40000 ALTER TABLE `mobync_known` ENABLE KEYS */;
UNLOCK TABLES;
DROP TABLE IF EXISTS `mobync_owners`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `mobync_owners` (
  `owner` varchar(128) NOT NULL,
  `next_clock` bigint(20) NOT NULL,
  PRIMARY KEY (`owner`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_owners` WRITE;
/*!40000 ALTER TABLE `mobync_owners` DISABLE KEYS */;
INSERT INTO `mobync_owners` VALUES
('Björn ☃ 😀',5),
('alice',5);
/*!40000 ALTER TABLE `mobync_owners` ENABLE KEYS */;
UNLOCK TABLES;
DROP TABLE IF EXISTS `mobync_tokens`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `mobync_tokens` (
  `hash` binary(32) NOT NULL,
  `id` char(16) NOT NULL,
  `owner` varchar(128) NOT NULL,
  `created_ms` bigint(20) NOT NULL,
  `expires_ms` bigint(20) NOT NULL DEFAULT 0,
  `last_use_ms` bigint(20) NOT NULL DEFAULT 0,
  `revoked` tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (`hash`),
  UNIQUE KEY `token_id` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_tokens` WRITE;
/*!40000 ALTER TABLE `mobync_tokens` DISABLE KEYS */;
INSERT INTO `mobync_tokens` VALUES
(0x9E0DF515B2AA18B30F67B4415543231816B157D08D0EF810A94D28B66A941859,'f33bba71891d31fc','alice',1795981101910,0,0,0);
/*!40000 ALTER TABLE `mobync_tokens` ENABLE KEYS */;
UNLOCK TABLES;
DROP TABLE IF EXISTS `tasks`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `tasks` (
  `owner_id` varchar(128) NOT NULL,
  `id` varchar(128) NOT NULL,
  `name` varchar(255) NOT NULL,
  `done` tinyint(1) DEFAULT NULL,
  `priority` bigint(20) DEFAULT NULL,
  `score` double DEFAULT NULL,
  `tags` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`tags`)),
  PRIMARY KEY (`owner_id`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `tasks` WRITE;
/*!40000 ALTER TABLE `tasks` DISABLE KEYS */;
INSERT INTO `tasks` VALUES
('Björn ☃ 😀','t1','not lost',1,2,0.5,'[1, 2]'),
('Björn ☃ 😀','t3','three',NULL,3,NULL,NULL),
('Björn ☃ 😀','t5','five',NULL,NULL,NULL,NULL),
('alice','t1','not lost',1,2,0.5,'[1, 2]'),
('alice','t3','three',NULL,3,NULL,NULL),
('alice','t5','five',NULL,NULL,NULL,NULL);
/*!40000 ALTER TABLE `tasks` ENABLE KEYS */;
UNLOCK TABLES;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

