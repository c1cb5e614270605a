/* What other SQL wrote, and how devices come to hear of it: docs/protocol.md 9, naively.
 * oracle_write() notes, oracle_drain_owner() tells. */
#include "oracle_state.h"

#include <assert.h>
#include <stdio.h>

#include "id.h"

/* ---- Ids (docs/merging.md 10) ---- */

static struct text hashed(struct oracle *oracle, const char *name, size_t len)
{
    char id[ID_UUID_LEN + 1];

    id_uuid_of((struct text){name, len}, id);
    return arena_text(&oracle->arena, text_of(id));
}

struct text oracle_row_id(struct oracle *oracle, const struct model *model, struct text id)
{
    char name[256];
    int len =
        snprintf(name, sizeof(name), "row%c%.*s%c%.*s", 0, TEXT_ARG(model->name), 0, TEXT_ARG(id));

    return hashed(oracle, name, (size_t)len);
}

struct text oracle_derived_id(struct oracle *oracle, struct text id)
{
    return hashed(oracle, id.ptr, id.len);
}

struct text oracle_late_id(struct oracle *oracle, struct text id, int64_t clock)
{
    char name[256];
    int len =
        snprintf(name, sizeof(name), "late%c%.*s%c%lld", 0, TEXT_ARG(id), 0, (long long)clock);

    return hashed(oracle, name, (size_t)len);
}

static struct text id_at_clock(struct oracle *oracle, const char *kind,
                               const struct oracle_diff *diff)
{
    char name[256];
    int len = snprintf(name, sizeof(name), "%s%c%.*s%c%.*s%c%lld%c%s", kind, 0,
                       TEXT_ARG(diff->model->name), 0, TEXT_ARG(diff->object_id), 0,
                       (long long)diff->clock, 0, diff_type_name(diff->type));

    return hashed(oracle, name, (size_t)len);
}

static struct text change_id(struct oracle *oracle, const struct oracle_diff *diff)
{
    return id_at_clock(oracle, "sql", diff);
}

struct text oracle_fill_id(struct oracle *oracle, const struct oracle_diff *diff)
{
    return id_at_clock(oracle, "fill", diff);
}

/* ---- Writes ---- */

static struct entry *note(struct owner *owner, const struct row *row, int op, int64_t time_ms)
{
    owner->outbox = oracle_grown(owner->outbox, owner->entry_count, sizeof(struct entry));
    owner->outbox[owner->entry_count] =
        (struct entry){.model = row->model, .id = row->id, .time_ms = time_ms};
    owner->outbox[owner->entry_count].op = op;
    return &owner->outbox[owner->entry_count++];
}

static void note_fields(struct owner *owner, const struct row *row, const struct cells *before,
                        int64_t time_ms)
{
    bool differs[WORLD_FIELDS] = {false}, any = false;

    for (size_t i = 0; i < row->model->field_count; i++) {
        differs[i] = !cell_equal(&row->model->fields[i], before->json[i], row->cells.json[i]);
        any |= differs[i];
    }
    if (any)
        memcpy(note(owner, row, ENTRY_UPDATE, time_ms)->field, differs, sizeof(differs));
}

/* One row becomes what the cells are. */
static void set_row(struct oracle *oracle, struct text name, const struct sql_statement *statement,
                    struct text id, const struct cells *cells, const struct oracle_moment *moment)
{
    struct owner *owner = oracle_owner(oracle, name);
    struct row *row = oracle_row_of(owner, statement->model, id);
    struct cells before = row->cells;

    row->cells = *cells;
    row->hidden = !cells->live && statement->kind == SQL_HIDE;
    if (moment->quiet)
        return;
    if (before.live && cells->live && statement->kind != SQL_REPLACE)
        note_fields(owner, row, &before, moment->now_ms);
    else if (before.live)
        note(owner, row, ENTRY_DELETE, moment->now_ms);
    if (cells->live && (!before.live || statement->kind == SQL_REPLACE))
        note(owner, row, ENTRY_INSERT, moment->now_ms);
}

void oracle_write(struct oracle *oracle, const struct sql_statement *statement,
                  const struct oracle_moment *moment)
{
    struct cells gone;

    cells_clear(&gone);
    switch (statement->kind) {
    case SQL_INSERT:
    case SQL_UPDATE:
    case SQL_REPLACE:
    case SQL_SHOW:
        set_row(oracle, statement->owner, statement, statement->id, &statement->cells, moment);
        break;
    case SQL_DELETE:
    case SQL_HIDE:
        set_row(oracle, statement->owner, statement, statement->id, &gone, moment);
        break;
    case SQL_MOVE:
        set_row(oracle, statement->owner, statement, statement->id, &gone, moment);
        set_row(oracle, statement->to_owner, statement, statement->id, &statement->cells, moment);
        break;
    case SQL_RENAME:
        set_row(oracle, statement->owner, statement, statement->id, &gone, moment);
        set_row(oracle, statement->owner, statement, statement->to_id, &statement->cells, moment);
        break;
    case SQL_KINDS:
        break;
    }
}

bool oracle_row_hidden(struct oracle *oracle, struct text owner, const struct model *model,
                       struct text object_id)
{
    return oracle_row_of(oracle_owner(oracle, owner), model, object_id)->hidden;
}

void oracle_reconcile(struct oracle *oracle, struct text owner, const struct model *model,
                      int64_t now_ms)
{
    if (owner.len == 0 && model == NULL)
        oracle->generation++;
    for (size_t i = 0; i < oracle->owner_count; i++) {
        struct owner *one = &oracle->owners[i];

        if (owner.len > 0 && !text_equal(one->name, owner))
            continue;
        if (model == NULL)
            one->reconciled = 0;
        else
            note(one, &(struct row){.model = model}, ENTRY_COMPARE, now_ms);
    }
}

/* ---- What devices were told ---- */

struct told {
    bool ever;
    bool live;
    bool surely; /* a create or delete said so: updates alone do not tell who has the row */
    bool known[WORLD_FIELDS];
    struct text json[WORLD_FIELDS];
};

static void tell(struct told *told, const struct oracle_diff *diff)
{
    told->live = diff->type == DIFF_UPDATE ? told->live || !told->ever
                                           : oracle_present_after(diff->type, told->live);
    told->ever = true;
    told->surely |= diff->type != DIFF_UPDATE;
    for (size_t i = 0; diff->type == DIFF_CREATE && i < WORLD_FIELDS; i++) {
        told->known[i] = true;
        told->json[i] = TEXT_LITERAL("null");
    }
    for (size_t i = 0; i < diff->part_count; i++) {
        told->known[diff->parts[i].field->index] = true;
        told->json[diff->parts[i].field->index] = diff->parts[i].json;
    }
}

static bool is_about(const struct oracle_diff *diff, const struct model *model, struct text id)
{
    return diff->model == model && text_equal(diff->object_id, id);
}

static struct told told_of(const struct owner *owner, const struct row *row)
{
    struct told told = {0};

    for (size_t i = 0; i < owner->stored.count; i++)
        if (is_about(&owner->stored.items[i], row->model, row->id))
            tell(&told, &owner->stored.items[i]);
    return told;
}

bool oracle_began_adopted(struct owner *owner, const struct model *model, struct text id)
{
    for (size_t i = 0; i < owner->stored.count; i++)
        if (is_about(&owner->stored.items[i], model, id))
            return owner->stored.items[i].type != DIFF_CREATE;
    return oracle_row_of(owner, model, id)->cells.live;
}

bool oracle_waits(struct oracle *oracle, struct text owner)
{
    return oracle_owner(oracle, owner)->entry_count > 0;
}

static bool waits_about(const struct owner *owner, const struct model *model, struct text id)
{
    for (size_t i = 0; i < owner->entry_count; i++)
        if (owner->outbox[i].model == model && text_equal(owner->outbox[i].id, id))
            return true;
    return false;
}

bool oracle_has_news(struct oracle *oracle, struct text owner, const struct world_object *object,
                     int64_t clock)
{
    const struct owner *found = oracle_owner(oracle, owner);

    for (size_t i = 0; i < found->stored.count; i++)
        if (found->stored.items[i].clock >= clock &&
            is_about(&found->stored.items[i], object->model, object->id))
            return true;
    return waits_about(found, object->model, object->id);
}

bool oracle_tells_of(struct oracle *oracle, struct text owner, const struct model *model,
                     struct text object_id)
{
    struct owner *found = oracle_owner(oracle, owner);

    return waits_about(found, model, object_id) || !found->adopted ||
           told_of(found, oracle_row_of(found, model, object_id)).ever;
}

/* ---- Draining ---- */

bool oracle_comes_later(const struct owner *owner, const struct model *model, struct text id)
{
    for (size_t i = 0; i < owner->entry_count; i++)
        if (owner->outbox[i].model == model && text_equal(owner->outbox[i].id, id))
            return owner->outbox[i].op == ENTRY_INSERT;
    return false;
}

/* What became of one object. */
struct news {
    const struct entry *first; /* NULL: no trigger saw anything */
    bool compared;
    int64_t compared_ms;
    bool field[WORLD_FIELDS];
    int64_t field_ms[WORLD_FIELDS]; /* 0: nobody recorded it */
    int64_t last_ms;
};

static void add_entry(struct news *news, const struct entry *entry, const struct row *row)
{
    if (entry->model != row->model)
        return;
    if (entry->op == ENTRY_COMPARE) {
        news->compared = true;
        news->compared_ms = entry->time_ms;
        return;
    }
    if (!text_equal(entry->id, row->id))
        return;
    if (news->first == NULL)
        news->first = entry;
    news->last_ms = entry->time_ms;
    for (size_t i = 0; i < row->model->field_count; i++)
        if (entry->op != ENTRY_UPDATE || entry->field[i]) {
            news->field[i] = true;
            news->field_ms[i] = entry->time_ms;
        }
}

static void differing_fields(struct news *news, const struct told *told, const struct row *row)
{
    for (size_t i = 0; i < row->model->field_count; i++) {
        bool same =
            told->known[i] && cell_equal(&row->model->fields[i], told->json[i], row->cells.json[i]);

        if (!news->field[i] && !same) {
            news->field[i] = true;
            news->field_ms[i] = news->compared_ms;
        }
    }
}

static void store_news(struct oracle *oracle, struct owner *owner, const struct row *row,
                       const struct news *news, enum diff_type type)
{
    struct oracle_diff diff = {.clock = owner->next_clock,
                               .time_ms = type == DIFF_DELETE ? news->last_ms : 0,
                               .type = type,
                               .model = row->model,
                               .object_id = row->id};

    for (size_t i = 0; type != DIFF_DELETE && i < row->model->field_count; i++) {
        const int64_t time_ms = news->field[i] ? news->field_ms[i] : news->compared_ms;

        if (type == DIFF_UPDATE && !news->field[i])
            continue;
        diff.parts[diff.part_count++] = (struct oracle_part){
            .field = &row->model->fields[i],
            .json = row->cells.json[i],
            .time_ms = time_ms,
            .filler = type == DIFF_CREATE && text_is(row->cells.json[i], "null")};
        if (time_ms > diff.time_ms)
            diff.time_ms = time_ms;
    }
    if (type == DIFF_UPDATE && diff.part_count == 0)
        return;
    diff.json_data = oracle_json_of(oracle, &diff);
    diff.id = change_id(oracle, &diff);
    diff.order = ++owner->last_order;
    oracle_list_add(&owner->stored, &diff);
    oracle_known_add(owner, &(struct known){.id = diff.id, .clock = diff.clock});
}

/* Devices may have got it from its row alone (9.4). */
static bool may_have(const struct owner *owner, const struct told *told, const struct news *news,
                     bool live)
{
    if (told->ever)
        return told->live;
    return owner->adopted && (news->first != NULL ? news->first->op != ENTRY_INSERT : live);
}

static void drain_row(struct oracle *oracle, struct owner *owner, const struct row *row, bool all)
{
    struct told told = told_of(owner, row);
    struct news news = {.compared = all};
    bool live = row->cells.live;

    for (size_t i = 0; i < owner->entry_count; i++)
        add_entry(&news, &owner->outbox[i], row);
    if (news.first == NULL && !news.compared)
        return;
    if (news.first == NULL)
        news.last_ms = news.compared_ms;
    if (may_have(owner, &told, &news, live) && live && news.compared && !told.surely) {
        store_news(oracle, owner, row, &news, DIFF_DELETE);
        store_news(oracle, owner, row, &news, DIFF_CREATE);
    } else if (may_have(owner, &told, &news, live)) {
        if (news.compared)
            differing_fields(&news, &told, row);
        store_news(oracle, owner, row, &news, live ? DIFF_UPDATE : DIFF_DELETE);
    } else if (live) {
        if (news.first != NULL)
            news.compared_ms = 0;
        store_news(oracle, owner, row, &news, DIFF_CREATE);
    }
}

static bool has_rows(const struct owner *owner)
{
    for (size_t i = 0; i < owner->row_count; i++)
        if (owner->rows[i].cells.live)
            return true;
    return false;
}

void oracle_drain_owner(struct oracle *oracle, struct owner *owner)
{
    const bool all = owner->reconciled <= oracle->generation;
    const size_t before = owner->stored.count;

    if (!all && owner->entry_count == 0)
        return;
    if (all && owner->next_clock == 0) {
        owner->adopted = true;
        owner->next_clock = has_rows(owner);
    } else {
        for (size_t i = 0; i < owner->row_count; i++)
            drain_row(oracle, owner, &owner->rows[i], all);
        owner->next_clock += owner->stored.count > before;
    }
    oracle_own_parts(&owner->stored);
    owner->entry_count = 0;
    owner->reconciled = oracle->generation + 1;
}

void oracle_drain(struct oracle *oracle, struct text owner)
{
    oracle_drain_owner(oracle, oracle_owner(oracle, owner));
}
