/* status_report.h: what the master tells `mobync status` over the control socket.
 * Process: written by the master, read by `mobync status`.
 * Form:    a struct status_report, then `worker_count` struct status_report_worker, as they lie in
 *          memory: both ends are one program on one machine, and another version of it is
 *          recognized and refused. All numbers have 8 bytes, so that nothing lies between them.
 * Units:   _ms milliseconds since 1970 UTC, _us microseconds.
 * Owns:    status_report_read(): the workers lie in the arena.
 * Fails:   status_report_read(): RC_FATAL with a sentence for people. It waits 5 s at most.
 * Holds:   it is written whole or not at all, and never makes the master wait. */
#ifndef MOBYNC_STATUS_REPORT_H
#define MOBYNC_STATUS_REPORT_H

#include "arena.h"
#include "buf.h"
#include "scoreboard.h"

#define STATUS_REPORT_ERRORS         8u
#define STATUS_REPORT_LISTEN_BYTES   128u
#define STATUS_REPORT_DATABASE_BYTES 320u /* a name of DNS, a port */

struct worker_group;

struct status_report_worker {
    int64_t pid; /* 0: the slot waits for its next worker */
    uint64_t slot;
    uint64_t stage;    /* enum stats_stage */
    uint64_t leaving;  /* 1: of an earlier config, told to leave */
    int64_t age_us;    /* of the stage */
    uint64_t requests; /* of the slot, since the pool started */
};

struct status_report {
    char form[16]; /* of the report itself */
    uint64_t head_bytes;
    uint64_t worker_bytes;
    uint64_t worker_count;
    uint64_t error_count;
    int64_t now_ms;
    int64_t master_pid;
    int64_t housekeeper_pid; /* 0: there is none */
    int64_t notifier_pid;    /* as above */
    char version[32];        /* of the program that serves */
    char listen[STATUS_REPORT_LISTEN_BYTES];
    char database[STATUS_REPORT_DATABASE_BYTES]; /* the host that workers use; empty: none yet */
    struct stats sum;
    struct scoreboard_error errors[STATUS_REPORT_ERRORS]; /* the latest first */
};

/* What is known about all: current may be NULL, leaving is a list. */
struct status_report_source {
    const struct scoreboard *scoreboard;
    const struct worker_group *current;
    const struct worker_group *leaving;
    int64_t housekeeper_pid;
    int64_t notifier_pid;
    const char *listen;
    const char *database;
    const char *version;
};

/* For the master. */
void status_report_make(const struct status_report_source *source, struct buf *into);

NODISCARD enum rc status_report_read(const char *address, struct arena *arena,
                                     struct status_report *report_out,
                                     struct status_report_worker **workers_out, struct fail *fail);

#endif
