/* watermelon.h: the sync protocol of WatermelonDB (docs/watermelondb.md), on the same rows as all
 *          others (docs/merging.md 14).
 * Process: as sync.h.
 * Owns:    as sync.h.
 * Units:   the timestamp of a pull is the owner's clock + 1: 0 is none to the client.
 * Fails:   as sync.h; INVALID_REQUEST where a body is not of this form.
 * Holds:   a device that pulls has afterwards, of what it has not changed itself, what the tables
 *          held when the timestamp was read. */
#ifndef MOBYNC_WATERMELON_H
#define MOBYNC_WATERMELON_H

#include "client_out.h"
#include "translation.h"

/* What a pull said. */
struct watermelon_facts {
    int64_t clock_in;
    int64_t clock_out;
    size_t updated;
    size_t deleted;
};

/* REQUEST_NO_NUMBER: the body does not say it. */
NODISCARD enum rc watermelon_schema_version(struct text body, struct arena *arena,
                                            int64_t *number_out, struct fail *fail);

/* Of the request, owner, version and stats count. */
NODISCARD enum rc watermelon_pull(struct synchronizer *s, struct text body,
                                  const struct sync_request *request, struct client_out *out,
                                  struct arena *arena, struct watermelon_facts *facts_out,
                                  struct fail *fail);

struct watermelon_push {
    struct text body;
    int64_t time_ms;    /* of its changes */
    size_t max_changes; /* more are TOO_LARGE */
    bool quarantine;    /* what is refused is refused alone */
};

/* Of the request, all but clock, diffs and rejections count; they are filled. */
NODISCARD enum rc watermelon_push(struct synchronizer *s, const struct watermelon_push *push,
                                  struct sync_request *request_inout, struct arena *arena,
                                  struct sync_answer *answer_out, struct fail *fail);

#endif
