/* Starts the server once for the binary, and puts its tables back before each test. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "database.h"
#include "db_tables.h"

void database_exec(struct database *db, const char *sql)
{
    if (mysql_query(db->mysql, mariadb_words(sql)) != 0)
        fail_msg("%s: %s", sql, mysql_error(db->mysql));
}

void database_connect(struct database *db)
{
    db->mysql = mysql_init(NULL);
    if (mysql_real_connect(db->mysql, NULL, MARIADB_USER, NULL, MARIADB_DATABASE, 0,
                           mariadb_socket(db->server), 0) == NULL)
        fail_msg("connect: %s", mysql_error(db->mysql));
    if (!mariadb_calm(db->mysql))
        fail_msg("calm: %s", mysql_error(db->mysql));
    /* A test that waits for its own transaction fails instead of standing still. */
    database_exec(db, "SET SESSION lock_wait_timeout = 5");
}

void database_start(struct database *db, const struct mapping *mapping)
{
    db->server = mariadb_start();
    db->settings = (struct db_settings){
        .hosts = {{.socket = text_of(mariadb_socket(db->server))}},
        .host_count = 1,
        .user = TEXT_LITERAL(MARIADB_USER),
        .database = TEXT_LITERAL(MARIADB_DATABASE),
        .diffs_table = TEXT_LITERAL("my`diffs"),
        .tokens_table = TEXT_LITERAL("mobync_tokens"),
        .mapping = mapping,
    };
    database_connect(db);
}

void database_stop(struct database *db)
{
    mysql_close(db->mysql);
    mariadb_stop(db->server);
}

long long database_number(struct database *db, const char *sql)
{
    MYSQL_RES *result;
    long long number;

    database_exec(db, sql);
    result = mysql_store_result(db->mysql);
    assert_non_null(result);
    number = strtoll(mysql_fetch_row(result)[0], NULL, 10);
    mysql_free_result(result);
    return number;
}

void database_kill_link(struct database *db)
{
    char sql[96];
    const long long id = database_number(
        db, "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND "
            "user = '" MARIADB_USER "' ORDER BY id DESC LIMIT 1");

    snprintf(sql, sizeof(sql), "KILL %lld", id);
    database_exec(db, sql);
    snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM information_schema.processlist WHERE id=%lld",
             id);
    while (database_number(db, sql) > 0)
        continue;
}

static void create_own_tables(struct database *db)
{
    const struct text names[DB_TABLES] = {
        [DB_TABLE_OWNERS] = TEXT_LITERAL(DB_OWNERS_TABLE),
        [DB_TABLE_DIFFS] = db->settings.diffs_table,
        [DB_TABLE_KNOWN] = TEXT_LITERAL(DB_KNOWN_TABLE),
        [DB_TABLE_REJECTS] = TEXT_LITERAL(DB_REJECTS_TABLE),
        [DB_TABLE_LINEAGE] = TEXT_LITERAL(DB_LINEAGE_TABLE),
        [DB_TABLE_FORKS] = TEXT_LITERAL(DB_FORKS_TABLE),
        [DB_TABLE_CHANGES] = TEXT_LITERAL(DB_CHANGES_TABLE),
        [DB_TABLE_SUMMARIES] = TEXT_LITERAL(DB_SUMMARIES_TABLE),
        [DB_TABLE_MOVES] = TEXT_LITERAL(DB_MOVES_TABLE),
        [DB_TABLE_TOKENS] = db->settings.tokens_table,
    };
    struct buf sql;

    buf_init(&sql, 65536);
    for (size_t i = 0; i < DB_TABLES; i++) {
        buf_clear(&sql);
        db_tables_create(&sql, (struct db_tables_server){!mariadb_is_mysql(), true},
                         (enum db_table)i, names[i]);
        database_exec(db, sql.data);
    }
    buf_clear(&sql);
    db_tables_fill_lineage(&sql);
    database_exec(db, sql.data);
    buf_release(&sql);
}

void database_reset(struct database *db)
{
    database_exec(db, "DROP DATABASE " MARIADB_DATABASE);
    database_exec(db, "CREATE DATABASE " MARIADB_DATABASE
                      " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
    database_exec(db, "USE " MARIADB_DATABASE);
    create_own_tables(db);
    database_exec(db, "CREATE TABLE `odd``table` (`owner id` VARCHAR(128), `key` VARCHAR(128), "
                      "`order` LONGTEXT, `odd``int` BIGINT, f DOUBLE, `group` TINYINT, l JSON, "
                      "`utc_timestamp` JSON, PRIMARY KEY (`owner id`, `key`))");
    database_exec(db,
                  "CREATE TABLE `so``ft` (owner_id VARCHAR(128), id VARCHAR(128), `na``me` "
                  "VARCHAR(40) DEFAULT 'usual', kind VARCHAR(20) NOT NULL, `rank` INT NOT NULL, "
                  "`made at` DATETIME NOT NULL, touched BIGINT NOT NULL, note TEXT NOT NULL, "
                  "`deleted at` TIMESTAMP(3) NULL DEFAULT NULL, PRIMARY KEY (owner_id, id))");
    database_exec(db, "CREATE TABLE flagged (owner_id VARCHAR(128), id VARCHAR(128), name TEXT, "
                      "state ENUM ('new', 'gone') NOT NULL DEFAULT 'new', "
                      "PRIMARY KEY (owner_id, id))");
    /* The owner's own INSERTs would have to set the time: a create has to, too. */
    database_exec(db, "CREATE TABLE counted (owner_id VARCHAR(128), id VARCHAR(128), name TEXT, "
                      "`gone at` INT UNSIGNED NOT NULL, PRIMARY KEY (owner_id, id))");
    database_exec(db, "CREATE TABLE bare (owner_id VARCHAR(128), id VARCHAR(128), "
                      "PRIMARY KEY (owner_id, id))");
    database_exec(db, "CREATE TABLE other (owner_id VARCHAR(128), id VARCHAR(128), name TEXT, "
                      "PRIMARY KEY (owner_id, id))");
}
