/* Runs mariadb-install-db and mariadbd in a temporary directory: mariadb_start(), mariadb_stop().
 * */
#include "mariadb.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <mysql.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_TIMEOUT_MS 120000
#define STEP_MS          20
#define PATH_BYTES       128 /* a socket's path must be shorter than 108 */

/* Every default of a session that can change bytes, counts of rows, refusals or transactions. */
static const char *const HOSTILE[] = {
    "--skip-character-set-client-handshake",
    "--character-set-server=latin1",
    "--collation-server=latin1_german1_ci",
    "--character-set-filesystem=latin1",
    "--init-connect=SET NAMES latin1, @@session.timestamp = 1", /* not for root */
    "--sql-mode=ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,NO_UNSIGNED_SUBTRACTION",
    "--old-mode=ZERO_DATE_TIME_CAST",
    "--standard-compliant-cte=0",
    "--div-precision-increment=0",
    "--group-concat-max-len=4",
    "--max-sort-length=8",
    "--default-storage-engine=MyISAM",
    "--max-join-size=1",
    "--sql-safe-updates=1",
    "--lc-messages=de_DE",
    "--max-error-count=0",
    "--loose-note-verbosity=",
    "--autocommit=0",
    "--completion-type=CHAIN",
    "--transaction-isolation=SERIALIZABLE",
    "--transaction-read-only=1",
    "--innodb-lock-wait-timeout=100",
    "--lock-wait-timeout=1000",
    "--max-statement-time=0.05",
    "--wait-timeout=1",
    "--net-read-timeout=1",
    "--net-write-timeout=1",
    "--idle-transaction-timeout=1",
    "--idle-write-transaction-timeout=1",
    "--idle-readonly-transaction-timeout=1",
    "--explicit-defaults-for-timestamp=0",
    "--default-time-zone=-12:00",
    "--optimizer-switch=mrr=on,mrr_sort_keys=on,index_merge=off",
};
/* What no option sets. */
static const char HOSTILE_SQL[] =
    "SET GLOBAL sql_select_limit = 1, sql_auto_is_null = 1, sql_big_selects = 0, "
    "foreign_key_checks = 0, unique_checks = 0, check_constraint_checks = 0, sql_notes = 0, "
    "sql_quote_show_create = 0;\n";
#define HOSTILE_COUNT (sizeof(HOSTILE) / sizeof(HOSTILE[0]))

static bool is_hostile(void)
{
    const char *set = getenv("MOBYNC_HOSTILE");

    return set != NULL && strcmp(set, "1") == 0;
}

struct mariadb {
    char dir[PATH_BYTES - 16]; /* room for the names in it */
    char socket[PATH_BYTES];
    char log[PATH_BYTES];
    pid_t pid; /* 0: not running */
};

static void print_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[512];

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        fputs(line, stderr);
    if (file != NULL)
        fclose(file);
}

static void give_up(struct mariadb *server, const char *what)
{
    fprintf(stderr, "mariadb: %s: %s\n", what, strerror(errno));
    print_file(server->log);
    mariadb_stop(server);
    exit(1);
}

/* The child's output goes to the log; it dies with its parent. */
static pid_t spawn(struct mariadb *server, const char *const *argv)
{
    const pid_t parent = getpid();
    const pid_t pid = fork();
    int log;

    if (pid < 0)
        give_up(server, "fork");
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* At its start a server removes the temporary files that it finds: never in a shared place. */
    setenv("TMPDIR", server->dir, 1);
    log = open(server->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (getppid() != parent || log < 0 || dup2(log, STDOUT_FILENO) < 0 ||
        dup2(log, STDERR_FILENO) < 0)
        _exit(126);
    /* execvp() is older than const: it changes no argument. */
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static void sleep_step(void)
{
    const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};

    nanosleep(&step, NULL);
}

/* mariadbd refuses to run as root unless told to; else there is one option less. */
static const char *user_option(void)
{
    return geteuid() == 0 ? "--user=root" : NULL;
}

static void install(struct mariadb *server)
{
    char datadir[PATH_BYTES + 16];
    const char *const argv[] = {"mariadb-install-db",
                                "--no-defaults",
                                "--auth-root-authentication-method=normal",
                                "--skip-test-db",
                                "--innodb-log-file-size=8M",
                                datadir,
                                user_option(),
                                NULL};
    int status;
    pid_t pid;

    snprintf(datadir, sizeof(datadir), "--datadir=%s/data", server->dir);
    pid = spawn(server, argv);
    if (waitpid(pid, &status, 0) != pid || status != 0)
        give_up(server, "mariadb-install-db");
}

bool mariadb_is_mysql(void)
{
    const char *set = getenv("MOBYNC_TEST_SERVER");

    return set != NULL && strcmp(set, "mysql") == 0;
}

const char *mariadb_words(const char *sql)
{
    static const struct {
        const char *mariadb;
        const char *mysql;
    } WORDS[] = {
        {"utf8mb4_nopad_bin", "utf8mb4_0900_bin"},
        {"information_schema.global_status", "performance_schema.global_status"},
        {"@@tx_isolation", "@@transaction_isolation"},
        {"SET DEFAULT ROLE clerk FOR", "SET DEFAULT ROLE clerk TO"},
        {" JSON,", " LONGTEXT,"}, /* MariaDB's, which keeps a text as it is */
    };
    static char words[65536];
    size_t len = 0;

    if (!mariadb_is_mysql())
        return sql;
    while (*sql != '\0' && len + 64 < sizeof(words)) {
        size_t i = 0;

        while (i < sizeof(WORDS) / sizeof(WORDS[0]) &&
               strncmp(sql, WORDS[i].mariadb, strlen(WORDS[i].mariadb)) != 0)
            i++;
        if (i == sizeof(WORDS) / sizeof(WORDS[0])) {
            words[len++] = *sql++;
            continue;
        }
        len += (size_t)snprintf(words + len, sizeof(words) - len, "%s", WORDS[i].mysql);
        sql += strlen(WORDS[i].mariadb);
    }
    words[len] = '\0';
    return words;
}

bool mariadb_calm(MYSQL *mysql)
{
    static const char SET[] =
        "SET SESSION autocommit = 1, completion_type = 0, tx_read_only = 0, tx_isolation = "
        "'REPEATABLE-READ', sql_select_limit = 18446744073709551615, max_join_size = "
        "18446744073709551615, sql_safe_updates = 0, sql_big_selects = 1, "
        "foreign_key_checks = 1, unique_checks = 1, sql_notes = 1, sql_auto_is_null = 0, sql_mode "
        "= 'STRICT_TRANS_TABLES', "
        "max_statement_time = 0, wait_timeout = 28800, lc_messages = 'en_US', "
        "default_storage_engine = InnoDB, check_constraint_checks = 1, idle_transaction_timeout = "
        "0, idle_write_transaction_timeout = 0, idle_readonly_transaction_timeout = 0, "
        "group_concat_max_len = 1048576, max_sort_length = 1024, collation_connection = "
        "utf8mb4_general_ci, character_set_client = utf8mb4, character_set_results = utf8mb4";

    return !is_hostile() || mysql_query(mysql, SET) == 0;
}

static bool answers(const struct mariadb *server)
{
    MYSQL *mysql = mysql_init(NULL);
    bool ready =
        mysql_real_connect(mysql, NULL, MARIADB_USER, NULL, NULL, 0, server->socket, 0) != NULL &&
        mariadb_calm(mysql) &&
        mysql_query(mysql, "CREATE DATABASE IF NOT EXISTS " MARIADB_DATABASE) == 0;

    mysql_close(mysql);
    return ready;
}

static void write_hostile_sql(struct mariadb *server, const char *path)
{
    FILE *file = fopen(path, "w");

    if (file == NULL || fputs(HOSTILE_SQL, file) < 0 || fclose(file) != 0)
        give_up(server, path);
}

/* One option more, or NULL. */
static void run(struct mariadb *server, const char *option)
{
    char init_file[PATH_BYTES + 32];
    char datadir[PATH_BYTES + 16];
    char socket[PATH_BYTES + 16];
    const char *argv[HOSTILE_COUNT + 13] = {"mariadbd",
                                            "--no-defaults",
                                            "--skip-networking",
                                            "--innodb-log-file-size=8M",
                                            "--innodb-buffer-pool-size=32M",
                                            "--innodb-flush-log-at-trx-commit=2",
                                            "--max-allowed-packet=16M", /* MariaDB's default */
                                            datadir,
                                            socket};
    size_t argc = 9;

    snprintf(datadir, sizeof(datadir), "--datadir=%s/data", server->dir);
    snprintf(socket, sizeof(socket), "--socket=%s", server->socket);
    snprintf(init_file, sizeof(init_file), "--init-file=%s/hostile.sql", server->dir);
    if (is_hostile()) {
        write_hostile_sql(server, strchr(init_file, '=') + 1);
        argv[argc++] = init_file;
        for (size_t i = 0; i < HOSTILE_COUNT; i++)
            argv[argc++] = HOSTILE[i];
    }
    if (option != NULL)
        argv[argc++] = option;
    argv[argc] = user_option();
    server->pid = spawn(server, argv);
    for (int waited_ms = 0; !answers(server); waited_ms += STEP_MS) {
        if (waited_ms > START_TIMEOUT_MS || waitpid(server->pid, NULL, WNOHANG) != 0)
            give_up(server, "mariadbd does not start");
        sleep_step();
    }
}

static void end(struct mariadb *server, int signal)
{
    if (server->pid == 0)
        return;
    kill(server->pid, signal);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

struct mariadb *mariadb_start(void)
{
    struct mariadb *server = calloc(1, sizeof(*server));
    const char *tmp = getenv("TMPDIR");

    if (server == NULL)
        abort();
    snprintf(server->dir, sizeof(server->dir), "%s/mobync-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    if (mkdtemp(server->dir) == NULL)
        give_up(server, server->dir);
    snprintf(server->socket, sizeof(server->socket), "%s/sock", server->dir);
    snprintf(server->log, sizeof(server->log), "%s/log", server->dir);
    install(server);
    run(server, NULL);
    return server;
}

const char *mariadb_socket(const struct mariadb *server)
{
    return server->socket;
}

void mariadb_restart(struct mariadb *server)
{
    mariadb_restart_with(server, NULL);
}

void mariadb_restart_with(struct mariadb *server, const char *option)
{
    end(server, SIGTERM);
    run(server, option);
}

void mariadb_kill(struct mariadb *server)
{
    end(server, SIGKILL);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void mariadb_stop(struct mariadb *server)
{
    /* Nobody needs the data any more: no orderly shutdown. */
    end(server, SIGKILL);
    if (server->dir[0] != '\0')
        nftw(server->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(server);
}
