/* version_fields.h: a model's fields by their names in either version.
 * Owns:    nothing.
 * Fails:   never; NULL or false where there is none. */
#ifndef MOBYNC_VERSION_FIELDS_H
#define MOBYNC_VERSION_FIELDS_H

#include "versions.h"

/* By the name in the newest version; NULL: the same in both. */
const struct version_field *version_field_named(const struct version_model *model,
                                                struct text name);
/* By the name in the older one. */
const struct version_field *version_field_called(const struct version_model *model,
                                                 struct text older);
/* Is it the older version's alone? */
bool version_lacks(const struct version_model *model, struct text older);

#endif
