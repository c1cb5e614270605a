/* Wall clock and monotonic clock. */
#include "clock.h"

#include <time.h>

static int64_t test_now_ms = -1;

int64_t clock_now_ms(void)
{
    struct timespec now;

    if (test_now_ms >= 0)
        return test_now_ms;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_set_for_test(int64_t now_ms)
{
    test_now_ms = now_ms;
}
