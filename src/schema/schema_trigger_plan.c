/* Creating and dropping the server's triggers: schema_plan_triggers(), schema_plan_untrigger(),
 * schema_plan_parents(), schema_apply_steps(). A new trigger is there before the old one goes: what
 * both record is told once, what none records is not told at all. */
#include "db_tables.h"
#include "schema_grants.h"
#include "schema_trigger_set.h"

#define SQL_MAX_BYTES ((size_t)4 * 1024 * 1024)

struct plan {
    struct schema_session *session;
    struct arena *arena; /* of the steps */
    struct schema_steps steps;
    size_t capacity;
    struct buf sql;
};

static enum rc keep(struct plan *plan, enum schema_step_kind kind, bool admin, struct fail *fail)
{
    if (plan->sql.overflow)
        return fail_fatal(fail, "a trigger exceeds %zu bytes", SQL_MAX_BYTES);
    plan->steps.items =
        ARENA_ROOM(plan->arena, plan->steps.items, plan->steps.count, &plan->capacity);
    plan->steps.items[plan->steps.count++] = (struct schema_step){
        .kind = kind, .admin = admin, .sql = arena_text(plan->arena, buf_text(&plan->sql))};
    buf_clear(&plan->sql);
    return RC_OK;
}

/* Its definer needs the privilege for as long as the trigger is there, and needs it itself. */
static enum rc plan_grant(struct plan *plan, struct text table, struct fail *fail)
{
    buf_add_str(&plan->sql, "GRANT SELECT, TRIGGER ON ");
    db_quote_name(&plan->sql, plan->session->link.settings->database);
    buf_add_char(&plan->sql, '.');
    db_quote_name(&plan->sql, table);
    buf_printf(&plan->sql, " TO %s", plan->session->server.account.ptr);
    return keep(plan, SCHEMA_STEP_GRANT, true, fail);
}

static bool is_granted_before(const struct schema_trigger_set *set, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (!set->wanted[i].there && text_equal(set->wanted[i].table, set->wanted[at].table))
            return true;
    return false;
}

static enum rc plan_grants(struct plan *plan, const struct schema_trigger_set *set,
                           struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < set->count; i++)
        if (!set->wanted[i].there && !set->wanted[i].allowed && !is_granted_before(set, i))
            rc = plan_grant(plan, set->wanted[i].table, fail);
    return rc;
}

static enum rc plan_drop(struct plan *plan, enum schema_step_kind kind, struct text name,
                         struct fail *fail)
{
    buf_add_str(&plan->sql, "DROP TRIGGER IF EXISTS ");
    db_quote_name(&plan->sql, name);
    return keep(plan, kind, false, fail);
}

/* The definer is the account of the config, whoever runs the statement: it is there as long as the
 * server is, and may do no more than it has to. */
static enum rc plan_create(struct plan *plan, const struct schema_trigger *trigger,
                           struct fail *fail)
{
    struct schema_step *step;
    enum rc rc;

    buf_printf(&plan->sql, "CREATE DEFINER = %s TRIGGER %s", plan->session->server.account.ptr,
               plan->session->server.mariadb ? "IF NOT EXISTS " : "");
    db_quote_name(&plan->sql, trigger->name);
    buf_printf(&plan->sql, " %s ON ", trigger->when);
    db_quote_name(&plan->sql, trigger->table);
    buf_add_str(&plan->sql, " FOR EACH ROW\n");
    buf_add_text(&plan->sql, trigger->body);
    rc = keep(plan, SCHEMA_STEP_CREATE, !trigger->allowed, fail);
    if (rc != RC_OK)
        return rc;
    step = &plan->steps.items[plan->steps.count - 1];
    step->name = arena_text(plan->arena, trigger->name);
    step->table = arena_text(plan->arena, trigger->table);
    return RC_OK;
}

/* A table that another one has replaced keeps its triggers, and so their names. */
static bool is_taken(const struct schema_trigger_set *set, struct text name)
{
    for (size_t i = 0; i < set->stale_count; i++)
        if (text_equal(set->stale[i].name, name))
            return true;
    return false;
}

static bool is_wanted(const struct schema_trigger_set *set, struct text name)
{
    for (size_t i = 0; i < set->count; i++)
        if (text_equal(set->wanted[i].name, name))
            return true;
    return false;
}

static enum rc plan_missing(struct plan *plan, const struct schema_trigger_set *set,
                            struct fail *fail)
{
    size_t missing = 0;
    bool admin = true;
    enum rc rc = plan_grants(plan, set, fail);

    for (size_t i = 0; rc == RC_OK && i < set->count; i++) {
        if (set->wanted[i].there)
            continue;
        missing++;
        admin = admin && !set->wanted[i].allowed;
        if (is_taken(set, set->wanted[i].name))
            rc = plan_drop(plan, SCHEMA_STEP_FREE, set->wanted[i].name, fail);
        if (rc == RC_OK)
            rc = plan_create(plan, &set->wanted[i], fail);
    }
    if (rc != RC_OK || missing == 0)
        return rc;
    buf_add_str(&plan->sql, DB_GENERATION_RAISE);
    return keep(plan, SCHEMA_STEP_RAISE, admin, fail);
}

static enum rc plan_all(struct plan *plan, struct fail *fail)
{
    struct schema_trigger_set set;
    enum rc rc = schema_trigger_set_read(plan->session, &set, fail);

    if (rc == RC_OK)
        rc = plan_missing(plan, &set, fail);
    for (size_t i = 0; rc == RC_OK && i < set.stale_count; i++)
        if (!is_wanted(&set, set.stale[i].name))
            rc = plan_drop(plan, SCHEMA_STEP_DROP, set.stale[i].name, fail);
    plan->steps.waiting = set.waiting;
    return rc;
}

static enum rc plan_none(struct plan *plan, struct fail *fail)
{
    struct catalog_own_triggers there;
    enum rc rc =
        catalog_read_own_triggers(&plan->session->link, &plan->session->arena, &there, fail);

    for (size_t i = 0; rc == RC_OK && i < there.count; i++)
        if (schema_trigger_is_own(there.items[i].name))
            rc = plan_drop(plan, SCHEMA_STEP_DROP, there.items[i].name, fail);
    return rc;
}

static bool is_mapped(const struct mapping *mapping, struct text table)
{
    for (size_t i = 0; i < mapping->model_count; i++)
        if (text_equal_nocase(mapping->models[i].table, table))
            return true;
    return false;
}

/* What no mapping names: tables whose keys take rows of mapped tables along. A table between has a
 * trigger of its own, and is among them. */
static enum rc plan_parents(struct plan *plan, struct fail *fail)
{
    const struct db_settings *settings = plan->session->link.settings;
    struct schema_trigger_set set;
    enum rc rc = schema_trigger_set_read(plan->session, &set, fail);

    for (size_t i = 0; rc == RC_OK && i < set.count; i++) {
        const struct text table = set.wanted[i].table;

        if (is_mapped(settings->mapping, table) ||
            (i > 0 && text_equal(set.wanted[i - 1].table, table)))
            continue;
        buf_add_str(&plan->sql, "GRANT SELECT, TRIGGER ON ");
        db_quote_name(&plan->sql, settings->database);
        buf_add_char(&plan->sql, '.');
        db_quote_name(&plan->sql, table);
        schema_grants_add_account(&plan->sql, settings);
        rc = keep(plan, SCHEMA_STEP_GRANT, true, fail);
    }
    return rc;
}

static enum rc plan_with(enum rc (*work)(struct plan *plan, struct fail *fail),
                         const struct db_settings *settings, struct arena *arena,
                         struct schema_steps *steps_out, struct fail *fail)
{
    struct schema_session session;
    struct plan plan = {.session = &session, .arena = arena};
    enum rc rc = schema_session_open(&session, settings, NULL, NULL, fail);

    buf_init(&plan.sql, SQL_MAX_BYTES);
    if (rc == RC_OK)
        rc = work(&plan, fail);
    *steps_out = rc == RC_OK ? plan.steps : (struct schema_steps){.count = 0};
    buf_release(&plan.sql);
    schema_session_close(&session);
    return rc;
}

enum rc schema_plan_triggers(const struct db_settings *settings, struct arena *arena,
                             struct schema_steps *steps_out, struct fail *fail)
{
    return plan_with(plan_all, settings, arena, steps_out, fail);
}

enum rc schema_plan_untrigger(const struct db_settings *settings, struct arena *arena,
                              struct schema_steps *steps_out, struct fail *fail)
{
    return plan_with(plan_none, settings, arena, steps_out, fail);
}

enum rc schema_plan_parents(const struct db_settings *settings, struct arena *arena,
                            struct schema_steps *steps_out, struct fail *fail)
{
    return plan_with(plan_parents, settings, arena, steps_out, fail);
}

struct apply {
    struct db_link *link;
    struct arena *arena;
    struct schema_steps *refused;
    size_t made; /* triggers */
    bool gap;    /* one that is needed was refused */
};

/* Raising follows what was made, by whoever made it. */
static bool is_for_admin(const struct apply *apply, const struct schema_step *step)
{
    if (step->kind == SCHEMA_STEP_DROP)
        return apply->gap;
    return step->kind == SCHEMA_STEP_RAISE ? apply->made == 0 : step->admin;
}

static void refuse(struct apply *apply, const struct schema_step *step)
{
    apply->gap |= step->kind == SCHEMA_STEP_CREATE;
    apply->refused->items[apply->refused->count++] = *step;
}

static void refuse_name(struct apply *apply, const struct schema_step *step)
{
    struct schema_step drop = {.kind = SCHEMA_STEP_FREE, .admin = true};
    struct buf sql;

    buf_init(&sql, SQL_MAX_BYTES);
    buf_add_str(&sql, "DROP TRIGGER IF EXISTS ");
    db_quote_name(&sql, step->name);
    drop.sql = arena_text(apply->arena, buf_text(&sql));
    buf_release(&sql);
    refuse(apply, &drop);
}

/* "IF NOT EXISTS" is content with one on another table, which the account need not see. */
static enum rc check_made(struct apply *apply, const struct schema_step *step, struct fail *fail)
{
    struct catalog_own_triggers there;
    enum rc rc = catalog_read_own_triggers(apply->link, apply->arena, &there, fail);

    for (size_t i = 0; rc == RC_OK && i < there.count; i++)
        if (text_equal(there.items[i].name, step->name) &&
            text_equal_nocase(there.items[i].table, step->table)) {
            apply->made++;
            return RC_OK;
        }
    if (rc == RC_OK) {
        refuse_name(apply, step);
        refuse(apply, step);
    }
    return rc;
}

static enum rc apply_step(struct apply *apply, const struct schema_step *step, struct fail *fail)
{
    enum db_error error;

    if (is_for_admin(apply, step)) {
        refuse(apply, step);
        return RC_OK;
    }
    error = db_link_try(apply->link, step->sql);
    if (error == DB_ERROR_DENIED || error == DB_ERROR_DATABASE_DENIED) {
        refuse(apply, step);
        return RC_OK;
    }
    if (error != DB_ERROR_NONE && error != DB_ERROR_EXISTS)
        return db_link_error(apply->link, NULL, "changing triggers", false, fail);
    if (step->kind == SCHEMA_STEP_CREATE)
        return check_made(apply, step, fail);
    if (step->kind == SCHEMA_STEP_RAISE && apply->gap)
        refuse(apply, step); /* once more, behind what an administrator makes */
    return RC_OK;
}

enum rc schema_apply_steps(const struct db_settings *settings, const struct schema_steps *steps,
                           struct arena *arena, struct schema_steps *refused_out, struct fail *fail)
{
    struct db_link link;
    struct apply apply = {.link = &link, .arena = arena, .refused = refused_out};
    enum rc rc;

    *refused_out =
        (struct schema_steps){.items = ARENA_ARRAY(arena, 2 * steps->count, struct schema_step)};
    db_link_init(&link, settings);
    rc = db_link_open(&link, fail);
    for (size_t i = 0; rc == RC_OK && i < steps->count; i++)
        rc = apply_step(&apply, &steps->items[i], fail);
    db_link_close(&link);
    return rc;
}
