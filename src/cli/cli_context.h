/* inquiry.h: what commands share that ask about one owner's data and change nothing.
 * Owns:    inquiry_run() config, synchronizer and arena, for as long as the work goes on.
 * Fails:   as command.h says. */
#ifndef MOBYNC_INQUIRY_H
#define MOBYNC_INQUIRY_H

#include "command.h"
#include "settings.h"

struct inquiry {
    const char *program;
    struct text owner;
    const struct config *config;
    struct synchronizer *synchronizer;
    struct arena *arena;
};

/* CLI_USAGE unless it is an owner's name. */
NODISCARD enum cli_status inquiry_owner(const char *program, const char *owner);
/* CLI_USAGE unless it is a logical clock; NULL leaves *clock_out as it is. */
NODISCARD enum cli_status inquiry_clock(const char *program, const char *clock, int64_t *clock_out);

typedef enum cli_status inquiry_work(const struct inquiry *inquiry, const void *order);
NODISCARD enum cli_status inquiry_run(const char *program, const char *config_path,
                                      const char *owner, inquiry_work *work, const void *order);

/* The reason on standard error, and what to do about it; CLI_FAILED. */
enum cli_status inquiry_failed(const struct inquiry *inquiry, enum rc rc, const struct fail *fail);

#endif
