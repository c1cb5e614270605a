/* contract_keys.h: the contract on tables whose ids, owners and references are not plain strings.
 * Models:  projects (AUTO_INCREMENT, a UUID beside it, a tree), notes (integers), pairs (an id of a
 *          reference and a string), folded (MySQL's default collation), bytes (UUIDs in 16 bytes).
 */
#ifndef MOBYNC_TEST_CONTRACT_KEYS_H
#define MOBYNC_TEST_CONTRACT_KEYS_H

#include "contract.h"

enum { PROJECTS, NOTES, PAIRS, FOLDED, BYTES, KEYED_MODELS };

extern struct mapping contract_keys_mapping;
extern const struct model *const KEYED; /* by the names above */

int contract_keys_run(const char *name, const struct contract_subject *subject);

#endif
