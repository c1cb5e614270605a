/* keys: what keys that are not strings cost. Pushes of 10 creates, each with a reference to one of
 * 20 parents, in turn on tables with the server's own keys and on tables that the database numbers,
 * with UUIDs beside. Starts a MariaDB of its own. Prints microseconds per push and their ratio.
 *
 * usage: build/release/bench/keys [ROUNDS] */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "db_synchronizer.h"
#include "id.h"
#include "mariadb.h"
#include "schema.h"
#include "sync.h"

#define DIFFS   10u
#define PARENTS 20u
#define PUSHES  200u /* of a round */
#define ROUNDS  15u
#define BODY    ((size_t)64 * 1024)
#define OWNER   "42"

enum { PLAIN_PARENTS, PLAIN, NUMBERED_PARENTS, NUMBERED, MODELS };

#define NAME(s)                                                                                    \
    {                                                                                              \
        s, sizeof(s) - 1                                                                           \
    }

static struct model models[MODELS];

static struct field parent_fields[] = {
    {.name = NAME("name"), .column = NAME("name"), .type = FIELD_STRING, .max_length = 100}};
static struct field plain_fields[] = {
    {.name = NAME("name"), .column = NAME("name"), .type = FIELD_STRING, .max_length = 100},
    {.name = NAME("parent"),
     .column = NAME("parent_id"),
     .type = FIELD_STRING,
     .max_length = 128,
     .index = 1},
};
static struct field numbered_fields[] = {
    {.name = NAME("name"), .column = NAME("name"), .type = FIELD_STRING, .max_length = 100},
    {.name = NAME("parent"),
     .column = NAME("parent_id"),
     .type = FIELD_REFERENCE,
     .index = 1,
     .parent = &models[NUMBERED_PARENTS]},
};

#define PLAIN_MODEL(name_, fields_)                                                                \
    {                                                                                              \
        .name = NAME(name_), .table = NAME(name_), .id_column = NAME("id"),                        \
        .owner_column = NAME("owner_id"), .allow = {true, true, true}, .fields = (fields_),        \
        .field_count = ARRAY_LEN(fields_)                                                          \
    }
#define NUMBERED_MODEL(name_, fields_)                                                             \
    {                                                                                              \
        .name = NAME(name_), .table = NAME(name_), .id_column = NAME("sync_id"),                   \
        .id_type = KEY_UUID, .owner_column = NAME("user_id"), .owner_type = KEY_INTEGER,           \
        .allow = {true, true, true}, .fields = (fields_), .field_count = ARRAY_LEN(fields_)        \
    }

static struct model models[MODELS] = {
    [PLAIN_PARENTS] = PLAIN_MODEL("plain_parents", parent_fields),
    [PLAIN] = PLAIN_MODEL("plain", plain_fields),
    [NUMBERED_PARENTS] = NUMBERED_MODEL("numbered_parents", parent_fields),
    [NUMBERED] = NUMBERED_MODEL("numbered", numbered_fields),
};

static const char *const TABLES[] = {
    "CREATE TABLE numbered_parents (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL, name "
    "VARCHAR(100) CHARACTER SET utf8mb4)",
    "CREATE TABLE numbered (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL, name "
    "VARCHAR(100) CHARACTER SET utf8mb4, parent_id INT, FOREIGN KEY (parent_id) REFERENCES "
    "numbered_parents (id))",
};

struct bench {
    struct db_settings settings;
    struct mapping mapping;
    struct synchronizer *s;
    char parents[PARENTS][ID_UUID_LEN + 1];
};

static void end_with(const char *what, const char *why)
{
    fprintf(stderr, "keys: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void run_sql(MYSQL *mysql, const char *sql)
{
    if (mysql_query(mysql, sql) != 0)
        end_with(sql, mysql_error(mysql));
}

static void make_tables(struct bench *bench)
{
    MYSQL *mysql = mysql_init(NULL);
    struct text *statements;
    struct arena arena;
    struct fail fail;
    size_t count;

    arena_init(&arena);
    if (mysql_real_connect(mysql, NULL, MARIADB_USER, NULL, MARIADB_DATABASE, 0,
                           bench->settings.hosts[0].socket.ptr, 0) == NULL)
        end_with("connect", mysql_error(mysql));
    for (size_t i = 0; i < ARRAY_LEN(TABLES); i++)
        run_sql(mysql, TABLES[i]);
    if (schema_plan(&bench->settings, &arena, &statements, &count, &fail) != RC_OK ||
        schema_apply(&bench->settings, statements, count, &fail) != RC_OK)
        end_with("schema", fail.detail);
    run_sql(mysql, "ALTER TABLE plain ADD FOREIGN KEY (owner_id, parent_id) REFERENCES "
                   "plain_parents (owner_id, id)");
    mysql_close(mysql);
    arena_release(&arena);
}

/* One push of creates; those of children name parents in turn. */
static void write_body(const struct bench *bench, const struct model *model, bool children,
                       struct buf *body)
{
    const size_t count = children ? DIFFS : PARENTS;
    char id[ID_UUID_LEN + 1], object[ID_UUID_LEN + 1];

    buf_add_str(body, "{\"logical_clock\":0,\"diffs\":[");
    for (size_t i = 0; i < count; i++) {
        id_uuid(id);
        id_uuid(object);
        buf_printf(body,
                   "%s{\"id\":\"%s\",\"owner\":\"" OWNER "\",\"logical_clock\":0,\"utc_timestamp\":"
                   "1604114123778,\"type\":\"create\",\"model\":\"%s\",\"json_data\":\"{\\\"id\\\":"
                   "\\\"%s\\\",\\\"name\\\":\\\"some words\\\"",
                   i > 0 ? "," : "", id, model->name.ptr, children ? object : bench->parents[i]);
        if (children)
            buf_printf(body, ",\\\"parent\\\":\\\"%s\\\"", bench->parents[i * 7 % PARENTS]);
        buf_add_str(body, "}\"}");
    }
    buf_add_str(body, "]}");
}

/* The clock is the owner's own: nothing is concurrent. */
static int64_t push(struct bench *bench, const struct model *model, bool children, int64_t clock)
{
    struct sync_request request = {.owner = TEXT_LITERAL(OWNER), .clock = clock};
    struct diff_rules rules = {
        .mapping = &bench->mapping, .max_diffs = 1000, .owner = TEXT_LITERAL(OWNER)};
    struct request_body *read;
    struct sync_answer answer;
    struct fail fail = {0};
    struct arena arena;
    struct buf body;

    arena_init(&arena);
    buf_init(&body, BODY);
    write_body(bench, model, children, &body);
    rules.columns = bench->s->columns;
    if (request_parse(buf_text(&body), &arena, &read, &fail) != RC_OK ||
        request_diffs(read, &rules, &arena, &request.diffs, NULL, &fail) != RC_OK ||
        sync_apply(bench->s, &request, &arena, &answer, &fail) != RC_OK)
        end_with(fail.message, fail.detail);
    clock = answer.next_clock;
    buf_release(&body);
    arena_release(&arena);
    return clock;
}

static double measure(struct bench *bench, const struct model *model, int64_t *clock)
{
    const int64_t start_us = clock_monotonic_us();

    for (unsigned i = 0; i < PUSHES; i++)
        *clock = push(bench, model, true, *clock);
    return (double)(clock_monotonic_us() - start_us) / PUSHES;
}

static int compare_doubles(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare_doubles);
    return values[count / 2];
}

static void run_rounds(struct bench *bench, unsigned rounds)
{
    double *plain = alloc_or_die(rounds * sizeof(*plain));
    double *numbered = alloc_or_die(rounds * sizeof(*numbered));
    double *ratios = alloc_or_die(rounds * sizeof(*ratios));
    int64_t clock = push(bench, &models[PLAIN_PARENTS], false, 0);

    clock = push(bench, &models[NUMBERED_PARENTS], false, clock);
    measure(bench, &models[PLAIN], &clock);
    measure(bench, &models[NUMBERED], &clock);
    for (unsigned i = 0; i < rounds; i++) {
        plain[i] = measure(bench, &models[PLAIN], &clock);
        numbered[i] = measure(bench, &models[NUMBERED], &clock);
        ratios[i] = numbered[i] / plain[i];
    }
    printf("push of %u creates with a reference, medians of %u rounds\n", DIFFS, rounds);
    printf("  string keys       %8.0f us\n", median(plain, rounds));
    printf("  numbered, by UUID %8.0f us\n", median(numbered, rounds));
    printf("  ratio             %8.2f\n", median(ratios, rounds));
    free(plain);
    free(numbered);
    free(ratios);
}

int main(int argc, char **argv)
{
    const unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : ROUNDS;
    struct mariadb *server = mariadb_start();
    struct bench bench = {.mapping = {.models = models, .model_count = MODELS}};

    if (rounds == 0)
        end_with("usage", "keys [ROUNDS]");
    for (size_t i = 0; i < MODELS; i++)
        models[i].index = i;
    for (size_t i = 0; i < PARENTS; i++)
        id_uuid(bench.parents[i]);
    bench.settings = (struct db_settings){
        .hosts = {{.socket = text_of(mariadb_socket(server))}},
        .host_count = 1,
        .user = TEXT_LITERAL(MARIADB_USER),
        .database = TEXT_LITERAL(MARIADB_DATABASE),
        .diffs_table = TEXT_LITERAL("diffs"),
        .mapping = &bench.mapping,
    };
    make_tables(&bench);
    bench.s = db_synchronizer_new(&bench.settings);
    run_rounds(&bench, rounds);
    db_synchronizer_free(bench.s);
    mariadb_stop(server);
    mysql_library_end();
    return EXIT_SUCCESS;
}
