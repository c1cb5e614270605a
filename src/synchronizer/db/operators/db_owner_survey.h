/* db_owner_survey.h: which owners are where they may not stay, as owner_moves.h says. */
#ifndef MOBYNC_DB_OWNER_SURVEY_H
#define MOBYNC_DB_OWNER_SURVEY_H

#include "owner_moves.h"

NODISCARD enum rc db_owner_survey(struct synchronizer *base, size_t most_unmoved,
                                  struct arena *arena, struct owner_survey *survey_out,
                                  struct fail *fail);

#endif
