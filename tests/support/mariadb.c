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

static bool answers(const struct mariadb *server)
{
    MYSQL *mysql = mysql_init(NULL);
    bool ready =
        mysql_real_connect(mysql, NULL, MARIADB_USER, NULL, NULL, 0, server->socket, 0) != NULL &&
        mysql_query(mysql, "CREATE DATABASE IF NOT EXISTS " MARIADB_DATABASE) == 0;

    mysql_close(mysql);
    return ready;
}

static void run(struct mariadb *server)
{
    char datadir[PATH_BYTES + 16];
    char socket[PATH_BYTES + 16];
    const char *const argv[] = {"mariadbd",
                                "--no-defaults",
                                "--skip-networking",
                                "--innodb-log-file-size=8M",
                                "--innodb-buffer-pool-size=32M",
                                "--innodb-flush-log-at-trx-commit=2",
                                datadir,
                                socket,
                                user_option(),
                                NULL};

    snprintf(datadir, sizeof(datadir), "--datadir=%s/data", server->dir);
    snprintf(socket, sizeof(socket), "--socket=%s", server->socket);
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
    run(server);
    return server;
}

const char *mariadb_socket(const struct mariadb *server)
{
    return server->socket;
}

void mariadb_restart(struct mariadb *server)
{
    end(server, SIGTERM);
    run(server);
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
