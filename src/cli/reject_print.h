/* reject_print.h: kept rejects on standard output, for people and for programs.
 * Owns:    nothing.
 * Holds:   what is for programs is strict JSON, one object per line. */
#ifndef MOBYNC_REJECT_PRINT_H
#define MOBYNC_REJECT_PRINT_H

#include "synchronizer.h"

/* A heading, then a line each; nothing if there are none. */
void reject_print_table(const struct reject *rejects, size_t count, struct arena *arena);

/* Everything that is known of one, a line each. */
void reject_print_whole(const struct reject *reject);

void reject_print_json(const struct reject *reject);

#endif
