/* db_tokens.h: the table of opaque tokens, as tokens.h says. */
#ifndef MOBYNC_DB_TOKENS_H
#define MOBYNC_DB_TOKENS_H

#include "tokens.h"

extern const struct token_ops DB_TOKENS_OPS;

#endif
