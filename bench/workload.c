/* Reads the options of a run, and makes the requests that they ask for. */
#include "workload.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cpu.h"
#include "histogram.h"
#include "id.h"

#define SECONDS_MAX     3600u
#define CONNECTIONS_MAX 1024u
#define FIRST_OBJECTS   10000u
#define LARGE_OBJECTS   200000u

static const struct workload_mode MODES[] = {
    {.name = "pull0"},
    {.name = "pull10", .pull_diffs = 10},
    {.name = "push1", .push_every = 1, .push_diffs = 1},
    {.name = "push10", .push_every = 1, .push_diffs = 10},
    {.name = "push1000", .push_every = 1, .push_diffs = WORKLOAD_PUSH_MAX},
    {.name = "mix", .push_every = 10, .push_diffs = 1},
    {.name = "first", .pull_diffs = FIRST_OBJECTS, .one_owner = true},
    {.name = "first200k", .pull_diffs = LARGE_OBJECTS, .one_owner = true},
};

const char WORKLOAD_USAGE[] =
    "  --mode pull0|pull10|push1|push10|push1000|mix|first|first200k\n"
    "                        (mix: nine pulls, one push of 1)\n"
    "  --connections N --warmup S --seconds S\n"
    "  --devices N           connections that share an owner, 1 to 8\n"
    "  --pool PREFIX:N:C     owners PREFIX0 to PREFIX(N-1) are there, each with clock C and one\n"
    "                        diff a clock; else new ones are made\n"
    "  --cpu NAME=PID        counts the processor time of PID and what it started (up to 5 "
    "times)\n";

const char WORKLOAD_CREATED_TIME[] = "2020-10-31T04:15:23.778";
const char WORKLOAD_TAGS[] = "[\"home\",\"shop\"]";

void workload_die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

uint64_t workload_number(const char *name, const char *value, uint64_t least, uint64_t most)
{
    uint64_t number;

    if (!text_to_uint(text_of(value), most, &number) || number < least)
        workload_die("--%s: %s is no number from %" PRIu64 " to %" PRIu64, name, value, least,
                     most);
    return number;
}

static void set_mode(struct workload *workload, const char *value)
{
    for (size_t i = 0; i < ARRAY_LEN(MODES); i++)
        if (strcmp(MODES[i].name, value) == 0)
            workload->mode = &MODES[i];
    if (workload->mode == NULL)
        workload_die("--mode: there is no %s", value);
}

static void set_connections(struct workload *workload, const char *value)
{
    workload->connections = (unsigned)workload_number("connections", value, 1, CONNECTIONS_MAX);
}

static void set_devices(struct workload *workload, const char *value)
{
    workload->devices = (unsigned)workload_number("devices", value, 1, WORKLOAD_DEVICES_MAX);
}

/* Seconds, with a fraction if need be. */
static int64_t seconds_us(const char *value)
{
    char *end;
    double seconds = strtod(value, &end);

    if (end == value || *end != '\0' || !(seconds >= 0 && seconds <= SECONDS_MAX))
        workload_die("%s is no number of seconds", value);
    return (int64_t)(seconds * 1e6);
}

static void set_warmup(struct workload *workload, const char *value)
{
    workload->warmup_us = seconds_us(value);
}

static void set_seconds(struct workload *workload, const char *value)
{
    workload->run_us = seconds_us(value);
}

static void set_pool(struct workload *workload, const char *value)
{
    char *parts = strdup(value); /* lives as long as the program */
    char *owners = parts != NULL ? strchr(parts, ':') : NULL;
    char *clock = owners != NULL ? strchr(owners + 1, ':') : NULL;

    if (clock == NULL)
        workload_die("--pool: %s is not PREFIX:OWNERS:CLOCK", value);
    *owners++ = '\0';
    *clock++ = '\0';
    workload->owner_prefix = parts;
    workload->pool_owners = (size_t)workload_number("pool", owners, 1, 100000000);
    workload->pool_clock = (int64_t)workload_number("pool", clock, 0, 1000000000000);
}

static void set_cpu(struct workload *workload, const char *value)
{
    char *name = strdup(value);
    char *pid = name != NULL ? strchr(name, '=') : NULL;

    /* One place is kept for the program itself. */
    if (pid == NULL || workload->group_count + 1 >= WORKLOAD_CPU_GROUPS)
        workload_die("--cpu: %s is not NAME=PID, or one too many", value);
    *pid++ = '\0';
    workload->groups[workload->group_count++] = (struct workload_group){
        .name = name,
        .root = (pid_t)workload_number("cpu", pid, 1, INT32_MAX),
    };
}

static const struct {
    const char *name;
    void (*set)(struct workload *workload, const char *value);
} OPTIONS[] = {
    {"mode", set_mode},     {"connections", set_connections}, {"devices", set_devices},
    {"warmup", set_warmup}, {"seconds", set_seconds},         {"pool", set_pool},
    {"cpu", set_cpu},
};

bool workload_option(struct workload *workload, const char *name, const char *value)
{
    for (size_t i = 0; i < ARRAY_LEN(OPTIONS); i++) {
        if (strcmp(OPTIONS[i].name, name) != 0)
            continue;
        OPTIONS[i].set(workload, value);
        return true;
    }
    return false;
}

static const char *new_prefix(void)
{
    static char prefix[32];
    uint32_t random;

    id_random_bytes(&random, sizeof(random));
    snprintf(prefix, sizeof(prefix), "bench-%08" PRIx32 "-", random);
    return prefix;
}

void workload_settle(struct workload *workload)
{
    if (workload->mode == NULL)
        workload_die("--mode is missing");
    if (workload->connections == 0)
        workload->connections = 1;
    if (workload->devices == 0)
        workload->devices = 1;
    if (workload->run_us == 0)
        workload->run_us = 1000000;
    if (workload->owner_prefix == NULL)
        workload->owner_prefix = new_prefix();
    if (workload->pool_owners > 0 && workload->pool_owners < workload_owner_count(workload))
        workload_die("%u connections need more than %zu owners", workload->connections,
                     workload->pool_owners);
    if (workload->pool_owners > 0 && workload->pool_clock < workload->mode->pull_diffs)
        workload_die("--pool: the owners have too few diffs for %s", workload->mode->name);
    workload->groups[workload->group_count++] =
        (struct workload_group){.name = "client", .root = getpid()};
}

size_t workload_owner_count(const struct workload *workload)
{
    size_t needed = (workload->connections + workload->devices - 1) / workload->devices;

    if (workload->mode->one_owner && workload->pool_owners == 0)
        return 1;
    return workload->pool_owners > needed ? workload->pool_owners : needed;
}

size_t workload_owner(const struct workload *workload, unsigned connection, uint64_t *random)
{
    if (workload->mode->one_owner)
        return 0;
    if (workload->pool_owners == 0 || workload->devices > 1)
        return connection / workload->devices;
    return connection + workload_random(random) %
                            ((workload->pool_owners - 1 - connection) / workload->connections + 1) *
                            workload->connections;
}

unsigned workload_device(const struct workload *workload, unsigned connection)
{
    return connection % workload->devices;
}

bool workload_prepares(const struct workload *workload, unsigned connection)
{
    if (workload->pool_owners > 0)
        return false;
    return workload->mode->one_owner ? connection == 0 : connection % workload->devices == 0;
}

void workload_owner_name(const struct workload *workload, size_t owner, char *name_out,
                         size_t size_bytes)
{
    snprintf(name_out, size_bytes, "%s%zu", workload->owner_prefix, owner);
}

bool workload_is_push(const struct workload *workload, uint64_t request)
{
    unsigned every = workload->mode->push_every;

    return every > 0 && request % every == every - 1;
}

int64_t workload_pull_clock(const struct workload *workload)
{
    if (workload->mode->pull_diffs == 0)
        return -1;
    if (workload->pool_owners > 0)
        return workload->pool_clock - workload->mode->pull_diffs;
    /* A device that has seen the first push; a new one has seen nothing. */
    return workload->mode->one_owner ? 0 : 1;
}

unsigned workload_preparation(const struct workload *workload, unsigned push)
{
    const struct workload_mode *mode = workload->mode;
    unsigned pushed;

    if (!mode->one_owner && push == 0)
        return 1;
    pushed = (mode->one_owner ? push : push - 1) * WORKLOAD_PUSH_MAX;
    if (pushed >= mode->pull_diffs)
        return 0;
    return mode->pull_diffs - pushed < WORKLOAD_PUSH_MAX ? mode->pull_diffs - pushed
                                                         : WORKLOAD_PUSH_MAX;
}

/* splitmix64: 2^64 steps without a repetition. */
uint64_t workload_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void make_uuid(uint64_t *random, char uuid_out[WORKLOAD_UUID_BYTES])
{
    static const char DIGITS[] = "0123456789abcdef";
    uint64_t bits[2] = {workload_random(random), workload_random(random)};
    size_t digit = 0;

    for (size_t i = 0; i + 1 < WORKLOAD_UUID_BYTES; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            uuid_out[i] = '-';
            continue;
        }
        uuid_out[i] = DIGITS[bits[digit / 16] >> (digit % 16 * 4) & 15];
        digit++;
    }
    uuid_out[14] = '4';
    uuid_out[WORKLOAD_UUID_BYTES - 1] = '\0';
}

void workload_make_task(uint64_t *random, struct workload_task *task_out)
{
    uint64_t chance = workload_random(random);
    int len;

    make_uuid(random, task_out->diff_id);
    make_uuid(random, task_out->object_id);
    snprintf(task_out->name, sizeof(task_out->name), "Buy milk, bread and %u eggs",
             (unsigned)(chance % 1000));
    task_out->done = (int64_t)(chance >> 10 & 1);
    task_out->priority = (int64_t)(chance >> 11 & 7);
    task_out->score = (double)(chance >> 14 & 7) / 4;
    len = snprintf(task_out->json_data, sizeof(task_out->json_data),
                   "{\"id\":\"%s\",\"name\":\"%s\",\"done\":%s,\"created_time\":\"%s\","
                   "\"priority\":%d,\"score\":%.2f,\"tags\":%s}",
                   task_out->object_id, task_out->name, task_out->done ? "true" : "false",
                   WORKLOAD_CREATED_TIME, (int)task_out->priority, task_out->score, WORKLOAD_TAGS);
    task_out->json_len = (size_t)len;
}

void workload_cpu_start(struct workload *workload)
{
    for (size_t i = 0; i < workload->group_count; i++)
        workload->groups[i].used_us = -cpu_tree_us(workload->groups[i].root);
}

void workload_cpu_stop(struct workload *workload)
{
    for (size_t i = 0; i < workload->group_count; i++)
        workload->groups[i].used_us += cpu_tree_us(workload->groups[i].root);
}

static void print_cpu(const struct workload *workload, double requests)
{
    for (size_t i = 0; i < workload->group_count; i++) {
        const struct workload_group *group = &workload->groups[i];

        printf(" cpu_%s=%.1f", group->name, (double)group->used_us / requests);
    }
}

void workload_print(const struct workload *workload, const struct workload_result *result)
{
    const struct histogram *times = result->times;
    double requests = (double)times->count;

    if (times->count == 0)
        workload_die("no request ended in time");
    printf("mode=%s devices=%u connections=%u requests=%" PRIu64 " rate=%.1f p50=%" PRId64
           " p99=%" PRId64 " max=%" PRId64 " sent=%.0f received=%.0f diffs=%.2f",
           workload->mode->name, workload->devices, workload->connections, times->count,
           requests * 1e6 / (double)result->elapsed_us, histogram_quantile(times, 0.5),
           histogram_quantile(times, 0.99), times->max_us, (double)result->bytes_sent / requests,
           (double)result->bytes_received / requests, (double)result->diffs / requests);
    print_cpu(workload, requests);
    printf("\n");
}
