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
('Björn ☃ 😀',0,0,'8f42ec7c-aaa5-422d-9d55-6f77a1d3324a',1795981051616,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL),
('Björn ☃ 😀',0,1,'7f417098-1d7e-4787-8d14-2c7dac2a175c',1795981051617,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL),
('Björn ☃ 😀',1,0,'dd9d1f4e-6792-4314-98ed-67188f22bb42',1795981051630,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL),
('Björn ☃ 😀',1,1,'dd9c26ce-4c84-4baa-9d2a-af01678d68c8',1795981051631,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL),
('Björn ☃ 😀',2,0,'6e736860-380e-4319-bbdb-e0ea6d8f0e22',1795981051630,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL),
('Björn ☃ 😀',2,1,'00458574-86c0-48e1-b01a-ad73e1f6f14d',1795981051631,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1795981051632}'),
('Björn ☃ 😀',3,0,'b1c0ea59-caf7-4000-92f1-a008556c737d',1795981051664,'delete','tasks','t2','{\"id\": \"t2\"}',NULL),
('Björn ☃ 😀',5,0,'35f53dfe-c9e5-42b5-a42e-e5490148680a',1795981051696,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL),
('Björn ☃ 😀',5,1,'b9c091af-d673-48dd-88e3-b67a032f695c',1795981051697,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL),
('alice',0,0,'07c91e60-9c89-4626-a1f0-aa3410ff5f5a',1795981051464,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL),
('alice',0,1,'8c6767dd-5f6b-4053-ad22-5a5a4b25260d',1795981051465,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL),
('alice',1,0,'6b64d420-868f-492a-b566-43eedb8b62e1',1795981051508,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL),
('alice',1,1,'e5835a16-b6a9-4e2a-987b-2d6aa031e9c3',1795981051509,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL),
('alice',2,0,'0db2ec2c-c390-46e0-a850-a2d48206d0f3',1795981051509,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL),
('alice',2,1,'e2de0509-89d8-491b-98a4-d67f5270daab',1795981051510,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1795981051511}'),
('alice',3,0,'a20ad546-9c61-4509-bc67-66ccb9ca20fc',1795981051556,'delete','tasks','t2','{\"id\": \"t2\"}',NULL),
('alice',5,0,'186c4046-75c5-4dc9-943d-4a23b4218e02',1795981051597,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL),
('alice',5,1,'1a14230c-5733-4d8c-8dcd-6f715c01f640',1795981051598,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL);
/*!40000 ALTER TABLE `diffs` ENABLE KEYS */;
UNLOCK TABLES;
DROP TABLE IF EXISTS `mobync_forks`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `mobync_forks` (
  `owner` varchar(128) NOT NULL,
  `epoch` bigint(20) NOT NULL,
  `head` bigint(20) NOT NULL,
  `base` bigint(20) NOT NULL,
  PRIMARY KEY (`owner`,`epoch`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_forks` WRITE;
/*!40000 ALTER TABLE `mobync_forks` DISABLE KEYS */;
/*!40000 ALTER TABLE `mobync_forks` ENABLE KEYS */;
UNLOCK TABLES;
DROP TABLE IF EXISTS `mobync_known`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `mobync_known` (
  `owner` varchar(128) NOT NULL,
  `id` varchar(128) NOT NULL,
  `logical_clock` bigint(20) NOT NULL,
  `rejected` tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (`owner`,`id`),
  KEY `owner_clock` (`owner`,`logical_clock`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_known` WRITE;
/*!40000 ALTER TABLE `mobync_known` DISABLE KEYS */;
INSERT INTO `mobync_known` VALUES
('Björn ☃ 😀','287861ff-fe20-4c78-b6e0-9c1649631e83',3,0),
('Björn ☃ 😀','440d0f0d-44e8-439d-bf5b-790131cf55ea',4,1),
('Björn ☃ 😀','7334bb60-e136-4284-a5e4-48638dbeb4dd',3,0),
('Björn ☃ 😀','7b040b9e-15ec-879c-9509-ed0b20d0b65e',4,0),
('Björn ☃ 😀','ca6bab97-dde8-499b-8005-3195f9289001',2,0),
('alice','3405e0dc-0c75-8e25-a17e-2144d4bc8ccc',4,0),
('alice','46ea17d0-28de-447d-9f6b-f738f9244808',2,0),
('alice','65e190aa-d7db-4150-9b28-778aaa347e17',3,0),
('alice','78e64d3f-2407-4a0e-8f3d-2aa508db18b8',3,0),
('alice','afa9c25e-3bda-41d6-9fab-583091351a9b',4,1);
/*!40000 ALTER TABLE `mobync_known` ENABLE KEYS */;
UNLOCK TABLES;
DROP TABLE IF EXISTS `mobync_lineage`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `mobync_lineage` (
  `slot` bigint(20) NOT NULL,
  `epoch` bigint(20) NOT NULL,
  `lineage` varchar(64) NOT NULL,
  PRIMARY KEY (`slot`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_lineage` WRITE;
/*!40000 ALTER TABLE `mobync_lineage` DISABLE KEYS */;
INSERT INTO `mobync_lineage` VALUES
(0,0,'16f40c0e554861fb9103cc64c2ac06e9');
/*!40000 ALTER TABLE `mobync_lineage` ENABLE KEYS */;
UNLOCK TABLES;
DROP TABLE IF EXISTS `mobync_owners`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `mobync_owners` (
  `owner` varchar(128) NOT NULL,
  `next_clock` bigint(20) NOT NULL,
  `written_at` timestamp NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
  `flushes` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`owner`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_owners` WRITE;
/*!40000 ALTER TABLE `mobync_owners` DISABLE KEYS */;
INSERT INTO `mobync_owners` VALUES
('Björn ☃ 😀',6,'2026-11-29 19:37:31',0),
('alice',6,'2026-11-29 19:37:31',0);
/*!40000 ALTER TABLE `mobync_owners` ENABLE KEYS */;
UNLOCK TABLES;
DROP TABLE IF EXISTS `mobync_rejects`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `mobync_rejects` (
  `owner` varchar(128) NOT NULL,
  `id` varchar(128) NOT NULL,
  `logical_clock` bigint(20) NOT NULL,
  `seq` int(11) NOT NULL,
  `created_ms` bigint(20) NOT NULL,
  `request_id` varchar(64) NOT NULL,
  `code` varchar(32) NOT NULL,
  `message` text NOT NULL,
  `field` varchar(255) NOT NULL,
  `detail` text NOT NULL,
  `diff` longtext NOT NULL,
  PRIMARY KEY (`owner`,`id`),
  KEY `created_ms` (`created_ms`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_rejects` WRITE;
/*!40000 ALTER TABLE `mobync_rejects` DISABLE KEYS */;
INSERT INTO `mobync_rejects` VALUES
('Björn ☃ 😀','440d0f0d-44e8-439d-bf5b-790131cf55ea',4,0,1795981051682,'5d1f758fa48016df672d087a0e5607b5','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"440d0f0d-44e8-439d-bf5b-790131cf55ea\", \"owner\": \"Bj\\u00f6rn \\u2603 \\ud83d\\ude00\", \"logical_clock\": 3, \"utc_timestamp\": 1795981051682, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}'),
('alice','afa9c25e-3bda-41d6-9fab-583091351a9b',4,0,1795981051581,'de91e2cfee498ccc605844edd57b7cf9','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"afa9c25e-3bda-41d6-9fab-583091351a9b\", \"owner\": \"alice\", \"logical_clock\": 3, \"utc_timestamp\": 1795981051581, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}');
/*!40000 ALTER TABLE `mobync_rejects` ENABLE KEYS */;
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
  UNIQUE KEY `token_id` (`id`),
  KEY `token_owner` (`owner`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_tokens` WRITE;
/*!40000 ALTER TABLE `mobync_tokens` DISABLE KEYS */;
INSERT INTO `mobync_tokens` VALUES
(0xAF1FB6DA522B7A03E5C378DDB23EE11A22E79F4A7C3546FDE523BED802E8807C,'c45ea3158cbfc394','alice',1795981051846,0,0,0);
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
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION' */ ;
/*!50003 DROP PROCEDURE IF EXISTS `mobync_flush` */;
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_general_ci */ ;
DELIMITER ;;
CREATE DEFINER=`root`@`localhost` PROCEDURE `mobync_flush`()
FLUSH LOCAL ENGINE LOGS
;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

