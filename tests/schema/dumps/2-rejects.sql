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
('Björn ☃ 😀',0,0,'ecaea6db-b835-432c-a510-45e48456abff',1795981269632,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL),
('Björn ☃ 😀',0,1,'a90a54ec-ae01-4070-afd4-5c907897cdb7',1795981269633,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL),
('Björn ☃ 😀',1,0,'fa7e5b72-b6a0-423d-9881-8d387d6611dc',1795981269648,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL),
('Björn ☃ 😀',1,1,'ee748ad8-5f22-46c1-8aa9-cd363c16fbb9',1795981269649,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL),
('Björn ☃ 😀',2,0,'fcac651c-c26a-409c-b337-7413537e8004',1795981269648,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL),
('Björn ☃ 😀',2,1,'78efd9cb-605b-4b5d-8f1c-164f7b1c7737',1795981269649,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1795981269650}'),
('Björn ☃ 😀',3,0,'688634bc-54cb-48cf-bdf2-141d11d46223',1795981269656,'delete','tasks','t2','{\"id\": \"t2\"}',NULL),
('Björn ☃ 😀',5,0,'99168b99-dc53-4a84-8c22-d94da96a8922',1795981269680,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL),
('Björn ☃ 😀',5,1,'62a8c24e-6826-4b69-b46c-b113a6926867',1795981269681,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL),
('alice',0,0,'1b18c195-df79-442e-9359-ededfb9c217d',1795981269536,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL),
('alice',0,1,'f03c2023-acda-4b50-bd83-8c9dfbc48b09',1795981269537,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL),
('alice',1,0,'bc4e3221-45d8-44ec-a8bc-30f607472daf',1795981269559,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL),
('alice',1,1,'678499f2-59af-4f79-8162-1aa666239d94',1795981269560,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL),
('alice',2,0,'f560ad4e-819a-4eef-9f55-c3e3c0fced3a',1795981269559,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL),
('alice',2,1,'b1654194-682b-45ee-9dbc-2d9bff3e2e78',1795981269560,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1795981269561}'),
('alice',3,0,'4f1e0a29-7f19-4c86-a3ca-e6851e1fabf1',1795981269592,'delete','tasks','t2','{\"id\": \"t2\"}',NULL),
('alice',5,0,'fc3c5507-7321-4a76-91e6-888bb03bf15d',1795981269618,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL),
('alice',5,1,'a794cfe1-dbe0-46c2-bebe-f88bc123aac8',1795981269619,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL);
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
('Björn ☃ 😀','30f3cabc-cdaa-4671-941b-d19c2eb3e0a9',3,0),
('Björn ☃ 😀','9d3badd5-ce15-8aeb-b507-004115db5673',4,0),
('Björn ☃ 😀','a4f50729-1f3e-44a3-b7ee-517a5fafd8a4',4,1),
('Björn ☃ 😀','cf874317-3552-4d61-8de6-4b95cc332065',3,0),
('Björn ☃ 😀','df33508a-3cb7-48c3-8a5d-34be23cefa2d',2,0),
('alice','0e6d21cd-1e7c-4884-8af6-57ebc20cae4d',3,0),
('alice','28d31e7d-95f4-4c31-b422-ab1418f0ff80',4,1),
('alice','3edb1ab4-a078-49a3-bf21-27046ab4c578',2,0),
('alice','6c4d714c-b471-83b5-8261-ce0c494d469a',4,0),
('alice','cdb85bde-d6aa-4b4c-be51-acdd263d6aca',3,0);
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
('Björn ☃ 😀','a4f50729-1f3e-44a3-b7ee-517a5fafd8a4',4,0,1795981269663,'b1f18369c038b1a5ed2e7e4b10a155e5','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"a4f50729-1f3e-44a3-b7ee-517a5fafd8a4\", \"owner\": \"Bj\\u00f6rn \\u2603 \\ud83d\\ude00\", \"logical_clock\": 3, \"utc_timestamp\": 1795981269662, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}'),
('alice','28d31e7d-95f4-4c31-b422-ab1418f0ff80',4,0,1795981269610,'fb6484afd52323b05fed390c3d6b7cfb','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"28d31e7d-95f4-4c31-b422-ab1418f0ff80\", \"owner\": \"alice\", \"logical_clock\": 3, \"utc_timestamp\": 1795981269610, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}');
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
  UNIQUE KEY `token_id` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_tokens` WRITE;
/*!40000 ALTER TABLE `mobync_tokens` DISABLE KEYS */;
INSERT INTO `mobync_tokens` VALUES
(0xD1F196F85EDD9A5984F99A2E408EB526A62FCCD1DFCF6C2B2BC5E64FFAB4E68C,'79cd5a74d7251d34','alice',1795981269731,0,0,0);
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

