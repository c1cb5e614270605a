/* config_key.h: one key of the config file, as a row of a table; what a row's type means.
 * Owns:    nothing; tables are const, and so is all that they point to.
 * Units:   of a value that is parsed: a count, milliseconds, bytes, 0 or 1, the index of a word.
 * Fails:   config_key_parse() returns false for a text of another form, and checks no range.
 * Holds:   a table begins with the file itself, whose path is "". Below a block come its keys
 *          ("database", "database.port"), below a list its entry ("models", "models[]"). A row
 *          without a path ends it. */
#ifndef MOBYNC_CONFIG_KEY_H
#define MOBYNC_CONFIG_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "attributes.h"
#include "text.h"

enum config_type {
    CONFIG_TEXT,
    CONFIG_COUNT,
    CONFIG_DURATION,
    CONFIG_TERM, /* a duration, or `forever`: INT64_MAX, which every range has room for */
    CONFIG_SIZE,
    CONFIG_BOOLEAN,
    CONFIG_WORD,    /* one of the row's words */
    CONFIG_WORDS,   /* a list of them; its member is an array of bool, one for each word */
    CONFIG_TEXTS,   /* a list of texts, maybe empty; its members are as those of CONFIG_LIST */
    CONFIG_BLOCK,   /* its keys have their defaults even where it is not set */
    CONFIG_FEATURE, /* a block without which its keys are empty; its member, if any: is it set? */
    CONFIG_LIST,    /* of blocks; its members are a pointer and a number of entries */
    CONFIG_FREE,    /* keys of the user's own; read by config_versions.c */
    CONFIG_COLUMN,  /* a column's name, or a block with it; filled by config_models.c */
    CONFIG_TYPES
};

struct config_check;
struct config_key;
struct yaml_place;
typedef void config_check_run(struct config_check *check, const struct config_key *key,
                              const struct yaml_place *at);

struct config_key {
    const char *path;
    enum config_type type;
    bool required;        /* of a list's entry: it cannot be null */
    bool maybe_empty;     /* of a list; that of CONFIG_TEXTS always may */
    const char *fallback; /* the default, as users write it; NULL: none */
    const char *like;     /* instead: the key of the same block whose value it takes */
    const char *unset;    /* for the manual: what follows if it has no value */
    const char *least;    /* of a count, a duration or a size; NULL: any */
    const char *most;
    const char *range; /* for the manual: what else limits it */
    const char *const *words;
    const char *(*word)(unsigned index); /* instead of words: NULL behind the last */
    size_t offset; /* of the member: in struct config, or in the entry of its list */
    size_t size;   /* of the member, 0: none; of a list's entry: the entry's */
    size_t count_offset;
    config_check_run *check; /* what else a value that fits must be; NULL: nothing */
    const char *meaning;     /* for the manual, Markdown */
};

/* NULL if there is none. */
const struct config_key *config_key_find(const struct config_key *table, const char *path);
/* The keys of a block, or a list's entry, one by one: begin with the parent itself. */
const struct config_key *config_key_child(const struct config_key *parent,
                                          const struct config_key *previous);
/* All rows below it, at any depth. */
size_t config_key_count_below(const struct config_key *parent);

/* The path's last part. */
const char *config_key_name(const struct config_key *key);
bool config_key_is_block(const struct config_key *key);
/* The word at the index; NULL behind the last. */
const char *config_key_word(const struct config_key *key, unsigned index);
/* What to give, to end a sentence that begins with "give". */
const char *config_key_forms(const struct config_key *key, struct arena *arena);

/* Counts, durations, sizes, booleans and words. */
NODISCARD bool config_key_parse(const struct config_key *key, struct text text, int64_t *value_out);

#endif
