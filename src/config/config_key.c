/* Rows of the key table: how they are nested, and how the text of a value is read by its type.
 * Entry points: config_key_child() for the nesting, config_key_parse() for values. */
#include "config_key.h"

#include "buf.h"
#include "units.h"

/* More than all words of any key. */
#define WORDS_MAX_BYTES ((size_t)1024)

/* The rest of the key's path behind the parent's; NULL if it does not lie below. */
static const char *rest_below(const struct config_key *parent, const struct config_key *key)
{
    const size_t len = strlen(parent->path);

    if (key->path == NULL || strncmp(key->path, parent->path, len) != 0 || key->path[len] == '\0')
        return NULL;
    if (len == 0 || key->path[len] == '[')
        return key->path + len;
    return key->path[len] == '.' ? key->path + len + 1 : NULL;
}

const struct config_key *config_key_find(const struct config_key *table, const char *path)
{
    for (; table->path != NULL; table++)
        if (strcmp(table->path, path) == 0)
            return table;
    return NULL;
}

const struct config_key *config_key_child(const struct config_key *parent,
                                          const struct config_key *previous)
{
    const char *rest;

    for (const struct config_key *key = previous + 1; (rest = rest_below(parent, key)); key++)
        if (strcmp(rest, "[]") == 0 || strpbrk(rest, ".[") == NULL)
            return key;
    return NULL;
}

size_t config_key_count_below(const struct config_key *parent)
{
    size_t count = 0;

    while (rest_below(parent, &parent[count + 1]) != NULL)
        count++;
    return count;
}

const char *config_key_name(const struct config_key *key)
{
    const char *dot = strrchr(key->path, '.');

    return dot == NULL ? key->path : dot + 1;
}

bool config_key_is_block(const struct config_key *key)
{
    return key->type == CONFIG_BLOCK || key->type == CONFIG_FEATURE;
}

const char *config_key_word(const struct config_key *key, unsigned index)
{
    return key->word != NULL ? key->word(index) : key->words[index];
}

static const char *forms_of_words(const struct config_key *key, struct arena *arena)
{
    const char *word;
    struct text forms;
    struct buf buf;

    buf_init(&buf, WORDS_MAX_BYTES);
    for (unsigned i = 0; (word = config_key_word(key, i)) != NULL; i++)
        buf_printf(&buf, "%s%s", i > 0 ? ", " : "one of ", word);
    forms = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return forms.ptr;
}

const char *config_key_forms(const struct config_key *key, struct arena *arena)
{
    static const char *const FORMS[CONFIG_TYPES] = {
        [CONFIG_TEXT] = "one value",
        [CONFIG_BOOLEAN] = "true or false",
        [CONFIG_TERM] = "a duration such as 12h or 30d, or forever",
        [CONFIG_WORDS] = "a list ('- entry')",
        [CONFIG_TEXTS] = "a list ('- entry')",
        [CONFIG_BLOCK] = "keys with values ('key: value')",
        [CONFIG_FEATURE] = "keys with values ('key: value')",
        [CONFIG_FREE] = "keys with values ('key: value')",
        [CONFIG_LIST] = "a list ('- entry')",
        [CONFIG_COLUMN] = "a column, or keys with values ('{ column: …, type: … }')",
    };
    static const enum units UNITS[CONFIG_TYPES] = {
        [CONFIG_COUNT] = UNITS_COUNT,
        [CONFIG_DURATION] = UNITS_DURATION,
        [CONFIG_SIZE] = UNITS_SIZE,
    };

    if (key->type == CONFIG_WORD)
        return forms_of_words(key, arena);
    return FORMS[key->type] != NULL ? FORMS[key->type] : units_forms(UNITS[key->type]);
}

/* YAML 1.1 reads 010 as eight, and whoever writes it may mean either. */
static bool parse_count(struct text text, int64_t *value_out)
{
    const bool octal = text.len > 1 && text.ptr[0] == '0';

    return !octal && units_parse(UNITS_COUNT, text, value_out);
}

static bool parse_term(struct text text, int64_t *value_out)
{
    if (!text_is(text, "forever"))
        return units_parse(UNITS_DURATION, text, value_out);
    *value_out = INT64_MAX;
    return true;
}

static bool parse_boolean(struct text text, int64_t *value_out)
{
    *value_out = text_is(text, "true");
    return *value_out != 0 || text_is(text, "false");
}

static bool parse_word(const struct config_key *key, struct text text, int64_t *value_out)
{
    const char *word;

    for (unsigned i = 0; (word = config_key_word(key, i)) != NULL; i++) {
        if (!text_is(text, word))
            continue;
        *value_out = i;
        return true;
    }
    return false;
}

bool config_key_parse(const struct config_key *key, struct text text, int64_t *value_out)
{
    if (key->type == CONFIG_COUNT)
        return parse_count(text, value_out);
    if (key->type == CONFIG_DURATION)
        return units_parse(UNITS_DURATION, text, value_out);
    if (key->type == CONFIG_TERM)
        return parse_term(text, value_out);
    if (key->type == CONFIG_SIZE)
        return units_parse(UNITS_SIZE, text, value_out);
    if (key->type == CONFIG_BOOLEAN)
        return parse_boolean(text, value_out);
    return (key->type == CONFIG_WORD || key->type == CONFIG_WORDS) &&
           parse_word(key, text, value_out);
}
