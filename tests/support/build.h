/* build.h: small mappings and diffs for tests, built by hand.
 * Owns:    everything lies in the arena given. */
#ifndef MOBYNC_TEST_BUILD_H
#define MOBYNC_TEST_BUILD_H

#include "arena.h"
#include "diff.h"

/* A mapping of one model "m" with string fields f0, f1, … */
struct mapping *build_mapping(struct arena *arena, size_t field_count);

/* A diff of model 0: id, type, clock, time, and for each field that is set "fN=value" pairs, ended
 * by NULL: build_diff(arena, mapping, "d1", DIFF_CREATE, 0, 100, "x", "f0=a", "f2=b", NULL). */
struct diff build_diff(struct arena *arena, const struct mapping *mapping, const char *id,
                       enum diff_type type, int64_t clock, int64_t time_ms, const char *object_id,
                       ...);

/* "cud" → create, update, delete. */
enum diff_type build_type(char letter);

#endif
