/* config_table.h: every key of the config file.
 * Rule:    one row for each key. What is read, checked, filled in by default and printed in the
 *          manual goes by it; a new key is a row, a member of struct config and a line in
 *          conf/mobync.yaml.
 * Owns:    nothing. */
#ifndef MOBYNC_CONFIG_TABLE_H
#define MOBYNC_CONFIG_TABLE_H

#include "config_key.h"

/* The control socket that is not named lies beside that of listen. */
#define CONFIG_TABLE_CONTROL_FILE "control.sock"

extern const struct config_key CONFIG_TABLE[];

#endif
