/* Runs the case files given as arguments on a private MariaDB, each on new tables that the
 * product's own schema makes, through an account that may do what `mobync schema --grants` says and
 * nothing else. */
#include <stdio.h>

#include "case.h"
#include "log.h"
#include "mariadb.h"
#include "db_link.h"
#include "db_synchronizer.h"
#include "schema.h"

#define LEAST_ACCOUNT "least"

struct ground {
    struct mariadb *server;
    struct db_settings settings; /* of one who may do everything */
    struct db_settings least;    /* under test */
    struct db_link link;         /* of the former */
};

static bool run_sql(void *context, const char *sql)
{
    struct ground *ground = context;
    struct fail fail = {0};

    if (db_link_open(&ground->link, &fail) == RC_OK &&
        db_link_exec(&ground->link, sql, &fail) == RC_OK &&
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

static bool run_case(struct ground *ground, struct mapping *mapping, const char *path)
{
    struct case_ground stage = {
        .mapping = mapping, .has_sql = true, .run_sql = run_case_sql, .context = ground};
    bool good;

    if (!make_tables(ground) || !run_grants(ground, false))
        return false;
    stage.synchronizer = db_synchronizer_new(&ground->least);
    good = case_run(path, &stage);
    db_synchronizer_free(stage.synchronizer);
    return good;
}

int main(int argc, char **argv)
{
    struct ground ground = {.server = mariadb_start()};
    struct mapping mapping;
    int failed = 0;

    log_set_level(LOG_LEVEL_ERROR);
    case_mapping(&mapping);
    ground.settings = (struct db_settings){
        .socket = text_of(mariadb_socket(ground.server)),
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
    for (int i = 1; i < argc; i++)
        failed += run_case(&ground, &mapping, argv[i]) ? 0 : 1;
    db_link_close(&ground.link);
    mariadb_stop(ground.server);
    printf("%d cases, %d failed\n", argc - 1, failed);
    return failed == 0 && argc > 1 ? 0 : 1;
}
