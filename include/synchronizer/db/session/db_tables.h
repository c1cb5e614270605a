/* db_tables.h: the tables of our own, their names and their DDL.
 * Pure:    appends text to a buffer; no connection.
 * Owns:    nothing; the text goes to the caller's buffer.
 * Units:   none.
 * Fails:   never; the buffer's maximum is the caller's to look at (buf.h).
 * Holds:   ids, owners and models compare as bytes, trailing spaces included. */
#ifndef MOBYNC_DB_TABLES_H
#define MOBYNC_DB_TABLES_H

#include "buf.h"

#define DB_OWNERS_TABLE    "mobync_owners"
#define DB_KNOWN_TABLE     "mobync_known"
#define DB_REJECTS_TABLE   "mobync_rejects"
#define DB_LINEAGE_TABLE   "mobync_lineage"
#define DB_FORKS_TABLE     "mobync_forks"
#define DB_CHANGES_TABLE   "mobync_changes"
#define DB_SUMMARIES_TABLE "mobync_summaries"
/* Only where the config has shards. */
#define DB_MOVES_TABLE "mobync_moves"

/* Beyond every clock: an owner whose data are not here, or may not be touched, has this one. */
#define DB_CLOCK_AWAY (INT64_C(1) << 62)

/* The row of mobync_lineage that counts now; the slots of earlier ones are their epoch + 1. */
#define DB_LINEAGE_NOW "slot = 0"
/* From then on every owner's tables and history are compared once more. */
#define DB_GENERATION_RAISE                                                                        \
    "UPDATE " DB_LINEAGE_TABLE " SET generation = generation + 1 WHERE " DB_LINEAGE_NOW

/* In the order in which db_rejects.c reads and writes them. */
#define DB_REJECT_COLUMNS                                                                          \
    "id, owner, logical_clock, seq, created_ms, request_id, code, message, field, detail, diff"

/* What a struct diff is read from, in the order in which db_diff_row.c reads it. */
#define DB_DIFF_COLUMNS                                                                            \
    "object_id, logical_clock, seq, `utc_timestamp`, id, type, json_data, field_times, "           \
    "schema_version"

/* For how many seconds a diff has been stored. Less than 0 where the database's clock ran back. */
#define DB_DIFF_AGE "UNIX_TIMESTAMP() - UNIX_TIMESTAMP(stored_at)"

/* What a struct summary is read from, in the order in which db_summaries.c reads it. */
#define DB_SUMMARY_COLUMNS                                                                         \
    "object_id, first_clock, created_clock, created_ms, deleted_clock, deleted_ms, last_clock, "   \
    "last_seq, fields"

/* The diff table's key of an object's diffs in their order. The primary key, with which InnoDB ends
 * it, has seq too; but MySQL would not see the order there, and sort. */
#define DB_OBJECT_KEY              "owner_object"
#define DB_OBJECT_KEY_COLUMNS      "owner, model, object_id, logical_clock, seq"
#define DB_TOKEN_OWNER_KEY         "token_owner"
#define DB_TOKEN_OWNER_KEY_COLUMNS "owner"

/* The type of mobync_known's column `rejected`, which tables of earlier releases lack. */
#define DB_REJECTED_TYPE "BOOLEAN NOT NULL DEFAULT FALSE"

/* The types of columns that mobync_owners of earlier releases lacks. The server itself sets the
 * time with every new clock, that of workers of an earlier release too; an owner that was there
 * before the column was has the time when it was added. */
#define DB_WRITTEN_AT_TYPE "TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"
#define DB_FLUSHES_TYPE    "BIGINT NOT NULL DEFAULT 0"

/* … and those of comparing tables with histories: an owner who was there before has not been
 * compared in the first generation. */
#define DB_RECONCILED_TYPE "BIGINT NOT NULL DEFAULT 0"
#define DB_ADOPTED_TYPE    "BOOLEAN NOT NULL DEFAULT FALSE"
#define DB_GENERATION_TYPE "BIGINT NOT NULL DEFAULT 1"

/* … and those of compaction: of an owner who was there before, nothing is compacted yet. */
#define DB_COMPACTED_TYPE "BIGINT NOT NULL DEFAULT 0"

/* When a tombstone was folded into its summary; that of the owner's oldest one. */
#define DB_DELETED_AT_TYPE "TIMESTAMP NULL DEFAULT NULL"

/* When the diff was stored, by the clock of the database server, which diff tables of earlier
 * releases lack: diffs that were there before the column was have the time when it was added. */
#define DB_STORED_AT_TYPE "TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP"

/* The app's version that was the newest when the diff was stored, which diff tables of earlier
 * releases lack; 0: the config had none. */
#define DB_SCHEMA_VERSION_TYPE "BIGINT NOT NULL DEFAULT 0"

/* What triggers write (docs/architecture.md 4): for each statement's row an entry, in the order of
 * seq; AUTO_INCREMENT would make one statement wait for another. */
#define DB_CHANGES_SEQ_TYPE "BIGINT UNSIGNED NOT NULL DEFAULT (UUID_SHORT())"

/* Waits until the redo log is on disk: db_durable.h. */
#define DB_FLUSH_ROUTINE "mobync_flush"

/* The utf8mb4 collation by code point that does not pad: the two servers name it differently. */
const char *db_tables_collation(bool mariadb);

enum db_table {
    DB_TABLE_OWNERS,
    DB_TABLE_DIFFS,
    DB_TABLE_KNOWN,
    DB_TABLE_REJECTS,
    DB_TABLE_LINEAGE,
    DB_TABLE_FORKS,
    DB_TABLE_CHANGES,
    DB_TABLE_SUMMARIES,
    DB_TABLE_MOVES,
    DB_TABLE_TOKENS,
    DB_TABLES,
};

struct db_tables_server {
    bool mariadb;
    bool compresses; /* it can write compressed tables, and small ones are wanted */
};

/* Appends one CREATE TABLE IF NOT EXISTS, without a final semicolon. */
void db_tables_create(struct buf *sql, struct db_tables_server server, enum db_table which,
                      struct text name);

/* The row without which the lineage table is useless. */
void db_tables_fill_lineage(struct buf *sql);

#endif
