/* Proposes models for tables that were read: schema_propose(). Guesses propose, and the checks of
 * `mobync check` decide: a column whose types all have a fault is left out, and so is a table. */
#include "schema_propose.h"

#include "schema_columns.h"
#include "schema_guess.h"
#include "schema_models.h"
#include "schema_triggers.h"
#include "schema_types.h"

/* The lines of a proposal, by which its faults come back: the model's, and from FIRST_FIELD on
 * those of its columns. */
#define MODEL_LINE  1u
#define FIRST_FIELD 2u

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
           schema_triggers_filler(&proposal->table, column->column->name) != SCHEMA_TRIGGER;
}

static bool is_required(const struct proposal *proposal, const struct catalog_column *column)
{
    return !column->nullable && !column->has_default &&
           schema_triggers_filler(&proposal->table, column->name) != SCHEMA_TRIGGER;
}

/* What the column holds whatever is sent; what holds more than any request is not limited. */
static size_t max_length_of(enum field_type type, const struct catalog_column *column)
{
    const uint64_t capacity = schema_columns_capacity(column);

    return schema_types_of(type)->has_max_length && capacity < SCHEMA_COLUMNS_ENOUGH
               ? (size_t)capacity
               : 0;
}

static void build_field(const struct proposal *proposal, size_t at, struct field *field_out)
{
    const struct proposal_column *column = &proposal->columns[at];
    const enum field_type type = column->types[column->type_at];

    *field_out = (struct field){
        .name = column->column->name,
        .column = column->column->name,
        .type = type,
        .required = is_required(proposal, column->column),
        .max_length = max_length_of(type, column->column),
        .index = proposal->model->field_count,
        .config_line = FIRST_FIELD + (unsigned)at,
    };
}

static void build_model(struct settling *s, struct proposal *proposal)
{
    struct model *model = proposal->model;

    *model = (struct model){
        .name = proposal->table.name,
        .table = proposal->table.name,
        .id_column = proposal->id[0]->name,
        .owner_column = proposal->owner->name,
        .allow = {true, true, true},
        .fields = ARENA_ARRAY(&s->session->arena, proposal->table.column_count, struct field),
        .index = (size_t)(model - s->mapping.models),
        .config_line = MODEL_LINE,
    };
    for (size_t i = 0; i < proposal->table.column_count; i++) {
        proposal->columns[i].faulted = false;
        if (schema_propose_is_field(&proposal->columns[i]))
            build_field(proposal, i, &model->fields[model->field_count++]);
        else if (schema_propose_is_unfilled(proposal, &proposal->columns[i]))
            model->allow[DIFF_CREATE] = false;
    }
    if (model->field_count == 0)
        refuse(s, proposal, "no column is left to be a field");
}

static void build_mapping(struct settling *s)
{
    const struct mapping *config = s->session->link.settings->mapping;
    struct mapping *mapping = &s->mapping;

    mapping->models = ARENA_ARRAY(&s->session->arena, s->count + config->model_count, struct model);
    mapping->model_count = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (s->items[i].refusal != NULL)
            continue;
        s->items[i].model = &mapping->models[mapping->model_count++];
        build_model(s, &s->items[i]);
    }
    for (size_t i = 0; i < config->model_count; i++)
        mapping->models[mapping->model_count++] = config->models[i];
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

/* What no model can be proposed for, as far as guesses go. */
static const char *reason_of(const struct settling *s, const struct proposal *proposal)
{
    const bool owned_by_itself = proposal->owner == NULL || proposal->id_count == 0;

    if (s->all && schema_guess_framework(proposal->table.name) != NULL)
        return "it looks like a table that the framework keeps for itself; name it to map it "
               "nevertheless";
    if (!proposal->table.transactional)
        return "its engine has no transactions: run ALTER TABLE … ENGINE=InnoDB first";
    if (owned_by_itself && schema_guess_is_people(proposal->table.name))
        return "its rows seem to be the owners themselves";
    if (proposal->owner == NULL)
        return "no column looks like the owner's: add one, fill it, and run mobync map again, or "
               "map the table by hand";
    if (proposal->id_count == 0)
        return "no unique key names the rows of one owner: add one";
    return NULL;
}

/* Whose rows are those of a table without an owner? */
static void find_parent(const struct settling *s, struct proposal *proposal)
{
    const struct catalog_table *table = &proposal->table;

    for (size_t i = 0; proposal->owner == NULL && i < table->reference_count; i++)
        for (size_t k = 0; proposal->parent == NULL && k < s->count; k++) {
            const struct proposal *parent = &s->items[k];

            if (parent->owner == NULL || table->references[i].column_count != 1 ||
                !text_equal_nocase(table->references[i].parent, parent->table.name))
                continue;
            proposal->owned_by = &table->references[i];
            proposal->parent = parent;
        }
}

static void propose_column(struct proposal *proposal, size_t at)
{
    struct proposal_column *column = &proposal->columns[at];

    column->column = &proposal->table.columns[at];
    column->key = column->column == proposal->owner;
    for (size_t i = 0; i < proposal->id_count; i++)
        column->key |= column->column == proposal->id[i];
    column->type_count = schema_types_candidates(column->column, column->types);
}

static void propose(struct settling *s, struct proposal *proposal)
{
    struct arena *arena = &s->session->arena;
    const struct catalog_column **owners =
        ARENA_ARRAY(arena, proposal->table.column_count, const struct catalog_column *);
    const size_t owner_count = schema_guess_owners(&proposal->table, owners);
    const char *reason;

    proposal->columns = ARENA_ARRAY(arena, proposal->table.column_count, struct proposal_column);
    proposal->id = ARENA_ARRAY(arena, proposal->table.column_count, const struct catalog_column *);
    if (owner_count > 0) {
        proposal->owner = owners[0];
        proposal->other_owners = owners + 1;
        proposal->other_owner_count = owner_count - 1;
        proposal->id_count = schema_guess_id(&proposal->table, proposal->owner, proposal->id);
    }
    for (size_t i = 0; i < proposal->table.column_count; i++)
        propose_column(proposal, i);
    reason = reason_of(s, proposal);
    if (reason != NULL)
        refuse(s, proposal, reason);
}

void schema_propose(struct schema_session *session, struct proposal *items, size_t count, bool all)
{
    struct settling s = {.session = session, .items = items, .count = count, .all = all};

    session->report = hear;
    session->context = &s;
    for (size_t i = 0; i < count; i++)
        propose(&s, &items[i]);
    for (size_t i = 0; i < count; i++)
        find_parent(&s, &items[i]);
    settle(&s);
}
