/* memory_compaction.h: summaries in place of old diffs, as compaction.h says. */
#ifndef MOBYNC_MEMORY_COMPACTION_H
#define MOBYNC_MEMORY_COMPACTION_H

#include "memory_store.h"
#include "summary.h"

extern const struct compaction_ops MEMORY_COMPACTION_OPS;

/* NULL where there is none. */
const struct stored_summary *memory_summary_find(const struct memory_owner *owner,
                                                 const struct model *model, struct text object_id);

/* As it was before it was stored. */
NODISCARD enum rc memory_summary_read(const struct stored_summary *stored, struct arena *arena,
                                      struct summary *summary_out, struct fail *fail);

/* What it and the row of now say, as summary_tell(). */
NODISCARD enum rc memory_summary_tell(struct memory *m, const struct stored_summary *stored,
                                      const struct summary_query *query, struct arena *arena,
                                      struct diff diffs_out[SUMMARY_DIFFS_MAX], size_t *count_out,
                                      struct fail *fail);

#endif
