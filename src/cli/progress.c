/* Progress on standard error, at most five times per second: progress_show() is called as often as
 * the caller likes. */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"

#define FIRST_US ((int64_t)1000000)
#define EVERY_US ((int64_t)200000)
/* Moves to the beginning of the line and clears it. */
#define ERASE "\r\033[K"

void progress_begin(struct progress *progress, const char *program, bool quiet)
{
    *progress = (struct progress){
        .program = program,
        .next_us = clock_monotonic_us() + FIRST_US,
        .wanted = !quiet && isatty(STDERR_FILENO) != 0,
    };
}

void progress_show(struct progress *progress, const char *what, uint64_t done, uint64_t total)
{
    int64_t now_us = clock_monotonic_us();

    if (!progress->wanted || now_us < progress->next_us)
        return;
    progress->next_us = now_us + EVERY_US;
    progress->shown = true;
    fprintf(stderr, ERASE "%s: %" PRIu64, progress->program, done);
    if (total > 0)
        fprintf(stderr, " of %" PRIu64, total);
    fprintf(stderr, " %s", what);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        fputs(ERASE, stderr);
    progress->shown = progress->wanted = false;
}
