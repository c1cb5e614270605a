/* config_file.h: the values of the config file by the rows of the key table, loaded by libcyaml.
 * Owns:    the values, until config_file_release(); its tables lie in the arena of the faults.
 * Fails:   false after one fault. What config_check() has passed is not expected to fail here;
 *          libcyaml's own judgement stands all the same.
 * Holds:   scalars are texts, as the file has them: config_key_parse() reads all of them. */
#ifndef MOBYNC_CONFIG_FILE_H
#define MOBYNC_CONFIG_FILE_H

#include "config_key.h"
#include "diagnostics.h"

/* The value of a row: its text; a block's slots, in the order of the rows below it (the block's own
 * comes first and is empty); a list's blocks of slots one behind the other, or its texts. */
struct config_slot {
    void *value; /* NULL: not set */
    unsigned count;
};

struct config_file {
    const struct cyaml_schema_value *schema;
    struct config_slot *slots; /* of the first row, the file itself */
};

NODISCARD bool config_file_load(struct config_file *file, const struct config_key *table,
                                struct text yaml, struct diagnostics *faults);
void config_file_release(struct config_file *file);

#endif
