/* Starts pool_probe as a child, reads its log and its status, and waits for what a test names. */
#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOG_MAX ((size_t)4 * 1024 * 1024)

int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void nap_ms(int ms)
{
    const struct timespec nap = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    nanosleep(&nap, NULL);
}

bool await(bool (*condition)(void *context), void *context)
{
    int64_t until_ms = now_ms() + POOL_PATIENCE_MS;

    while (!condition(context)) {
        if (now_ms() > until_ms)
            return false;
        nap_ms(5);
    }
    return true;
}

void pool_init(struct pool *pool)
{
    *pool = (struct pool){.inherited_fd = -1};
    snprintf(pool->dir, sizeof(pool->dir), "/tmp/mobync-pool-XXXXXX");
    assert_non_null(mkdtemp(pool->dir));
    snprintf(pool->address, sizeof(pool->address), "unix:%s/sock", pool->dir);
    snprintf(pool->config, sizeof(pool->config), "%s/config", pool->dir);
    snprintf(pool->log, sizeof(pool->log), "%s/log", pool->dir);
}

void pool_end(struct pool *pool)
{
    static const char *const FILES[] = {"config", "log", "sock", "other", "control"};
    char path[128];

    if (pool->pid != 0) {
        kill(pool->pid, SIGKILL);
        waitpid(pool->pid, NULL, 0);
        pool->pid = 0;
    }
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", pool->dir, FILES[i]);
        unlink(path);
    }
    rmdir(pool->dir);
}

int pool_set_up(void **state)
{
    struct pool *pool = malloc(sizeof(*pool));

    assert_non_null(pool);
    pool_init(pool);
    *state = pool;
    return 0;
}

int pool_tear_down(void **state)
{
    pool_end(*state);
    free(*state);
    return 0;
}

void pool_configure(const struct pool *pool, const char *lines)
{
    FILE *file = fopen(pool->config, "w");

    assert_non_null(file);
    fprintf(file, "listen %s\n%s", pool->address, lines);
    fclose(file);
}

static void hand_down(const struct pool *pool)
{
    char pid[16];

    if (pool->inherited_fd < 0)
        return;
    if (!pool->like_systemd) {
        dup2(pool->inherited_fd, STDIN_FILENO);
        return;
    }
    if (pool->inherited_fd != 3)
        dup2(pool->inherited_fd, 3);
    else
        fcntl(3, F_SETFD, 0);
    snprintf(pid, sizeof(pid), "%d", getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "1", 1);
}

void pool_launch(struct pool *pool)
{
    pool->pid = fork();
    assert_true(pool->pid >= 0);
    if (pool->pid == 0) {
        int log = open(pool->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

        prctl(PR_SET_PDEATHSIG, SIGKILL); /* not to outlive a test that is cut off */
        dup2(log, STDERR_FILENO);
        close(log);
        hand_down(pool);
        execl(POOL_PROBE, POOL_PROBE, pool->config, (char *)NULL);
        _exit(127);
    }
}

void pool_await_up(const struct pool *pool)
{
    pool_await_log(pool, " workers on ", 1);
}

void pool_start(struct pool *pool, const char *lines)
{
    pool_configure(pool, lines);
    pool_launch(pool);
    pool_await_up(pool);
}

void pool_signal(const struct pool *pool, int signo)
{
    assert_int_equal(kill(pool->pid, signo), 0);
}

struct exit_wait {
    pid_t pid;
    int status;
};

static bool is_reaped(void *context)
{
    struct exit_wait *wait = context;

    return waitpid(wait->pid, &wait->status, WNOHANG) == wait->pid;
}

struct sent_signal {
    const struct pool *pool;
    int signo;
};

static bool is_taken(void *context)
{
    const struct sent_signal *sent = context;
    unsigned long long pending = ~0ULL;
    char path[64], line[256];
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", sent->pool->pid);
    file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, "ShdPnd:", strlen("ShdPnd:")) == 0)
            pending = strtoull(line + strlen("ShdPnd:"), NULL, 16);
    fclose(file);
    return (pending >> (sent->signo - 1) & 1) == 0;
}

void pool_await_taken(const struct pool *pool, int signo)
{
    struct sent_signal sent = {pool, signo};

    assert_true(await(is_taken, &sent));
}

int pool_await_exit(struct pool *pool)
{
    struct exit_wait wait = {.pid = pool->pid};

    assert_true(await(is_reaped, &wait));
    pool->pid = 0;
    assert_true(WIFEXITED(wait.status));
    return WEXITSTATUS(wait.status);
}

int pool_stop(struct pool *pool)
{
    pool_signal(pool, SIGTERM);
    return pool_await_exit(pool);
}

static char *read_log(const struct pool *pool)
{
    char *all = malloc(LOG_MAX);
    FILE *file = fopen(pool->log, "r");

    assert_non_null(all);
    all[file != NULL ? fread(all, 1, LOG_MAX - 1, file) : 0] = '\0';
    if (file != NULL)
        fclose(file);
    return all;
}

unsigned pool_log_count(const struct pool *pool, const char *text)
{
    char *all = read_log(pool);
    unsigned count = 0;

    for (const char *at = all; (at = strstr(at, text)) != NULL; at++)
        count++;
    free(all);
    return count;
}

struct log_wait {
    const struct pool *pool;
    const char *text;
    unsigned times;
};

static bool has_logged(void *context)
{
    const struct log_wait *wait = context;

    return pool_log_count(wait->pool, wait->text) >= wait->times;
}

void pool_await_log(const struct pool *pool, const char *text, unsigned times)
{
    struct log_wait wait = {.pool = pool, .text = text, .times = times};

    if (!await(has_logged, &wait))
        fail_msg("the log does not say %s", text);
}

pid_t pool_await_worker(const struct pool *pool, unsigned nth)
{
    static const char STARTED[] = " msg=started";
    char *all, *at;
    long pid;

    pool_await_log(pool, STARTED, nth);
    all = read_log(pool);
    at = all;
    for (unsigned i = 0; i < nth; i++)
        at = strstr(i == 0 ? all : at + 1, STARTED);
    *at = '\0';
    at = strrchr(all, '='); /* of "pid=", the pair before */
    assert_non_null(at);
    pid = strtol(at + 1, NULL, 10);
    free(all);
    return (pid_t)pid;
}

int pool_connect(const struct pool *pool)
{
    int fd = fcgi_connect(pool->address);

    assert_true(fd >= 0);
    return fd;
}

static bool is_read(void *context)
{
    int unread = -1;

    assert_int_equal(ioctl(*(const int *)context, SIOCOUTQ, &unread), 0);
    return unread == 0;
}

void pool_await_read(int fd)
{
    assert_true(await(is_read, &fd));
}

void pool_get(const struct pool *pool, const char *path, char *body_out, size_t size)
{
    struct fcgi_answer answer;

    if (!fcgi_post(pool->address, path, "", &answer) || answer.status != 200)
        fail_msg("%s: no answer, or status %d", path, answer.status);
    snprintf(body_out, size, "%s", answer.body);
    fcgi_answer_release(&answer);
}

long pool_get_number(const struct pool *pool, const char *path)
{
    char body[64];

    pool_get(pool, path, body, sizeof(body));
    return strtol(body, NULL, 10);
}

struct owners_wait {
    const struct pool *pool;
    long count;
};

static bool are_told(void *context)
{
    const struct owners_wait *wait = context;

    return pool_get_number(wait->pool, "/owners") == wait->count;
}

void pool_await_owners(const struct pool *pool, long count)
{
    struct owners_wait wait = {pool, count};

    if (!await(are_told, &wait))
        fail_msg("%ld slots tell of an owner, not %ld", pool_get_number(pool, "/owners"), count);
}
