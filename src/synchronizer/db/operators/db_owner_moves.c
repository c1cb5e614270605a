/* Where owners are, and how their rows get from one database to another. An owner that is not here
 * has a clock beyond all clocks, which stops whatever would read or write its data; the row of
 * mobync_moves says where it is. Rows are written as texts that the other server read. */
#include "db_owner_moves.h"

#include <assert.h>
#include <mysql.h>
#include <mysqld_error.h>

#include "db_owner_data.h"
#include "db_owner_survey.h"
#include "db_owners.h"
#include "db_query.h"
#include "db_quote.h"
#include "db_tables.h"

/* Of one INSERT; a row that is longer goes alone. */
#define INSERT_BYTES    ((size_t)512 * 1024)
#define INSERT_ROWS     ((size_t)500)
#define STATEMENT_BYTES ((size_t)1024 * 1024 * 1024)
#define PARAMETERS      ((size_t)3)
#define TEXT_BYTES      ((size_t)1024)
/* Of lineages that are another database's: behind the epochs of its own. */
#define FOREIGN_SLOT "4294967296"

/* Messages have no value of a row. */
#define WHAT "copy an owner's rows"

static const char *const WORDS[OWNER_WHERES] = {
    [OWNER_HERE] = "here",
    [OWNER_LEAVING] = "leaving",
    [OWNER_ARRIVING] = "arriving",
    [OWNER_AWAY] = "away",
};

static enum owner_where where_of(struct text word)
{
    size_t where = 0;

    while (where + 1 < OWNER_WHERES && !text_is(word, WORDS[where]))
        where++;
    return (enum owner_where)where;
}

/* "SELECT … WHERE owner = 'alice'" */
static enum rc select_owner(struct db_session *s, const char *select, struct text owner,
                            const char *end, struct arena *arena, struct db_result *result_out,
                            struct fail *fail)
{
    struct buf sql;
    enum rc rc;

    buf_init(&sql, TEXT_BYTES + 2 * owner.len);
    buf_add_str(&sql, select);
    db_quote_value(&s->link, &sql, owner);
    buf_add_str(&sql, end);
    rc = db_result_read(&s->link, buf_text(&sql), "asking where the owner is", arena, result_out,
                        fail);
    buf_release(&sql);
    return rc;
}

static int64_t integer_of(const struct db_result *result, size_t column)
{
    uint64_t number = 0;

    return text_to_uint(db_result_text(result, 0, column), INT64_MAX, &number) ? (int64_t)number
                                                                               : 0;
}

/* `end` locks the owner's row, or does not. */
static enum rc read_place(struct db_session *s, struct text owner, const char *end,
                          struct arena *arena, struct owner_place *place_out, struct fail *fail)
{
    struct db_result of_owner = {.rows = 0}, of_move = {.rows = 0};
    enum rc rc = select_owner(
        s,
        "SELECT next_clock, adopted, compacted_below, forgotten_below FROM " DB_OWNERS_TABLE
        " WHERE owner = ",
        owner, end, arena, &of_owner, fail);

    *place_out = (struct owner_place){.where = OWNER_HERE};
    if (rc == RC_OK)
        rc = select_owner(
            s, "SELECT place, shard, next_clock, adopted FROM " DB_MOVES_TABLE " WHERE owner = ",
            owner, "", arena, &of_move, fail);
    if (rc != RC_OK)
        return rc;
    place_out->known = of_owner.rows > 0;
    if (place_out->known) {
        place_out->next_clock = integer_of(&of_owner, 0);
        place_out->adopted = integer_of(&of_owner, 1) != 0;
        place_out->compacted_below = integer_of(&of_owner, 2);
        place_out->forgotten_below = integer_of(&of_owner, 3);
    }
    if (of_move.rows == 0)
        return RC_OK;
    place_out->recorded = true;
    place_out->where = where_of(db_result_text(&of_move, 0, 0));
    place_out->shard = db_result_text(&of_move, 0, 1);
    if (place_out->where != OWNER_HERE) {
        place_out->next_clock = integer_of(&of_move, 2);
        place_out->adopted = integer_of(&of_move, 3) != 0;
    }
    return RC_OK;
}

struct find_context {
    struct text owner;
    struct arena *arena;
    struct owner_place *place;
};

static enum rc try_find(struct db_session *s, void *context, struct fail *fail)
{
    const struct find_context *find = context;
    enum rc rc = db_session_open(s, fail);

    return rc == RC_OK ? read_place(s, find->owner, "", find->arena, find->place, fail) : rc;
}

static enum rc find(struct synchronizer *base, struct text owner, struct arena *arena,
                    struct owner_place *place_out, struct fail *fail)
{
    struct find_context context = {owner, arena, place_out};

    return db_session_first(db_session_of(base), try_find, &context, fail);
}

static enum rc lock(struct synchronizer *base, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct db_result result = {.rows = 0};
    struct arena arena;
    enum rc rc = db_session_open(s, fail);

    arena_init(&arena);
    if (rc == RC_OK)
        rc = db_result_read(
            &s->link,
            TEXT_LITERAL("SELECT GET_LOCK(CONCAT('mobync_move_', LEFT(DATABASE(), 48)), 0)"),
            "locking", &arena, &result, fail);
    if (rc == RC_OK && !text_is(db_result_text(&result, 0, 0), "1"))
        rc = fail_reject(fail, FAIL_SERVER_BUSY,
                         "another `mobync move-owner` is at work there: wait for its end");
    arena_release(&arena);
    return rc;
}

static bool same_place(const struct owner_place *a, const struct owner_place *b)
{
    return a->known == b->known && a->where == b->where && a->recorded == b->recorded &&
           text_equal(a->shard, b->shard);
}

/* Adds ", name = value" for each column. */
struct assignment {
    const char *column;
    struct text text; /* without ptr: the integer */
    int64_t integer;
};

static void add_value(struct db_session *s, const struct assignment *value)
{
    if (value->text.ptr != NULL)
        db_quote_value(&s->link, &s->sql, value->text);
    else
        buf_add_int(&s->sql, value->integer);
}

static enum rc upsert(struct db_session *s, const char *table, const struct assignment *values,
                      size_t count, struct fail *fail)
{
    struct buf *sql = db_session_sql(s);

    buf_printf(sql, "INSERT INTO %s (", table);
    for (size_t i = 0; i < count; i++)
        buf_printf(sql, "%s%s", i > 0 ? ", " : "", values[i].column);
    buf_add_str(sql, ") VALUES (");
    for (size_t i = 0; i < count; i++) {
        buf_add_str(sql, i > 0 ? ", " : "");
        add_value(s, &values[i]);
    }
    buf_add_str(sql, ") ON DUPLICATE KEY UPDATE ");
    for (size_t i = 1; i < count; i++) { /* behind the owner */
        buf_printf(sql, "%s%s = ", i > 1 ? ", " : "", values[i].column);
        add_value(s, &values[i]);
    }
    buf_add_char(sql, '\0');
    return db_session_exec(s, sql->data, fail);
}

/* The owner's rows are compared with its history when it is here again: what triggers of this
 * database made of them is told then. */
static enum rc write_place(struct db_session *s, struct text owner, const struct owner_place *now,
                           struct fail *fail)
{
    const bool here = now->where == OWNER_HERE;
    const struct assignment of_owner[] = {
        {"owner", owner, 0},
        {"next_clock", {NULL, 0}, here ? now->next_clock : DB_CLOCK_AWAY},
        {"reconciled", {NULL, 0}, 0},
        {"adopted", {NULL, 0}, now->adopted},
        {"compacted_below", {NULL, 0}, now->compacted_below},
        {"forgotten_below", {NULL, 0}, now->forgotten_below},
    };
    const struct assignment of_move[] = {
        {"owner", owner, 0},
        {"place", text_of(WORDS[now->where]), 0},
        {"shard", now->shard, 0},
        {"next_clock", {NULL, 0}, now->next_clock},
        {"adopted", {NULL, 0}, now->adopted},
    };
    enum rc rc = upsert(s, DB_OWNERS_TABLE, of_owner, ARRAY_LEN(of_owner), fail);

    return rc == RC_OK ? upsert(s, DB_MOVES_TABLE, of_move, ARRAY_LEN(of_move), fail) : rc;
}

static enum rc change_locked(struct db_session *s, struct text owner, const struct owner_place *was,
                             struct owner_place *now, struct fail *fail)
{
    struct owner_place found;
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = read_place(s, owner, " FOR UPDATE", &arena, &found, fail);
    if (rc == RC_OK && !same_place(&found, was))
        rc = fail_reject(fail, FAIL_SERVER_BUSY, "the owner is being moved by somebody else");
    if (rc == RC_OK && was->where == OWNER_HERE && now->where == OWNER_LEAVING) {
        now->next_clock = found.next_clock;
        now->adopted = found.adopted;
        now->compacted_below = found.compacted_below;
        now->forgotten_below = found.forgotten_below;
    }
    if (rc == RC_OK)
        rc = write_place(s, owner, now, fail);
    arena_release(&arena);
    return rc;
}

static enum rc change(struct synchronizer *base, struct text owner, const struct owner_place *was,
                      struct owner_place *now_inout, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    enum rc rc = db_session_transact(s, fail);

    now_inout->known = now_inout->recorded = true;
    if (rc == RC_OK)
        rc = change_locked(s, owner, was, now_inout, fail);
    if (rc == RC_OK)
        rc = db_session_commit(s, fail);
    if (rc != RC_OK)
        db_session_rollback(s);
    return rc;
}

/* --- lineages */

static enum rc read_lineages(struct db_session *s, struct arena *arena,
                             struct db_result *lineages_out, struct fail *fail)
{
    enum rc rc = db_session_open(s, fail);

    return rc == RC_OK ? db_result_read(&s->link,
                                        TEXT_LITERAL("SELECT lineage, epoch FROM " DB_LINEAGE_TABLE
                                                     " ORDER BY slot"),
                                        "read the lineages", arena, lineages_out, fail)
                       : rc;
}

static enum rc add_lineage(struct db_session *s, const struct db_result *theirs, size_t row,
                           struct fail *fail)
{
    struct buf *sql = db_session_sql(s);

    buf_add_str(sql, "INSERT INTO " DB_LINEAGE_TABLE " (slot, epoch, lineage) SELECT "
                     "GREATEST(MAX(slot), " FOREIGN_SLOT ") + 1, ");
    buf_add_text(sql, db_result_text(theirs, row, 1));
    buf_add_str(sql, ", ");
    db_quote_value(&s->link, sql, db_result_text(theirs, row, 0));
    buf_add_str(sql, " FROM " DB_LINEAGE_TABLE " HAVING SUM(lineage = ");
    db_quote_value(&s->link, sql, db_result_text(theirs, row, 0));
    buf_add_str(sql, ") = 0");
    buf_add_char(sql, '\0');
    return db_session_exec(s, sql->data, fail);
}

static enum rc add_lineages(struct db_session *s, const struct db_result *theirs, struct fail *fail)
{
    enum rc rc = db_session_transact(s, fail);

    for (size_t row = 0; rc == RC_OK && row < theirs->rows; row++)
        rc = add_lineage(s, theirs, row, fail);
    if (rc == RC_OK)
        rc = db_session_commit(s, fail);
    if (rc != RC_OK)
        db_session_rollback(s);
    return rc;
}

/* With an epoch that is behind, a database that is set back later would count its next epoch from
 * below the clocks that the owner brings along, and give them again. */
static enum rc check_epochs(const struct db_result *ours, const struct db_result *theirs,
                            struct fail *fail)
{
    const int64_t here = ours->rows > 0 ? integer_of(ours, 1) : 0;
    const int64_t there = theirs->rows > 0 ? integer_of(theirs, 1) : 0;

    if (there <= here)
        return RC_OK;
    return fail_reject(fail, FAIL_INVALID_REQUEST,
                       "the owner comes from epoch %lld, and this database is in epoch %lld: run "
                       "`mobync restored --epoch %lld` with its configuration first",
                       (long long)there, (long long)here, (long long)there);
}

static enum rc know_lineage(struct synchronizer *base, struct synchronizer *from, struct fail *fail)
{
    struct db_result ours = {.rows = 0}, theirs = {.rows = 0};
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = read_lineages(db_session_of(base), &arena, &ours, fail);
    if (rc == RC_OK)
        rc = read_lineages(db_session_of(from), &arena, &theirs, fail);
    if (rc == RC_OK)
        rc = check_epochs(&ours, &theirs, fail);
    if (rc == RC_OK)
        rc = add_lineages(db_session_of(base), &theirs, fail);
    arena_release(&arena);
    return rc;
}

/* --- rows */

/* How a column is read so that it can be written again as it was: of a FLOAT, SQL shows some of its
 * digits. */
struct form {
    const char *before;
    const char *behind;
    enum owner_cell_kind kind;
};

static struct form form_of(struct text type)
{
    static const struct {
        const char *type;
        struct form form;
    } FORMS[] = {
        {"bit", {"CONCAT(", " + 0)", OWNER_CELL_NUMBER}},
        {"float", {"CONCAT(", " + 0e0)", OWNER_CELL_NUMBER}},
        {"double", {"CONCAT(", ")", OWNER_CELL_NUMBER}},
        {"binary", {"HEX(", ")", OWNER_CELL_HEX}},
        {"varbinary", {"HEX(", ")", OWNER_CELL_HEX}},
        {"tinyblob", {"HEX(", ")", OWNER_CELL_HEX}},
        {"blob", {"HEX(", ")", OWNER_CELL_HEX}},
        {"mediumblob", {"HEX(", ")", OWNER_CELL_HEX}},
        {"longblob", {"HEX(", ")", OWNER_CELL_HEX}},
        {"geometry", {"HEX(", ")", OWNER_CELL_HEX}},
        {"point", {"HEX(", ")", OWNER_CELL_HEX}},
        {"linestring", {"HEX(", ")", OWNER_CELL_HEX}},
        {"polygon", {"HEX(", ")", OWNER_CELL_HEX}},
        {"multipoint", {"HEX(", ")", OWNER_CELL_HEX}},
        {"multilinestring", {"HEX(", ")", OWNER_CELL_HEX}},
        {"multipolygon", {"HEX(", ")", OWNER_CELL_HEX}},
        {"geometrycollection", {"HEX(", ")", OWNER_CELL_HEX}},
        {"geomcollection", {"HEX(", ")", OWNER_CELL_HEX}},
    };

    for (size_t i = 0; i < ARRAY_LEN(FORMS); i++)
        if (text_equal_nocase(type, text_of(FORMS[i].type)))
            return FORMS[i].form;
    return (struct form){"CONCAT(", ")", OWNER_CELL_TEXT};
}

/* A row that refers to one which is not there yet waits for it. */
struct waiting {
    struct text tuple;
    struct waiting *next;
};

/* The columns of one table, on their way. */
struct copying {
    struct db_session *into;
    const struct owner_table *table;
    enum owner_cell_kind *kinds;
    enum db_cell_kind *cells;
    size_t columns;
    struct buf begin;  /* "INSERT INTO … VALUES " */
    struct buf tuples; /* those of the next INSERT */
    size_t *ends;      /* … and where each of them ends */
    size_t count;
    struct waiting *waiting;
    struct arena row;
    struct arena kept;
    size_t copied;
};

static enum rc read_columns(struct db_session *s, const struct owner_table *table,
                            struct arena *arena, struct db_result *columns_out, struct fail *fail)
{
    struct buf sql;
    enum rc rc;

    buf_init(&sql, TEXT_BYTES);
    buf_add_str(&sql, "SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS WHERE "
                      "TABLE_SCHEMA = DATABASE() AND EXTRA NOT LIKE '%VIRTUAL GENERATED%' AND "
                      "EXTRA NOT LIKE '%STORED GENERATED%' AND TABLE_NAME = ");
    db_quote_value(&s->link, &sql, table->name);
    buf_add_str(&sql, " ORDER BY ORDINAL_POSITION");
    rc = db_result_read(&s->link, buf_text(&sql), "read a table's columns", arena, columns_out,
                        fail);
    buf_release(&sql);
    if (rc == RC_OK && columns_out->rows == 0)
        rc = fail_fatal(fail, "table %.*s is not there", TEXT_ARG(table->name));
    return rc;
}

static void add_cell(struct copying *copying, const struct db_rows *rows, size_t column)
{
    struct buf *into = &copying->tuples;
    const struct text value = db_rows_text(rows, column, &copying->row);

    if (db_rows_is_null(rows, column)) {
        buf_add_str(into, "NULL");
        return;
    }
    switch (copying->kinds[column]) {
    case OWNER_CELL_NUMBER:
        buf_add_text(into, value);
        break;
    case OWNER_CELL_HEX:
        buf_add_str(into, "X'");
        buf_add_text(into, value);
        buf_add_char(into, '\'');
        break;
    case OWNER_CELL_NULL:
    case OWNER_CELL_TEXT:
        db_quote_value(&copying->into->link, into, value);
        break;
    }
}

/* One statement, of some of these rows. Where one of them is refused, none is there. */
static enum rc insert(struct copying *copying, struct text tuples, struct fail *fail)
{
    struct db_session *s = copying->into;
    struct buf sql;
    enum rc rc;

    buf_init(&sql, STATEMENT_BYTES);
    buf_add_text(&sql, buf_text(&copying->begin));
    buf_add_text(&sql, tuples);
    rc = sql.overflow
             ? fail_fatal(fail, "a row of table %.*s is too large", TEXT_ARG(copying->table->name))
             : db_link_fits(&s->link, sql.len, fail);
    if (rc == RC_OK && s->link.mysql == NULL)
        rc = db_link_is_lost(fail);
    s->link.customers_code = copying->table->model != NULL;
    s->link.error_number = 0;
    if (rc == RC_OK && mysql_real_query(s->link.mysql, sql.data, sql.len) != 0)
        rc = db_link_error(&s->link, NULL, WHAT, false, fail);
    if (rc == RC_OK)
        rc = db_link_check_transaction(&s->link, WHAT, fail);
    s->link.customers_code = false;
    buf_release(&sql);
    return rc;
}

static bool lacks_parent(const struct copying *copying, enum rc rc)
{
    const unsigned number = copying->into->link.error_number;

    return rc == RC_REJECTED &&
           (number == ER_NO_REFERENCED_ROW || number == ER_NO_REFERENCED_ROW_2);
}

static enum rc insert_one(struct copying *copying, struct text tuple, struct fail *fail)
{
    enum rc rc = insert(copying, tuple, fail);
    struct waiting *waiting;

    if (!lacks_parent(copying, rc)) {
        copying->copied += rc == RC_OK;
        return rc;
    }
    waiting = ARENA_NEW(&copying->kept, struct waiting);
    *waiting =
        (struct waiting){.tuple = arena_text(&copying->kept, tuple), .next = copying->waiting};
    copying->waiting = waiting;
    return RC_OK;
}

static enum rc flush_rows(struct copying *copying, struct fail *fail)
{
    struct text all = buf_text(&copying->tuples);
    enum rc rc = RC_OK;
    size_t at = 0;

    if (copying->count == 0)
        return RC_OK;
    rc = insert(copying, (struct text){all.ptr, all.len - 1}, fail); /* without the last comma */
    if (lacks_parent(copying, rc)) {
        rc = RC_OK;
        for (size_t i = 0; rc == RC_OK && i < copying->count; i++) {
            rc = insert_one(copying, (struct text){all.ptr + at, copying->ends[i] - at - 1}, fail);
            at = copying->ends[i];
        }
    } else if (rc == RC_OK) {
        copying->copied += copying->count;
    }
    copying->count = 0;
    buf_clear(&copying->tuples);
    return rc;
}

static enum rc take_row(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct copying *copying = context;

    arena_clear(&copying->row);
    for (size_t i = 0; i < copying->columns; i++) {
        buf_add_char(&copying->tuples, i == 0 ? '(' : ',');
        add_cell(copying, rows, i);
    }
    buf_add_str(&copying->tuples, "),");
    copying->ends[copying->count++] = copying->tuples.len;
    if (copying->count < INSERT_ROWS && copying->tuples.len < INSERT_BYTES)
        return RC_OK;
    return flush_rows(copying, fail);
}

/* Those that wait, again and again, until all or none of the rest can be had: then the database
 * says why of one. */
static enum rc insert_waiting(struct copying *copying, struct fail *fail)
{
    bool moving = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && copying->waiting != NULL) {
        struct waiting *list = copying->waiting;
        const size_t before = copying->copied;

        if (!moving)
            return insert(copying, list->tuple, fail);
        copying->waiting = NULL;
        for (; rc == RC_OK && list != NULL; list = list->next)
            rc = insert_one(copying, list->tuple, fail);
        moving = copying->copied > before;
    }
    return rc;
}

static void take_columns(struct copying *copying, struct db_session *from,
                         const struct db_result *columns)
{
    copying->kinds = ARENA_ARRAY(&copying->kept, columns->rows, enum owner_cell_kind);
    copying->cells = ARENA_ARRAY(&copying->kept, columns->rows, enum db_cell_kind);
    copying->ends = ARENA_ARRAY(&copying->kept, INSERT_ROWS, size_t);
    copying->columns = columns->rows;
    buf_add_str(&copying->begin, "INSERT INTO ");
    db_quote_name(&copying->begin, copying->table->name);
    for (size_t i = 0; i < columns->rows; i++) {
        const struct text name = db_result_text(columns, i, 0);
        const struct form form = form_of(db_result_text(columns, i, 1));

        buf_printf(&from->sql, "%s%s", i == 0 ? "" : ", ", form.before);
        db_quote_name(&from->sql, name);
        buf_add_str(&from->sql, form.behind);
        buf_add_str(&copying->begin, i == 0 ? " (" : ", ");
        db_quote_name(&copying->begin, name);
        copying->cells[i] = DB_CELL_TEXT;
        copying->kinds[i] = form.kind;
    }
    buf_add_str(&copying->begin, ") VALUES ");
}

static enum rc copy_rows(struct copying *copying, struct db_session *from, struct text owner,
                         struct fail *fail)
{
    struct db_result columns = {.rows = 0};
    struct db_query query;
    enum rc rc = read_columns(from, copying->table, &copying->kept, &columns, fail);

    if (rc != RC_OK)
        return rc;
    query = db_query_made(from, PARAMETERS, "read an owner's rows");
    buf_add_str(&from->sql, "SELECT ");
    take_columns(copying, from, &columns);
    buf_add_str(&from->sql, " FROM ");
    db_owner_data_where(&query, copying->table, owner);
    rc = db_query_each(&query, (struct db_columns){copying->cells, copying->columns, TEXT_BYTES},
                       take_row, copying, fail);
    if (rc == RC_OK)
        rc = flush_rows(copying, fail);
    return rc == RC_OK ? insert_waiting(copying, fail) : rc;
}

static enum rc copy_table(struct copying *copying, struct db_session *from, struct text owner,
                          struct fail *fail)
{
    struct db_session *s = copying->into;
    enum rc rc = db_session_transact(s, fail);

    if (rc == RC_OK && copying->table->model != NULL)
        rc = db_session_own(s, copying->table->model, fail);
    if (rc == RC_OK)
        rc = copy_rows(copying, from, owner, fail);
    if (rc == RC_OK)
        rc = db_session_commit(s, fail);
    if (rc != RC_OK)
        db_session_rollback(s);
    return rc;
}

static enum rc copy(struct synchronizer *base, struct synchronizer *from, struct text owner,
                    const struct owner_table *table, size_t *count_out, struct fail *fail)
{
    struct copying copying = {.into = db_session_of(base), .table = table};
    enum rc rc;

    assert(db_session_of(from)->in_snapshot);
    arena_init(&copying.row);
    arena_init(&copying.kept);
    buf_init(&copying.begin, STATEMENT_BYTES);
    buf_init(&copying.tuples, STATEMENT_BYTES);
    rc = copy_table(&copying, db_session_of(from), owner, fail);
    buf_release(&copying.tuples);
    buf_release(&copying.begin);
    arena_release(&copying.kept);
    arena_release(&copying.row);
    *count_out = rc == RC_OK ? copying.copied : 0;
    return rc;
}

const struct owner_moves_ops DB_OWNER_MOVES_OPS = {
    .find = find,
    .lock = lock,
    .change = change,
    .know_lineage = know_lineage,
    .copy = copy,
    .survey = db_owner_survey,
};
