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
  `schema_version` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`owner`,`logical_clock`,`seq`),
  UNIQUE KEY `owner_id` (`owner`,`id`),
  KEY `owner_object` (`owner`,`model`,`object_id`,`logical_clock`,`seq`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `diffs` WRITE;
/*!40000 ALTER TABLE `diffs` DISABLE KEYS */;
INSERT INTO `diffs` VALUES
('Björn ☃ 😀',0,0,'7ee373e7-e1aa-40c7-9de9-be41d319aa5e',1796051073595,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL,0),
('Björn ☃ 😀',0,1,'03343cc9-5769-4fbf-8ce7-10c0628eaf3d',1796051073596,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL,0),
('Björn ☃ 😀',1,0,'d4d55126-1acb-4448-992c-af5134f971da',1796051073671,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL,0),
('Björn ☃ 😀',1,1,'a3e51ed1-7b8b-466c-8323-a113c422cda8',1796051073672,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL,0),
('Björn ☃ 😀',2,0,'53c95a97-6571-4eb7-a4b5-f2355e72d7d5',1796051073672,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL,0),
('Björn ☃ 😀',2,1,'b84030f1-6ec8-49c4-b859-8e24b9f636f2',1796051073673,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1796051073674}',0),
('Björn ☃ 😀',3,0,'7bd3af10-71c3-4283-9097-67add5b06d6f',1796051073742,'delete','tasks','t2','{\"id\": \"t2\"}',NULL,0),
('Björn ☃ 😀',5,0,'f936ef84-ccac-4fbf-8b79-3be8aa73234d',1796051073790,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL,0),
('Björn ☃ 😀',5,1,'c99fa1e4-bba7-4f50-9836-095a4150ff0e',1796051073791,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL,0),
('alice',0,0,'dd98dac8-baa6-43c4-a4df-0a87dfe0af8c',1796051073363,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL,0),
('alice',0,1,'5c1512da-12da-4e35-b779-339a07ede27c',1796051073364,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL,0),
('alice',1,0,'c8f7bb50-fba5-4294-9a3a-6c89e20becdb',1796051073467,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL,0),
('alice',1,1,'2c9ba4b8-5b2d-4219-b8ce-35f6dfc55b55',1796051073468,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL,0),
('alice',2,0,'d677367e-beaa-4df6-87a1-442be506239c',1796051073468,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL,0),
('alice',2,1,'bb0f7fb5-fa31-44b6-a727-d2cf764eba11',1796051073469,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1796051073470}',0),
('alice',3,0,'c5ce3fb6-d6a1-45ed-a61c-e09a43a6979c',1796051073534,'delete','tasks','t2','{\"id\": \"t2\"}',NULL,0),
('alice',5,0,'d6be1217-4e6e-4eaf-9e9e-4643d593e23d',1796051073579,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL,0),
('alice',5,1,'6569ebf1-3ac3-45ab-b0d4-bb581a65106e',1796051073580,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL,0);
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
('Björn ☃ 😀','10f19abc-54d2-4601-98ec-00c23789fd81',3,0),
('Björn ☃ 😀','52e97141-86db-4f0e-ba5c-0a40735954a9',4,1),
('Björn ☃ 😀','800070d2-c4f7-497a-95ba-8a0f8ae0474e',3,0),
('Björn ☃ 😀','81c490ce-72bd-82b3-ab9c-75ee8ebce34b',4,0),
('Björn ☃ 😀','ada4fca6-255e-47ac-a9ca-3c5b2c17cdd6',2,0),
('alice','184d51b3-3215-447a-8cb4-97c9047fe192',3,0),
('alice','5736aee4-9b18-8dd1-8808-7ce2b28b6b97',4,0),
('alice','72cf9a47-681d-42fa-a94e-e85ee1cbf837',3,0),
('alice','b24eb0be-3327-4ccf-a05e-4a213e178cc3',2,0),
('alice','f05931b1-0c2c-473b-bff4-e6b725f2ebe4',4,1);
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
(0,0,'bdb9227aff03479e5489cd7888ddb58f',2);
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
('Björn ☃ 😀',6,'2026-11-30 15:04:33',0,2,1),
('alice',6,'2026-11-30 15:04:33',0,2,1);
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
('Björn ☃ 😀','52e97141-86db-4f0e-ba5c-0a40735954a9',4,0,1796051073761,'eface628c008b5da9d684d90d525a0ef','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"52e97141-86db-4f0e-ba5c-0a40735954a9\", \"owner\": \"Bj\\u00f6rn \\u2603 \\ud83d\\ude00\", \"logical_clock\": 3, \"utc_timestamp\": 1796051073760, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}'),
('alice','f05931b1-0c2c-473b-bff4-e6b725f2ebe4',4,0,1796051073563,'37768f2e15b56dfc3fc9f28451a6c077','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"f05931b1-0c2c-473b-bff4-e6b725f2ebe4\", \"owner\": \"alice\", \"logical_clock\": 3, \"utc_timestamp\": 1796051073562, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}');
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
(0x38936D7849619966F78CF50E55C210959D8A091337B664D441BB7137B0B6FC14,'0d628d29b9a9162a','alice',1796051074241,0,0,0);
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

