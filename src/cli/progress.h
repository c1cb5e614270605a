/* progress.h: a line on standard error that shows how far a long operation has come.
 * Holds:   nothing is written unless standard error is a terminal, nothing within the first second,
 *          and the line is cleared after progress_end(). */
#ifndef MOBYNC_PROGRESS_H
#define MOBYNC_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *program;
    int64_t next_us; /* not before */
    bool wanted;
    bool shown;
};

/* With `quiet` never. */
void progress_begin(struct progress *progress, const char *program, bool quiet);
/* "program: done of total what"; total 0: unknown. */
void progress_show(struct progress *progress, const char *what, uint64_t done, uint64_t total);
void progress_end(struct progress *progress);

#endif
