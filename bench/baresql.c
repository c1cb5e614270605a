/* baresql: the statements of a sync without the sync: what MariaDB and Connector/C allow in the
 * best form known (clock by LAST_INSERT_ID, prepared, rows in arrays; a pull is one
 * statement). A process for each connection. Every clock and every number of rows is checked. */
#include <mysql.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "histogram.h"
#include "id.h"
#include "workload.h"

#define OWNER_BYTES  64u
#define CELL_BYTES   2048u
#define COLUMNS_MAX  10u
#define PAUSE_US     500u
#define HISTORY_COLS 9u
#define DIFF_COLS    10u
#define TASK_COLS    8u

enum statement { LOCK_OWNER, READ_HISTORY, READ_PUSH, APPEND_DIFFS, CREATE_TASKS, STATEMENTS };

#define DIFF_COLUMNS                                                                               \
    "d.logical_clock, d.seq, d.`utc_timestamp`, d.id, d.type, d.model, d.json_data, d.field_times"

static const char *const SQL[STATEMENTS] = {
    [LOCK_OWNER] = "INSERT INTO mobync_owners (owner, next_clock) VALUES (?, 1) "
                   "ON DUPLICATE KEY UPDATE next_clock = LAST_INSERT_ID(next_clock) + 1",
    [READ_HISTORY] = "SELECT o.next_clock, " DIFF_COLUMNS
                     " FROM mobync_owners o LEFT JOIN diffs d FORCE INDEX (PRIMARY) "
                     "ON d.owner = o.owner AND d.logical_clock >= ? WHERE o.owner = ?",
    /* The diffs and the ids that a resend can name, which is all that a push must know. */
    [READ_PUSH] = "SELECT 0, " DIFF_COLUMNS
                  " FROM diffs d WHERE d.logical_clock >= ? AND d.owner = ? UNION ALL SELECT 1, "
                  "k.logical_clock, 0, 0, k.id, 'update', '', '', NULL FROM mobync_known k "
                  "WHERE k.logical_clock >= ? AND k.owner = ?",
    [APPEND_DIFFS] = "INSERT INTO diffs (owner, logical_clock, seq, id, `utc_timestamp`, type, "
                     "model, object_id, json_data, field_times) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
    [CREATE_TASKS] = "INSERT INTO tasks (owner_id, id, name, done, created_time, priority, score, "
                     "tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
};

/* A column of an array of rows. */
struct column {
    const char *texts[WORKLOAD_PUSH_MAX];
    unsigned long lengths[WORKLOAD_PUSH_MAX];
    int64_t integers[WORKLOAD_PUSH_MAX];
    double reals[WORKLOAD_PUSH_MAX];
};

/* What the processes share: the times are 0 until all are ready. */
struct shared {
    atomic_uint ready;
    _Atomic int64_t warmup_us;
    _Atomic int64_t count_from_us;
    _Atomic int64_t end_us;
    struct histogram times[];
};

struct bare {
    struct workload workload;
    const char *socket;
    const char *user;
    const char *database;
    bool blind; /* pushes do not read what others did */
    struct shared *shared;
};

/* One connection and what it works with. */
struct session {
    const struct bare *bare;
    unsigned number;
    MYSQL *mysql;
    MYSQL_STMT *statements[STATEMENTS];
    int64_t *clocks; /* by owner: what this device has */
    size_t owner;
    char owner_name[OWNER_BYTES];
    uint64_t random;
    char cells[HISTORY_COLS][CELL_BYTES];
    unsigned long lengths[HISTORY_COLS];
    my_bool nulls[HISTORY_COLS];
    int64_t numbers[HISTORY_COLS];
    struct workload_task tasks[WORKLOAD_PUSH_MAX];
    struct column columns[COLUMNS_MAX];
};

static NORETURN void failed(const struct session *session, enum statement statement)
{
    workload_die("%.60s…: %s", SQL[statement], mysql_stmt_error(session->statements[statement]));
}

static void exec(const struct session *session, const char *sql)
{
    if (mysql_real_query(session->mysql, sql, strlen(sql)) != 0)
        workload_die("%s: %s", sql, mysql_error(session->mysql));
}

static void prepare_all(struct session *session)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        session->statements[i] = mysql_stmt_init(session->mysql);
        if (session->statements[i] == NULL ||
            mysql_stmt_prepare(session->statements[i], SQL[i], strlen(SQL[i])) != 0)
            failed(session, (enum statement)i);
    }
}

static bool pushes_alone(const struct session *session)
{
    return session->bare->workload.mode->push_every == 1;
}

static void connect_session(struct session *session)
{
    const struct bare *bare = session->bare;

    session->mysql = mysql_init(NULL);
    if (session->mysql == NULL)
        workload_die("mysql_init: out of memory");
    mysql_optionsv(session->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (mysql_real_connect(session->mysql, NULL, bare->user, NULL, bare->database, 0, bare->socket,
                           0) == NULL)
        workload_die("%s: %s", bare->socket, mysql_error(session->mysql));
    exec(session, "SET SESSION tx_isolation = 'READ-COMMITTED'");
    /* Then a push begins without a round trip; a pull would leave a transaction open, which holds
     * up every ALTER TABLE. */
    if (pushes_alone(session))
        exec(session, "SET SESSION autocommit = 0");
    prepare_all(session);
}

static MYSQL_BIND text_parameter(char *text)
{
    return (MYSQL_BIND){
        .buffer_type = MYSQL_TYPE_STRING, .buffer = text, .buffer_length = strlen(text)};
}

static MYSQL_BIND integer_parameter(int64_t *value)
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = value};
}

static void run(const struct session *session, enum statement statement, MYSQL_BIND *parameters)
{
    if (mysql_stmt_bind_param(session->statements[statement], parameters) != 0 ||
        mysql_stmt_execute(session->statements[statement]) != 0)
        failed(session, statement);
}

static void bind_cells(struct session *session, MYSQL_BIND *cells)
{
    for (size_t i = 0; i < HISTORY_COLS; i++) {
        const bool number = i < 4;

        cells[i] = (MYSQL_BIND){
            .buffer_type = number ? MYSQL_TYPE_LONGLONG : MYSQL_TYPE_STRING,
            .buffer = number ? (void *)&session->numbers[i] : session->cells[i],
            .buffer_length = CELL_BYTES,
            .length = &session->lengths[i],
            .is_null = &session->nulls[i],
        };
    }
}

/* Returns the number of diffs. */
static unsigned read_rows(struct session *session, enum statement statement, int64_t clock)
{
    MYSQL_STMT *stmt = session->statements[statement];
    MYSQL_BIND parameters[4], cells[HISTORY_COLS];
    unsigned diffs = 0;
    int got;

    parameters[0] = parameters[2] = integer_parameter(&clock);
    parameters[1] = parameters[3] = text_parameter(session->owner_name);
    run(session, statement, parameters);
    bind_cells(session, cells);
    if (mysql_stmt_bind_result(stmt, cells) != 0)
        failed(session, statement);
    while ((got = mysql_stmt_fetch(stmt)) == 0)
        diffs += !session->nulls[4];
    if (got != MYSQL_NO_DATA)
        failed(session, statement);
    mysql_stmt_free_result(stmt);
    return diffs;
}

static void pull(struct session *session)
{
    const struct workload *workload = &session->bare->workload;
    const int64_t asked = workload_pull_clock(workload);
    int64_t *had = &session->clocks[session->owner];
    unsigned diffs = read_rows(session, READ_HISTORY, asked < 0 ? *had : asked);
    int64_t clock = session->numbers[0];

    if (clock < *had || (workload->devices == 1 && clock != *had))
        workload_die("%s: a pull has clock %lld, not %lld", session->owner_name, (long long)clock,
                     (long long)*had);
    if (asked >= 0 && diffs != workload->mode->pull_diffs)
        workload_die("%s: a pull brought %u diffs", session->owner_name, diffs);
    *had = clock;
}

/* The clock that this push takes; the owner is locked from here on. */
static int64_t lock_owner(struct session *session)
{
    MYSQL_STMT *stmt = session->statements[LOCK_OWNER];
    MYSQL_BIND owner = text_parameter(session->owner_name);

    run(session, LOCK_OWNER, &owner);
    return mysql_stmt_affected_rows(stmt) == 1 ? 0 : (int64_t)mysql_stmt_insert_id(stmt);
}

static MYSQL_BIND text_column(struct column *column)
{
    return (MYSQL_BIND){
        .buffer_type = MYSQL_TYPE_STRING, .buffer = column->texts, .length = column->lengths};
}

static MYSQL_BIND integer_column(struct column *column)
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = column->integers};
}

static MYSQL_BIND real_column(struct column *column)
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_DOUBLE, .buffer = column->reals};
}

static void set_text(struct column *column, unsigned row, const char *text)
{
    column->texts[row] = text;
    column->lengths[row] = strlen(text);
}

static void run_rows(const struct session *session, enum statement statement,
                     MYSQL_BIND *parameters, unsigned rows)
{
    MYSQL_STMT *stmt = session->statements[statement];

    mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &rows);
    run(session, statement, parameters);
    if (mysql_stmt_affected_rows(stmt) != rows)
        workload_die("%.60s…: not %u rows", SQL[statement], rows);
}

static void append_diffs(struct session *session, int64_t clock, unsigned rows)
{
    struct column *c = session->columns;
    const int64_t now_ms = clock_now_ms();
    MYSQL_BIND parameters[] = {
        text_column(&c[0]), integer_column(&c[1]), integer_column(&c[2]),
        text_column(&c[3]), integer_column(&c[4]), text_column(&c[5]),
        text_column(&c[6]), text_column(&c[7]),    text_column(&c[8]),
    };

    for (unsigned row = 0; row < rows; row++) {
        const struct workload_task *task = &session->tasks[row];

        set_text(&c[0], row, session->owner_name);
        c[1].integers[row] = clock;
        c[2].integers[row] = row;
        set_text(&c[3], row, task->diff_id);
        c[4].integers[row] = now_ms;
        set_text(&c[5], row, "create");
        set_text(&c[6], row, "tasks");
        set_text(&c[7], row, task->object_id);
        set_text(&c[8], row, task->json_data);
    }
    run_rows(session, APPEND_DIFFS, parameters, rows);
}

static void create_tasks(struct session *session, unsigned rows)
{
    struct column *c = session->columns;
    MYSQL_BIND parameters[] = {
        text_column(&c[0]), text_column(&c[1]),    text_column(&c[2]), integer_column(&c[3]),
        text_column(&c[4]), integer_column(&c[5]), real_column(&c[6]), text_column(&c[7]),
    };

    for (unsigned row = 0; row < rows; row++) {
        const struct workload_task *task = &session->tasks[row];

        set_text(&c[0], row, session->owner_name);
        set_text(&c[1], row, task->object_id);
        set_text(&c[2], row, task->name);
        c[3].integers[row] = task->done;
        set_text(&c[4], row, WORKLOAD_CREATED_TIME);
        c[5].integers[row] = task->priority;
        c[6].reals[row] = task->score;
        set_text(&c[7], row, WORKLOAD_TAGS);
    }
    run_rows(session, CREATE_TASKS, parameters, rows);
}

static void push(struct session *session, unsigned rows)
{
    int64_t *had = &session->clocks[session->owner];
    unsigned news = 0;
    int64_t clock;

    if (!pushes_alone(session))
        exec(session, "START TRANSACTION");
    clock = lock_owner(session);
    if (!session->bare->blind)
        news = read_rows(session, READ_PUSH, *had);
    if (clock < *had || (session->bare->workload.devices == 1 && (clock != *had || news > 0)))
        workload_die("%s: a push took clock %lld, not %lld", session->owner_name, (long long)clock,
                     (long long)*had);
    for (unsigned row = 0; row < rows; row++)
        workload_make_task(&session->random, &session->tasks[row]);
    append_diffs(session, clock, rows);
    create_tasks(session, rows);
    exec(session, "COMMIT");
    *had = clock + 1;
}

static void choose_owner(struct session *session)
{
    const struct workload *workload = &session->bare->workload;

    session->owner = workload_owner(workload, session->number, &session->random);
    workload_owner_name(workload, session->owner, session->owner_name, OWNER_BYTES);
}

static void request(struct session *session, uint64_t number)
{
    const struct workload *workload = &session->bare->workload;

    choose_owner(session);
    if (workload_is_push(workload, number))
        push(session, workload->mode->push_diffs);
    else
        pull(session);
}

static void open_session(struct session *session)
{
    const struct workload *workload = &session->bare->workload;
    size_t owners = workload_owner_count(workload);
    unsigned rows;

    id_random_bytes(&session->random, sizeof(session->random));
    session->clocks = calloc(owners, sizeof(*session->clocks));
    if (session->clocks == NULL)
        workload_die("no memory for %zu owners", owners);
    for (size_t i = 0; i < owners && workload->pool_owners > 0; i++)
        session->clocks[i] = workload->pool_clock;
    connect_session(session);
    choose_owner(session);
    for (unsigned i = 0; (rows = workload_preparation(workload, i)) > 0; i++) {
        if (workload_prepares(workload, session->number))
            push(session, rows);
        else if (workload->pool_owners == 0)
            session->clocks[session->owner]++; /* another connection does it */
    }
}

static void close_session(struct session *session)
{
    for (size_t i = 0; i < STATEMENTS; i++)
        mysql_stmt_close(session->statements[i]);
    mysql_close(session->mysql);
    free(session->clocks);
}

static void run_process(const struct bare *bare, unsigned number)
{
    static struct session session;
    struct shared *shared = bare->shared;
    struct histogram *times = &shared->times[number];
    int64_t start_us, end_us;

    session.bare = bare;
    session.number = number;
    open_session(&session);
    shared->ready++;
    while (shared->end_us == 0)
        usleep(PAUSE_US);
    for (uint64_t i = 0; (start_us = clock_monotonic_us()) < shared->end_us; i++) {
        request(&session, i);
        end_us = clock_monotonic_us();
        if (start_us >= shared->count_from_us && end_us <= shared->end_us)
            histogram_add(times, end_us - start_us);
    }
    close_session(&session);
}

static void sleep_until(int64_t time_us)
{
    int64_t now_us;

    while ((now_us = clock_monotonic_us()) < time_us)
        usleep((useconds_t)(time_us - now_us < 1000000 ? time_us - now_us : 999999));
}

static void wait_for_ready(const struct bare *bare)
{
    while (bare->shared->ready < bare->workload.connections) {
        if (waitpid(-1, NULL, WNOHANG) > 0)
            workload_die("a connection ended early");
        usleep(PAUSE_US);
    }
}

static void wait_for_end(void)
{
    int status;

    while (wait(&status) > 0)
        if (status != 0)
            workload_die("a connection failed");
}

static void measure(struct bare *bare)
{
    struct workload *workload = &bare->workload;
    struct shared *shared = bare->shared;
    struct histogram all = {.count = 0};

    wait_for_ready(bare);
    shared->count_from_us = clock_monotonic_us() + workload->warmup_us;
    shared->end_us = shared->count_from_us + workload->run_us;
    sleep_until(shared->count_from_us);
    workload_cpu_start(workload);
    sleep_until(shared->end_us);
    workload_cpu_stop(workload);
    wait_for_end();
    for (unsigned i = 0; i < workload->connections; i++)
        histogram_merge(&all, &shared->times[i]);
    workload_print(workload,
                   &(struct workload_result){.times = &all, .elapsed_us = workload->run_us});
}

static NORETURN void usage(void)
{
    fprintf(stderr,
            "usage: baresql --socket FILE [OPTION VALUE]...\n"
            "  --user U --database D (mobync, app)\n"
            "  --blind yes           pushes do not read what other devices did\n%s",
            WORKLOAD_USAGE);
    exit(2);
}

static void take_option(struct bare *bare, const char *name, const char *value)
{
    if (strcmp(name, "socket") == 0)
        bare->socket = value;
    else if (strcmp(name, "user") == 0)
        bare->user = value;
    else if (strcmp(name, "database") == 0)
        bare->database = value;
    else if (strcmp(name, "blind") == 0)
        bare->blind = strcmp(value, "yes") == 0;
    else if (!workload_option(&bare->workload, name, value))
        usage();
}

static void share_memory(struct bare *bare)
{
    size_t bytes = sizeof(struct shared) + bare->workload.connections * sizeof(struct histogram);

    bare->shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (bare->shared == MAP_FAILED)
        workload_die("no memory to share");
}

int main(int argc, char **argv)
{
    static struct bare bare = {.user = "mobync", .database = "app"};

    for (int i = 1; i < argc; i += 2) {
        if (strncmp(argv[i], "--", 2) != 0 || i + 1 == argc)
            usage();
        take_option(&bare, argv[i] + 2, argv[i + 1]);
    }
    if (bare.socket == NULL)
        usage();
    workload_settle(&bare.workload);
    share_memory(&bare);
    for (unsigned i = 0; i < bare.workload.connections; i++) {
        pid_t pid = fork();

        if (pid < 0)
            workload_die("cannot fork");
        if (pid == 0) {
            run_process(&bare, i);
            return 0;
        }
    }
    measure(&bare);
    return 0;
}
