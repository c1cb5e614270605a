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
  `stored_at` timestamp NOT NULL DEFAULT current_timestamp(),
  PRIMARY KEY (`owner`,`logical_clock`,`seq`),
  UNIQUE KEY `owner_id` (`owner`,`id`),
  KEY `owner_object` (`owner`,`model`,`object_id`,`logical_clock`,`seq`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `diffs` WRITE;
/*!40000 ALTER TABLE `diffs` DISABLE KEYS */;
INSERT INTO `diffs` VALUES
('Björn ☃ 😀',0,0,'c04ee230-566c-4d3f-9b51-2e88e3407339',1796064555800,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL,0,'2026-11-30 18:49:15'),
('Björn ☃ 😀',0,1,'ba5d99b5-1d02-4144-ac06-7fbba0640d8f',1796064555801,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL,0,'2026-11-30 18:49:15'),
('Björn ☃ 😀',1,0,'ee2c17a6-fbd6-45fc-b2b5-edeb92a01659',1796064555816,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL,0,'2026-11-30 18:49:15'),
('Björn ☃ 😀',1,1,'62bd6bbe-7fc9-4bb7-b3ff-037030ef1a27',1796064555817,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL,0,'2026-11-30 18:49:15'),
('Björn ☃ 😀',2,0,'da05c758-e40c-4577-b765-424b1834996f',1796064555816,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL,0,'2026-11-30 18:49:15'),
('Björn ☃ 😀',2,1,'e060d427-4881-4051-8174-5c302aa5e536',1796064555817,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1796064555818}',0,'2026-11-30 18:49:15'),
('Björn ☃ 😀',3,0,'0b96499a-bb04-4313-a935-935d6872947b',1796064555828,'delete','tasks','t2','{\"id\": \"t2\"}',NULL,0,'2026-11-30 18:49:15'),
('Björn ☃ 😀',5,0,'b0e22a02-734f-492c-840e-7b676dc56f6b',1796064555831,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL,0,'2026-11-30 18:49:15'),
('Björn ☃ 😀',5,1,'4323c1fd-0026-4037-8626-1edf689533d1',1796064555832,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL,0,'2026-11-30 18:49:15'),
('alice',0,0,'e3b8cab0-dac0-416b-b12f-5fa9c43158b9',1796064555731,'create','tasks','t1','{\"id\": \"t1\", \"name\": \"Buy milk \\ud83e\\udd5b\", \"priority\": 1, \"tags\": [1, 2], \"score\": 0.5}',NULL,0,'2026-11-30 18:49:15'),
('alice',0,1,'921f5f33-61df-4bc3-8cb4-eea77ddf9d00',1796064555732,'create','tasks','t2','{\"id\": \"t2\", \"name\": \"\\u00dcn\\u00efcode\", \"done\": false}',NULL,0,'2026-11-30 18:49:15'),
('alice',1,0,'ecfdd06c-3581-47ff-a63c-12d15a5918b9',1796064555755,'update','tasks','t1','{\"id\": \"t1\", \"done\": true}',NULL,0,'2026-11-30 18:49:15'),
('alice',1,1,'6780be70-8fc6-497f-8247-1749dd761d5b',1796064555756,'update','tasks','t2','{\"id\": \"t2\", \"name\": \"two\'s\"}',NULL,0,'2026-11-30 18:49:15'),
('alice',2,0,'398607d6-4790-4e11-a6a1-cbb17dfc2b67',1796064555755,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"one\'s\", \"priority\": 2}',NULL,0,'2026-11-30 18:49:15'),
('alice',2,1,'9e5d6aa9-ae5b-467f-b089-88b5f17dd402',1796064555756,'create','tasks','t3','{\"id\":\"t3\",\"name\":\"three\",\"priority\":3}','{\"priority\":1796064555757}',0,'2026-11-30 18:49:15'),
('alice',3,0,'9f0f81ad-229e-4816-b429-ec9510fc4e2d',1796064555773,'delete','tasks','t2','{\"id\": \"t2\"}',NULL,0,'2026-11-30 18:49:15'),
('alice',5,0,'67bb6087-410d-4f02-9d99-47a46275e3cf',1796064555797,'update','tasks','t1','{\"id\": \"t1\", \"name\": \"not lost\"}',NULL,0,'2026-11-30 18:49:15'),
('alice',5,1,'ce344fc1-bf22-4626-abeb-97a398dda8da',1796064555798,'create','tasks','t5','{\"id\": \"t5\", \"name\": \"five\"}',NULL,0,'2026-11-30 18:49:15');
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
('Björn ☃ 😀','029c8464-e45b-426f-b841-e24092ce9a4e',3,0),
('Björn ☃ 😀','0aa6f244-192b-49c3-a1a6-5c6e110171f7',4,1),
('Björn ☃ 😀','57b8e999-357a-4ed4-87f3-c0e0c022f830',2,0),
('Björn ☃ 😀','b818e9b2-24b9-8794-8c69-f5a170333dee',4,0),
('Björn ☃ 😀','bbbb8e01-a073-485e-8880-3f7a60674b9f',3,0),
('alice','34bbee9d-8b7d-4eac-8a7b-2ce5c4332e1c',4,1),
('alice','643e6eb6-9cd0-4722-a746-fa46ca219235',3,0),
('alice','676bd62a-a4d5-48a0-af53-6df9c56f9ef1',2,0),
('alice','be7e1c1d-0b6b-8ae7-8859-16373603aeb9',4,0),
('alice','e467b688-ad71-4af1-8c30-a2052685f2d7',3,0);
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
(0,0,'dd0cfad4cf0fd43902d6adffb4c98151',2);
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
  `compacted_below` bigint(20) NOT NULL DEFAULT 0,
  `forgotten_below` bigint(20) NOT NULL DEFAULT 0,
  `oldest_deleted_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`owner`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_owners` WRITE;
/*!40000 ALTER TABLE `mobync_owners` DISABLE KEYS */;
INSERT INTO `mobync_owners` VALUES
('Björn ☃ 😀',6,'2026-11-30 18:49:15',0,2,1,0,0,NULL),
('alice',6,'2026-11-30 18:49:15',0,2,1,0,0,NULL);
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
('Björn ☃ 😀','0aa6f244-192b-49c3-a1a6-5c6e110171f7',4,0,1796064555830,'d642d497a047dfabc63adc09ebd347da','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"0aa6f244-192b-49c3-a1a6-5c6e110171f7\", \"owner\": \"Bj\\u00f6rn \\u2603 \\ud83d\\ude00\", \"logical_clock\": 3, \"utc_timestamp\": 1796064555830, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}'),
('alice','34bbee9d-8b7d-4eac-8a7b-2ce5c4332e1c',4,0,1796064555792,'25ff23dc0a16c182e447c1603e6afee7','INVALID_DATA','field name: longer than its 255 characters: shorten it','name','','{\"id\": \"34bbee9d-8b7d-4eac-8a7b-2ce5c4332e1c\", \"owner\": \"alice\", \"logical_clock\": 3, \"utc_timestamp\": 1796064555791, \"type\": \"create\", \"model\": \"tasks\", \"json_data\": \"{\\\"id\\\": \\\"refused\\\", \\\"name\\\": \\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"}\"}');
/*!40000 ALTER TABLE `mobync_rejects` ENABLE KEYS */;
UNLOCK TABLES;
DROP TABLE IF EXISTS `mobync_summaries`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `mobync_summaries` (
  `owner` varchar(128) NOT NULL,
  `model` varchar(64) NOT NULL,
  `object_id` varchar(128) NOT NULL,
  `first_clock` bigint(20) DEFAULT NULL,
  `created_clock` bigint(20) DEFAULT NULL,
  `created_ms` bigint(20) DEFAULT NULL,
  `deleted_clock` bigint(20) DEFAULT NULL,
  `deleted_ms` bigint(20) DEFAULT NULL,
  `last_clock` bigint(20) NOT NULL,
  `last_seq` int(11) NOT NULL,
  `fields` mediumtext NOT NULL,
  `deleted_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`owner`,`model`,`object_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `mobync_summaries` WRITE;
/*!40000 ALTER TABLE `mobync_summaries` DISABLE KEYS */;
/*!40000 ALTER TABLE `mobync_summaries` ENABLE KEYS */;
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
(0x5104DB97283F3BA6025C666920B860EAA1BF6726A5B287169D864DD91C98463B,'1914ac30b8a54717','alice',1796064555938,0,0,0);
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

