/* Prepares statements when first used on a connection, and runs them: db_stmt_fixed() and
 * db_stmt_get(), then db_stmt_run() or db_rows_open(). db_query.h does both. */
#include "db_stmt.h"

#include <assert.h>

#include "db_durable.h"
#include "db_quote.h"
#include "db_tables.h"

#define PARAMETER_BYTES     ((size_t)12) /* at most, beside its text: type, flags, length */
#define STATEMENT_MAX_BYTES ((size_t)1024 * 1024)

/* UNIX_TIMESTAMP() of a TIMESTAMP is what is stored: no time zone, no hour that comes twice. */
#define YOUNG "UNIX_TIMESTAMP(o.written_at) > UNIX_TIMESTAMP() - " DB_YOUNG_S

/* Of the owner that is the parameter: by o.owner it would be asked for every row. */
#define HAS_CHANGES "EXISTS (SELECT 1 FROM " DB_CHANGES_TABLE " WHERE owner = ?)"

/* No ORDER BY: behind a LEFT JOIN it would copy every diff into a temporary table on disk, only to
 * sort rows that the primary key gives in order already. The owner is given twice: through o.owner
 * the optimizer does not see a range. All diffs lie below next_clock: where that is said, and there
 * is nothing new, the optimizer sees an empty range and does not look into the diff table. */
#define HISTORY                                                                                    \
    "SELECT " DB_DIFF_COLUMNS ", model, " DB_DIFF_AGE ", o.next_clock, " YOUNG                     \
    ", o.reconciled, " HAS_CHANGES ", o.compacted_below, o.forgotten_below FROM " DB_OWNERS_TABLE  \
    " o "                                                                                          \
    "LEFT JOIN {diffs} d FORCE INDEX (PRIMARY) ON d.owner = ? AND d.logical_clock >= ? "           \
    "AND d.logical_clock < o.next_clock WHERE o.owner = ?"

/* The key gives the order: nothing is sorted, and LIMIT ends the reading. (The id of the one object
 * is no part of the order: in utf8mb4, its rows would be sorted for it.) */
#define PART(relation, order)                                                                      \
    "SELECT " DB_DIFF_COLUMNS " FROM {diffs} FORCE INDEX (" DB_OBJECT_KEY ") "                     \
    "WHERE owner = ? AND model = ? AND object_id " relation                                        \
    " ? AND logical_clock >= ? AND logical_clock < ? "                                             \
    "ORDER BY " order " LIMIT ?"

/* … as here. */
#define SUMMARIES(relation)                                                                        \
    "SELECT " DB_SUMMARY_COLUMNS " FROM " DB_SUMMARIES_TABLE " FORCE INDEX (PRIMARY) "             \
    "WHERE owner = ? AND model = ? AND object_id " relation                                        \
    " ? AND last_clock >= ? ORDER BY object_id LIMIT ?"

/* Is there something to do for an owner? Of its first diff, which alone is looked at, the age, and
 * whether it is below the horizon: then it is -1 - the age. The columns before the clock are in the
 * ORDER BY because MySQL would sort without them. */
#define FIRST_AGE                                                                                  \
    "(SELECT IF(d.logical_clock < o.compacted_below, -1 - GREATEST(" DB_DIFF_AGE ", 0), "          \
    "GREATEST(" DB_DIFF_AGE ", 0)) FROM {diffs} d FORCE INDEX (PRIMARY) "                          \
    "WHERE d.owner = o.owner ORDER BY d.owner, d.logical_clock, d.seq LIMIT 1)"
#define HAS_OLD_IDS                                                                                \
    "EXISTS (SELECT 1 FROM " DB_KNOWN_TABLE " k FORCE INDEX (owner_clock) "                        \
    "WHERE k.owner = o.owner AND k.logical_clock < o.compacted_below AND NOT k.rejected)"
#define HAS_OLD_DELETES "COALESCE(UNIX_TIMESTAMP(o.oldest_deleted_at) <= UNIX_TIMESTAMP() - ?, 0)"

/* {diffs} and {tokens} stand for the configured tables' quoted names. */
static const struct {
    enum db_stmt_id id;
    const char *text;
    unsigned long parameters;
} STATEMENTS[STATEMENT_IDS] = {
    {STATEMENT_LOCK_OWNER,
     "INSERT INTO " DB_OWNERS_TABLE " (owner, next_clock) VALUES (?, ? + 1) "
     "ON DUPLICATE KEY UPDATE next_clock = GREATEST(LAST_INSERT_ID(next_clock), ?) + 1",
     3},
    {STATEMENT_READ_CLOCK,
     "SELECT next_clock, compacted_below, forgotten_below FROM " DB_OWNERS_TABLE " WHERE owner = ?",
     1},
    {STATEMENT_MAKE_OWNER,
     "INSERT INTO " DB_OWNERS_TABLE " (owner, next_clock) VALUES (?, 0) "
     "ON DUPLICATE KEY UPDATE next_clock = next_clock",
     1},
    /* A locking read: it opens no read view. */
    {STATEMENT_DRAIN_OWNER,
     "SELECT next_clock, reconciled, adopted, compacted_below, forgotten_below "
     "FROM " DB_OWNERS_TABLE " WHERE owner = ? FOR UPDATE",
     1},
    {STATEMENT_TAKE_CLOCK, "UPDATE " DB_OWNERS_TABLE " SET next_clock = ? WHERE owner = ?", 2},
    {STATEMENT_SET_RECONCILED,
     "UPDATE " DB_OWNERS_TABLE " SET reconciled = ?, adopted = ?, written_at = written_at "
     "WHERE owner = ?",
     3},
    {STATEMENT_BEHIND,
     "SELECT o.reconciled, " HAS_CHANGES " FROM " DB_OWNERS_TABLE " o WHERE o.owner = ?", 2},
    {STATEMENT_FIND_ADOPTED, "SELECT adopted FROM " DB_OWNERS_TABLE " WHERE owner = ?", 1},
    {STATEMENT_READ_CHANGES,
     "SELECT seq, model, object_id, op, own, fields, ms FROM " DB_CHANGES_TABLE
     " WHERE owner = ? ORDER BY seq LIMIT ?",
     2},
    /* The whole key: a range would wait for those who write behind it. */
    {STATEMENT_TAKE_CHANGE,
     "DELETE FROM " DB_CHANGES_TABLE " WHERE owner = ? AND seq = ? AND object_id = ? AND model = ?",
     4},
    {STATEMENT_MEASURE_CHANGES,
     "SELECT COUNT(*), MIN(ms) FROM (SELECT ms FROM " DB_CHANGES_TABLE " LIMIT ?) c", 1},
    {STATEMENT_ESTIMATE_CHANGES,
     "SELECT TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND "
     "TABLE_NAME = '" DB_CHANGES_TABLE "'",
     0},
    {STATEMENT_FIND_WAITING,
     "SELECT c.owner, c.seq, c.ms, COALESCE((SELECT o.next_clock FROM " DB_OWNERS_TABLE " o "
     "WHERE o.owner = c.owner), 0) FROM " DB_CHANGES_TABLE " c WHERE c.owner > ? "
     "ORDER BY c.owner, c.seq LIMIT ?",
     2},
    {STATEMENT_LAST_CHANGE,
     "SELECT seq FROM " DB_CHANGES_TABLE " WHERE owner = ? ORDER BY seq DESC LIMIT 1", 1},
    {STATEMENT_ELECT, "SELECT COALESCE(GET_LOCK(?, 0), 0)", 1},
    {STATEMENT_MEASURE_HISTORY,
     "SELECT CAST(COALESCE(SUM(IF(TABLE_NAME = ?, TABLE_ROWS, 0)), 0) AS SIGNED), "
     "CAST(COALESCE(SUM(IF(TABLE_NAME = '" DB_SUMMARIES_TABLE "', TABLE_ROWS, 0)), 0) AS SIGNED), "
     "CAST(COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) AS SIGNED) FROM information_schema.TABLES "
     "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (?, '" DB_KNOWN_TABLE
     "', '" DB_SUMMARIES_TABLE "')",
     2},
    {STATEMENT_COUNT_OWNERS, "SELECT COUNT(*) FROM " DB_OWNERS_TABLE, 0},
    {STATEMENT_RECONCILE_ALL, DB_GENERATION_RAISE, 0},
    {STATEMENT_RECONCILE_OWNER,
     "UPDATE " DB_OWNERS_TABLE " SET reconciled = 0, written_at = written_at WHERE owner = ?", 1},
    {STATEMENT_RECONCILE_MODEL,
     "INSERT INTO " DB_CHANGES_TABLE " (owner, model, object_id, op, ms) "
     "SELECT owner, ?, '', 'R', ? FROM " DB_OWNERS_TABLE " WHERE ? OR owner = ?",
     4},
    {STATEMENT_FLUSH_OWNER,
     "UPDATE " DB_OWNERS_TABLE " SET flushes = flushes + 1, written_at = written_at "
     "WHERE owner = ?",
     1},
    {STATEMENT_FORK,
     "INSERT INTO " DB_FORKS_TABLE " (owner, epoch, head, base) VALUES (?, ?, ?, ?)", 4},
    {STATEMENT_FIND_FORK,
     "SELECT 0, head FROM " DB_FORKS_TABLE " WHERE owner = ? AND head < ? AND base > ? "
     "UNION ALL SELECT IF(slot > 0, 1, 2), epoch FROM " DB_LINEAGE_TABLE " WHERE lineage = ?",
     4},
    {STATEMENT_READ_HISTORY, HISTORY " LIMIT ?", 5},
    {STATEMENT_SORT_HISTORY, HISTORY " ORDER BY logical_clock, seq LIMIT ?", 5},
    {STATEMENT_READ_PART, PART(">", "object_id, logical_clock, seq"), 6},
    {STATEMENT_READ_OBJECT_PART, PART("=", "logical_clock, seq"), 6},
    {STATEMENT_IS_DELETED,
     "SELECT EXISTS (SELECT 1 FROM {diffs} FORCE INDEX (" DB_OBJECT_KEY ") WHERE owner = ? AND "
     "model = ? AND object_id = ? AND logical_clock >= ? AND logical_clock < ? AND "
     "type = 'delete')",
     5},
    {STATEMENT_READ_SUMMARIES, SUMMARIES(">"), 5},
    {STATEMENT_READ_SUMMARY, SUMMARIES("="), 5},
    /* Their order is that of the objects' last diffs. */
    {STATEMENT_FIND_SUMMARIES_TOUCHED,
     "SELECT s.object_id, s.last_clock, s.last_seq FROM " DB_SUMMARIES_TABLE " s "
     "FORCE INDEX (PRIMARY) WHERE s.owner = ? AND s.last_clock >= ? "
     "AND (s.last_clock > ? OR s.last_seq > ?) AND s.model = ? AND NOT EXISTS (SELECT 1 "
     "FROM {diffs} d FORCE INDEX (" DB_OBJECT_KEY ") WHERE d.owner = ? AND d.model = ? "
     "AND d.object_id = s.object_id) ORDER BY s.last_clock, s.last_seq LIMIT ?",
     8},
    {STATEMENT_PUT_SUMMARY,
     "REPLACE INTO " DB_SUMMARIES_TABLE " (owner, model, object_id, first_clock, created_clock, "
     "created_ms, deleted_clock, deleted_ms, last_clock, last_seq, fields, deleted_at) "
     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CASE WHEN ? THEN CURRENT_TIMESTAMP END)",
     12},
    {STATEMENT_FIND_COMPACTABLE,
     "SELECT o.owner, o.next_clock, o.compacted_below, o.forgotten_below, " FIRST_AGE
     ", " HAS_OLD_IDS ", ? AND " HAS_OLD_DELETES " FROM " DB_OWNERS_TABLE " o WHERE o.owner > ? "
     "ORDER BY o.owner LIMIT ?",
     4},
    {STATEMENT_IS_OLD,
     "SELECT logical_clock, UNIX_TIMESTAMP(stored_at) <= UNIX_TIMESTAMP() - ? FROM {diffs} "
     "FORCE INDEX (PRIMARY) WHERE owner = ? AND logical_clock >= ? ORDER BY owner, logical_clock, "
     "seq LIMIT 1",
     3},
    {STATEMENT_FIND_OLD_DELETES,
     "SELECT MAX(deleted_clock) + 1 FROM " DB_SUMMARIES_TABLE " WHERE owner = ? "
     "AND UNIX_TIMESTAMP(deleted_at) <= UNIX_TIMESTAMP() - ?",
     2},
    {STATEMENT_FIND_UNSEEN_DELETE,
     "SELECT GREATEST(COALESCE(UNIX_TIMESTAMP() - MIN(UNIX_TIMESTAMP(deleted_at)), 0), 0) "
     "FROM " DB_SUMMARIES_TABLE " FORCE INDEX (PRIMARY) WHERE owner = ? AND deleted_clock >= ?",
     2},
    {STATEMENT_LOCK_COMPACTED,
     "SELECT next_clock, compacted_below, forgotten_below, oldest_deleted_at IS NOT NULL "
     "FROM " DB_OWNERS_TABLE " WHERE owner = ? FOR UPDATE",
     1},
    {STATEMENT_SET_HORIZON,
     "UPDATE " DB_OWNERS_TABLE " SET compacted_below = ?, forgotten_below = ?, "
     "written_at = written_at WHERE owner = ?",
     3},
    {STATEMENT_NOTE_DELETES,
     "UPDATE " DB_OWNERS_TABLE " SET oldest_deleted_at = COALESCE(oldest_deleted_at, "
     "CURRENT_TIMESTAMP), written_at = written_at WHERE owner = ?",
     1},
    {STATEMENT_RENEW_DELETES,
     "UPDATE " DB_OWNERS_TABLE
     " SET oldest_deleted_at = (SELECT MIN(deleted_at) FROM " DB_SUMMARIES_TABLE
     " s WHERE s.owner = ?), written_at = written_at WHERE owner = ?",
     2},
    {STATEMENT_FIND_OLD_IDS_CLOCK,
     "SELECT logical_clock FROM " DB_KNOWN_TABLE " FORCE INDEX (owner_clock) WHERE owner = ? "
     "AND logical_clock < ? AND NOT rejected ORDER BY owner DESC, logical_clock DESC LIMIT 1 "
     "OFFSET ?",
     3},
    {STATEMENT_FIND_OLD_IDS,
     "SELECT id FROM " DB_KNOWN_TABLE " FORCE INDEX (owner_clock) WHERE owner = ? "
     "AND logical_clock >= ? AND logical_clock < ? AND NOT rejected",
     3},
    {STATEMENT_FIND_TOMBSTONES,
     "SELECT model, object_id FROM " DB_SUMMARIES_TABLE " FORCE INDEX (PRIMARY) "
     "WHERE owner = ? AND deleted_clock < ? LIMIT ?",
     3},
    {STATEMENT_FORGET_SUMMARY,
     "DELETE FROM " DB_SUMMARIES_TABLE " WHERE owner = ? AND model = ? AND object_id = ?", 3},
    /* The last diff of each object: of those before it, one look at the end of the object's key. */
    {STATEMENT_FIND_TOUCHED,
     "SELECT d.object_id, d.logical_clock, d.seq FROM {diffs} d FORCE INDEX (PRIMARY) "
     "WHERE d.owner = ? AND d.logical_clock >= ? AND (d.logical_clock > ? OR d.seq > ?) "
     "AND d.model = ? AND (d.logical_clock, d.seq) = (SELECT l.logical_clock, l.seq "
     "FROM {diffs} l FORCE INDEX (" DB_OBJECT_KEY ") WHERE l.owner = ? AND l.model = ? "
     "AND l.object_id = d.object_id ORDER BY l.logical_clock DESC, l.seq DESC LIMIT 1) "
     "ORDER BY d.logical_clock, d.seq LIMIT ?",
     8},
    {STATEMENT_FIND_IDS,
     "SELECT EXISTS (SELECT 1 FROM {diffs} WHERE owner = ? AND id >= ? AND id < ?)", 3},
    {STATEMENT_APPEND_DIFF,
     "INSERT INTO {diffs} (owner, logical_clock, seq, id, `utc_timestamp`, type, model, object_id, "
     "json_data, field_times, schema_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
     11},
    {STATEMENT_REMEMBER_ID,
     "INSERT INTO " DB_KNOWN_TABLE " (owner, logical_clock, id) VALUES (?, ?, ?) "
     "ON DUPLICATE KEY UPDATE owner = owner",
     3},
    {STATEMENT_REMEMBER_REJECTED,
     "INSERT INTO " DB_KNOWN_TABLE " (owner, logical_clock, id, rejected) "
     "VALUES (?, ?, ?, TRUE)",
     3},
    {STATEMENT_REJECT_KEEP,
     "INSERT INTO " DB_REJECTS_TABLE " (" DB_REJECT_COLUMNS ") "
     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
     11},
    {STATEMENT_REJECT_TAKE, "DELETE FROM " DB_REJECTS_TABLE " WHERE owner = ? AND id = ?", 2},
    {STATEMENT_REJECT_LIST,
     "SELECT " DB_REJECT_COLUMNS " FROM " DB_REJECTS_TABLE
     " WHERE (? OR owner = ?) AND (? OR id = ?) ORDER BY created_ms, owner, logical_clock, seq",
     4},
    {STATEMENT_TOKEN_FIND,
     "SELECT owner, expires_ms, last_use_ms FROM {tokens} WHERE hash = ? AND NOT revoked", 1},
    {STATEMENT_TOKEN_USED, "UPDATE {tokens} SET last_use_ms = ? WHERE hash = ?", 2},
    {STATEMENT_TOKEN_CREATE,
     "INSERT INTO {tokens} (hash, id, owner, created_ms, expires_ms, last_use_ms, revoked) "
     "VALUES (?, ?, ?, ?, ?, ?, ?)",
     7},
    {STATEMENT_TOKEN_COUNT,
     "SELECT COUNT(*) FROM {tokens} WHERE owner = ? AND NOT revoked "
     "AND (expires_ms = 0 OR expires_ms > ?) FOR UPDATE",
     2},
    {STATEMENT_TOKEN_LIST,
     "SELECT id, owner, created_ms, expires_ms, last_use_ms, revoked FROM {tokens} "
     "ORDER BY created_ms, id",
     0},
    {STATEMENT_TOKEN_REVOKE, "UPDATE {tokens} SET revoked = TRUE WHERE id = ?", 1},
};

static void add_template(struct buf *sql, const char *text, const struct db_settings *settings)
{
    const struct {
        const char *mark;
        struct text table;
    } names[] = {{"{diffs}", settings->diffs_table}, {"{tokens}", settings->tokens_table}};

    while (*text != '\0') {
        size_t i = 0;

        while (i < ARRAY_LEN(names) && strncmp(text, names[i].mark, strlen(names[i].mark)) != 0)
            i++;
        if (i < ARRAY_LEN(names)) {
            db_quote_name(sql, names[i].table);
            text += strlen(names[i].mark);
        } else {
            buf_add_char(sql, *text++);
        }
    }
}

void db_stmt_init(struct db_stmt_cache *statements, struct db_link *link)
{
    *statements = (struct db_stmt_cache){.link = link};
    for (size_t i = 0; i < DB_STATEMENT_CACHE; i++)
        buf_init(&statements->cached[i].sql, STATEMENT_MAX_BYTES);
    for (size_t i = 0; i < STATEMENT_IDS; i++) {
        assert((size_t)STATEMENTS[i].id == i);
        buf_init(&statements->fixed[i].sql, STATEMENT_MAX_BYTES);
        add_template(&statements->fixed[i].sql, STATEMENTS[i].text, link->settings);
    }
}

static void unprepare(struct db_stmt *statement)
{
    if (statement->stmt != NULL)
        mysql_stmt_close(statement->stmt);
    statement->stmt = NULL;
}

static void release_all(struct db_stmt *statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unprepare(&statements[i]);
        buf_release(&statements[i].sql);
    }
}

void db_stmt_release(struct db_stmt_cache *statements)
{
    release_all(statements->fixed, STATEMENT_IDS);
    release_all(statements->cached, DB_STATEMENT_CACHE);
}

/* Makes sure that it is prepared on the connection of now. */
static enum rc prepare(struct db_stmt_cache *statements, struct db_stmt *statement,
                       MYSQL_STMT **stmt_out, struct fail *fail)
{
    struct db_link *link = statements->link;
    struct text sql = buf_text(&statement->sql);
    enum rc rc;

    if (link->mysql == NULL)
        return db_link_is_lost(fail);
    rc = db_link_check_transaction(link, sql.ptr, fail);
    if (rc != RC_OK)
        return rc;
    statement->last_use = ++statements->uses;
    *stmt_out = statement->stmt;
    if (statement->stmt != NULL && statement->generation == link->generation)
        return RC_OK;
    unprepare(statement);
    statement->stmt = mysql_stmt_init(link->mysql);
    if (statement->stmt == NULL)
        return fail_fatal(fail, "mysql_stmt_init: out of memory");
    if (mysql_stmt_prepare(statement->stmt, sql.ptr, sql.len) != 0) {
        rc = db_link_error(link, statement->stmt, sql.ptr, false, fail);
        unprepare(statement);
        return rc;
    }
    statement->generation = link->generation;
    *stmt_out = statement->stmt;
    return RC_OK;
}

size_t db_stmt_parameters(enum db_stmt_id id)
{
    return STATEMENTS[id].parameters;
}

struct text db_stmt_text(const struct db_stmt_cache *statements, enum db_stmt_id id)
{
    return buf_text(&statements->fixed[id].sql);
}

enum rc db_stmt_fixed(struct db_stmt_cache *statements, enum db_stmt_id id, MYSQL_STMT **stmt_out,
                      struct fail *fail)
{
    enum rc rc = prepare(statements, &statements->fixed[id], stmt_out, fail);

    if (rc == RC_OK)
        assert(mysql_stmt_param_count(*stmt_out) == STATEMENTS[id].parameters);
    return rc;
}

enum rc db_stmt_get(struct db_stmt_cache *statements, struct text sql, MYSQL_STMT **stmt_out,
                    struct fail *fail)
{
    struct db_stmt *oldest = &statements->cached[0];

    for (size_t i = 0; i < DB_STATEMENT_CACHE; i++) {
        struct db_stmt *statement = &statements->cached[i];

        if (text_equal(buf_text(&statement->sql), sql))
            return prepare(statements, statement, stmt_out, fail);
        if (statement->last_use < oldest->last_use)
            oldest = statement;
    }
    unprepare(oldest);
    buf_clear(&oldest->sql);
    buf_add_text(&oldest->sql, sql);
    assert(!oldest->sql.overflow);
    return prepare(statements, oldest, stmt_out, fail);
}

enum rc db_stmt_run(struct db_link *link, MYSQL_STMT *stmt, const struct db_args *args,
                    const char *what, struct fail *fail)
{
    const unsigned no_array = 0;
    size_t bytes = 0;
    enum rc rc;

    assert(args->count == mysql_stmt_param_count(stmt));
    for (size_t i = 0; i < args->count; i++)
        bytes += args->binds[i].buffer_length + PARAMETER_BYTES;
    rc = db_link_fits(link, bytes, fail);
    if (rc != RC_OK)
        return rc;
    mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &no_array);
    if ((args->count > 0 && mysql_stmt_bind_param(stmt, args->binds) != 0) ||
        mysql_stmt_execute(stmt) != 0)
        return db_link_error(link, stmt, what, false, fail);
    return db_link_check_transaction(link, what, fail);
}
