/* The tables behind stats.h, and the sums that every request adds to. Workers count into a struct
 * of their own, by stats_add_request() and member by member, which the scoreboard then adds up. */
#include "stats.h"

_Static_assert(sizeof(struct stats) % sizeof(uint64_t) == 0, "an array of numbers");

#define ROUTE_PATH(name, path, methods, handler) [STATS_##name] = (path),
/* clang-format off */
static const char *const ROUTES[STATS_ROUTES] = {
    ROUTES_EACH(ROUTE_PATH)
    [STATS_ELSEWHERE] = "other",
};
/* clang-format on */

static const struct {
    int code;
    const char *name;
    const char *phrase;
} STATUSES[STATS_STATUSES] = {
    [STATS_200] = {200, "200", "OK"},
    [STATS_204] = {204, "204", "No Content"},
    [STATS_400] = {400, "400", "Bad Request"},
    [STATS_401] = {401, "401", "Unauthorized"},
    [STATS_403] = {403, "403", "Forbidden"},
    [STATS_404] = {404, "404", "Not Found"},
    [STATS_405] = {405, "405", "Method Not Allowed"},
    [STATS_409] = {409, "409", "Conflict"},
    [STATS_410] = {410, "410", "Gone"},
    [STATS_413] = {413, "413", "Content Too Large"},
    [STATS_415] = {415, "415", "Unsupported Media Type"},
    [STATS_429] = {429, "429", "Too Many Requests"},
    [STATS_500] = {500, "500", "Internal Server Error"},
    [STATS_503] = {503, "503", "Service Unavailable"},
    [STATS_OTHER_STATUS] = {0, "other", "Unknown"},
};

static const char *const STAGES[STATS_STAGES] = {
    [STATS_VACANT] = "vacant",     [STATS_IDLE] = "idle",         [STATS_READING] = "reading",
    [STATS_HANDLING] = "handling", [STATS_REPLYING] = "replying", [STATS_LEAVING] = "leaving",
};

static const char *const RESTARTS[STATS_RESTARTS] = {
    [STATS_RELOAD] = "reload",   [STATS_MAX_REQUESTS] = "max_requests", [STATS_FAILED] = "failed",
    [STATS_CRASHED] = "crashed", [STATS_TIMEOUT] = "timeout",
};

static const char *const SYNC_KINDS[STATS_SYNC_KINDS] = {
    [STATS_PULL] = "pull",
    [STATS_PUSH] = "push",
    [STATS_RESEND] = "resend",
};

static const char *const WINNERS[STATS_WINNERS] = {
    [STATS_CLIENT] = "client",
    [STATS_SERVER] = "server",
};

static const char *const FLUSHES[STATS_FLUSHES] = {
    [STATS_FLUSH_PROCEDURE] = "procedure",
    [STATS_FLUSH_UPDATE] = "update",
};

static const char *const RETURNS[STATS_RETURNS] = {
    [STATS_RETURN_TOLD] = "told",
    [STATS_RETURN_RESET] = "reset",
    [STATS_RETURN_REFUSED] = "refused",
};

/* A pull takes about half a millisecond, a push two. */
static const int64_t BOUNDS_US[STATS_BUCKETS] = {
    500,    1000,   2000,    5000,    10000,   20000,    50000,    100000,
    200000, 500000, 1000000, 2000000, 5000000, 10000000, 30000000, INT64_MAX,
};

#define MINUTE ((int64_t)60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* What one would set history.keep and history.deletes to. The names are what Prometheus compares
 * with `le`. */
static const struct {
    int64_t s;
    const char *name;
} LAGS[STATS_BUCKETS] = {
    {MINUTE, "60"},          {HOUR, "3600"},          {6 * HOUR, "21600"},
    {DAY, "86400"},          {2 * DAY, "172800"},     {3 * DAY, "259200"},
    {7 * DAY, "604800"},     {14 * DAY, "1209600"},   {30 * DAY, "2592000"},
    {60 * DAY, "5184000"},   {90 * DAY, "7776000"},   {180 * DAY, "15552000"},
    {365 * DAY, "31536000"}, {730 * DAY, "63072000"}, {1095 * DAY, "94608000"},
    {INT64_MAX, "+Inf"},
};

const char *stats_route_name(size_t route)
{
    return ROUTES[route];
}

const char *stats_status_name(size_t status)
{
    return STATUSES[status].name;
}

static enum stats_status status_of(int code)
{
    size_t status = 0;

    while (status < STATS_OTHER_STATUS && STATUSES[status].code != code)
        status++;
    return (enum stats_status)status;
}

const char *stats_status_phrase(int code)
{
    return STATUSES[status_of(code)].phrase;
}

const char *stats_stage_name(size_t stage)
{
    return stage < STATS_STAGES ? STAGES[stage] : "unknown";
}

const char *stats_restart_name(size_t restart)
{
    return RESTARTS[restart];
}

const char *stats_sync_kind_name(size_t kind)
{
    return SYNC_KINDS[kind];
}

const char *stats_winner_name(size_t winner)
{
    return WINNERS[winner];
}

const char *stats_flush_name(size_t flush)
{
    return FLUSHES[flush];
}

const char *stats_return_name(size_t place)
{
    return RETURNS[place];
}

int64_t stats_bucket_us(size_t bucket)
{
    return BOUNDS_US[bucket];
}

void stats_observe(struct stats_histogram *histogram, int64_t us)
{
    size_t bucket = 0;

    while (us > BOUNDS_US[bucket])
        bucket++;
    histogram->buckets[bucket]++;
    histogram->sum_us += (uint64_t)us;
}

int64_t stats_lag_bucket_s(size_t bucket)
{
    return LAGS[bucket].s;
}

const char *stats_lag_name(size_t place)
{
    return LAGS[place].name;
}

void stats_observe_lag(struct stats *stats, int64_t lag_s, int64_t now_s)
{
    size_t bucket = 0;

    while (lag_s > LAGS[bucket].s)
        stats->lag_time_s[bucket++] = (uint64_t)now_s;
    stats->lag.buckets[bucket]++;
    stats->lag.sum_s += (uint64_t)lag_s;
}

uint64_t stats_combine(size_t place, uint64_t number, uint64_t more)
{
    const bool is_latest =
        place >= STATS_PLACE(lag_time_s) && place < STATS_PLACE(lag_time_s) + STATS_LAGS;

    if (!is_latest)
        return number + more;
    return number > more ? number : more;
}

void stats_add_request(struct stats *stats, const struct stats_request *request)
{
    stats->requests[request->route][status_of(request->status)]++;
    stats->unsent += !request->sent;
    stats->bytes_in += request->bytes_in;
    stats->bytes_out += request->bytes_out;
    stats_observe(&stats->request_time[request->route], request->duration_us);
}

uint64_t stats_requests(const struct stats *stats)
{
    uint64_t requests = 0;

    for (size_t route = 0; route < STATS_ROUTES; route++)
        for (size_t status = 0; status < STATS_STATUSES; status++)
            requests += stats->requests[route][status];
    return requests;
}
