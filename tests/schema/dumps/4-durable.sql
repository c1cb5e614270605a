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
('Björn ☃ 😀',0,0,'114bf2e1-13c6-464d-b3b9-61905e1c1f9b',1795981203183,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL),
('Björn ☃ 😀',0,1,'b1bcf4b6-e0d3-4c7f-ab1f-eefc37139b4d',1795981203184,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL),
('Björn ☃ 😀',1,0,'7c0876ad-7fb7-4999-b4b7-6b484bbe82bb',1795981203244,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL),
('Björn ☃ 😀',1,1,'faa386ce-6c20-493d-91c4-1352fd4081b8',1795981203245,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL),
('Björn ☃ 😀',2,0,'f3d90ed7-3622-4b79-ab6e-c8d315901dfc',1795981203244,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL),
('Björn ☃ 😀',2,1,'3842c29b-381a-4e98-89bc-15bc921549f2',1795981203245,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1795981203246}'),
('Björn ☃ 😀',3,0,'69a13669-e575-4d10-9bfc-38443d10b8b5',1795981203256,'delete','tasks','t2','{\"id\": \"t2\"}',NULL),
('Björn ☃ 😀',5,0,'29435ecf-6197-41f0-a1da-39bdc1202969',1795981203292,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL),
('Björn ☃ 😀',5,1,'452fdf0f-4a2b-4aba-8a98-e9dbf4c24f0e',1795981203293,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL),
('alice',0,0,'69df908f-25f4-4fdc-8f64-5d3469941727',1795981203110,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL),
('alice',0,1,'4077a8f0-a0a2-4563-b5d3-766300118aca',1795981203111,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL),
('alice',1,0,'725739ca-d076-4719-bd66-48982d9dd723',1795981203124,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL),
('alice',1,1,'76e68317-ae1a-4f14-a5be-755545520340',1795981203125,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL),
('alice',2,0,'16942180-e757-4a36-81d9-b46b471726e7',1795981203124,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL),
('alice',2,1,'d0a240eb-ed67-4b5a-b4d6-8f7229d42970',1795981203125,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1795981203126}'),
('alice',3,0,'6aa6cace-d0ae-475d-823e-d20ae87e2038',1795981203132,'delete','tasks','t2','{\"id\": \"t2\"}',NULL),
('alice',5,0,'01fa7669-a515-42e9-850e-f030160bb92c',1795981203139,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL),
('alice',5,1,'1911187b-6fae-4343-9add-8d67e9e8ee3f',1795981203140,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL);
/*!40000 ALTER TABLE `diffs` ENABLE KEYS */;
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
('Björn ☃ 😀','2556061f-ffbe-4fca-b3bc-34bd0c598aef',4,1),
('Björn ☃ 😀','93c6553c-3308-4c3f-9025-812156f48b0c',2,0),
('Björn ☃ 😀','93c8e7ac-4365-4814-9d21-1c78b395287f',3,0),
('Björn ☃ 😀','a2889c28-3760-4ace-b653-54840384f079',3,0),
('Björn ☃ 😀','a4a43e68-35f8-83ef-b007-61055ed95677',4,0),
('alice','2b3088d2-1118-4353-9b41-b8d8b26240b4',3,0),
('alice','62ccac3c-2269-439f-aef3-2e743ec32b60',3,0),
('alice','6846075c-60a4-8141-ac7a-0a2e2b0def23',4,0),
('alice','b676f20c-abeb-49b1-b0e7-66197bf9074d',4,1),
('alice','da0fee51-0a94-4166-8d83-017f4586cbd8',2,0);
/*!40000 ALTER TABLE `mobync_known` ENABLE KEYS */;
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
('Björn ☃ 😀',6,'2026-11-29 19:40:03',0),
('alice',6,'2026-11-29 19:40:03',0);
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
('Björn ☃ 😀','2556061f-ffbe-4fca-b3bc-34bd0c598aef',4,0,1795981203264,'57e8f33252058069f49465a1945e3765','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"2556061f-ffbe-4fca-b3bc-34bd0c598aef\", \"owner\": \"Bj\\u00f6rn \\u2603 \\ud83d\\ude00\", \"logical_clock\": 3, \"utc_timestamp\": 1795981203262, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}'),
('alice','b676f20c-abeb-49b1-b0e7-66197bf9074d',4,0,1795981203137,'4b0eeb49a712f9ee22e57783397bc21a','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"b676f20c-abeb-49b1-b0e7-66197bf9074d\", \"owner\": \"alice\", \"logical_clock\": 3, \"utc_timestamp\": 1795981203136, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}');
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
(0xE95E13515A6DF01343FBF4A391BE3FE2F3051975526F70531F05EF8574989615,'43f90c3c5bb6ed6e','alice',1795981203352,0,0,0);
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

