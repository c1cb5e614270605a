/* The DDL of our own tables: text alone. */
#include "db_tables.h"

#include "db_quote.h"

const char *db_tables_collation(bool mariadb)
{
    return mariadb ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
}

/* Columns and keys. */
static const char *const TABLES[DB_TABLES] = {
    [DB_TABLE_OWNERS] = "owner VARCHAR(128) NOT NULL, next_clock BIGINT NOT NULL, "
                        "written_at " DB_WRITTEN_AT_TYPE ", flushes " DB_FLUSHES_TYPE ", "
                        "reconciled " DB_RECONCILED_TYPE ", adopted " DB_ADOPTED_TYPE ", "
                        "compacted_below " DB_COMPACTED_TYPE ", forgotten_below " DB_COMPACTED_TYPE
                        ", oldest_deleted_at " DB_DELETED_AT_TYPE ", PRIMARY KEY (owner)",
    [DB_TABLE_DIFFS] =
        "owner VARCHAR(128) NOT NULL, logical_clock BIGINT NOT NULL, seq INT NOT NULL, "
        "id VARCHAR(128) NOT NULL, `utc_timestamp` BIGINT NOT NULL, "
        "type ENUM('create','update','delete') NOT NULL, model VARCHAR(64) NOT NULL, "
        "object_id VARCHAR(128) NOT NULL, json_data LONGTEXT NOT NULL, "
        "field_times LONGTEXT NULL, schema_version " DB_SCHEMA_VERSION_TYPE ", "
        "stored_at " DB_STORED_AT_TYPE ", "
        "PRIMARY KEY (owner, logical_clock, seq), UNIQUE KEY owner_id (owner, id), "
        "KEY " DB_OBJECT_KEY " (" DB_OBJECT_KEY_COLUMNS ")",
    [DB_TABLE_KNOWN] = "owner VARCHAR(128) NOT NULL, id VARCHAR(128) NOT NULL, "
                       "logical_clock BIGINT NOT NULL, rejected " DB_REJECTED_TYPE ", "
                       "PRIMARY KEY (owner, id), KEY owner_clock (owner, logical_clock)",
    [DB_TABLE_REJECTS] =
        "owner VARCHAR(128) NOT NULL, id VARCHAR(128) NOT NULL, "
        "logical_clock BIGINT NOT NULL, seq INT NOT NULL, created_ms BIGINT NOT NULL, "
        "request_id VARCHAR(64) NOT NULL, code VARCHAR(32) NOT NULL, message TEXT NOT NULL, "
        "field VARCHAR(255) NOT NULL, detail TEXT NOT NULL, diff LONGTEXT NOT NULL, PRIMARY "
        "KEY (owner, id), "
        "KEY created_ms (created_ms)",
    [DB_TABLE_LINEAGE] =
        "slot BIGINT NOT NULL, epoch BIGINT NOT NULL, lineage VARCHAR(64) NOT NULL, "
        "generation " DB_GENERATION_TYPE ", PRIMARY KEY (slot)",
    [DB_TABLE_FORKS] = "owner VARCHAR(128) NOT NULL, epoch BIGINT NOT NULL, head BIGINT NOT NULL, "
                       "base BIGINT NOT NULL, PRIMARY KEY (owner, epoch)",
    [DB_TABLE_CHANGES] =
        "owner VARCHAR(128) NOT NULL, seq " DB_CHANGES_SEQ_TYPE ", model VARCHAR(64) NOT NULL, "
        "object_id VARCHAR(128) NOT NULL, op ENUM('I','U','D','R') NOT NULL, "
        "own BOOLEAN NOT NULL DEFAULT FALSE, fields TEXT NULL, ms BIGINT NOT NULL, "
        "PRIMARY KEY (owner, seq, object_id, model)",
    [DB_TABLE_SUMMARIES] =
        "owner VARCHAR(128) NOT NULL, model VARCHAR(64) NOT NULL, object_id VARCHAR(128) NOT NULL, "
        "first_clock BIGINT NULL, created_clock BIGINT NULL, created_ms BIGINT NULL, "
        "deleted_clock BIGINT NULL, deleted_ms BIGINT NULL, last_clock BIGINT NOT NULL, "
        "last_seq INT NOT NULL, fields MEDIUMTEXT NOT NULL, deleted_at " DB_DELETED_AT_TYPE ", "
        "PRIMARY KEY (owner, model, object_id)",
    [DB_TABLE_MOVES] = "owner VARCHAR(128) NOT NULL, "
                       "place ENUM('here','leaving','arriving','away') NOT NULL, "
                       "shard VARCHAR(64) NOT NULL, next_clock BIGINT NOT NULL, "
                       "adopted " DB_ADOPTED_TYPE ", PRIMARY KEY (owner)",
    [DB_TABLE_TOKENS] =
        "hash BINARY(32) NOT NULL, id CHAR(16) NOT NULL, owner VARCHAR(128) NOT NULL, "
        "created_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL DEFAULT 0, "
        "last_use_ms BIGINT NOT NULL DEFAULT 0, revoked BOOLEAN NOT NULL DEFAULT FALSE, "
        "PRIMARY KEY (hash), UNIQUE KEY token_id (id), "
        "KEY " DB_TOKEN_OWNER_KEY " (" DB_TOKEN_OWNER_KEY_COLUMNS ")",
};

/* There is a summary of each object, and most of it is the same in all: a third of the size.
 * Compaction alone writes them, and they are read where a device is far behind. */
static const bool COMPRESSED[DB_TABLES] = {[DB_TABLE_SUMMARIES] = true};

void db_tables_create(struct buf *sql, struct db_tables_server server, enum db_table which,
                      struct text name)
{
    buf_add_str(sql, "CREATE TABLE IF NOT EXISTS ");
    db_quote_name(sql, name);
    buf_printf(sql, " (%s) ENGINE=InnoDB%s DEFAULT CHARACTER SET utf8mb4 COLLATE %s", TABLES[which],
               server.compresses && COMPRESSED[which] ? " ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4"
                                                      : "",
               db_tables_collation(server.mariadb));
}

void db_tables_fill_lineage(struct buf *sql)
{
    buf_add_str(
        sql, "INSERT IGNORE INTO " DB_LINEAGE_TABLE
             " (slot, epoch, lineage) VALUES (0, 0, LEFT(SHA2(CONCAT(UUID(), RAND()), 256), 32))");
}
