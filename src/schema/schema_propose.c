/* Proposes models for tables that were read: schema_propose(). Guesses propose, and the checks of
 * `mobync check` decide: a column whose types all have a fault is left out, and so is a table. */
#include "schema_propose.h"

#include "schema_columns.h"
#include "schema_guess.h"
#include "schema_models.h"
#include "schema_moments.h"
#include "schema_customer_triggers.h"
#include "schema_types.h"

/* The lines of a proposal, by which its faults come back: the model's, and from FIRST_FIELD on
 * those of its columns. */
#define MODEL_LINE  1u
#define FIRST_FIELD 2u

/* The column by which devices know the rows of a table with an AUTO_INCREMENT key. */
#define SECOND_ID "sync_id"

/* The field of a column `id` that is not the id's: no field has that name. */
#define OTHER_ID "other_id"

#define REASON_MAX_BYTES ((size_t)64 * 1024)

/* Proposals while the checks still have something against them. */
struct settling {
    struct schema_session *session;
    struct proposal *items;
    size_t count;
    bool all;                 /* tables that nobody named */
    struct mapping mapping;   /* what is proposed, and what the config maps already */
    struct proposal *current; /* whose faults are heard */
    bool changed;             /* in this pass */
};

static void refuse(struct settling *s, struct proposal *proposal, const char *reason)
{
    proposal->refusal = arena_text(&s->session->arena, text_of(reason)).ptr;
    s->changed = true;
}

/* A second reason goes behind the first. */
static void hear_model(struct settling *s, const char *message)
{
    struct buf both;

    buf_init(&both, REASON_MAX_BYTES);
    if (s->current->refusal != NULL)
        buf_printf(&both, "%s; ", s->current->refusal);
    buf_add_str(&both, message);
    refuse(s, s->current, schema_session_take(s->session, &both));
}

static void hear_column(struct settling *s, struct proposal_column *column, const char *message)
{
    if (column->faulted)
        return;
    column->fault = arena_text(&s->session->arena, text_of(message)).ptr;
    column->faulted = true;
    column->type_at++;
    s->changed = true;
}

static void hear(void *context, unsigned config_line, bool warning, const char *message)
{
    struct settling *s = context;

    if (warning)
        return;
    if (config_line < FIRST_FIELD)
        hear_model(s, message);
    else
        hear_column(s, &s->current->columns[config_line - FIRST_FIELD], message);
}

bool schema_propose_is_field(const struct proposal_column *column)
{
    return !column->key && column->type_at < column->type_count;
}

bool schema_propose_is_unfilled(const struct proposal *proposal,
                                const struct proposal_column *column)
{
    return !column->key && !schema_propose_is_field(column) && !column->column->has_default &&
           schema_customer_triggers_filler(&proposal->table, column->column->name) !=
               SCHEMA_TRIGGER;
}

static bool is_required(const struct proposal *proposal, const struct catalog_column *column)
{
    return !column->nullable && !column->has_default &&
           schema_customer_triggers_filler(&proposal->table, column->name) != SCHEMA_TRIGGER;
}

/* What the column holds whatever is sent; what holds more than any request is not limited. */
static size_t max_length_of(enum field_type type, const struct catalog_column *column)
{
    const uint64_t capacity = schema_columns_capacity(column);

    return schema_types_of(type)->has_max_length && capacity < SCHEMA_COLUMNS_ENOUGH
               ? (size_t)capacity
               : 0;
}

/* The table's model, if a reference can hold the ids of its objects. NULL: there is none. */
static const struct model *parent_model(const struct settling *s, struct text table)
{
    const struct mapping *mapping = &s->mapping;

    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].id_count > 1 && text_equal_nocase(s->items[i].table.name, table))
            return NULL;
    for (size_t i = 0; table.len > 0 && i < mapping->model_count; i++)
        if (text_equal_nocase(mapping->models[i].table, table))
            return mapping->models[i].id_part_count == 0 ? &mapping->models[i] : NULL;
    return NULL;
}

static void build_field(const struct settling *s, const struct proposal *proposal, size_t at,
                        struct field *field_out)
{
    const struct proposal_column *column = &proposal->columns[at];
    const enum field_type type = column->types[column->type_at];
    const struct model *parent = type == FIELD_REFERENCE ? parent_model(s, column->parent) : NULL;

    *field_out = (struct field){
        .name = text_is(column->column->name, "id") ? TEXT_LITERAL(OTHER_ID) : column->column->name,
        .column = column->column->name,
        .type = type,
        .to = parent != NULL ? parent->name : TEXT_LITERAL(""),
        .parent = parent,
        .required = !column->read_only && is_required(proposal, column->column),
        .access = column->read_only ? FIELD_READ_ONLY : FIELD_WRITABLE,
        .fill = column->fill,
        .max_length = column->read_only ? 0 : max_length_of(type, column->column),
        .index = proposal->model->field_count,
        .config_line = FIRST_FIELD + (unsigned)at,
    };
}

/* A UUID is known by its column, except that of an owner, of which a CHAR(36) may hold others. Of
 * CHAR(32), a token has the hyphens, which do not fit there. */
static enum key_type key_type_of(const struct catalog_column *column, bool owner)
{
    if (schema_types_key_fit(KEY_INTEGER, column->data_type) != NULL)
        return KEY_INTEGER;
    if (text_is(column->column_type, "char(36)"))
        return owner ? KEY_STRING : KEY_UUID;
    return schema_guess_is_uuid(column) || text_is(column->column_type, "char(32)") ? KEY_UUID
                                                                                    : KEY_STRING;
}

static struct id_part build_part(const struct settling *s, const struct proposal *proposal,
                                 size_t at)
{
    const struct catalog_column *column = proposal->id[at];
    const struct proposal_column *known = &proposal->columns[column - proposal->table.columns];
    const struct model *parent = parent_model(s, known->parent);
    struct id_part part = {.column = column->name, .type = key_type_of(column, false)};

    if (parent == NULL || proposal->id_count == 1)
        return part;
    part.type = KEY_REFERENCE;
    part.to = parent->name;
    part.parent = parent;
    return part;
}

static void build_keys(const struct settling *s, struct proposal *proposal)
{
    struct model *model = proposal->model;
    const struct id_part first = build_part(s, proposal, 0);

    model->id_column = first.column;
    model->id_type = first.type;
    model->owner_column = proposal->owner->name;
    model->owner_type = key_type_of(proposal->owner, true);
    if (proposal->deleted != NULL) {
        model->deleted_column = proposal->deleted->name;
        model->deleted_value = schema_moments_deletion(proposal->deleted, &model->live_value);
    }
    if (proposal->id_count == 1)
        return;
    model->id_parts = ARENA_ARRAY(&s->session->arena, proposal->id_count, struct id_part);
    model->id_part_count = proposal->id_count;
    for (size_t i = 0; i < proposal->id_count; i++)
        model->id_parts[i] = build_part(s, proposal, i);
}

/* What refers to a table that is not mapped is a field of another type. */
static void drop_reference(const struct settling *s, struct proposal_column *column)
{
    if (schema_propose_is_field(column) && column->types[column->type_at] == FIELD_REFERENCE &&
        parent_model(s, column->parent) == NULL)
        column->type_at++;
}

static void build_fields(struct settling *s, struct proposal *proposal)
{
    struct model *model = proposal->model;

    model->fields = ARENA_ARRAY(&s->session->arena, proposal->table.column_count, struct field);
    for (size_t i = 0; i < proposal->table.column_count; i++) {
        struct proposal_column *column = &proposal->columns[i];

        column->faulted = false;
        drop_reference(s, column);
        if (schema_propose_is_field(column))
            build_field(s, proposal, i, &model->fields[model->field_count++]);
        else if (schema_propose_is_unfilled(proposal, column))
            model->allow[DIFF_CREATE] = false;
    }
}

/* All models have their names and places before one refers to another. */
static void begin_models(struct settling *s)
{
    const struct mapping *config = s->session->link.settings->mapping;
    struct mapping *mapping = &s->mapping;

    mapping->models = ARENA_ARRAY(&s->session->arena, s->count + config->model_count, struct model);
    mapping->model_count = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct proposal *proposal = &s->items[i];

        if (proposal->refusal != NULL)
            continue;
        proposal->model = &mapping->models[mapping->model_count];
        *proposal->model = (struct model){
            .name = proposal->table.name,
            .table = proposal->table.name,
            .allow = {true, true, true},
            .index = mapping->model_count++,
            .config_line = MODEL_LINE,
        };
    }
    for (size_t i = 0; i < config->model_count; i++)
        mapping->models[mapping->model_count++] = config->models[i];
}

static void build_mapping(struct settling *s)
{
    begin_models(s);
    for (size_t i = 0; i < s->count; i++) {
        if (s->items[i].refusal != NULL)
            continue;
        build_keys(s, &s->items[i]);
        build_fields(s, &s->items[i]);
    }
}

/* Each pass takes a type or a table away, so there is a last one. */
static void settle(struct settling *s)
{
    do {
        s->changed = false;
        build_mapping(s);
        for (size_t i = 0; i < s->count; i++) {
            s->current = &s->items[i];
            if (s->current->refusal == NULL)
                schema_models_check_read(s->session, &s->mapping, s->current->model,
                                         &s->current->table);
        }
    } while (s->changed);
}

/* Can the configuration file name it, as a model and a field, too? */
static bool has_config_name(struct text name)
{
    static const char *const NULLS[] = {"null", "~"};

    for (size_t i = 0; i < ARRAY_LEN(NULLS); i++)
        if (text_equal_nocase(name, text_of(NULLS[i])))
            return false;
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < ' ' || name.ptr[i] == 0x7f)
            return false;
    return name.len <= MODEL_NAME_MAX_BYTES;
}

/* What no model can be proposed for, as far as guesses go. */
static const char *reason_of(const struct settling *s, const struct proposal *proposal)
{
    const bool owned_by_itself = proposal->owner == NULL || proposal->id_count == 0;

    if (s->all && schema_guess_framework(proposal->table.name) != NULL)
        return "it looks like a table that the framework keeps for itself; name it to map it "
               "nevertheless";
    if (!has_config_name(proposal->table.name))
        return "the configuration cannot name it: rename it";
    if (!proposal->table.transactional)
        return "its engine has no transactions: run ALTER TABLE … ENGINE=InnoDB first";
    if (owned_by_itself && schema_guess_is_people(proposal->table.name))
        return "its rows seem to be the owners themselves";
    if (proposal->owner == NULL)
        return "no column looks like the owner's: add one, fill it, and run mobync map again, or "
               "map the table by hand";
    if (proposal->id_count == 0)
        return "no unique key names the rows of one owner: add one";
    for (size_t i = 0; i < proposal->id_count; i++)
        if (!has_config_name(proposal->id[i]->name) || !has_config_name(proposal->owner->name))
            return "the configuration cannot name its id or its owner: rename the column";
    return NULL;
}

/* The table with an owner to which a key of one column refers; NULL: none. */
static const struct proposal *owned_parent(const struct settling *s,
                                           const struct catalog_reference *reference)
{
    for (size_t i = 0; reference->column_count == 1 && i < s->count; i++)
        if (s->items[i].owner != NULL &&
            text_equal_nocase(reference->parent, s->items[i].table.name))
            return &s->items[i];
    return NULL;
}

/* Whose rows are those of a table without an owner? */
static void find_parent(const struct settling *s, struct proposal *proposal)
{
    const struct catalog_table *table = &proposal->table;

    for (size_t i = 0; proposal->owner == NULL && i < table->reference_count; i++) {
        const struct proposal *parent = owned_parent(s, &table->references[i]);

        if (parent == NULL)
            continue;
        proposal->owned_by = &table->references[i];
        proposal->parent = parent;
        return;
    }
}

/* The table to which the column refers, by itself or together with the owner. */
static struct text parent_of(const struct proposal *proposal, const struct catalog_column *column)
{
    const struct catalog_table *table = &proposal->table;

    for (size_t i = 0; column != proposal->owner && i < table->reference_count; i++) {
        const struct catalog_reference *reference = &table->references[i];
        size_t found = 0, owner = 0;

        for (size_t k = 0; k < reference->column_count; k++) {
            found += text_equal_nocase(reference->columns[k], column->name);
            owner += proposal->owner != NULL &&
                     text_equal_nocase(reference->columns[k], proposal->owner->name);
        }
        if (found == 1 && found + owner == reference->column_count)
            return reference->parent;
    }
    return TEXT_LITERAL("");
}

static bool is_id(const struct proposal *proposal, const struct catalog_column *column)
{
    for (size_t i = 0; i < proposal->id_count; i++)
        if (column == proposal->id[i])
            return true;
    return false;
}

static void propose_column(struct proposal *proposal, size_t at)
{
    const struct catalog_column *known = &proposal->table.columns[at];
    const bool has_name = has_config_name(known->name);
    struct proposal_column *column = &proposal->columns[at];

    column->column = known;
    column->key = known == proposal->owner || known == proposal->own_key ||
                  known == proposal->deleted || is_id(proposal, known);
    if (!has_name) {
        column->fault = "the configuration cannot name it";
        return;
    }
    column->read_only = schema_moments_is_read_only(known, &column->fill);
    column->parent = parent_of(proposal, known);
    if (column->parent.len > 0)
        column->types[column->type_count++] = FIELD_REFERENCE;
    column->type_count += schema_types_candidates(known, column->types + column->type_count);
}

/* A unique column beside the AUTO_INCREMENT key that names a row, too. */
static const struct catalog_column *find_second_id(const struct proposal *proposal)
{
    const struct catalog_table *table = &proposal->table;

    for (size_t i = 0; i < table->column_count; i++) {
        const struct text columns[] = {table->columns[i].name, proposal->owner->name};

        if (schema_guess_is_uuid(&table->columns[i]) && &table->columns[i] != proposal->owner &&
            (catalog_has_unique(table, columns, 1) || catalog_has_unique(table, columns, 2)))
            return &table->columns[i];
    }
    return NULL;
}

/* As if `mobync schema --apply` had added it, with its key: nobody is at fault for its absence. */
static void add_second_id(struct arena *arena, struct catalog_table *table, struct text owner)
{
    struct catalog_column *columns =
        ARENA_ARRAY(arena, table->column_count + 1, struct catalog_column);
    struct catalog_key *keys = ARENA_ARRAY(arena, table->key_count + 1, struct catalog_key);
    struct text *names = ARENA_ARRAY(arena, 2, struct text);

    names[0] = owner;
    names[1] = TEXT_LITERAL(SECOND_ID);
    memcpy(columns, table->columns, table->column_count * sizeof(*columns));
    memcpy(keys, table->keys, table->key_count * sizeof(*keys));
    columns[table->column_count++] = (struct catalog_column){
        .name = names[1],
        .data_type = TEXT_LITERAL("char"),
        .column_type = TEXT_LITERAL("char(36)"),
        .character_set = TEXT_LITERAL("ascii"),
        .collation = TEXT_LITERAL("ascii_bin"),
        .max_characters = 36,
        .max_bytes = 36,
        .has_default = true,
        .default_value = true,
    };
    keys[table->key_count++] = (struct catalog_key){
        .name = names[1], .unique = true, .whole = true, .columns = names, .column_count = 2};
    table->columns = columns;
    table->keys = keys;
}

/* The database numbers its rows when it inserts them, and devices must know theirs before. */
static void propose_second_id(struct arena *arena, struct proposal *proposal)
{
    struct catalog_table *table = &proposal->table;
    const struct text owner = proposal->owner->name, own_key = proposal->id[0]->name;
    const struct catalog_column *second = find_second_id(proposal);

    if (second == NULL) {
        add_second_id(arena, table, owner);
        proposal->owner = catalog_column(table, owner);
        for (size_t i = 0; i < proposal->other_owner_count; i++)
            proposal->other_owners[i] = catalog_column(table, proposal->other_owners[i]->name);
        second = &table->columns[table->column_count - 1];
        proposal->adds_id = true;
    }
    proposal->own_key = catalog_column(table, own_key);
    proposal->id[0] = second;
}

static void propose_keys(struct settling *s, struct proposal *proposal)
{
    struct arena *arena = &s->session->arena;
    const size_t width = proposal->table.column_count;
    const struct catalog_column **owners = ARENA_ARRAY(arena, width, const struct catalog_column *);
    const size_t owner_count = schema_guess_owners(&proposal->table, owners);

    if (owner_count == 0)
        return;
    proposal->owner = owners[0];
    proposal->other_owners = owners + 1;
    proposal->other_owner_count = owner_count - 1;
    proposal->id = ARENA_ARRAY(arena, width, const struct catalog_column *);
    proposal->id_count = schema_guess_id(&proposal->table, proposal->owner, proposal->id);
    if (proposal->id_count == 1 && proposal->id[0]->auto_increment)
        propose_second_id(arena, proposal);
}

static void propose_soft_delete(struct proposal *proposal)
{
    const struct catalog_table *table = &proposal->table;
    struct text live;

    for (size_t i = 0; proposal->deleted == NULL && i < table->column_count; i++)
        if (schema_moments_deletion(&table->columns[i], &live).len > 0 &&
            has_config_name(table->columns[i].name) && !is_id(proposal, &table->columns[i]))
            proposal->deleted = &table->columns[i];
}

static void propose(struct settling *s, struct proposal *proposal)
{
    const char *reason;

    propose_keys(s, proposal);
    propose_soft_delete(proposal);
    proposal->columns =
        ARENA_ARRAY(&s->session->arena, proposal->table.column_count, struct proposal_column);
    for (size_t i = 0; i < proposal->table.column_count; i++)
        propose_column(proposal, i);
    reason = reason_of(s, proposal);
    if (reason != NULL)
        refuse(s, proposal, reason);
}

void schema_propose(struct schema_session *session, struct proposal *items, size_t count, bool all)
{
    struct settling s = {.session = session, .items = items, .count = count, .all = all};
    schema_report *const report = session->report;
    void *const context = session->context;

    session->report = hear;
    session->context = &s;
    for (size_t i = 0; i < count; i++)
        propose(&s, &items[i]);
    for (size_t i = 0; i < count; i++)
        find_parent(&s, &items[i]);
    settle(&s);
    session->report = report;
    session->context = context;
}
