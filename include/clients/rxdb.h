/* rxdb.h: the replication protocol of RxDB over HTTP (docs/rxdb.md), on the same rows as all others
 *          (docs/merging.md 14).
 * Process: as sync.h.
 * Owns:    as sync.h.
 * Units:   a checkpoint's updatedAt is a clock.
 * Fails:   as sync.h; INVALID_REQUEST where a request is not of this form. RC_RETRY where a
 *          document names a parent that is not there yet.
 * Holds:   a refused document fails no request: what there is instead is its conflict. */
#ifndef MOBYNC_RXDB_H
#define MOBYNC_RXDB_H

#include "client_out.h"
#include "translation.h"

struct rxdb_facts {
    int64_t clock_in;
    int64_t clock_out;
    size_t documents;
    size_t deleted; /* of these */
};

struct rxdb_pull {
    const struct model *model;
    bool by_query;     /* GET: the query says what else the body does */
    struct text query; /* … */
    struct text body;
    struct text device; /* as of rxdb_push; empty: nobody knows */
    size_t max_documents;
};

/* Of the request, owner and stats count. */
NODISCARD enum rc rxdb_pull(struct synchronizer *s, const struct rxdb_pull *pull,
                            const struct sync_request *request, struct client_out *out,
                            struct arena *arena, struct rxdb_facts *facts_out, struct fail *fail);

struct rxdb_push {
    const struct model *model;
    struct text body;
    struct text device; /* what it has set last itself, it may set again; empty: nobody knows */
    int64_t time_ms;    /* of its changes */
    size_t max_rows;    /* more are TOO_LARGE */
};

/* Of the request, all but clock, diffs and rejections count; they are filled. *conflicts_out: a
 * JSON array of documents, in the arena. */
NODISCARD enum rc rxdb_push(struct synchronizer *s, const struct rxdb_push *push,
                            struct sync_request *request_inout, struct arena *arena,
                            struct sync_answer *answer_out, struct text *conflicts_out,
                            struct fail *fail);

#endif
