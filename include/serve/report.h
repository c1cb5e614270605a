/* report.h: what the master tells `mobync status`, and how it goes over the control socket.
 * Form:    a struct report, then `worker_count` struct report_worker, as they lie in memory: both
 * ends are one program on one machine, and another version of it is recognized and refused. All
 *          numbers have 8 bytes, so that nothing lies between them.
 * Units:   _ms milliseconds since 1970 UTC, _us microseconds.
 * Owns:    report_read(): the workers lie in the arena.
 * Fails:   report_read(): RC_FATAL with a sentence for people. It waits 5 s at most. */
#ifndef MOBYNC_REPORT_H
#define MOBYNC_REPORT_H

#include "arena.h"
#include "crew.h"
#include "listen.h"

#define REPORT_ERRORS 8u

struct report_worker {
    int64_t pid;
    uint64_t slot;
    uint64_t stage;    /* enum board_stage */
    uint64_t leaving;  /* 1: of an earlier config, told to leave */
    int64_t age_us;    /* of the stage */
    uint64_t requests; /* of the slot, since the pool started */
};

struct report {
    char form[16]; /* of the report itself */
    uint64_t head_bytes;
    uint64_t worker_bytes;
    uint64_t worker_count;
    uint64_t error_count;
    int64_t now_ms;
    int64_t master_pid;
    char version[32]; /* of the program that serves */
    char listen[LISTENER_ADDRESS_MAX + 1];
    struct tally sum;
    struct board_error errors[REPORT_ERRORS]; /* the latest first */
};

/* What is known about all: current may be NULL, leaving is a list. */
struct report_source {
    const struct board *board;
    const struct crew *current;
    const struct crew *leaving;
    const char *listen;
    const char *version;
};

void report_make(const struct report_source *source, struct buf *into);

NODISCARD enum rc report_read(const char *address, struct arena *arena, struct report *report_out,
                              struct report_worker **workers_out, struct fail *fail);

#endif
