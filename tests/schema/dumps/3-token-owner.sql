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
('Björn ☃ 😀',0,0,'bf5c2176-95db-4d71-82a3-6cab59a64afd',1795981174476,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL),
('Björn ☃ 😀',0,1,'f2d98765-09a1-44f0-a2c6-aee1e87de0f6',1795981174477,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL),
('Björn ☃ 😀',1,0,'1d9cc3b2-fc45-4416-bd7d-4a2c4555cca2',1795981174481,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL),
('Björn ☃ 😀',1,1,'f4cded8e-4481-4f1e-b920-def33ded2b0e',1795981174482,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL),
('Björn ☃ 😀',2,0,'769cb905-662b-4c95-ae21-d4733f904168',1795981174481,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL),
('Björn ☃ 😀',2,1,'2cf8a240-ad8e-46a7-bede-c8d10c6b96e2',1795981174482,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1795981174483}'),
('Björn ☃ 😀',3,0,'f863bbf3-4971-4d08-97ea-c1d3d25a8917',1795981174487,'delete','tasks','t2','{\"id\": \"t2\"}',NULL),
('Björn ☃ 😀',5,0,'933caae2-c9dd-4c62-adf3-22fb5c7bb5c8',1795981174494,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL),
('Björn ☃ 😀',5,1,'b5b76916-8704-4353-903f-433c5bd5b629',1795981174495,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL),
('alice',0,0,'18e40e36-c04f-4fba-aa7b-570fed59ea58',1795981174447,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL),
('alice',0,1,'f6525689-855a-4d80-88c9-0ed188930c79',1795981174448,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL),
('alice',1,0,'32094a6a-6859-4b83-8b48-5ab413b66ee9',1795981174455,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL),
('alice',1,1,'ba02c28b-b153-49c1-bcd3-04a059921956',1795981174456,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL),
('alice',2,0,'db652c7c-16f9-4d13-b884-c48810f9470d',1795981174455,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL),
('alice',2,1,'4a702a99-9f26-4ca7-ac72-e6564fbb173e',1795981174456,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1795981174457}'),
('alice',3,0,'e4ce1e51-5dd1-4956-b13b-90ac57859faa',1795981174463,'delete','tasks','t2','{\"id\": \"t2\"}',NULL),
('alice',5,0,'510d0f97-2328-42bb-b8b4-f40174f6981b',1795981174473,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL),
('alice',5,1,'57535be5-0f6d-4cc3-8150-0149d20099b1',1795981174474,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL);
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
('Björn ☃ 😀','8cf8b886-c9f1-4ee2-9c66-fdd11c6e5c3a',3,0),
('Björn ☃ 😀','a241c0ce-e52e-4a87-abc2-7f4154c8a5ce',2,0),
('Björn ☃ 😀','af446dcc-f8d7-40a0-8341-645c619ab7ed',3,0),
('Björn ☃ 😀','b4a752db-f989-89f4-aca8-7900c7e451ed',4,0),
('Björn ☃ 😀','c309adec-1053-45ff-bfcb-fda162a6f961',4,1),
('alice','281e2909-b01a-446b-9097-9a3df8a7e633',3,0),
('alice','4ccafc3c-88f2-4c41-82da-04d5d9fb7907',3,0),
('alice','5adca125-3b5d-4077-b2f5-fd3520ae5e19',2,0),
('alice','93eead50-c94d-8e75-9ca8-061e339902ea',4,0),
('alice','c9506b32-2ed2-417b-972f-a86bb067ab98',4,1);
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
('Björn ☃ 😀',6),
('alice',6);
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
('Björn ☃ 😀','c309adec-1053-45ff-bfcb-fda162a6f961',4,0,1795981174491,'d2bc06372c31cc69923c26f59b60d35e','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"c309adec-1053-45ff-bfcb-fda162a6f961\", \"owner\": \"Bj\\u00f6rn \\u2603 \\ud83d\\ude00\", \"logical_clock\": 3, \"utc_timestamp\": 1795981174490, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}'),
('alice','c9506b32-2ed2-417b-972f-a86bb067ab98',4,0,1795981174470,'648d0b558847a9c4f0a455f181d0f198','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"c9506b32-2ed2-417b-972f-a86bb067ab98\", \"owner\": \"alice\", \"logical_clock\": 3, \"utc_timestamp\": 1795981174469, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}');
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
(0xBEE466707A4C3073A65FD53D3C157D3F166620875E04872E838075D05A467559,'9d39107060e45378','alice',1795981174521,0,0,0);
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

