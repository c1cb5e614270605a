/* db_summaries.h: what is left of compacted objects, as rows of mobync_summaries (summary.h).
 * Order:   in a transaction or a snapshot.
 * Owns:    what is read lies in the arena given.
 * Fails:   as db_link_error() says; RC_FATAL where a row is none of ours. */
#ifndef MOBYNC_DB_SUMMARIES_H
#define MOBYNC_DB_SUMMARIES_H

#include "db_session.h"
#include "summary.h"
#include "synchronizer.h"

struct db_summary_list {
    struct summary *items;
    size_t count;
};

/* By place among the ids, which may name one twice; NULL: there is none. */
NODISCARD enum rc db_summaries_find(struct db_session *s, struct owner_model of, struct id_list ids,
                                    struct arena *arena, struct summary **summaries_out,
                                    struct fail *fail);

/* Those of the part's objects that have something since its clock, at most so many, in the order of
 * their ids. */
NODISCARD enum rc db_summaries_read(struct db_session *s, const struct history_part *part,
                                    size_t max, struct arena *arena,
                                    struct db_summary_list *list_out, struct fail *fail);

/* In the place of those of the same objects, if there are any. */
NODISCARD enum rc db_summaries_put(struct db_session *s, struct text owner,
                                   const struct summary *const *summaries, size_t count,
                                   struct fail *fail);

#endif
