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
  KEY `owner_object` (`owner`,`model`,`object_id`,`logical_clock`,`seq`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `diffs` WRITE;
/*!40000 ALTER TABLE `diffs` DISABLE KEYS */;
INSERT INTO `diffs` VALUES
('Björn ☃ 😀',0,0,'ffbdc27c-517f-4436-9e36-897055dd43fd',1796021399927,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL),
('Björn ☃ 😀',0,1,'94d88bb9-86fb-4e0f-a131-46b3720ddaa8',1796021399928,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL),
('Björn ☃ 😀',1,0,'647175e2-0e39-4d5e-8e93-4d403bc479dc',1796021399950,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL),
('Björn ☃ 😀',1,1,'adee8d6f-7c6d-4260-9693-b857398abb5d',1796021399951,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL),
('Björn ☃ 😀',2,0,'abdae968-ce65-4e79-b71c-4a54fd97b5d3',1796021399950,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL),
('Björn ☃ 😀',2,1,'b545054e-3c46-4cb5-9c91-018e6da9764d',1796021399951,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1796021399952}'),
('Björn ☃ 😀',3,0,'07590112-20b4-4ab0-90ab-25b6aa310b8e',1796021399964,'delete','tasks','t2','{\"id\": \"t2\"}',NULL),
('Björn ☃ 😀',5,0,'8b1a02c7-2114-4ebc-8f21-1e0238f6528e',1796021399987,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL),
('Björn ☃ 😀',5,1,'14d74427-54bb-4719-8190-daf678fa44af',1796021399988,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL),
('alice',0,0,'795bdb15-3002-41ce-a006-89cc7d37d2a7',1796021399712,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL),
('alice',0,1,'2d77a040-9b13-47c0-8826-1bd28428cece',1796021399713,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL),
('alice',1,0,'6551ed7a-1f22-4ff1-87aa-78064b84b9f2',1796021399814,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL),
('alice',1,1,'19f4cb22-299e-4aac-9077-a61fa551d2bf',1796021399815,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL),
('alice',2,0,'3b94afd4-5de8-4ea1-b2f7-5da36d632815',1796021399814,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL),
('alice',2,1,'d9e353dd-f3a2-48c1-94f1-00c25c56f324',1796021399815,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1796021399816}'),
('alice',3,0,'f9d1ebe1-f86a-436c-882c-3615dbd60326',1796021399896,'delete','tasks','t2','{\"id\": \"t2\"}',NULL),
('alice',5,0,'24f2de5f-de37-4f7e-910a-18fe77d4dbe9',1796021399917,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL),
('alice',5,1,'fff15a71-9fb1-417b-86e1-71a6a901017b',1796021399918,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL);
/*!40000 ALTER TABLE `diffs` ENABLE KEYS */;
UNLOCK TABLES;
DROP TABLE IF EXISTS `mobync_changes`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `mobync_changes` (
  `owner` varchar(128) NOT NULL,
  `seq` bigint(20) unsigned NOT NULL DEFAULT uuid_short(),
  `model` varchar(64) NOT NULL,
  `object_id` varchar(128) NOT NULL,
  `op` enum('I','U','D','R') NOT NULL,
  `own` tinyint(1) NOT NULL DEFAULT 0,
  `fields` text DEFAULT NULL,
  `ms` bigint(20) NOT NULL,
  PRIMARY KEY (`owner`,`seq`,`object_id`,`model`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_changes` WRITE;
/*!40000 ALTER TABLE `mobync_changes` DISABLE KEYS */;
/*!40000 ALTER TABLE `mobync_changes` ENABLE KEYS */;
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
('Björn ☃ 😀','260d39b0-b82c-4a41-ab61-4b696e237edc',2,0),
('Björn ☃ 😀','2f4e5470-e46d-4d69-8026-1e3e164006af',3,0),
('Björn ☃ 😀','bd84a0da-f362-44a6-ba4d-3e9e2d8a8cde',4,1),
('Björn ☃ 😀','daf9396f-969d-8100-8d15-9aa0b76986c9',4,0),
('Björn ☃ 😀','f66fc776-6c13-4c2f-87aa-f888e12ec0a5',3,0),
('alice','123d596b-5c98-484d-a834-8a5ca70be0ca',2,0),
('alice','39777718-b2fc-4e8b-80c4-100004d49ffd',3,0),
('alice','765e96be-9636-8c85-b2e9-1119e787bdb6',4,0),
('alice','c06a26ea-0bc7-4b2d-a54a-32668a8975f6',3,0),
('alice','ee91d98e-a01c-41c7-bc87-03510090090d',4,1);
/*!40000 ALTER TABLE `mobync_known` ENABLE KEYS */;
UNLOCK TABLES;
DROP TABLE IF EXISTS `mobync_lineage`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `mobync_lineage` (
  `slot` bigint(20) NOT NULL,
  `epoch` bigint(20) NOT NULL,
  `lineage` varchar(64) NOT NULL,
  `generation` bigint(20) NOT NULL DEFAULT 1,
  PRIMARY KEY (`slot`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_lineage` WRITE;
/*!40000 ALTER TABLE `mobync_lineage` DISABLE KEYS */;
INSERT INTO `mobync_lineage` VALUES
(0,0,'ef11c2c20ccd5b002f7b5b4d0e0bc226',2);
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
  `reconciled` bigint(20) NOT NULL DEFAULT 0,
  `adopted` tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (`owner`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_owners` WRITE;
/*!40000 ALTER TABLE `mobync_owners` DISABLE KEYS */;
INSERT INTO `mobync_owners` VALUES
('Björn ☃ 😀',6,'2026-11-30 06:49:59',0,2,1),
('alice',6,'2026-11-30 06:49:59',0,2,1);
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
('Björn ☃ 😀','bd84a0da-f362-44a6-ba4d-3e9e2d8a8cde',4,0,1796021399977,'4f9a059a3c87b4325a20a2f0961e2bdf','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"bd84a0da-f362-44a6-ba4d-3e9e2d8a8cde\", \"owner\": \"Bj\\u00f6rn \\u2603 \\ud83d\\ude00\", \"logical_clock\": 3, \"utc_timestamp\": 1796021399976, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}'),
('alice','ee91d98e-a01c-41c7-bc87-03510090090d',4,0,1796021399910,'3c5342c9b04d057bcbb63f88f306bc9e','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"ee91d98e-a01c-41c7-bc87-03510090090d\", \"owner\": \"alice\", \"logical_clock\": 3, \"utc_timestamp\": 1796021399910, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}');
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
(0xB3B51B59100B6F8EF1362B9F6B39B204B2749936DD10F7304131CEA85699E956,'e1665ae0d4372e55','alice',1796021400139,0,0,0);
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
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_bin */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`mobync`@`localhost`*/ /*!50003 TRIGGER IF NOT EXISTS `mobync_tasks_insert_6cd31f299831` AFTER INSERT ON `tasks` FOR EACH ROW
BEGIN
    DECLARE mobync_owner, mobync_id TEXT CHARACTER SET utf8mb4;
    DECLARE CONTINUE HANDLER FOR 1044, 1048, 1062, 1136, 1142, 1143, 1146, 1264, 1265, 1292, 1364, 1366, 1370, 1406 BEGIN END;
    DECLARE CONTINUE HANDLER FOR 1054 BEGIN END;
    IF NOT (CAST(@mobync_own AS BINARY) <=> CAST('tasks' AS BINARY)) THEN
        SET mobync_owner = CONVERT(NEW.`owner_id` USING utf8mb4), mobync_id = CONVERT(NEW.`id` USING utf8mb4);
        IF LENGTH(mobync_owner) BETWEEN 1 AND 128 AND LENGTH(mobync_id) BETWEEN 1 AND 128 THEN
            INSERT INTO mobync_changes (owner, model, object_id, op, own, fields, ms) VALUES (mobync_owner, 'tasks', mobync_id, 'I', @mobync_own IS NOT NULL, NULL, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000);
        END IF;
    END IF;
END 
*/;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_bin */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`mobync`@`localhost`*/ /*!50003 TRIGGER IF NOT EXISTS `mobync_tasks_update_9fb168b9d3c1` AFTER UPDATE ON `tasks` FOR EACH ROW
BEGIN
    DECLARE mobync_owner, mobync_id, mobync_fields TEXT CHARACTER SET utf8mb4;
    DECLARE CONTINUE HANDLER FOR 1044, 1048, 1062, 1136, 1142, 1143, 1146, 1264, 1265, 1292, 1364, 1366, 1370, 1406 BEGIN END;
    DECLARE CONTINUE HANDLER FOR 1054 SET mobync_fields = '*';
    IF NOT (CAST(@mobync_own AS BINARY) <=> CAST('tasks' AS BINARY)) THEN
        IF NOT (CAST(NEW.`owner_id` AS BINARY) <=> CAST(OLD.`owner_id` AS BINARY) AND CAST(NEW.`id` AS BINARY) <=> CAST(OLD.`id` AS BINARY)) THEN
            SET mobync_owner = CONVERT(OLD.`owner_id` USING utf8mb4), mobync_id = CONVERT(OLD.`id` USING utf8mb4);
            IF LENGTH(mobync_owner) BETWEEN 1 AND 128 AND LENGTH(mobync_id) BETWEEN 1 AND 128 THEN
                INSERT INTO mobync_changes (owner, model, object_id, op, own, fields, ms) VALUES (mobync_owner, 'tasks', mobync_id, 'D', @mobync_own IS NOT NULL, NULL, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000);
            END IF;
            SET mobync_owner = CONVERT(NEW.`owner_id` USING utf8mb4), mobync_id = CONVERT(NEW.`id` USING utf8mb4);
            IF LENGTH(mobync_owner) BETWEEN 1 AND 128 AND LENGTH(mobync_id) BETWEEN 1 AND 128 THEN
                INSERT INTO mobync_changes (owner, model, object_id, op, own, fields, ms) VALUES (mobync_owner, 'tasks', mobync_id, 'I', @mobync_own IS NOT NULL, NULL, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000);
            END IF;
        ELSEIF TRUE THEN
            SET mobync_fields = SUBSTR(CONCAT('',
                IF(CAST(NEW.`name` AS BINARY) <=> CAST(OLD.`name` AS BINARY), '', CONCAT(',', 'name')),
                IF(NEW.`done` <=> OLD.`done`, '', CONCAT(',', 'done')),
                IF(NEW.`priority` <=> OLD.`priority`, '', CONCAT(',', 'priority')),
                IF(NEW.`score` <=> OLD.`score`, '', CONCAT(',', 'score')),
                IF(CAST(NEW.`tags` AS BINARY) <=> CAST(OLD.`tags` AS BINARY), '', CONCAT(',', 'tags'))), 2);
            IF mobync_fields <> '' THEN
                SET mobync_owner = CONVERT(NEW.`owner_id` USING utf8mb4), mobync_id = CONVERT(NEW.`id` USING utf8mb4);
                IF LENGTH(mobync_owner) BETWEEN 1 AND 128 AND LENGTH(mobync_id) BETWEEN 1 AND 128 THEN
                    INSERT INTO mobync_changes (owner, model, object_id, op, own, fields, ms) VALUES (mobync_owner, 'tasks', mobync_id, 'U', @mobync_own IS NOT NULL, mobync_fields, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000);
                END IF;
            END IF;
        END IF;
    END IF;
END 
*/;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_bin */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`mobync`@`localhost`*/ /*!50003 TRIGGER IF NOT EXISTS `mobync_tasks_delete_76e3874bfe2a` AFTER DELETE ON `tasks` FOR EACH ROW
BEGIN
    DECLARE mobync_owner, mobync_id TEXT CHARACTER SET utf8mb4;
    DECLARE CONTINUE HANDLER FOR 1044, 1048, 1062, 1136, 1142, 1143, 1146, 1264, 1265, 1292, 1364, 1366, 1370, 1406 BEGIN END;
    DECLARE CONTINUE HANDLER FOR 1054 BEGIN END;
    IF NOT (CAST(@mobync_own AS BINARY) <=> CAST('tasks' AS BINARY)) THEN
        SET mobync_owner = CONVERT(OLD.`owner_id` USING utf8mb4), mobync_id = CONVERT(OLD.`id` USING utf8mb4);
        IF LENGTH(mobync_owner) BETWEEN 1 AND 128 AND LENGTH(mobync_id) BETWEEN 1 AND 128 THEN
            INSERT INTO mobync_changes (owner, model, object_id, op, own, fields, ms) VALUES (mobync_owner, 'tasks', mobync_id, 'D', @mobync_own IS NOT NULL, NULL, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000);
        END IF;
    END IF;
END 
*/;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;
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

