-- The database of server.cjs: an index for what was modified since.
CREATE OR REPLACE DATABASE express CHARACTER SET utf8mb4;
GRANT ALL PRIVILEGES ON express.* TO mobync@localhost;
CREATE TABLE express.tasks (
  owner_id VARCHAR(64) NOT NULL,
  id VARCHAR(64) NOT NULL,
  name VARCHAR(255) NOT NULL,
  done TINYINT,
  created_time VARCHAR(64),
  priority INT,
  score DOUBLE,
  tags TEXT,
  last_modified BIGINT NOT NULL,
  deleted TINYINT NOT NULL,
  PRIMARY KEY (owner_id, id),
  KEY modified (owner_id, last_modified, id)
);
