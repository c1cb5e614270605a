#include "stats.h"

_Static_assert(sizeof(struct stats) % sizeof(uint64_t) == 0, "an array of numbers");

static const char *const ROUTES[STATS_ROUTES] = {
    [STATS_SYNC] = "/sync",
    [STATS_HEALTHZ] = "/healthz",
    [STATS_METRICS] = "/metrics",
    [STATS_ELSEWHERE] = "other",
};

static const struct {
    int status;
    const char *name;
} STATUSES[STATS_STATUSES] = {
    {200, "200"}, {400, "400"}, {401, "401"}, {403, "403"}, {404, "404"},
    {405, "405"}, {409, "409"}, {413, "413"}, {415, "415"}, {429, "429"},
    {500, "500"}, {503, "503"}, {0, "other"},
};

static const char *const STAGES[STATS_STAGES] = {
    [STATS_VACANT] = "vacant",     [STATS_IDLE] = "idle",         [STATS_READING] = "reading",
    [STATS_HANDLING] = "handling", [STATS_REPLYING] = "replying", [STATS_LEAVING] = "leaving",
};

static const char *const RESTARTS[STATS_RESTARTS] = {
    [STATS_RELOAD] = "reload",   [STATS_MAX_REQUESTS] = "max_requests", [STATS_FAILED] = "failed",
    [STATS_CRASHED] = "crashed", [STATS_TIMEOUT] = "timeout",
};

static const char *const SYNCS[HTTP_SYNCS] = {
    [HTTP_NO_SYNC] = "none",
    [HTTP_PULL] = "pull",
    [HTTP_PUSH] = "push",
    [HTTP_RESEND] = "resend",
};

static const char *const SIDES[SYNC_SIDES] = {
    [SYNC_CLIENT] = "client",
    [SYNC_SERVER] = "server",
};

/* A pull takes about half a millisecond, a push two. */
static const int64_t BOUNDS_US[STATS_BUCKETS] = {
    500,    1000,   2000,    5000,    10000,   20000,    50000,    100000,
    200000, 500000, 1000000, 2000000, 5000000, 10000000, 30000000, INT64_MAX,
};

const char *stats_route_name(size_t route)
{
    return ROUTES[route];
}

const char *stats_status_name(size_t status)
{
    return STATUSES[status].name;
}

const char *stats_stage_name(size_t stage)
{
    return stage < STATS_STAGES ? STAGES[stage] : "unknown";
}

const char *stats_restart_name(size_t restart)
{
    return RESTARTS[restart];
}

const char *stats_sync_name(size_t sync)
{
    return SYNCS[sync];
}

const char *stats_side_name(size_t side)
{
    return SIDES[side];
}

int64_t stats_bucket_us(size_t bucket)
{
    return BOUNDS_US[bucket];
}

static size_t place_of_route(struct text route)
{
    size_t place = 0;

    while (place < STATS_ELSEWHERE && !text_is(route, ROUTES[place]))
        place++;
    return place;
}

static size_t place_of_status(int status)
{
    size_t place = 0;

    while (place < STATS_STATUSES - 1 && STATUSES[place].status != status)
        place++;
    return place;
}

static void observe(struct stats_histogram *histogram, int64_t us)
{
    size_t bucket = 0;

    while (us > BOUNDS_US[bucket])
        bucket++;
    histogram->buckets[bucket]++;
    histogram->sum_us += (uint64_t)us;
}

static void add_code(const char *code, struct stats *into)
{
    enum fail_code number;

    if (code != NULL && fail_code_parse(text_of(code), &number))
        into->errors[number]++;
}

static void add_sync(const struct http_facts *facts, struct stats *into)
{
    into->syncs[facts->sync]++;
    for (size_t type = 0; type < DIFF_TYPES; type++) {
        into->diffs_in[type] += facts->types_in[type];
        into->diffs_out[type] += facts->types_out[type];
    }
    into->known += facts->stats.known;
    for (size_t side = 0; side < SYNC_SIDES; side++)
        into->contested[side] += facts->stats.contested[side];
    for (size_t code = 0; code < FAIL_CODES; code++)
        into->rejected[code] += facts->rejected[code];
    for (size_t cause = 0; cause < FAIL_CAUSES; cause++)
        into->retries[cause] += facts->stats.retries[cause];
    if (facts->database_us > 0)
        observe(&into->transaction_time, facts->database_us);
}

void stats_exchange(const struct stats_exchange *exchange, struct stats *into)
{
    const struct http_facts *facts = exchange->facts;
    const size_t route = place_of_route(text_of(facts->route));

    into->requests[route][place_of_status(exchange->status)]++;
    into->unsent += !exchange->sent;
    into->bytes_in += exchange->bytes_in;
    into->bytes_out += exchange->bytes_out;
    observe(&into->request_time[route], exchange->duration_us);
    into->connects += facts->connects;
    into->connects_failed += facts->connects_failed;
    add_code(facts->code, into);
    add_sync(facts, into);
}

uint64_t stats_requests(const struct stats *stats)
{
    uint64_t requests = 0;

    for (size_t route = 0; route < STATS_ROUTES; route++)
        for (size_t status = 0; status < STATS_STATUSES; status++)
            requests += stats->requests[route][status];
    return requests;
}
