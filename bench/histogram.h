/* histogram.h: times of requests, counted in buckets, so that processes can share and add them.
 * Pure:    plain memory without pointers; zeroed memory is an empty histogram.
 * Units:   microseconds.
 * Holds:   exact below 256 us, within 0.8 % above; a minute and more falls into the last bucket. */
#ifndef MOBYNC_BENCH_HISTOGRAM_H
#define MOBYNC_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS   128u /* buckets for each doubling */
#define HISTOGRAM_BUCKETS (20u * HISTOGRAM_STEPS)

struct histogram {
    uint64_t buckets[HISTOGRAM_BUCKETS];
    uint64_t count;
    int64_t max_us;
};

void histogram_add(struct histogram *histogram, int64_t us);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The time that this share (0 to 1) of the requests did not pass; 0 if there were none. */
int64_t histogram_quantile(const struct histogram *histogram, double share);

#endif
