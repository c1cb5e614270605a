/* serve.h: the pool: a master that only watches, and workers that answer one request at a time.
 * Process: serve_run() is the master, in the foreground, until TERM or INT. It installs no signal
 *          handlers and never touches the database; everything that could break runs in children.
 *          It blocks all signals and leaves them so when it returns.
 * Owns:    each generation, from hooks->load() to hooks->unload(), and all processes below it.
 * Units:   _ms milliseconds; _us as clock_monotonic_us().
 * Fails:   serve_run() returns the exit status: 0 after an orderly stop, 1 if it could not start or
 *          no worker can work with this config.
 * Holds:   a request that a worker has taken is answered, or logged as lost; a config that cannot
 *          work never replaces one that does. */
#ifndef MOBYNC_SERVE_H
#define MOBYNC_SERVE_H

#include "scoreboard.h"
#include "log.h"

struct http_handler;

#define SERVE_MAX_WORKERS 1024u

/* How a worker process ends. */
enum serve_exit {
    SERVE_EXIT_OK = 0,            /* told to, or max_requests reached */
    SERVE_EXIT_FAILED = 1,        /* a fault: replaced, with backoff */
    SERVE_EXIT_CONFIG_CANNOT = 2, /* this config cannot work: not replaced */
};

struct serve_settings {
    const char *listen; /* "unix:/path", "ADDRESS:PORT", "[ADDRESS6]:PORT" */
    unsigned workers;
    uint64_t max_requests; /* 0: no limit */
    int64_t request_timeout_ms;
    int64_t stop_timeout_ms;
    const char *control; /* "unix:/path" where `mobync status` asks; NULL or empty: nowhere */
    enum log_level log_level;
    bool log_hash_owners;
};

/* One reading of the config, handed from cli to serve and back. */
struct serve_generation {
    struct serve_settings settings;
    void *config; /* cli's own */
};

/* What a generation needs from elsewhere, fetched from time to time by a process that does nothing
 * else, is confined, and has ended after 30 s. There is one at a time. */
struct serve_fetch_hooks {
    /* When the next fetch is due, as clock_monotonic_us(); what is past is due now, INT64_MAX never
     * is. Asked after each signal. */
    int64_t (*due_us)(void *context, const struct serve_generation *generation);
    /* Nothing is there and nothing was tried: the generation waits for the end of one fetch before
     * it is put to work. At a reload, that fetch must succeed. */
    bool (*is_first)(void *context, const struct serve_generation *generation);
    /* In the master, before the process starts, and when it has ended. */
    void (*begin)(void *context, const struct serve_generation *generation);
    void (*end)(void *context, const struct serve_generation *generation, bool successful);
    /* In the process: what it may do only before it is confined; then the fetch itself, which
     * returns the exit status: 0 if successful, 1 with the reason logged. */
    void (*open)(void *context, const struct serve_generation *generation);
    int (*run)(void *context, const struct serve_generation *generation);
};

/* How a step of a helper went. */
struct serve_step {
    struct stats more; /* added to the counters */
    int64_t oldest_s;  /* where it ended a walk over all owners: the age of their oldest diff … */
    int64_t overdue_s; /* … and what of one's age was too much */
    bool elected;      /* it keeps house, and does not only wait for it */
    uint64_t waiting;  /* owners of whom the webhook is still to be told */
    int64_t pause_us;  /* until the next step */
};

/* What the pool does in a process beside the workers: one of a kind per pool, of the current
 * generation. It is replaced when it ends, by that of the next generation too, and does whatever it
 * does in steps, between which it may be told to leave. */
struct serve_helper_hooks {
    /* In the master: does the generation have one? NULL: each has. */
    bool (*is_wanted)(void *context, const struct serve_generation *generation);
    /* In the new process: connects nothing yet. NULL, with the reason logged: this config cannot
     * work. */
    void *(*start)(void *context, const struct serve_generation *generation);
    void (*step)(void *context, void *helper, struct serve_step *step_out);
    void (*stop)(void *context, void *helper);
};

struct serve_hooks {
    void *context;
    const char *version; /* of the program */
    /* Reads the config again and checks it without the database. False, with the faults logged, if
     * it cannot be used. */
    bool (*load)(void *context, struct serve_generation *generation_out);
    /* Called once nobody needs the generation any more. */
    void (*unload)(void *context, struct serve_generation *generation);
    /* In a child of the master, before a generation is put to work: the checks that need the
     * database. Returns the child's exit status: 0 go on, 1 faults were logged. at_start tells a
     * first start, where a database that is away is no fault, from a reload. */
    int (*check)(void *context, const struct serve_generation *generation, bool at_start);
    /* In a new worker: connects nothing yet, returns the handler for its lifetime, in which it may
     * read the scoreboard, and enter on its own slot whose request is in flight; serve ends that.
     * NULL, with the reason logged: this config cannot work (SERVE_EXIT_CONFIG_CANNOT). */
    struct http_handler *(*worker_start)(void *context, const struct serve_generation *generation,
                                         const struct scoreboard *scoreboard,
                                         struct scoreboard_slot *slot);
    void (*worker_stop)(void *context, struct http_handler *handler);
    /* For `mobync status`: the database host that the workers of the generation use, or an empty
     * text. NULL: nobody knows. */
    void (*database)(void *context, const struct serve_generation *generation, char *name_out,
                     size_t size);
    const struct serve_fetch_hooks *fetch;         /* NULL: nothing is ever fetched */
    const struct serve_helper_hooks *housekeeping; /* NULL: nobody keeps house */
    const struct serve_helper_hooks *notifying;    /* NULL: nobody calls a webhook */
};

int serve_run(const struct serve_hooks *hooks);

#endif
