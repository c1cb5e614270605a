/* Prints the key table for config_keys.sh, one key a line: its path, its row in the manual, its
 * default, its range, its words; separated by tabs. */
#include <stdio.h>

#include "config_table.h"

static const char *const TYPES[CONFIG_TYPES] = {
    [CONFIG_TEXT] = "text",  [CONFIG_COUNT] = "number",    [CONFIG_DURATION] = "duration",
    [CONFIG_SIZE] = "size",  [CONFIG_BOOLEAN] = "boolean", [CONFIG_WORD] = "word",
    [CONFIG_WORDS] = "list", [CONFIG_BLOCK] = "block",     [CONFIG_FEATURE] = "block",
    [CONFIG_LIST] = "list",  [CONFIG_TEXTS] = "list",      [CONFIG_COLUMN] = "text or block",
    [CONFIG_FREE] = "block", [CONFIG_TERM] = "duration",
};

static bool has_words(const struct config_key *key)
{
    return key->type == CONFIG_WORD || key->type == CONFIG_WORDS;
}

static void print_words(const struct config_key *key, const char *quote, const char *between)
{
    const char *word;

    for (unsigned i = 0; has_words(key) && (word = config_key_word(key, i)) != NULL; i++)
        printf("%s%s%s%s", i > 0 ? between : "", quote, word, quote);
}

static void print_range(const struct config_key *key)
{
    const bool measured = key->least != NULL;

    print_words(key, "`", ", ");
    if (measured)
        printf("%s to %s", key->least, key->most);
    if (key->range != NULL)
        printf("%s%s", measured ? "; " : "", key->range);
    else if (!measured && !has_words(key))
        fputs("–", stdout);
}

static void print_default(const struct config_key *key)
{
    if (key->required)
        fputs("required", stdout);
    else if (key->fallback != NULL)
        printf("`%s`", key->fallback);
    else if (key->like != NULL)
        printf("the %s", key->like);
    else if (key->type == CONFIG_BLOCK)
        fputs("–", stdout);
    else
        printf("not set%s%s", key->unset != NULL ? ": " : "", key->unset != NULL ? key->unset : "");
}

int main(void)
{
    for (const struct config_key *key = CONFIG_TABLE + 1; key->path != NULL; key++) {
        if (key->meaning == NULL) /* a list's entry */
            continue;
        printf("%s\t| `%s` | %s | %s | ", key->path, key->path, key->meaning, TYPES[key->type]);
        print_range(key);
        fputs(" | ", stdout);
        print_default(key);
        printf(" |\t%s\t", key->fallback != NULL ? key->fallback : "");
        if (key->least != NULL)
            printf("%s to %s", key->least, key->most);
        putchar('\t');
        print_words(key, "", " ");
        putchar('\n');
    }
    return 0;
}
