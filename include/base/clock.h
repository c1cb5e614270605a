/* clock.h: what time it is; tests may say so themselves.
 * Process: asks the kernel; what tests set is the process's own.
 * Owns:    nothing.
 * Units:   clock_now_ms() is milliseconds since 1970 UTC; clock_monotonic_us() microseconds since
 *          some moment, never running backwards.
 * Fails:   never.
 * Holds:   clock_monotonic_us() is the same for all processes of the machine. */
#ifndef MOBYNC_CLOCK_H
#define MOBYNC_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void);
int64_t clock_monotonic_us(void);

/* For tests: from now on clock_now_ms() answers this; a negative value gives the real time back. */
void clock_set_for_test(int64_t now_ms);

#endif
