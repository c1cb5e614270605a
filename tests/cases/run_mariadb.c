/* Runs the case files given as arguments on a private MariaDB, each on new tables that the
 * product's own schema makes, through an account that may do what `mobync schema --grants` says and
 * nothing else. */
#include <stdio.h>

#include "case.h"
#include "log.h"
#include "mariadb.h"
#include "db_link.h"
#include "db_quote.h"
#include "db_session.h"
#include "db_synchronizer.h"
#include "schema.h"

#define LEAST_ACCOUNT "least"

struct ground {
    struct mariadb *server;
    struct db_settings settings; /* of one who may do everything */
    struct db_settings least;    /* under test */
    struct db_link link;         /* of the former */
    bool has_triggers;           /* of the story's tables */
    struct synchronizer *tested; /* as the least account */
};

static bool run_sql(void *context, const char *sql)
{
    struct ground *ground = context;
    struct fail fail = {0};

    if (db_link_open(&ground->link, &fail) == RC_OK &&
        db_link_exec(&ground->link, mariadb_words(sql), &fail) == RC_OK &&
        db_link_exec(&ground->link, "COMMIT", &fail) == RC_OK)
        return true;
    printf("    %s: %s %s\n", sql, fail.message, fail.detail);
    return false;
}

/* Those on functions wait until a case makes the function. */
static bool run_grants(struct ground *ground, bool functions)
{
    const struct text execute = TEXT_LITERAL("GRANT EXECUTE");
    struct arena arena;
    struct text *statements;
    size_t count;
    bool good = true;

    arena_init(&arena);
    schema_grants(&ground->least, &arena, &statements, &count);
    for (size_t i = 0; i < count; i++) {
        bool on_function = strncmp(statements[i].ptr, execute.ptr, execute.len) == 0;

        if (on_function == functions)
            good &= run_sql(ground, statements[i].ptr);
    }
    arena_release(&arena);
    return good;
}

/* The customer's. */
static bool run_case_sql(void *context, const char *sql)
{
    const struct text function = TEXT_LITERAL("CREATE FUNCTION");

    return run_sql(context, sql) &&
           (strncmp(sql, function.ptr, function.len) != 0 || run_grants(context, true));
}

/* A literal of SQL: the JSON of lists and objects as a text. */
static void add_value(struct ground *ground, struct buf *sql, const struct field *field,
                      struct json_object *value)
{
    const bool plain = json_object_is_type(value, json_type_null) ||
                       json_object_is_type(value, json_type_int) ||
                       json_object_is_type(value, json_type_double);
    const char *text =
        json_object_is_type(value, json_type_string) && !field_type_is_json(field->type)
            ? json_object_get_string(value)
            : json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);

    if (plain)
        buf_add_str(sql, text);
    else
        db_quote_value(&ground->link, sql, text_of(text));
}

static void add_insert(struct ground *ground, struct buf *sql, const struct case_write *write)
{
    buf_printf(sql, "INSERT INTO `%s` (`%s`, `%s`", write->model->table.ptr,
               write->model->owner_column.ptr, write->model->id_column.ptr);
    json_object_object_foreach(write->fields, name, unused)
    {
        (void)unused;
        buf_printf(sql, ", `%s`", model_field(write->model, text_of(name))->column.ptr);
    }
    buf_add_str(sql, ") VALUES (");
    db_quote_value(&ground->link, sql, write->owner);
    buf_add_str(sql, ", ");
    db_quote_value(&ground->link, sql, write->id);
    json_object_object_foreach(write->fields, key, value)
    {
        buf_add_str(sql, ", ");
        add_value(ground, sql, model_field(write->model, text_of(key)), value);
    }
    buf_add_char(sql, ')');
}

static void add_update(struct ground *ground, struct buf *sql, const struct case_write *write)
{
    const char *between = " SET ";

    buf_printf(sql, "UPDATE `%s`", write->model->table.ptr);
    json_object_object_foreach(write->fields, key, value)
    {
        const struct field *field = model_field(write->model, text_of(key));

        buf_printf(sql, "%s`%s` = ", between, field->column.ptr);
        add_value(ground, sql, field, value);
        between = ", ";
    }
}

static void add_where(struct ground *ground, struct buf *sql, const struct case_write *write)
{
    buf_printf(sql, " WHERE `%s` = ", write->model->owner_column.ptr);
    db_quote_value(&ground->link, sql, write->owner);
    buf_printf(sql, " AND `%s` = ", write->model->id_column.ptr);
    db_quote_value(&ground->link, sql, write->id);
}

/* Stories without other SQL do without. */
static bool make_triggers(struct ground *ground)
{
    struct schema_steps steps, refused;
    struct arena arena;
    struct fail fail = {0};
    bool made;

    arena_init(&arena);
    made = schema_plan_triggers(&ground->settings, &arena, &steps, &fail) == RC_OK &&
           schema_apply_steps(&ground->settings, &steps, &arena, &refused, &fail) == RC_OK;
    arena_release(&arena);
    if (!made)
        printf("    triggers: %s %s\n", fail.message, fail.detail);
    return made;
}

/* New triggers have all owners compared. A connection may notice that a second later; a story
 * cannot tell when, so the next request has a new one. */
static bool have_triggers(struct ground *ground)
{
    if (!ground->has_triggers) {
        ground->has_triggers = make_triggers(ground);
        db_link_close(&db_session_of(ground->tested)->link);
    }
    return ground->has_triggers;
}

static bool run_other_sql(void *context, const char *sql)
{
    return have_triggers(context) && run_sql(context, sql);
}

/* As the application would. */
static bool write_row(void *context, const struct case_write *write)
{
    struct ground *ground = context;
    struct buf sql;
    bool good;

    if (!have_triggers(ground))
        return false;
    buf_init(&sql, 1 << 16);
    if (write->type == DIFF_CREATE)
        add_insert(ground, &sql, write);
    else if (write->type == DIFF_UPDATE)
        add_update(ground, &sql, write);
    else
        buf_printf(&sql, "DELETE FROM `%s`", write->model->table.ptr);
    if (write->type != DIFF_CREATE)
        add_where(ground, &sql, write);
    good = run_sql(context, buf_text(&sql).ptr);
    buf_release(&sql);
    return good;
}

static bool make_tables(struct ground *ground)
{
    struct arena arena;
    struct text *statements;
    size_t count;
    struct fail fail = {0};
    bool made;

    if (!run_sql(ground, "DROP DATABASE " MARIADB_DATABASE) ||
        !run_sql(ground, "CREATE DATABASE " MARIADB_DATABASE) ||
        !run_sql(ground, "USE " MARIADB_DATABASE))
        return false;
    arena_init(&arena);
    made = schema_plan(&ground->settings, &arena, &statements, &count, &fail) == RC_OK &&
           schema_apply(&ground->settings, statements, count, &fail) == RC_OK;
    arena_release(&arena);
    if (!made)
        printf("    schema: %s %s\n", fail.message, fail.detail);
    return made;
}

/* What MySQL does not say: which column lacks a character, and, to an account that has no privilege
 * on the parent's table, which foreign key it is. */
static const char *const NOT_ON_MYSQL[] = {"character_sets.case", "owner_unknown_fail_sync.case",
                                           "owner_unknown_quarantine.case"};

static bool is_left_out(const char *path)
{
    const char *name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;

    for (size_t i = 0; mariadb_is_mysql() && i < ARRAY_LEN(NOT_ON_MYSQL); i++)
        if (strcmp(name, NOT_ON_MYSQL[i]) == 0)
            return true;
    return false;
}

static bool run_case(struct ground *ground, struct mapping *mapping, const char *path)
{
    struct case_ground stage = {
        .mapping = mapping, .has_sql = true, .run_sql = run_case_sql, .context = ground};
    bool good;

    ground->has_triggers = false;
    if (!make_tables(ground) || !run_grants(ground, false))
        return false;
    stage.write_row = write_row;
    stage.run_other_sql = run_other_sql;
    stage.synchronizer = ground->tested = db_synchronizer_new(&ground->least);
    good = case_run(path, &stage);
    db_synchronizer_free(stage.synchronizer);
    return good;
}

int main(int argc, char **argv)
{
    struct ground ground = {.server = mariadb_start()};
    struct mapping mapping;
    int failed = 0, left_out = 0;

    log_set_level(LOG_LEVEL_ERROR);
    case_mapping(&mapping);
    ground.settings = (struct db_settings){
        .hosts = {{.socket = text_of(mariadb_socket(ground.server))}},
        .host_count = 1,
        .user = TEXT_LITERAL(MARIADB_USER),
        .database = TEXT_LITERAL(MARIADB_DATABASE),
        .diffs_table = TEXT_LITERAL("diffs"),
        .mapping = &mapping,
    };
    ground.least = ground.settings;
    ground.least.user = TEXT_LITERAL(LEAST_ACCOUNT);
    db_link_init(&ground.link, &ground.settings);
    if (!run_sql(&ground, "CREATE USER " LEAST_ACCOUNT "@localhost"))
        return 1;
    for (int i = 1; i < argc; i++) {
        if (is_left_out(argv[i])) {
            printf("SKIPPED %s: MySQL does not tell it\n", argv[i]);
            left_out++;
        } else if (!run_case(&ground, &mapping, argv[i])) {
            failed++;
        }
    }
    db_link_close(&ground.link);
    mariadb_stop(ground.server);
    printf("%d cases, %d failed, %d skipped\n", argc - 1, failed, left_out);
    return failed == 0 && argc > 1 ? 0 : 1;
}
