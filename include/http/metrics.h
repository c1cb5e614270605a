/* metrics.h: the pool's stats as Prometheus reads it (text format 0.0.4).
 * Pure:    metrics_write() but for the buffer.
 * Owns:    nothing; the text goes to the caller's buffer.
 * Units:   seconds and bytes, as Prometheus' conventions want them.
 * Fails:   never; the buffer's maximum is the caller's to look at (buf.h).
 * Holds:   every series is there from the start, zero or not: what appears at its first increase
 *          would lose that one to rate(). docs/metrics.md lists all, and a test compares. */
#ifndef MOBYNC_METRICS_H
#define MOBYNC_METRICS_H

#include "buf.h"

struct stats;
struct versions;

/* Where a worker gets the sums of all processes from. */
struct metrics_source {
    const void *context;
    void (*read)(const void *context, struct stats *sum_out);
    const char *version; /* of the program */
};

void metrics_write(struct buf *body, const struct stats *stats, const char *version);
/* Syncs by the versions of the app that the config has, and by no others. */
void metrics_write_versions(struct buf *body, const struct stats *stats,
                            const struct versions *versions);

#endif
