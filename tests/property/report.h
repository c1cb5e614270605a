/* report.h: what a run of histories has to say, on standard output.
 * Holds:   a history that fails is made smaller and printed; the print is what --replay reads. */
#ifndef MOBYNC_PROPERTY_REPORT_H
#define MOBYNC_PROPERTY_REPORT_H

#include "sim.h"

/* The history has just failed; it is left as small as it gets. Answers 1, the program's status. */
int report_failure(struct sim *sim, struct scenario *history);
void report_stats(const struct sim *sim, int64_t took_us);

#endif
