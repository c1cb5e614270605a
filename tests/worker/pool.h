/* pool.h: a running pool_probe for one test, in a folder of its own.
 * Owns:    the process and the folder; pool_end() ends and removes them, also after a failed stop.
 * Units:   nothing here waits longer than POOL_PATIENCE_MS; what does not come by then fails the
 *          test that waits. */
#ifndef MOBYNC_POOL_H
#define MOBYNC_POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fcgi_client.h"

#define POOL_PATIENCE_MS 30000

struct pool {
    char dir[64];
    char address[96]; /* unix:DIR/sock */
    char config[96];
    char log[96];
    pid_t pid; /* 0: not running */
    /* How the pool is started: a listening socket handed down, or -1. */
    int inherited_fd;
    bool like_systemd; /* as fd 3 with LISTEN_FDS, else as fd 0 */
};

void pool_init(struct pool *pool);
void pool_end(struct pool *pool);
/* The same as cmocka's set-up and tear-down: *state is the pool. */
int pool_set_up(void **state);
int pool_tear_down(void **state);

/* "listen ADDRESS" of the pool's own and these lines. */
void pool_configure(const struct pool *pool, const char *lines);
/* Starts the process; pool_await_up() waits until it says that its workers listen. */
void pool_launch(struct pool *pool);
void pool_await_up(const struct pool *pool);
/* All three. */
void pool_start(struct pool *pool, const char *lines);

void pool_signal(const struct pool *pool, int signo);
/* The exit status; a death by a signal fails the test. */
int pool_await_exit(struct pool *pool);
/* Until the master has taken the signal: two of a kind that meet are one. */
void pool_await_taken(const struct pool *pool, int signo);
/* TERM, then as above. */
int pool_stop(struct pool *pool);

/* How often the log contains the text. */
unsigned pool_log_count(const struct pool *pool, const char *text);
void pool_await_log(const struct pool *pool, const char *text, unsigned times);

/* The process id of the nth worker that was started, from 1. */
pid_t pool_await_worker(const struct pool *pool, unsigned nth);

/* A connection, which must come about. */
int pool_connect(const struct pool *pool);
/* Until a worker has read all that was sent on it. */
void pool_await_read(int fd);

/* The body of the response to a POST, which must be a 200, as text or number. */
void pool_get(const struct pool *pool, const char *path, char *body_out, size_t size);
long pool_get_number(const struct pool *pool, const char *path);
/* Until so many workers have a request of an owner in flight. Of a pool with owner_requests, and a
 * worker that is free to answer. */
void pool_await_owners(const struct pool *pool, long count);

int64_t now_ms(void);
/* For what no condition tells: the time itself, or that nothing happens in it. Else await(). */
void nap_ms(int ms);
/* True once condition(context) is, false after POOL_PATIENCE_MS. */
bool await(bool (*condition)(void *context), void *context);

#endif
