/* stats.h: what the pool counts, as one struct of numbers.
 * Holds:   every member is made of uint64_t alone, so that a stats is an array of STATS_NUMBERS,
 * too: as such the board keeps it for each process, adds to it and sums it up. A new number is a
 *          member here and a row in metrics.c.
 * Units:   _us microseconds, _s seconds since 1970 UTC, bytes of bodies.
 * Owns:    nothing. */
#ifndef MOBYNC_STATS_H
#define MOBYNC_STATS_H

#include "http.h"

#define STATS_STATUSES 13u /* the last one: any other */
#define STATS_BUCKETS  16u /* the last one: longer than all bounds */

enum stats_route {
    STATS_SYNC,
    STATS_HEALTHZ,
    STATS_METRICS,
    STATS_ELSEWHERE, /* no such path, or refused before it was looked at */
    STATS_ROUTES,
};

/* What a worker is doing; scoreboard.h has the meanings. */
enum stats_stage {
    STATS_VACANT,
    STATS_IDLE,
    STATS_READING,
    STATS_HANDLING,
    STATS_REPLYING,
    STATS_LEAVING,
    STATS_STAGES,
};

/* Why another worker takes a seat. */
enum stats_restart {
    STATS_RELOAD,       /* its config was replaced */
    STATS_MAX_REQUESTS, /* it has answered as many as it may */
    STATS_FAILED,       /* it gave up: an internal error, or it could not be set up */
    STATS_CRASHED,      /* ended by a signal, not by ours */
    STATS_TIMEOUT,      /* in one stage for too long */
    STATS_RESTARTS,
};

struct stats_histogram {
    uint64_t buckets[STATS_BUCKETS]; /* each for itself, not those below it too */
    uint64_t sum_us;
};

struct stats {
    /* by workers */
    uint64_t requests[STATS_ROUTES][STATS_STATUSES];
    uint64_t errors[FAIL_CODES];
    uint64_t unsent; /* answers that the web server did not take */
    uint64_t bytes_in;
    uint64_t bytes_out;
    struct stats_histogram request_time[STATS_ROUTES];
    struct stats_histogram transaction_time;
    uint64_t syncs[HTTP_SYNCS];
    uint64_t diffs_in[DIFF_TYPES];
    uint64_t diffs_out[DIFF_TYPES];
    uint64_t known;
    uint64_t contested[SYNC_SIDES];
    uint64_t rejected[FAIL_CODES];
    uint64_t retries[FAIL_CAUSES];
    uint64_t connects;
    uint64_t connects_failed;
    /* by the master */
    uint64_t restarts[STATS_RESTARTS];
    uint64_t reloads;
    uint64_t reloads_failed;
    uint64_t reload_successful; /* the last one was: 1, else 0 */
    uint64_t generation;
    uint64_t workers_wanted;
    uint64_t start_time_s;
    /* by whoever sums up */
    uint64_t workers[STATS_STAGES];
};

#define STATS_NUMBERS (sizeof(struct stats) / sizeof(uint64_t))
/* The place of a member among the numbers. */
#define STATS_PLACE(member) (offsetof(struct stats, member) / sizeof(uint64_t))

/* What one exchange adds. */
struct stats_exchange {
    const struct http_facts *facts;
    int status;
    bool sent;
    uint64_t bytes_in;
    uint64_t bytes_out;
    int64_t duration_us;
};

void stats_exchange(const struct stats_exchange *exchange, struct stats *into);

uint64_t stats_requests(const struct stats *stats);

/* "/sync" and the like. */
const char *stats_route_name(size_t route);
/* "200" and the like, "other". */
const char *stats_status_name(size_t status);
const char *stats_stage_name(size_t stage);
const char *stats_restart_name(size_t restart);
const char *stats_sync_name(size_t sync);
const char *stats_side_name(size_t side);

/* The greatest time that falls into the bucket, INT64_MAX for the last one. */
int64_t stats_bucket_us(size_t bucket);

#endif
