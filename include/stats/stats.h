/* stats.h: what the pool counts, as one struct of numbers, and the names of what it counts by.
 * Pure:    no I/O, no clock; the functions change the struct given alone.
 * Fails:   never.
 * Holds:   every member is made of uint64_t alone, so that a stats is an array of STATS_NUMBERS,
 *          too: as such the scoreboard keeps it for each process, adds to it and sums it up, by
 *          stats_combine(). A new number is a member here, a row in metrics.c and a line where it
 *          is counted.
 * Units:   _us microseconds, _s seconds since 1970 UTC, bytes of bodies.
 * Owns:    nothing. */
#ifndef MOBYNC_STATS_H
#define MOBYNC_STATS_H

#include "fail.h"
#include "model.h"
#include "routes.h"

#define STATS_BUCKETS 16u                  /* the last one: longer than all bounds */
#define STATS_LAGS    (STATS_BUCKETS - 1u) /* bounds */

/* STATS_SYNC and so on. */
#define STATS_ROUTE(name, path, methods, handler) STATS_##name,
enum stats_route {
    ROUTES_EACH(STATS_ROUTE) STATS_ELSEWHERE, /* no such path, or refused before it was looked at */
    STATS_ROUTES,
};

/* HTTP statuses of responses; their codes and phrases stand in stats.c. */
enum stats_status {
    STATS_200,
    STATS_204,
    STATS_400,
    STATS_401,
    STATS_403,
    STATS_404,
    STATS_405,
    STATS_409,
    STATS_410,
    STATS_413,
    STATS_415,
    STATS_429,
    STATS_500,
    STATS_503,
    STATS_OTHER_STATUS,
    STATS_STATUSES,
};

/* What a worker is doing. */
enum stats_stage {
    STATS_VACANT, /* no process */
    STATS_IDLE,
    STATS_READING,
    STATS_HANDLING,
    STATS_REPLYING,
    STATS_LEAVING,
    STATS_STAGES,
};

/* Why another worker takes a slot. */
enum stats_restart {
    STATS_RELOAD,       /* its config was replaced */
    STATS_MAX_REQUESTS, /* it has answered as many as it may */
    STATS_FAILED,       /* it gave up: an internal error, or it could not be set up */
    STATS_CRASHED,      /* ended by a signal, not by ours */
    STATS_TIMEOUT,      /* in one stage for too long */
    STATS_RESTARTS,
};

/* What a sync that succeeded turned out to be. */
enum stats_sync_kind {
    STATS_PULL,   /* no diffs */
    STATS_PUSH,   /* at least one that is new */
    STATS_RESEND, /* all of them were known */
    STATS_SYNC_KINDS,
};

/* Who wins a field that both sides have set. */
enum stats_winner { STATS_CLIENT, STATS_SERVER, STATS_WINNERS };

/* How a response waited for others' commits to be on disk. */
enum stats_flush { STATS_FLUSH_PROCEDURE, STATS_FLUSH_UPDATE, STATS_FLUSHES };

/* A device whose clock lies below its owner's horizon, and what it gets. */
enum stats_return {
    STATS_RETURN_TOLD,    /* what changed since, from summaries */
    STATS_RETURN_RESET,   /* from scratch: tombstones of its time are gone */
    STATS_RETURN_REFUSED, /* INVALID_CLOCK instead: it did not say that it can start from scratch */
    STATS_RETURNS,
};

struct stats_histogram {
    uint64_t buckets[STATS_BUCKETS]; /* each for itself, not those below it too */
    uint64_t sum_us;
};

/* How far behind devices are that sync: for how long the oldest change has been stored that such a
 * device has not seen. */
struct stats_lag {
    uint64_t buckets[STATS_BUCKETS]; /* as above, by other bounds */
    uint64_t sum_s;
};

struct stats {
    /* by workers */
    uint64_t requests[STATS_ROUTES][STATS_STATUSES];
    uint64_t errors[FAIL_CODES];
    uint64_t unsent; /* responses that the web server did not take */
    uint64_t bytes_in;
    uint64_t bytes_out;
    struct stats_histogram request_time[STATS_ROUTES];
    struct stats_histogram transaction_time;
    uint64_t syncs[STATS_SYNC_KINDS];
    uint64_t versions[VERSIONS_SPAN]; /* syncs by the app's version, modulo their number */
    uint64_t diffs_in[DIFF_TYPES];
    uint64_t diffs_out[DIFF_TYPES];
    uint64_t known; /* diffs whose ids were sent before */
    uint64_t contested[STATS_WINNERS];
    uint64_t rejected[FAIL_CODES]; /* diffs refused alone, once each */
    uint64_t retries[FAIL_CAUSES];
    uint64_t clocks_ahead; /* of devices, by no fork that the server knows */
    uint64_t pokes;        /* clocks announced to listening devices */
    uint64_t pokes_failed;
    uint64_t webhook_lost; /* changes that the webhook was not told; by the notifier, too */
    uint64_t drained;      /* diffs made of what other SQL wrote */
    uint64_t reconciled;   /* owners whose tables and history were compared */
    uint64_t first_syncs;  /* answered from the tables */
    uint64_t returns[STATS_RETURNS];
    struct stats_lag lag;
    uint64_t lag_time_s[STATS_LAGS]; /* when a device last was further behind; 0: none was */
    uint64_t connects;
    uint64_t connects_failed;
    uint64_t flushes[STATS_FLUSHES];
    /* by the housekeeper */
    uint64_t housekeeping_rounds; /* of any job */
    uint64_t housekeeping_failures;
    uint64_t housekeeping_owners;       /* whose outbox it drained */
    uint64_t compacted_diffs;           /* folded into summaries */
    uint64_t compacted_ids;             /* known ones that were forgotten */
    uint64_t compacted_tombstones;      /* that were forgotten */
    uint64_t compaction_walks;          /* over all owners */
    uint64_t compaction_walk_time_s;    /* when the last one ended; 0: none has */
    uint64_t compaction_lag_s;          /* how long diffs were overdue that it folded, at most */
    uint64_t oldest_diff_time_s;        /* stored then, of those it met; 0: it met none */
    uint64_t housekeeping_elected;      /* 1, else 0 */
    uint64_t housekeeping_round_time_s; /* when the last one ended; 0: none has */
    /* by the notifier */
    uint64_t webhook_calls; /* answered with success */
    uint64_t webhook_failures;
    uint64_t webhook_waiting; /* owners of whom it is to be told */
    /* by the master */
    uint64_t restarts[STATS_RESTARTS];
    uint64_t housekeeper_restarts;
    uint64_t notifier_restarts;
    uint64_t reloads;
    uint64_t reloads_failed;
    uint64_t reload_successful; /* the last one was: 1, else 0 */
    uint64_t generation;
    uint64_t workers_wanted;
    uint64_t start_time_s;
    uint64_t key_fetches; /* of an issuer's key set, that succeeded */
    uint64_t key_fetches_failed;
    uint64_t key_fetch_time_s; /* of the last one that succeeded; 0: none */
    /* by whoever sums up */
    uint64_t workers[STATS_STAGES];
    uint64_t outbox_entries; /* STATS_UNKNOWN: the database does not say */
    uint64_t outbox_age_s;   /* of the oldest entry; 0: there is none */
    uint64_t history_diffs;  /* STATS_UNKNOWN as above */
    uint64_t history_summaries;
    uint64_t history_bytes;
    uint64_t history_keep_s; /* STATS_FOREVER */
    uint64_t history_deletes_s;
};

/* In the place of a number that says how things are now. */
#define STATS_UNKNOWN UINT64_MAX
/* … of a time that does not end. */
#define STATS_FOREVER (UINT64_MAX - 1)

#define STATS_NUMBERS (sizeof(struct stats) / sizeof(uint64_t))
/* The place of a member among the numbers. */
#define STATS_PLACE(member) (offsetof(struct stats, member) / sizeof(uint64_t))

/* What every request adds, whatever came of it. */
struct stats_request {
    enum stats_route route;
    int status;
    bool sent;
    uint64_t bytes_in;
    uint64_t bytes_out;
    int64_t duration_us;
};

void stats_add_request(struct stats *stats, const struct stats_request *request);
void stats_observe(struct stats_histogram *histogram, int64_t us);
/* A sync of a device that is so far behind; 0: it has seen all. */
void stats_observe_lag(struct stats *stats, int64_t lag_s, int64_t now_s);

/* What becomes of a number where another process, or what came later, has `more`. */
uint64_t stats_combine(size_t place, uint64_t number, uint64_t more);

uint64_t stats_requests(const struct stats *stats);

/* "/sync" and the like, "other". */
const char *stats_route_name(size_t route);

/* "200" and the like, "other". */
const char *stats_status_name(size_t status);
/* The reason phrase of an HTTP status, such as "OK". */
const char *stats_status_phrase(int code);
/* "unknown" if there is no such stage. */
const char *stats_stage_name(size_t stage);
const char *stats_restart_name(size_t restart);
const char *stats_sync_kind_name(size_t kind);
const char *stats_winner_name(size_t winner);
const char *stats_flush_name(size_t flush);
const char *stats_return_name(size_t place);

/* The greatest time that falls into the bucket, INT64_MAX for the last one. */
int64_t stats_bucket_us(size_t bucket);
/* The same of lags. */
int64_t stats_lag_bucket_s(size_t bucket);
/* The bound of lag_time_s, in seconds. */
const char *stats_lag_name(size_t place);

#endif
