/* Arranges diffs of one object that share clock and timestamp (docs/merging.md 5.2).
 * Entry:     fold_runs_arrange().
 * Invariant: what is possible as it came stays as it came. */
#include "fold.h"

#include <assert.h>

bool fold_runs_possible(const struct diff *const *diffs, size_t count, enum presence before)
{
    enum presence now = before;

    for (size_t i = 0; i < count; i++) {
        enum presence needed = diffs[i]->type == DIFF_CREATE ? PRESENCE_ABSENT : PRESENCE_PRESENT;

        if (now != PRESENCE_UNKNOWN && now != needed)
            return false;
        now = presence_after(needed, diffs[i]->type);
    }
    return true;
}

/* Diffs from the start of the array that share clock and timestamp. */
static size_t run_length(const struct diff *const *diffs, size_t count)
{
    size_t len = 1;

    while (len < count && diffs[len]->clock == diffs[0]->clock &&
           diffs[len]->time_ms == diffs[0]->time_ms)
        len++;
    return len;
}

static size_t count_type(const struct diff *const *diffs, size_t count, enum diff_type type)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += diffs[i]->type == type;
    return found;
}

/* Copies the nth diff of that type, in the array's order. */
static const struct diff *nth_of_type(const struct diff *const *diffs, size_t count,
                                      enum diff_type type, size_t nth)
{
    for (size_t i = 0; i < count; i++)
        if (diffs[i]->type == type && nth-- == 0)
            return diffs[i];
    return NULL;
}

/* The place of a diff in a possible order of its run. Creates and deletes take turns, beginning
 * with the one that the presence allows; updates stand behind the last create, or, without a
 * create, before the delete. */
struct turn {
    enum diff_type type;
    size_t nth;
};

static size_t plan_turns(struct turn *turns, const size_t left[DIFF_TYPES], enum presence before)
{
    enum diff_type type = before == PRESENCE_PRESENT ? DIFF_DELETE : DIFF_CREATE;
    size_t used[DIFF_TYPES] = {0};
    size_t count = 0;

    if (left[DIFF_CREATE] == 0)
        while (used[DIFF_UPDATE] < left[DIFF_UPDATE])
            turns[count++] = (struct turn){DIFF_UPDATE, used[DIFF_UPDATE]++};
    while (used[DIFF_CREATE] < left[DIFF_CREATE] || used[DIFF_DELETE] < left[DIFF_DELETE]) {
        if (used[type] < left[type])
            turns[count++] = (struct turn){type, used[type]++};
        if (type == DIFF_CREATE && used[DIFF_CREATE] == left[DIFF_CREATE])
            while (used[DIFF_UPDATE] < left[DIFF_UPDATE])
                turns[count++] = (struct turn){DIFF_UPDATE, used[DIFF_UPDATE]++};
        type = type == DIFF_CREATE ? DIFF_DELETE : DIFF_CREATE;
    }
    return count;
}

#define MAX_RUN ((size_t)1024)

static void reorder_run(const struct diff **diffs, size_t count, enum presence before)
{
    const size_t left[DIFF_TYPES] = {
        [DIFF_CREATE] = count_type(diffs, count, DIFF_CREATE),
        [DIFF_UPDATE] = count_type(diffs, count, DIFF_UPDATE),
        [DIFF_DELETE] = count_type(diffs, count, DIFF_DELETE),
    };
    const struct diff *sorted[MAX_RUN];
    struct turn turns[MAX_RUN];
    size_t planned;

    /* So many changes of one object in one millisecond are not a person's; their array order is as
     * good as any. */
    if (count > MAX_RUN)
        return;
    planned = plan_turns(turns, left, before);
    assert(planned == count);
    for (size_t i = 0; i < planned; i++)
        sorted[i] = nth_of_type(diffs, count, turns[i].type, turns[i].nth);
    for (size_t i = 0; i < count; i++)
        diffs[i] = sorted[i];
}

enum presence fold_runs_arrange(const struct diff **diffs, size_t count, enum presence before)
{
    enum presence now = before;

    for (size_t i = 0; i < count;) {
        size_t len = run_length(diffs + i, count - i);

        if (len > 1 && !fold_runs_possible(diffs + i, len, now)) /* mutant: runs_stay_swapped */
            reorder_run(diffs + i, len, now);
        for (size_t end = i + len; i < end; i++)
            now = presence_after(now, diffs[i]->type);
    }
    return now;
}

bool fold_runs_need_presence(const struct diff *const *diffs, size_t count)
{
    enum presence now = PRESENCE_UNKNOWN;

    for (size_t i = 0; i < count;) {
        size_t len = run_length(diffs + i, count - i);

        if (now == PRESENCE_UNKNOWN && count_type(diffs + i, len, DIFF_CREATE) > 0 &&
            count_type(diffs + i, len, DIFF_DELETE) > 0)
            return true;
        for (size_t end = i + len; i < end; i++)
            now = presence_after(now, diffs[i]->type);
    }
    return false;
}
