/* Buckets of equal width between two powers of two: histogram_add(), histogram_quantile(). */
#include "histogram.h"

/* Bucket b of doubling d holds the times from (STEPS + b) << (d - 1) on; those of doubling 0 are
 * the times below STEPS themselves. */
static unsigned bucket_of(uint64_t us)
{
    const unsigned last = HISTOGRAM_BUCKETS - 1;
    unsigned doubling = 0;

    while (us >> doubling >= 2 * (uint64_t)HISTOGRAM_STEPS)
        doubling++;
    if (us >= HISTOGRAM_STEPS)
        us = (us >> doubling) + (uint64_t)doubling * HISTOGRAM_STEPS;
    return us < last ? (unsigned)us : last;
}

static int64_t time_of(unsigned bucket)
{
    unsigned doubling = bucket / HISTOGRAM_STEPS;
    uint64_t within = bucket % HISTOGRAM_STEPS;

    if (doubling == 0)
        return (int64_t)within;
    return (int64_t)((HISTOGRAM_STEPS + within) << (doubling - 1));
}

void histogram_add(struct histogram *histogram, int64_t us)
{
    histogram->buckets[bucket_of(us > 0 ? (uint64_t)us : 0)]++;
    histogram->count++;
    if (us > histogram->max_us)
        histogram->max_us = us;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
    into->count += from->count;
    if (from->max_us > into->max_us)
        into->max_us = from->max_us;
}

int64_t histogram_quantile(const struct histogram *histogram, double share)
{
    double wanted = share * (double)histogram->count;
    uint64_t passed = 0;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        passed += histogram->buckets[i];
        if (passed > 0 && (double)passed >= wanted)
            return time_of(i);
    }
    return histogram->max_us;
}
