/* workload.h: what every side of a comparison does: modes, owners, ids, and what a diff looks like.
 * Owns:    nothing; texts point into the program's arguments.
 * Units:   times in microseconds; clocks as docs/protocol.md 4.
 * Fails:   ends the program with a line on standard error: a benchmark with a fault has no result.
 */
#ifndef MOBYNC_BENCH_WORKLOAD_H
#define MOBYNC_BENCH_WORKLOAD_H

#include <stddef.h>
#include <sys/types.h>

#include "attributes.h"
#include "text.h"

#define WORKLOAD_DEVICES_MAX 8u
#define WORKLOAD_CPU_GROUPS  6u
#define WORKLOAD_UUID_BYTES  37u
/* Objects of a first pull are pushed so many at a time. */
#define WORKLOAD_PUSH_MAX 1000u

struct workload_mode {
    const char *name;
    unsigned push_every; /* each so manieth request of a connection is a push; 0: none is */
    unsigned push_diffs;
    unsigned pull_diffs; /* what a pull brings */
    bool one_owner;      /* all connections are new devices of the same owner */
};

/* Processes whose processor time is counted together: one and all that it started. */
struct workload_group {
    const char *name;
    pid_t root;
    int64_t used_us; /* between workload_cpu_start() and workload_cpu_stop() */
};

struct workload {
    const struct workload_mode *mode;
    unsigned connections;
    unsigned devices; /* of each owner: connections that share it */
    int64_t warmup_us;
    int64_t run_us;
    const char *owner_prefix;
    size_t pool_owners; /* 0: owners are made for this run; else they are there already … */
    int64_t pool_clock; /* … with this clock and one diff a clock */
    struct workload_group groups[WORKLOAD_CPU_GROUPS];
    size_t group_count;
};

/* One option of all programs; false if the name is none of them. */
bool workload_option(struct workload *workload, const char *name, const char *value);
/* Looks at the options together and fills in what was left out. */
void workload_settle(struct workload *workload);
/* The part of a usage text about them. */
extern const char WORKLOAD_USAGE[];

uint64_t workload_number(const char *name, const char *value, uint64_t least, uint64_t most);
NORETURN void workload_die(const char *format, ...) PRINTF_LIKE(1, 2);

size_t workload_owner_count(const struct workload *workload);
/* Which owner the connection's next request is about: always its own, or of a pool one by chance
 * that no other connection uses. */
size_t workload_owner(const struct workload *workload, unsigned connection, uint64_t *random);
/* Of the devices of its owner. */
unsigned workload_device(const struct workload *workload, unsigned connection);
/* Does this connection make the owner's first objects? */
bool workload_prepares(const struct workload *workload, unsigned connection);
void workload_owner_name(const struct workload *workload, size_t owner, char *name_out,
                         size_t size_bytes);

bool workload_is_push(const struct workload *workload, uint64_t request);
/* The clock that a pull must name to get pull_diffs diffs; -1: the clock of the device. */
int64_t workload_pull_clock(const struct workload *workload);
/* What is pushed for a new owner before anything is measured: the sizes of the pushes, 0 ends. */
unsigned workload_preparation(const struct workload *workload, unsigned push);

uint64_t workload_random(uint64_t *state);

/* The create of a task, as an app would send it. */
struct workload_task {
    char diff_id[WORKLOAD_UUID_BYTES];
    char object_id[WORKLOAD_UUID_BYTES];
    char name[64];
    int64_t done;
    int64_t priority;
    double score;
    char json_data[400];
    size_t json_len;
};

extern const char WORKLOAD_CREATED_TIME[];
extern const char WORKLOAD_TAGS[];

/* Every id is new; random holds what makes them so. */
void workload_make_task(uint64_t *random, struct workload_task *task_out);

struct histogram;

/* What was seen in the time that counts. */
struct workload_result {
    const struct histogram *times;
    int64_t elapsed_us;
    uint64_t bytes_sent;
    uint64_t bytes_received;
    uint64_t diffs; /* that answers held */
};

void workload_cpu_start(struct workload *workload);
void workload_cpu_stop(struct workload *workload);
/* One line of name=value on standard output, for scripts; processor times are a request's. */
void workload_print(const struct workload *workload, const struct workload_result *result);

#endif
