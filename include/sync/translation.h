/* translation.h: syncs of other client engines, which know nothing of diffs (docs/merging.md 14): a
 *          push that is translated within its transaction, and a look at what is settled.
 * Process: as sync.h.
 * Order:   translate, again in each attempt; then, once the rows stand, answer.
 * Owns:    as sync.h.
 * Units:   clocks as docs/protocol.md 4.
 * Fails:   as sync.h.
 * Holds:   what translate read stays as it is until the commit. */
#ifndef MOBYNC_TRANSLATION_H
#define MOBYNC_TRANSLATION_H

#include "sync.h"

/* Where a translation may look: the owner is locked. */
struct sync_scene {
    struct synchronizer *s;
    struct text owner;
    int64_t clock; /* that the request is merged from */
    struct arena *arena;
    /* Set where the translation took an object for a new one of which the history knows nothing,
     * without a look at its row: if anything is refused then, it translates again, with a look.
     * NULL: it is to look. */
    bool *guessed;
};

struct sync_translation {
    void *context;
    bool of_now; /* the engine has settled what is concurrent: it is merged as a change of now */
    /* Each object of the request is told to all devices, the one that pushed too, whatever became
     * of its diffs: they were void, or refused. */
    bool tells_again;
    /* Sets the request's diffs and rejections. */
    enum rc (*translate)(void *context, const struct sync_scene *scene,
                         struct sync_request *request_inout, struct fail *fail);
    /* Reads what is to be answered; NULL: nothing is. */
    enum rc (*answer)(void *context, const struct sync_scene *scene, struct fail *fail);
};

/* *answer_out has no diffs: the engine pulls. */
NODISCARD enum rc sync_translated(struct synchronizer *s, const struct sync_request *request,
                                  const struct sync_translation *translation, struct arena *arena,
                                  struct sync_answer *answer_out, struct fail *fail);

/* What there is to read, once the request's clock proved to be of this history. */
struct sync_look {
    void *context;
    /* Only what is stored at the request's clock or later is of interest: where there is nothing,
     * read is not called. */
    bool changes_only;
    /* Where little is stored at that clock or later, this is called first, with all of it, outside
     * of any transaction; the owner's clock was next_clock then, and nothing untold. With
     * *taken_out false it is as if nothing had been read, and read is called. NULL: it never is. */
    enum rc (*read_told)(void *context, const struct diff_list *told, int64_t next_clock,
                         bool *taken_out, struct fail *fail);
    /* In a moment of which nothing is untold; again where it fails with RC_RETRY. */
    enum rc (*read)(void *context, int64_t next_clock, struct fail *fail);
};

/* Of the request, owner, clock and stats count. All that was read is durable. */
NODISCARD enum rc sync_look(struct synchronizer *s, const struct sync_request *request,
                            const struct sync_look *look, struct arena *arena,
                            int64_t *next_clock_out, struct fail *fail);

#endif
