/* Walks through an owner's rows, step by step, in the order of an index: db_walk_read(). What the
 * tables' indexes are is read when a model is first walked through on a connection. */
#include "db_walk.h"

#include <assert.h>

#include "db_fill.h"
#include "db_query.h"
#include "db_quote.h"
#include "db_select.h"

#define TEXT_BYTES      ((size_t)1024)
#define PLACE_MAX_BYTES ((size_t)1024 * 1024)
#define KEY_COLUMNS_MAX ((size_t)64)

/* A column whose values are told apart, and compared as its index does, by what is read of it. */
struct walk_column {
    struct text name;
    enum db_cell_kind kind;
    bool is_unsigned;
    bool nullable;
};

/* The order of a walk: the owner's rows by these columns, which no two of them share. */
struct walk_path {
    struct text index; /* that has this order; empty: none that is known */
    struct walk_column *columns;
    size_t count; /* 0: not learned yet */
};

/* What information_schema says of a table. */
struct table {
    const struct model *model;
    struct db_result columns;
    struct db_result indexes;
    struct arena *arena;
};

enum column_cell { COLUMN_NAME, COLUMN_DATA_TYPE, COLUMN_IS_UNSIGNED, COLUMN_IS_NULLABLE };

#define COLUMNS_SQL                                                                                \
    "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE LIKE '%unsigned%', IS_NULLABLE = 'YES' "           \
    "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = "

enum index_cell { INDEX_NAME, INDEX_IS_UNIQUE, INDEX_PLACE, INDEX_COLUMN, INDEX_IS_USABLE };

#define INDEXES_SQL(usable)                                                                        \
    "SELECT INDEX_NAME, NOT NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME, COALESCE(SUB_PART IS NULL AND " \
    "COLLATION = 'A' AND INDEX_TYPE = 'BTREE' AND COLUMN_NAME IS NOT NULL AND " usable             \
    ", 0) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = "

/* An index, by the columns of the table. */
struct index {
    struct text name;
    bool unique;
    bool usable;
    struct walk_column columns[KEY_COLUMNS_MAX];
    size_t count;
};

/* Types that come back from a text or a number as they were, in their order. */
static bool walk_kind(struct text type, enum db_cell_kind *kind_out)
{
    static const struct {
        const char *type;
        enum db_cell_kind kind;
    } KINDS[] = {
        {"tinyint", DB_CELL_INTEGER},   {"smallint", DB_CELL_INTEGER}, {"int", DB_CELL_INTEGER},
        {"mediumint", DB_CELL_INTEGER}, {"bigint", DB_CELL_INTEGER},   {"char", DB_CELL_TEXT},
        {"varchar", DB_CELL_TEXT},      {"binary", DB_CELL_BYTES},     {"varbinary", DB_CELL_BYTES},
        {"date", DB_CELL_TEXT},         {"datetime", DB_CELL_TEXT},    {"timestamp", DB_CELL_TEXT},
        {"uuid", DB_CELL_TEXT},
    };

    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++)
        if (text_is(type, KINDS[i].type)) {
            *kind_out = KINDS[i].kind;
            return true;
        }
    return false;
}

static bool find_column(const struct table *table, struct text name, struct walk_column *column_out)
{
    const struct db_result *columns = &table->columns;

    for (size_t row = 0; row < columns->rows; row++) {
        if (!text_equal_nocase(db_result_text(columns, row, COLUMN_NAME), name))
            continue;
        *column_out = (struct walk_column){
            .name = db_result_text(columns, row, COLUMN_NAME),
            .is_unsigned = text_is(db_result_text(columns, row, COLUMN_IS_UNSIGNED), "1"),
            .nullable = text_is(db_result_text(columns, row, COLUMN_IS_NULLABLE), "1"),
        };
        return walk_kind(db_result_text(columns, row, COLUMN_DATA_TYPE), &column_out->kind);
    }
    return false;
}

static struct index *find_index(struct index *indexes, size_t *count, struct text name)
{
    for (size_t i = 0; i < *count; i++)
        if (text_equal_nocase(indexes[i].name, name))
            return &indexes[i];
    indexes[*count] = (struct index){.name = name, .unique = true, .usable = true};
    return &indexes[(*count)++];
}

/* All of the table's, in the order in which the server names them: the primary key first. */
static struct index *read_indexes(const struct table *table, size_t *count_out)
{
    const struct db_result *result = &table->indexes;
    struct index *indexes = ARENA_ARRAY(table->arena, result->rows, struct index);

    *count_out = 0;
    for (size_t row = 0; row < result->rows; row++) {
        struct index *index =
            find_index(indexes, count_out, db_result_text(result, row, INDEX_NAME));
        uint64_t place = 0;

        index->unique = text_is(db_result_text(result, row, INDEX_IS_UNIQUE), "1");
        if (!text_to_uint(db_result_text(result, row, INDEX_PLACE), KEY_COLUMNS_MAX, &place) ||
            place == 0 || !text_is(db_result_text(result, row, INDEX_IS_USABLE), "1") ||
            !find_column(table, db_result_text(result, row, INDEX_COLUMN),
                         &index->columns[place - 1]))
            index->usable = false;
        index->count = index->count < place ? (size_t)place : index->count;
    }
    return indexes;
}

/* Does it alone tell rows apart? */
static bool is_key(const struct index *index)
{
    bool nullable = false;

    for (size_t i = 0; i < index->count; i++)
        nullable |= index->columns[i].nullable;
    return index->usable && index->unique && !nullable;
}

/* What InnoDB ends each other index with. */
static const struct index *clustered(const struct index *indexes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(indexes[i].name, "PRIMARY"))
            return indexes[i].usable ? &indexes[i] : NULL;
    for (size_t i = 0; i < count; i++)
        if (is_key(&indexes[i]))
            return &indexes[i];
    return NULL;
}

/* The owner's column is the same in all rows. */
static void add_columns(const struct table *table, struct walk_path *path,
                        const struct index *index)
{
    for (size_t i = 0; i < index->count; i++) {
        bool there = text_equal_nocase(index->columns[i].name, table->model->owner_column);

        for (size_t k = 0; k < path->count; k++)
            there |= text_equal(path->columns[k].name, index->columns[i].name);
        if (!there)
            path->columns[path->count++] = index->columns[i];
    }
}

static struct walk_path path_of(const struct table *table, const struct index *index,
                                const struct index *end)
{
    struct walk_path path = {
        .index = index->name,
        .columns = ARENA_ARRAY(table->arena, 2 * KEY_COLUMNS_MAX, struct walk_column),
    };

    add_columns(table, &path, index);
    if (!is_key(index) && end != NULL)
        add_columns(table, &path, end);
    return path;
}

static bool begins_with_owner(const struct table *table, const struct index *index)
{
    return index->usable && text_equal_nocase(index->columns[0].name, table->model->owner_column);
}

/* Without any key: by the ids, which devices tell rows apart by. */
static struct walk_path path_of_ids(const struct table *table, const struct db_model_keys *keys)
{
    struct walk_path path = {
        .columns = ARENA_ARRAY(table->arena, keys->id_count, struct walk_column),
        .count = keys->id_count,
    };

    for (size_t i = 0; i < keys->id_count; i++)
        path.columns[i] = (struct walk_column){.name = arena_text(table->arena, keys->id[i].column),
                                               .kind = keys->id[i].kind};
    return path;
}

/* The shortest of those that begin with the owner, the rows' own first. Else all rows are read, and
 * those of others left. */
static struct walk_path choose_path(const struct table *table, const struct db_model_keys *keys)
{
    size_t count;
    const struct index *indexes = read_indexes(table, &count);
    const struct index *end = clustered(indexes, count);
    struct walk_path best = {.count = 0};

    for (size_t i = 0; i < count; i++) {
        struct walk_path path;

        if (!begins_with_owner(table, &indexes[i]) || (end == NULL && !is_key(&indexes[i])))
            continue;
        path = path_of(table, &indexes[i], end);
        if (&indexes[i] == end)
            return path;
        if (path.count > 0 && (best.count == 0 || path.count < best.count))
            best = path;
    }
    if (best.count == 0 && end != NULL)
        best = path_of(table, end, NULL);
    return best.count > 0 ? best : path_of_ids(table, keys);
}

static enum rc learn_path(struct db_session *s, const struct model *model, struct walk_path *path,
                          struct fail *fail)
{
    const bool mariadb = db_link_is_mariadb(&s->link);
    struct table table = {.model = model, .arena = &s->walks.arena};
    enum rc rc =
        db_schema_select(&s->link, COLUMNS_SQL, model->table, table.arena, &table.columns, fail);

    if (rc == RC_OK)
        rc = db_schema_select(
            &s->link, mariadb ? INDEXES_SQL("IGNORED = 'NO'") : INDEXES_SQL("IS_VISIBLE = 'YES'"),
            model->table, table.arena, &table.indexes, fail);
    if (rc == RC_OK)
        *path = choose_path(&table, db_keys_of(&s->keys, model));
    return rc;
}

static enum rc find_path(struct db_session *s, const struct model *model,
                         const struct walk_path **path_out, struct fail *fail)
{
    struct db_learned *learned = &s->walks;
    struct walk_path *paths = learned->facts;

    if (s->link.mysql == NULL)
        return db_link_is_lost(fail);
    if (learned->generation != s->link.generation) {
        arena_clear(&learned->arena);
        paths = ARENA_ARRAY(&learned->arena, s->base.mapping->model_count, struct walk_path);
        learned->facts = paths;
        learned->generation = s->link.generation;
    }
    *path_out = &paths[model->index];
    return paths[model->index].count > 0 ? RC_OK : learn_path(s, model, &paths[model->index], fail);
}

/* A value of a column, in a place. */
struct place_value {
    bool is_null;
    int64_t integer;
    struct text text;
};

static void write_value(struct buf *place, const struct walk_column *column,
                        const struct db_rows *rows, size_t at, struct arena *scratch)
{
    const bool is_null = db_rows_is_null(rows, at);
    const int64_t integer = db_rows_integer(rows, at);
    struct text text;

    buf_add(place, &is_null, sizeof(is_null));
    if (is_null)
        return;
    if (column->kind == DB_CELL_INTEGER) {
        buf_add(place, &integer, sizeof(integer));
        return;
    }
    text = db_rows_text(rows, at, scratch);
    buf_add(place, &text.len, sizeof(text.len));
    buf_add_text(place, text);
}

static void take_bytes(struct text *place, void *out, size_t len)
{
    assert(place->len >= len);
    memcpy(out, place->ptr, len);
    *place = (struct text){place->ptr + len, place->len - len};
}

static struct place_value read_value(struct text *place, const struct walk_column *column)
{
    struct place_value value = {0};

    take_bytes(place, &value.is_null, sizeof(value.is_null));
    if (value.is_null)
        return value;
    if (column->kind == DB_CELL_INTEGER) {
        take_bytes(place, &value.integer, sizeof(value.integer));
        return value;
    }
    take_bytes(place, &value.text.len, sizeof(value.text.len));
    assert(place->len >= value.text.len);
    value.text.ptr = place->ptr;
    *place = (struct text){place->ptr + value.text.len, place->len - value.text.len};
    return value;
}

/* Does it name a value of each column? It may have come from a client. */
static bool is_place(const struct walk_path *path, struct text place)
{
    for (size_t i = 0; i < path->count; i++) {
        const bool is_null = place.len > 0 && place.ptr[0] != 0;
        size_t len = sizeof(int64_t);

        if (place.len == 0 || (unsigned char)place.ptr[0] > 1)
            return false;
        place = (struct text){place.ptr + 1, place.len - 1};
        if (is_null)
            continue;
        if (path->columns[i].kind != DB_CELL_INTEGER) {
            if (place.len < sizeof(len))
                return false;
            take_bytes(&place, &len, sizeof(len));
        }
        if (place.len < len ||
            (path->columns[i].kind == DB_CELL_TEXT && !text_is_utf8((struct text){place.ptr, len})))
            return false;
        place = (struct text){place.ptr + len, place.len - len};
    }
    return place.len == 0;
}

static void add_value(struct db_args *args, const struct walk_column *column,
                      const struct place_value *value)
{
    if (column->kind == DB_CELL_INTEGER && column->is_unsigned)
        db_args_unsigned(args, (uint64_t)value->integer);
    else if (column->kind == DB_CELL_INTEGER)
        db_args_integer(args, value->integer);
    else if (column->kind == DB_CELL_BYTES)
        db_args_bytes(args, value->text);
    else
        db_args_text(args, value->text);
}

/* NULLs come first. */
static void add_comparison(struct buf *sql, struct db_args *args, const struct walk_column *column,
                           const struct place_value *value, bool behind)
{
    db_quote_name(sql, column->name);
    if (value->is_null) {
        buf_add_str(sql, behind ? " IS NOT NULL" : " IS NULL");
        return;
    }
    buf_add_str(sql, behind ? " > ?" : " = ?");
    add_value(args, column, value);
}

/* "((a > ?) OR (a = ? AND b > ?))": ranges of the index. */
static void add_place(struct buf *sql, struct db_args *args, const struct walk_path *path,
                      struct text place)
{
    struct place_value values[2 * KEY_COLUMNS_MAX];

    for (size_t i = 0; i < path->count; i++)
        values[i] = read_value(&place, &path->columns[i]);
    buf_add_str(sql, " AND (");
    for (size_t last = 0; last < path->count; last++) {
        buf_add_str(sql, last == 0 ? "(" : " OR (");
        for (size_t i = 0; i <= last; i++) {
            if (i > 0)
                buf_add_str(sql, " AND ");
            add_comparison(sql, args, &path->columns[i], &values[i], i == last);
        }
        buf_add_char(sql, ')');
    }
    buf_add_char(sql, ')');
}

static void add_names(struct buf *sql, const struct walk_path *path, const char *before)
{
    for (size_t i = 0; i < path->count; i++) {
        buf_add_str(sql, i == 0 ? before : ",");
        db_quote_name(sql, path->columns[i].name);
    }
}

struct step {
    struct db_session *session;
    struct row_walk *walk;
    const struct walk_path *path;
    struct db_select select;
    struct arena *arena;
    struct object_row_list *rows;
    size_t capacity;
    size_t taken; /* rows, those without an id too */
    struct buf place;
};

static size_t parameters_of(const struct step *step)
{
    const size_t places = step->path->count * (step->path->count + 1) / 2;

    return step->select.parameters + db_keys_parameters(&step->select.keys->owner) + places + 1;
}

static void build_step(const struct step *step, struct db_args *args)
{
    struct db_session *s = step->session;
    const struct db_key_column *owner = &step->select.keys->owner;
    const struct db_key_value value = db_keys_value(owner, step->walk->owner, args->arena);
    struct buf *sql = &s->sql;

    buf_add_str(sql, "SELECT ");
    db_select_add(sql, &step->select, args);
    add_names(sql, step->path, ",");
    buf_add_str(sql, " FROM ");
    db_quote_name(sql, step->walk->model->table);
    if (step->path->index.len > 0) {
        buf_add_str(sql, " FORCE INDEX (");
        db_quote_name(sql, step->path->index);
        buf_add_char(sql, ')');
    }
    buf_add_str(sql, " WHERE ");
    db_keys_add_equal(sql, "", owner);
    db_keys_add_args(args, owner, &value);
    if (step->walk->place.len > 0)
        add_place(sql, args, step->path, step->walk->place);
    db_fill_add_live(sql, s, step->walk->model);
    add_names(sql, step->path, " ORDER BY ");
    buf_add_str(sql, " LIMIT ?");
    db_args_integer(args, (int64_t)step->walk->limit + 1);
}

static void note_place(struct step *step, const struct db_rows *rows)
{
    buf_clear(&step->place);
    for (size_t i = 0; i < step->path->count; i++)
        write_value(&step->place, &step->path->columns[i], rows, step->select.count + i,
                    &step->session->scratch);
}

/* A row without an id, or with one that no diff could name, is nobody's. */
static enum rc take_row(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct step *step = context;
    struct object_row_list *list = step->rows;
    struct text id;

    (void)fail;
    step->walk->more = step->taken == step->walk->limit;
    if (step->walk->more)
        return RC_OK;
    if (++step->taken == step->walk->limit)
        note_place(step, rows);
    id = db_select_id(&step->select, rows, step->arena);
    if (id.len == 0)
        return RC_OK;
    list->items = ARENA_ROOM(step->arena, list->items, list->count, &step->capacity);
    list->items[list->count++] = (struct object_row){
        .id = id,
        .values = db_select_values(&step->select, rows, step->arena),
    };
    return RC_OK;
}

static enum rc run_step(struct step *step, struct fail *fail)
{
    struct db_query query =
        db_query_made(step->session, parameters_of(step), "walk through the rows");
    const struct db_columns columns = {step->select.kinds, step->select.count + step->path->count,
                                       TEXT_BYTES};
    enum rc rc;

    build_step(step, &query.args);
    step->walk->more = false;
    rc = db_query_each(&query, columns, take_row, step, fail);
    if (rc == RC_OK && step->walk->more)
        step->walk->place = arena_text(step->walk->arena, buf_text(&step->place));
    return rc;
}

enum rc db_walk_read(struct synchronizer *base, struct row_walk *walk, struct arena *arena,
                     struct object_row_list *rows_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct step step = {.session = s, .walk = walk, .arena = arena, .rows = rows_out};
    enum rc rc;

    assert((s->in_snapshot || s->in_drain) && walk->limit > 0 && walk->more);
    *rows_out = (struct object_row_list){0};
    rc = find_path(s, walk->model, &step.path, fail);
    if (rc != RC_OK)
        return rc;
    assert(step.path != NULL);
    if (walk->place.len > 0 && !is_place(step.path, walk->place))
        return fail_reject(fail, FAIL_INVALID_CLOCK, "the place is not among the table's rows");
    step.select =
        db_select_of(s, (struct owner_model){walk->owner, walk->model}, step.path->count, arena);
    for (size_t i = 0; i < step.path->count; i++)
        step.select.kinds[step.select.count + i] = step.path->columns[i].kind;
    buf_init(&step.place, PLACE_MAX_BYTES);
    rc = run_step(&step, fail);
    buf_release(&step.place);
    return rc;
}
