/* tally.h: what the pool counts, as one struct of numbers.
 * Holds:   every member is made of uint64_t alone, so that a tally is an array of TALLY_NUMBERS,
 * too: as such the board keeps it for each process, adds to it and sums it up. A new number is a
 *          member here and a row in metrics.c.
 * Units:   _us microseconds, _s seconds since 1970 UTC, bytes of bodies.
 * Owns:    nothing. */
#ifndef MOBYNC_TALLY_H
#define MOBYNC_TALLY_H

#include "http.h"

#define TALLY_STATUSES 13u /* the last one: any other */
#define TALLY_BUCKETS  16u /* the last one: longer than all bounds */

enum tally_route {
    TALLY_SYNC,
    TALLY_HEALTHZ,
    TALLY_METRICS,
    TALLY_ELSEWHERE, /* no such path, or refused before it was looked at */
    TALLY_ROUTES,
};

/* What a worker is doing; board.h has the meanings. */
enum tally_stage {
    TALLY_VACANT,
    TALLY_IDLE,
    TALLY_READING,
    TALLY_HANDLING,
    TALLY_REPLYING,
    TALLY_LEAVING,
    TALLY_STAGES,
};

/* Why another worker takes a seat. */
enum tally_restart {
    TALLY_RELOAD,       /* its config was replaced */
    TALLY_MAX_REQUESTS, /* it has answered as many as it may */
    TALLY_FAILED,       /* it gave up: an internal error, or it could not be set up */
    TALLY_CRASHED,      /* ended by a signal, not by ours */
    TALLY_TIMEOUT,      /* in one stage for too long */
    TALLY_RESTARTS,
};

struct tally_histogram {
    uint64_t buckets[TALLY_BUCKETS]; /* each for itself, not those below it too */
    uint64_t sum_us;
};

struct tally {
    /* by workers */
    uint64_t requests[TALLY_ROUTES][TALLY_STATUSES];
    uint64_t errors[FAIL_CODES];
    uint64_t unsent; /* answers that the web server did not take */
    uint64_t bytes_in;
    uint64_t bytes_out;
    struct tally_histogram request_time[TALLY_ROUTES];
    struct tally_histogram transaction_time;
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
    uint64_t restarts[TALLY_RESTARTS];
    uint64_t reloads;
    uint64_t reloads_failed;
    uint64_t reload_successful; /* the last one was: 1, else 0 */
    uint64_t generation;
    uint64_t workers_wanted;
    uint64_t start_time_s;
    /* by whoever sums up */
    uint64_t workers[TALLY_STAGES];
};

#define TALLY_NUMBERS (sizeof(struct tally) / sizeof(uint64_t))
/* The place of a member among the numbers. */
#define TALLY_PLACE(member) (offsetof(struct tally, member) / sizeof(uint64_t))

/* What one exchange adds. */
struct tally_exchange {
    const struct http_facts *facts;
    int status;
    bool sent;
    uint64_t bytes_in;
    uint64_t bytes_out;
    int64_t duration_us;
};

void tally_exchange(const struct tally_exchange *exchange, struct tally *into);

uint64_t tally_requests(const struct tally *tally);

/* "/sync" and the like. */
const char *tally_route_name(size_t route);
/* "200" and the like, "other". */
const char *tally_status_name(size_t status);
const char *tally_stage_name(size_t stage);
const char *tally_restart_name(size_t restart);
const char *tally_sync_name(size_t sync);
const char *tally_side_name(size_t side);

/* The greatest time that falls into the bucket, INT64_MAX for the last one. */
int64_t tally_bucket_us(size_t bucket);

#endif
