/* From what a history says of other SQL to statements on the rows that there are: sql_resolve(). */
#include "sql.h"

#include <stdlib.h>

/* ---- Random ---- */

static struct sql_write random_write(struct random *random, size_t objects, unsigned owners)
{
    static const enum sql_kind KINDS[] = {SQL_INSERT,  SQL_INSERT, SQL_INSERT, SQL_UPDATE,
                                          SQL_UPDATE,  SQL_UPDATE, SQL_UPDATE, SQL_UPDATE,
                                          SQL_DELETE,  SQL_DELETE, SQL_HIDE,   SQL_SHOW,
                                          SQL_REPLACE, SQL_MOVE,   SQL_RENAME};
    struct sql_write write = {
        .kind = KINDS[random_below(random, ARRAY_LEN(KINDS))],
        .object = random_below(random, (uint32_t)objects),
        .owner = random_below(random, owners),
        .other = random_below(random, (uint32_t)objects),
        .fields = random_below(random, 1u << WORLD_FIELDS),
        .value = random_below(random, 1000),
        .same = random_one(random, 8),
    };

    if (random_one(random, 6))
        write.nulls = random_below(random, 1u << WORLD_FIELDS);
    return write;
}

struct sql_transaction sql_random(struct random *random, size_t objects, unsigned owners)
{
    struct sql_transaction transaction = {.count = 1, .rolls_back = random_one(random, 12)};

    if (random_one(random, 3))
        transaction.count += 1 + random_below(random, SQL_WRITES - 1);
    for (size_t i = 0; i < transaction.count; i++)
        transaction.writes[i] = random_write(random, objects, owners);
    transaction.quiet = random_one(random, 10);
    return transaction;
}

/* ---- Statements ---- */

/* References, and only those of the keyed world are enforced, name what is there, or nothing. */
static struct text written_value(const struct sql_write *write, const struct field *field,
                                 struct text owner, const struct sql_tables *tables,
                                 struct arena *arena)
{
    struct text json = world_value(field, write->value, arena);
    size_t parent = world_parent(field, json);
    bool lacks = parent < WORLD_PLACES && !tables->row(tables->context, owner, parent).cells.live;

    if (lacks || ((write->nulls >> field->index & 1u) != 0 && !field->required))
        return TEXT_LITERAL("null");
    return json;
}

static void set_fields(const struct sql_write *write, const struct sql_tables *tables,
                       struct arena *arena, struct sql_statement *statement)
{
    for (size_t i = 0; i < statement->model->field_count; i++) {
        const struct field *field = &statement->model->fields[i];

        if ((statement->fields >> i & 1u) != 0)
            statement->cells.json[i] = written_value(write, field, statement->owner, tables, arena);
    }
}

/* A new row: what the statement does not name is null. */
static void fill_row(const struct sql_write *write, const struct sql_tables *tables,
                     struct arena *arena, struct sql_statement *statement)
{
    cells_clear(&statement->cells);
    statement->cells.live = true;
    for (size_t i = 0; i < statement->model->field_count; i++)
        statement->fields |= (unsigned)statement->model->fields[i].required << i;
    set_fields(write, tables, arena, statement);
}

static bool has_id_parents(const struct sql_tables *tables, struct text owner, size_t object)
{
    for (size_t i = 0; i < WORLD_RELATIONS; i++) {
        size_t parent = world_id_parent(world_relation(i), object);

        if (parent < WORLD_PLACES && !tables->row(tables->context, owner, parent).cells.live)
            return false;
    }
    return true;
}

/* Does that row refer to the object by its id or by a reference? */
static bool refers_to(const struct sql_tables *tables, struct text owner, size_t child,
                      size_t object)
{
    struct world_object of = world_object(child);
    struct sql_row row = tables->row(tables->context, owner, child);

    if (!row.cells.live && !row.hidden)
        return false;
    for (size_t i = 0; i < WORLD_RELATIONS; i++)
        if (world_id_parent(world_relation(i), child) == object)
            return true;
    for (size_t i = 0; i < of.model->field_count; i++)
        if (world_parent(&of.model->fields[i], row.cells.json[i]) == object)
            return true;
    return false;
}

static bool has_children(const struct sql_tables *tables, struct text owner, size_t object)
{
    for (size_t i = 0; i < WORLD_OBJECTS; i++)
        if (refers_to(tables, owner, i, object))
            return true;
    return false;
}

static bool has_references(const struct sql_statement *statement, size_t object)
{
    for (size_t i = 0; i < WORLD_RELATIONS; i++)
        if (world_id_parent(world_relation(i), object) < WORLD_PLACES)
            return true;
    for (size_t i = 0; i < statement->model->field_count; i++)
        if (statement->model->fields[i].parent != NULL &&
            !text_is(statement->cells.json[i], "null"))
            return true;
    return false;
}

static bool is_free(const struct sql_tables *tables, struct text owner, size_t object)
{
    struct sql_row row = tables->row(tables->context, owner, object);

    return !row.cells.live && !row.hidden;
}

/* What the kind does to a row that is there, hidden, or not there. */
static enum sql_kind fitting_kind(enum sql_kind kind, const struct sql_row *row, bool soft)
{
    static const enum sql_kind LIVE[SQL_KINDS] = {
        [SQL_INSERT] = SQL_UPDATE, /* … ON DUPLICATE KEY UPDATE */
        [SQL_UPDATE] = SQL_UPDATE, [SQL_DELETE] = SQL_DELETE, [SQL_REPLACE] = SQL_REPLACE,
        [SQL_HIDE] = SQL_HIDE,     [SQL_SHOW] = SQL_KINDS,    [SQL_MOVE] = SQL_MOVE,
        [SQL_RENAME] = SQL_RENAME,
    };
    static const enum sql_kind HIDDEN[SQL_KINDS] = {
        [SQL_INSERT] = SQL_SHOW,   [SQL_UPDATE] = SQL_KINDS, [SQL_DELETE] = SQL_DELETE,
        [SQL_REPLACE] = SQL_KINDS, [SQL_HIDE] = SQL_KINDS,   [SQL_SHOW] = SQL_SHOW,
        [SQL_MOVE] = SQL_KINDS,    [SQL_RENAME] = SQL_KINDS,
    };
    static const enum sql_kind GONE[SQL_KINDS] = {
        [SQL_INSERT] = SQL_INSERT,  [SQL_UPDATE] = SQL_KINDS, [SQL_DELETE] = SQL_KINDS,
        [SQL_REPLACE] = SQL_INSERT, [SQL_HIDE] = SQL_KINDS,   [SQL_SHOW] = SQL_INSERT,
        [SQL_MOVE] = SQL_KINDS,     [SQL_RENAME] = SQL_KINDS,
    };

    if (row->cells.live)
        return kind == SQL_HIDE && !soft ? SQL_DELETE : LIVE[kind];
    return row->hidden ? HIDDEN[kind] : GONE[kind];
}

static bool is_parent(const struct model *model)
{
    for (size_t i = 0; i < WORLD_RELATIONS; i++)
        if (world_relation(i)->parent == model)
            return true;
    return false;
}

/* May the database's foreign keys stop it? */
static bool keeps_references(const struct sql_statement *statement, size_t object,
                             const struct sql_tables *tables)
{
    switch (statement->kind) {
    case SQL_INSERT:
    case SQL_SHOW:
        return has_id_parents(tables, statement->owner, object);
    case SQL_DELETE:
    case SQL_REPLACE:
    case SQL_HIDE:
        if (tables->careful && is_parent(statement->model))
            return false;
        return !has_children(tables, statement->owner, object);
    case SQL_MOVE:
    case SQL_RENAME:
        if (tables->careful && is_parent(statement->model))
            return false;
        return !has_children(tables, statement->owner, object) &&
               !has_references(statement, object);
    case SQL_UPDATE:
    case SQL_KINDS:
        break;
    }
    return true;
}

static bool is_possible(const struct sql_statement *statement, size_t object, size_t other,
                        const struct sql_tables *tables)
{
    struct text field;

    if (!keeps_references(statement, object, tables))
        return false;
    if (statement->kind == SQL_MOVE)
        return !text_equal(statement->owner, statement->to_owner) &&
               is_free(tables, statement->to_owner, object);
    if (statement->kind == SQL_RENAME)
        return world_object(other).model == statement->model &&
               is_free(tables, statement->owner, other);
    if (statement->kind == SQL_DELETE || statement->kind == SQL_HIDE)
        return true;
    return world_row_fits(tables->rules, statement->model, &statement->cells, &field);
}

bool sql_resolve(const struct sql_write *write, struct text owner, struct text to_owner,
                 const struct sql_tables *tables, struct arena *arena,
                 struct sql_statement *statement_out)
{
    struct world_object object = world_object(write->object);
    struct sql_row row = tables->row(tables->context, owner, write->object);
    struct sql_statement statement = {
        .kind = fitting_kind(write->kind, &row, model_deletes_softly(object.model)),
        .owner = owner,
        .model = object.model,
        .id = object.id,
        .to_owner = to_owner,
        .to_id = object.id,
        .fields = write->fields,
        .cells = row.cells};

    if (statement.kind == SQL_KINDS)
        return false;
    if (statement.kind == SQL_RENAME)
        statement.to_id = world_object(write->other).id;
    if (statement.kind == SQL_INSERT || statement.kind == SQL_REPLACE || statement.kind == SQL_SHOW)
        fill_row(write, tables, arena, &statement);
    if (statement.kind == SQL_UPDATE && !write->same)
        set_fields(write, tables, arena, &statement);
    *statement_out = statement;
    return is_possible(&statement, write->object, write->other, tables);
}

/* ---- Written down ---- */

void sql_print(const struct sql_transaction *transaction, FILE *out)
{
    fprintf(out, " rolls_back=%d quiet=%d", transaction->rolls_back, transaction->quiet);
    for (size_t i = 0; i < transaction->count; i++) {
        const struct sql_write *w = &transaction->writes[i];

        fprintf(out, " w%zu=%d,%zu,%u,%zu,%u,%u,%u,%d", i, (int)w->kind, w->object, w->owner,
                w->other, w->fields, w->nulls, w->value, w->same);
    }
}

static bool read_write(const char *at, struct sql_write *write_out)
{
    long numbers[8];
    char *end;

    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        numbers[i] = strtol(at, &end, 10);
        if (end == at || numbers[i] < 0)
            return false;
        at = end + (*end == ',');
    }
    *write_out = (struct sql_write){.kind = (enum sql_kind)numbers[0],
                                    .object = (size_t)numbers[1] % WORLD_OBJECTS,
                                    .owner = (unsigned)numbers[2],
                                    .other = (size_t)numbers[3] % WORLD_OBJECTS,
                                    .fields = (unsigned)numbers[4],
                                    .nulls = (unsigned)numbers[5],
                                    .value = (uint32_t)numbers[6],
                                    .same = numbers[7] != 0};
    return write_out->kind < SQL_KINDS;
}

bool sql_read(const char *line, struct sql_transaction *transaction_out)
{
    *transaction_out = (struct sql_transaction){
        .rolls_back = strstr(line, " rolls_back=1") != NULL,
        .quiet = strstr(line, " quiet=1") != NULL,
    };
    for (; transaction_out->count < SQL_WRITES; transaction_out->count++) {
        char key[8];
        const char *at;

        snprintf(key, sizeof(key), " w%zu=", transaction_out->count);
        at = strstr(line, key);
        if (at == NULL)
            break;
        if (!read_write(at + strlen(key), &transaction_out->writes[transaction_out->count]))
            return false;
    }
    return true;
}
