/* contract_changes.h: the contract of changes.h, and other SQL beside the synchronizer under test.
 * Order:   contract_changes_use() before contract_changes_run(). */
#ifndef MOBYNC_TEST_CONTRACT_CHANGES_H
#define MOBYNC_TEST_CONTRACT_CHANGES_H

#include "contract.h"

/* Other SQL, with triggers that note it: a row of "other" gets this text, or is deleted. */
struct contract_others {
    void (*put)(struct contract *c, const char *owner, const char *id, const char *text);
    void (*drop)(struct contract *c, const char *owner, const char *id);
};

void contract_changes_use(const struct contract_others *others);
int contract_changes_run(const char *name, const struct contract_subject *subject);

/* Each asserts RC_OK. */
struct owner_state contract_drain(struct contract *c, const char *owner);
struct change_list contract_entries(struct contract *c, const char *owner, size_t max);
void contract_take(struct contract *c, const char *owner, const struct change_list *changes);
bool contract_is_behind(struct contract *c, const char *owner);
/* Takes all entries, and calls the owner reconciled. */
void contract_settle(struct contract *c, const char *owner);

/* A whole walk in a snapshot, in steps of `limit`: calls `seen` for each row. */
size_t contract_walk(struct contract *c, const char *owner, const struct model *model, size_t limit,
                     void (*seen)(void *context, const struct object_row *row), void *context);

#endif
