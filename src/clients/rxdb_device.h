/* rxdb_device.h: by what the diffs of a device of RxDB are known.
 * Pure:    same input, same output.
 * Owns:    nothing.
 * Units:   bytes.
 * Fails:   never. */
#ifndef MOBYNC_RXDB_DEVICE_H
#define MOBYNC_RXDB_DEVICE_H

#include "id.h"
#include "text.h"

/* What the ids of its diffs begin with, before a '-'; empty where the device has no name. */
void rxdb_device_id(struct text device, char id_out[ID_UUID_LEN + 1]);

#endif
