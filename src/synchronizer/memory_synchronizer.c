#include "memory_synchronizer.h"

#include <assert.h>
#include <stdlib.h>

#include "json_text.h"
#include "memory_map.h"

#define JSON_MAX_BYTES ((size_t)1024 * 1024 * 1024)

/* One block of memory each: the struct, what it points to behind it. */
struct stored_row {
    size_t value_count;
    struct value values[];
};

struct stored_diff {
    struct diff diff; /* without the parsed fields */
    char bytes[];
};

struct owner {
    int64_t next_clock;
    struct stored_diff **diffs; /* by (clock, seq) */
    size_t diff_count;
    size_t diff_capacity;
    struct memory_map diff_ids; /* number: the clock */
    struct memory_map known;    /* number: the clock */
    struct memory_map *rows;    /* by model; ptr: struct stored_row */
    struct memory_map *existed; /* by model; number: how many diffs */
    size_t model_count;
};

enum undo_kind { UNDO_APPEND, UNDO_REMEMBER, UNDO_ROW };

struct undo {
    enum undo_kind kind;
    size_t model;
    char *id; /* NULL for UNDO_APPEND, which takes the last diff */
    size_t id_len;
    struct stored_row *row; /* as it was; NULL: not there */
};

struct memory {
    struct synchronizer base;
    unsigned *zero_ranks;
    struct memory_map owners; /* ptr: struct owner */
    struct owner *open;       /* of the transaction; NULL: none */
    struct undo *undos;
    size_t undo_count;
    size_t undo_capacity;
    unsigned fail_in; /* operations from now; 0: never */
    enum rc fail_rc;
    bool (*allowed)(void *context, const struct model *model, enum diff_type type,
                    struct text json_data);
    void *allowed_context;
    struct buf json;
    struct arena scratch; /* of one row */
};

static struct memory *memory_of(struct synchronizer *s)
{
    return (struct memory *)s;
}

/* Every operation starts here: does it fail on demand? */
static enum rc step(struct memory *m, struct fail *fail)
{
    if (m->fail_in == 0 || --m->fail_in > 0)
        return RC_OK;
    switch (m->fail_rc) {
    case RC_OK:
        return RC_OK;
    case RC_REJECTED:
        return fail_reject(fail, FAIL_INVALID_DATA, "a failure on demand");
    case RC_RETRY:
    case RC_UNCERTAIN:
        return fail_busy(fail, m->fail_rc, "a failure on demand");
    case RC_FATAL:
        break;
    }
    return fail_fatal(fail, "a failure on demand");
}

static struct owner *owner_find(struct memory *m, struct text name)
{
    struct memory_node *node = memory_map_find(&m->owners, name);

    return node == NULL ? NULL : node->ptr;
}

static void *zeroed(size_t count, size_t size_bytes)
{
    return memset(alloc_or_die(count * size_bytes), 0, count * size_bytes);
}

static struct owner *owner_put(struct memory *m, struct text name)
{
    struct memory_node *node = memory_map_put(&m->owners, name);
    const size_t models = m->base.mapping->model_count;
    struct owner *owner = node->ptr;

    if (owner != NULL)
        return owner;
    owner = zeroed(1, sizeof(*owner));
    owner->rows = zeroed(models, sizeof(*owner->rows));
    owner->existed = zeroed(models, sizeof(*owner->existed));
    owner->model_count = models;
    node->ptr = owner;
    return owner;
}

static void owner_free(void *ptr)
{
    struct owner *owner = ptr;

    for (size_t i = 0; i < owner->model_count; i++) {
        memory_map_clear(&owner->rows[i], free);
        memory_map_clear(&owner->existed[i], NULL);
    }
    for (size_t i = 0; i < owner->diff_count; i++)
        free(owner->diffs[i]);
    memory_map_clear(&owner->diff_ids, NULL);
    memory_map_clear(&owner->known, NULL);
    free(owner->rows);
    free(owner->existed);
    free(owner->diffs);
    free(owner);
}

/* The transaction */

static struct undo *undo_add(struct memory *m, enum undo_kind kind, struct text id)
{
    struct undo *undo;

    if (m->undo_count == m->undo_capacity) {
        m->undo_capacity = m->undo_capacity == 0 ? 64 : m->undo_capacity * 2;
        m->undos = realloc_or_die(m->undos, m->undo_capacity * sizeof(*m->undos));
    }
    undo = &m->undos[m->undo_count++];
    *undo = (struct undo){.kind = kind, .id = alloc_or_die(id.len), .id_len = id.len};
    if (id.len > 0)
        memcpy(undo->id, id.ptr, id.len);
    return undo;
}

static void undo_append(struct owner *owner)
{
    struct stored_diff *stored = owner->diffs[--owner->diff_count];
    struct memory_map *existed = &owner->existed[stored->diff.model->index];

    memory_map_remove(&owner->diff_ids, stored->diff.id);
    if (--memory_map_put(existed, stored->diff.object_id)->number == 0)
        memory_map_remove(existed, stored->diff.object_id);
    free(stored);
}

static void undo_row(struct memory_map *rows, struct text id, struct stored_row *before)
{
    struct memory_node *node = memory_map_put(rows, id);

    free(node->ptr);
    node->ptr = before;
    if (before == NULL)
        memory_map_remove(rows, id);
}

static void undo_one(struct owner *owner, const struct undo *undo)
{
    const struct text id = {undo->id, undo->id_len};

    switch (undo->kind) {
    case UNDO_APPEND:
        undo_append(owner);
        break;
    case UNDO_REMEMBER:
        memory_map_remove(&owner->known, id);
        break;
    case UNDO_ROW:
        undo_row(&owner->rows[undo->model], id, undo->row);
        break;
    }
}

static enum rc begin(struct synchronizer *s, struct text owner, int64_t *clock_out,
                     struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = step(m, fail);

    if (rc != RC_OK)
        return rc;
    assert(m->open == NULL);
    m->open = owner_put(m, owner);
    *clock_out = m->open->next_clock++;
    return RC_OK;
}

static enum rc commit(struct synchronizer *s, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = step(m, fail);

    if (rc != RC_OK)
        return rc;
    assert(m->open != NULL);
    for (size_t i = 0; i < m->undo_count; i++) {
        free(m->undos[i].id);
        free(m->undos[i].row);
    }
    m->undo_count = 0;
    m->open = NULL;
    return RC_OK;
}

static void rollback(struct synchronizer *s)
{
    struct memory *m = memory_of(s);

    if (m->open == NULL)
        return;
    while (m->undo_count > 0) {
        const struct undo *undo = &m->undos[--m->undo_count];

        undo_one(m->open, undo);
        free(undo->id);
    }
    m->open->next_clock--;
    m->open = NULL;
}

/* Every operation on an owner's data happens in that owner's transaction. */
static enum rc step_in(struct memory *m, struct text owner, struct fail *fail)
{
    assert(m->open != NULL && m->open == owner_find(m, owner));
    return step(m, fail);
}

/* The diffs */

static size_t first_since(const struct owner *owner, int64_t since_clock)
{
    size_t low = 0;
    size_t high = owner->diff_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (owner->diffs[middle]->diff.clock < since_clock)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum rc read_history(struct synchronizer *s, struct text name, int64_t since_clock,
                            struct arena *arena, struct history *history_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    const struct owner *owner = owner_find(m, name);
    struct text owner_text = arena_text(arena, name);
    enum rc rc = step(m, fail);
    size_t first;

    *history_out = (struct history){0};
    if (rc != RC_OK || owner == NULL)
        return rc;
    first = first_since(owner, since_clock);
    history_out->next_clock = owner->next_clock;
    history_out->diffs.count = owner->diff_count - first;
    history_out->diffs.items = ARENA_ARRAY(arena, history_out->diffs.count, struct diff);
    for (size_t i = 0; i < history_out->diffs.count && rc == RC_OK; i++) {
        struct diff *diff = &history_out->diffs.items[i];

        *diff = owner->diffs[first + i]->diff;
        diff->id = arena_text(arena, diff->id);
        diff->owner = owner_text;
        diff->json_data = arena_text(arena, diff->json_data);
        diff->object_id = (struct text){0};
        diff->field_times = arena_text(arena, diff->field_times);
        rc = diff_parse_stored(diff, arena, fail);
    }
    return rc;
}

static enum rc find_known(struct synchronizer *s, struct text owner, const struct text *ids,
                          size_t count, int64_t *clocks_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = step_in(m, owner, fail);

    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        const struct memory_node *node = memory_map_find(&m->open->diff_ids, ids[i]);

        if (node == NULL)
            node = memory_map_find(&m->open->known, ids[i]);
        clocks_out[i] = node == NULL ? -1 : node->number;
    }
    return rc;
}

static enum rc find_existed(struct synchronizer *s, struct text owner, const struct model *model,
                            const struct text *ids, size_t count, bool *existed_out,
                            struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = step_in(m, owner, fail);

    for (size_t i = 0; i < count && rc == RC_OK; i++)
        existed_out[i] = memory_map_find(&m->open->existed[model->index], ids[i]) != NULL;
    return rc;
}

static struct text put_bytes(char **at, struct text t)
{
    struct text copy = {*at, t.len};

    if (t.len > 0)
        memcpy(*at, t.ptr, t.len);
    *at += t.len;
    return copy;
}

static struct stored_diff *store_diff(const struct diff *diff)
{
    struct stored_diff *stored = alloc_or_die(sizeof(*stored) + diff->id.len + diff->json_data.len +
                                              diff->object_id.len + diff->field_times.len);
    char *at = stored->bytes;

    stored->diff = *diff;
    stored->diff.id = put_bytes(&at, diff->id);
    stored->diff.owner = (struct text){0};
    stored->diff.json_data = put_bytes(&at, diff->json_data);
    stored->diff.object_id = put_bytes(&at, diff->object_id);
    stored->diff.field_times = put_bytes(&at, diff->field_times);
    stored->diff.fields = NULL;
    stored->diff.field_count = 0;
    return stored;
}

static void append_one(struct memory *m, struct owner *owner, const struct diff *diff)
{
    if (owner->diff_count == owner->diff_capacity) {
        owner->diff_capacity = owner->diff_capacity == 0 ? 16 : owner->diff_capacity * 2;
        owner->diffs =
            realloc_or_die(owner->diffs, owner->diff_capacity * sizeof(struct stored_diff *));
    }
    owner->diffs[owner->diff_count++] = store_diff(diff);
    memory_map_put(&owner->diff_ids, diff->id)->number = diff->clock;
    memory_map_put(&owner->existed[diff->model->index], diff->object_id)->number++;
    undo_add(m, UNDO_APPEND, TEXT_LITERAL(""));
}

static enum rc append(struct synchronizer *s, struct text owner, const struct diff *const *diffs,
                      size_t count, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = step_in(m, owner, fail);

    /* One call a transaction: seq starts from 0 in each. */
    assert(count == 0 || first_since(m->open, diffs[0]->clock) == m->open->diff_count);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        if (memory_map_find(&m->open->diff_ids, diffs[i]->id) != NULL)
            return fail_busy(fail, RC_RETRY, "append diffs: an id is known already");
        append_one(m, m->open, diffs[i]);
    }
    return rc;
}

static enum rc remember(struct synchronizer *s, struct text owner, int64_t clock,
                        const struct text *ids, size_t count, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = step_in(m, owner, fail);

    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        if (memory_map_find(&m->open->known, ids[i]) != NULL)
            continue;
        memory_map_put(&m->open->known, ids[i])->number = clock;
        undo_add(m, UNDO_REMEMBER, ids[i]);
    }
    return rc;
}

/* The rows */

/* The value as a column of the field's type would give it back; false if it cannot hold it. */
static bool as_column(const struct field *field, const struct value *value, struct value *out)
{
    const bool text_column =
        field->type == FIELD_STRING || field->type == FIELD_LIST || field->type == FIELD_JSON;

    *out = *value;
    if (value->kind == VALUE_NULL)
        return true;
    if (text_column && value->kind != VALUE_TEXT) {
        out->kind = VALUE_TEXT;
        out->text = value->json;
        return true;
    }
    if (field->type == FIELD_FLOAT && value->kind == VALUE_INTEGER) {
        out->kind = VALUE_REAL;
        out->real = (double)value->integer;
        return true;
    }
    if (text_column)
        return true;
    return value->kind == (field->type == FIELD_FLOAT ? VALUE_REAL : VALUE_INTEGER);
}

static size_t bytes_of(const struct value *value)
{
    return value->json.len + (value->kind == VALUE_TEXT ? value->text.len : 0);
}

static struct stored_row *store_row(const struct value *values, size_t count)
{
    struct stored_row *row;
    size_t bytes = sizeof(*row) + count * sizeof(*values);
    char *at;

    for (size_t i = 0; i < count; i++)
        bytes += bytes_of(&values[i]);
    row = alloc_or_die(bytes);
    row->value_count = count;
    at = (char *)(row->values + count);
    for (size_t i = 0; i < count; i++) {
        row->values[i] = values[i];
        if (values[i].kind == VALUE_TEXT)
            row->values[i].text = put_bytes(&at, values[i].text);
        row->values[i].json = put_bytes(&at, values[i].json);
    }
    return row;
}

/* The row after the object's fields were laid over `before`, which may be NULL. */
static enum rc lay_over(struct memory *m, const struct model *model,
                        const struct stored_row *before, const struct object *object,
                        struct stored_row **row_out, struct fail *fail)
{
    struct value *values;
    enum rc rc = RC_OK;

    arena_clear(&m->scratch);
    values = ARENA_ARRAY(&m->scratch, model->field_count, struct value);
    for (size_t i = 0; i < model->field_count; i++)
        values[i] = before != NULL ? before->values[i]
                                   : (struct value){VALUE_NULL, .json = TEXT_LITERAL("null")};
    for (size_t i = 0; i < object->field_count; i++) {
        const struct field *field = object->fields[i].field;
        struct value *value = &values[field->index];

        if (!as_column(field, &object->fields[i].value, value)) {
            rc =
                fail_reject(fail, FAIL_INVALID_DATA, "a value does not fit the type of its column");
            fail_at_field(fail, field->name);
        }
        buf_clear(&m->json);
        value_write_json(field, value, &m->json);
        value->json = arena_text(&m->scratch, buf_text(&m->json));
    }
    if (rc == RC_OK)
        *row_out = store_row(values, model->field_count);
    return rc;
}

/* Puts `after` (NULL: nothing) in the row's place; `before` goes to the undo log. */
static void replace_row(struct memory *m, const struct model *model, struct text id,
                        struct stored_row *after)
{
    struct memory_map *rows = &m->open->rows[model->index];
    struct memory_node *node = memory_map_put(rows, id);
    struct undo *undo = undo_add(m, UNDO_ROW, id);

    undo->model = model->index;
    undo->row = node->ptr;
    node->ptr = after;
    if (after == NULL)
        memory_map_remove(rows, id);
}

static struct stored_row *row_find(const struct owner *owner, const struct model *model,
                                   struct text id)
{
    const struct memory_node *node = memory_map_find(&owner->rows[model->index], id);

    return node == NULL ? NULL : node->ptr;
}

static struct row read_row(const struct stored_row *stored, struct arena *arena)
{
    struct row row = {0};

    if (stored == NULL)
        return row;
    row.live = true;
    row.values = ARENA_ARRAY(arena, stored->value_count, struct value);
    for (size_t i = 0; i < stored->value_count; i++) {
        row.values[i] = stored->values[i];
        row.values[i].json = arena_text(arena, row.values[i].json);
        if (row.values[i].kind == VALUE_TEXT)
            row.values[i].text = arena_text(arena, row.values[i].text);
    }
    return row;
}

static enum rc read_rows(struct synchronizer *s, struct text owner, const struct model *model,
                         const struct text *ids, size_t count, struct arena *arena,
                         struct row *rows_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = step_in(m, owner, fail);

    for (size_t i = 0; i < count && rc == RC_OK; i++)
        rows_out[i] = read_row(row_find(m->open, model, ids[i]), arena);
    return rc;
}

static enum rc create(struct synchronizer *s, struct text owner, const struct model *model,
                      const struct object *objects, size_t count, size_t *applied_out,
                      struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = step_in(m, owner, fail);

    *applied_out = 0;
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        struct stored_row *row;

        if (row_find(m->open, model, objects[i].id) != NULL)
            return fail_reject(fail, FAIL_OBJECT_EXISTS, "the id is taken by another object");
        rc = lay_over(m, model, NULL, &objects[i], &row, fail);
        if (rc == RC_OK) {
            replace_row(m, model, objects[i].id, row);
            ++*applied_out;
        }
    }
    return rc;
}

static enum rc update(struct synchronizer *s, struct text owner, const struct model *model,
                      const struct object *objects, size_t count, size_t *applied_out,
                      struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = step_in(m, owner, fail);

    *applied_out = 0;
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        const struct stored_row *before = row_find(m->open, model, objects[i].id);
        struct stored_row *after;

        if (before == NULL)
            continue;
        rc = lay_over(m, model, before, &objects[i], &after, fail);
        if (rc == RC_OK) {
            replace_row(m, model, objects[i].id, after);
            ++*applied_out;
        }
    }
    return rc;
}

static enum rc remove_rows(struct synchronizer *s, struct text owner, const struct model *model,
                           const struct text *ids, size_t count, size_t *applied_out,
                           struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = step_in(m, owner, fail);

    *applied_out = 0;
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        if (row_find(m->open, model, ids[i]) == NULL)
            continue;
        replace_row(m, model, ids[i], NULL);
        ++*applied_out;
    }
    return rc;
}

static enum rc validate(struct synchronizer *s, struct text owner, const struct model *model,
                        enum diff_type type, struct text json_data, bool *allowed_out,
                        struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = step_in(m, owner, fail);

    *allowed_out = rc == RC_OK &&
                   (m->allowed == NULL || m->allowed(m->allowed_context, model, type, json_data));
    return rc;
}

static enum rc ping(struct synchronizer *s, struct fail *fail)
{
    return step(memory_of(s), fail);
}

static const struct synchronizer_ops OPS = {
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .read_history = read_history,
    .find_known = find_known,
    .find_existed = find_existed,
    .read = read_rows,
    .create = create,
    .update = update,
    .remove = remove_rows,
    .validate = validate,
    .append = append,
    .remember = remember,
    .ping = ping,
};

struct synchronizer *memory_synchronizer_new(const struct mapping *mapping)
{
    struct memory *m = zeroed(1, sizeof(*m));

    m->zero_ranks = zeroed(mapping->model_count, sizeof(*m->zero_ranks));
    m->base = (struct synchronizer){
        .ops = &OPS,
        .mapping = mapping,
        .model_ranks = m->zero_ranks,
    };
    buf_init(&m->json, JSON_MAX_BYTES);
    return &m->base;
}

void memory_synchronizer_reset(struct synchronizer *s)
{
    struct memory *m = memory_of(s);

    rollback(s);
    memory_map_clear(&m->owners, owner_free);
}

void memory_synchronizer_free(struct synchronizer *s)
{
    struct memory *m = memory_of(s);

    if (m == NULL)
        return;
    memory_synchronizer_reset(s);
    buf_release(&m->json);
    arena_release(&m->scratch);
    free(m->undos);
    free(m->zero_ranks);
    free(m);
}

void memory_synchronizer_fail_at(struct synchronizer *s, unsigned nth, enum rc rc)
{
    memory_of(s)->fail_in = nth;
    memory_of(s)->fail_rc = rc;
}

void memory_synchronizer_set_ranks(struct synchronizer *s, const unsigned *model_ranks)
{
    s->model_ranks = model_ranks;
}

void memory_synchronizer_set_relations(struct synchronizer *s, struct relations relations)
{
    s->relations = relations;
}

void memory_synchronizer_set_validate(struct synchronizer *s,
                                      bool (*allowed)(void *context, const struct model *model,
                                                      enum diff_type type, struct text json_data),
                                      void *context)
{
    memory_of(s)->allowed = allowed;
    memory_of(s)->allowed_context = context;
}

void memory_synchronizer_put_row(struct synchronizer *s, struct text owner,
                                 const struct model *model, const struct object *object)
{
    struct memory *m = memory_of(s);
    struct memory_node *node = memory_map_put(&owner_put(m, owner)->rows[model->index], object->id);
    struct stored_row *row = NULL;
    struct fail fail;
    enum rc rc = lay_over(m, model, NULL, object, &row, &fail);

    assert(rc == RC_OK && m->open == NULL);
    free(node->ptr);
    node->ptr = row;
}

void memory_synchronizer_drop_row(struct synchronizer *s, struct text owner,
                                  const struct model *model, struct text id)
{
    struct memory *m = memory_of(s);
    struct memory_map *rows = &owner_put(m, owner)->rows[model->index];
    struct memory_node *node = memory_map_find(rows, id);

    assert(m->open == NULL);
    if (node == NULL)
        return;
    free(node->ptr);
    memory_map_remove(rows, id);
}

/* The dump */

static void dump_text(struct buf *buf, struct text t)
{
    buf_add_char(buf, ' ');
    json_write_string(buf, t);
}

static void dump_rows(struct buf *buf, const struct model *model, const struct memory_map *rows)
{
    struct memory_node **nodes = memory_map_sorted(rows);

    for (size_t i = 0; i < rows->count; i++) {
        const struct stored_row *row = nodes[i]->ptr;

        buf_add_str(buf, "row");
        dump_text(buf, model->name);
        dump_text(buf, nodes[i]->key);
        for (size_t field = 0; field < row->value_count; field++) {
            buf_add_char(buf, ' ');
            buf_add_text(buf, row->values[field].json);
        }
        buf_add_char(buf, '\n');
    }
    free(nodes);
}

static void dump_diffs(struct buf *buf, const struct owner *owner)
{
    for (size_t i = 0; i < owner->diff_count; i++) {
        const struct diff *diff = &owner->diffs[i]->diff;

        buf_printf(buf, "diff %lld %lld %s", (long long)diff->clock, (long long)diff->time_ms,
                   diff_type_name(diff->type));
        dump_text(buf, diff->id);
        dump_text(buf, diff->model->name);
        dump_text(buf, diff->json_data);
        dump_text(buf, diff->field_times);
        buf_add_char(buf, '\n');
    }
}

static void dump_known(struct buf *buf, const struct memory_map *known)
{
    struct memory_node **nodes = memory_map_sorted(known);

    for (size_t i = 0; i < known->count; i++) {
        buf_printf(buf, "known %lld", (long long)nodes[i]->number);
        dump_text(buf, nodes[i]->key);
        buf_add_char(buf, '\n');
    }
    free(nodes);
}

/* An owner of whom nothing is kept is not told from one who never came. */
static bool is_blank(const struct owner *owner)
{
    bool blank = owner->next_clock == 0;

    for (size_t i = 0; i < owner->model_count; i++)
        blank = blank && owner->rows[i].count == 0;
    return blank;
}

void memory_synchronizer_dump(struct synchronizer *s, struct buf *buf)
{
    struct memory *m = memory_of(s);
    struct memory_node **owners = memory_map_sorted(&m->owners);

    for (size_t i = 0; i < m->owners.count; i++) {
        const struct owner *owner = owners[i]->ptr;

        if (is_blank(owner))
            continue;
        buf_add_str(buf, "owner");
        dump_text(buf, owners[i]->key);
        buf_printf(buf, " %lld\n", (long long)owner->next_clock);
        for (size_t model = 0; model < owner->model_count; model++)
            dump_rows(buf, &s->mapping->models[model], &owner->rows[model]);
        dump_diffs(buf, owner);
        dump_known(buf, &owner->known);
    }
    free(owners);
}
