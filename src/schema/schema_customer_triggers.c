/* Which columns the customer's BEFORE triggers set: schema_customer_triggers_check(), _filler(). A
 * trigger's text is read as words: behind SET, each assignment that begins with NEW and a column
 * counts. */
#include "schema_customer_triggers.h"

#include <ctype.h>

#define WORD_BYTES ((size_t)64)

/* A word is a name (quoted or not), or one character; strings and comments are skipped. */
struct words {
    const char *at;
    const char *end;
    char word[WORD_BYTES + 1];
    bool quoted;
};

static bool is_name_character(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static const char *skip_past(const char *at, const char *end, const char *mark)
{
    const size_t len = strlen(mark);

    while ((size_t)(end - at) >= len && memcmp(at, mark, len) != 0)
        at++;
    return (size_t)(end - at) >= len ? at + len : end;
}

static bool begins(const struct words *w, const char *mark)
{
    const size_t len = strlen(mark);

    return (size_t)(w->end - w->at) >= len && memcmp(w->at, mark, len) == 0;
}

static const char *skip_string(const char *at, const char *end)
{
    const char quote = *at++;

    while (at < end && *at != quote)
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    return at < end ? at + 1 : end;
}

static void skip_blanks(struct words *w)
{
    for (const char *before = NULL; before != w->at;) {
        before = w->at;
        while (w->at < w->end && isspace((unsigned char)*w->at))
            w->at++;
        if (begins(w, "/*"))
            w->at = skip_past(w->at + 2, w->end, "*/");
        else if (begins(w, "-- ") || begins(w, "#"))
            w->at = skip_past(w->at, w->end, "\n");
        else if (begins(w, "'") || begins(w, "\""))
            w->at = skip_string(w->at, w->end);
    }
}

static void keep(struct words *w, const char *start, size_t len)
{
    const size_t kept = len < WORD_BYTES ? len : WORD_BYTES;

    memcpy(w->word, start, kept);
    w->word[kept] = '\0';
}

static bool next_word(struct words *w)
{
    const char *start;

    skip_blanks(w);
    if (w->at >= w->end)
        return false;
    start = w->at;
    w->quoted = *start == '`';
    if (w->quoted) {
        w->at = skip_past(start + 1, w->end, "`");
        keep(w, start + 1, (size_t)(w->at - start) - (w->at > start + 1 ? 2 : 1));
        return true;
    }
    while (w->at < w->end && is_name_character(*w->at))
        w->at++;
    if (w->at == start)
        w->at++;
    keep(w, start, (size_t)(w->at - start));
    return true;
}

static bool is_word(const struct words *w, const char *word)
{
    return !w->quoted && text_equal_nocase(text_of(w->word), text_of(word));
}

/* At the word behind SET or behind a comma of it: NEW.column = or := ? */
static bool assigns(struct words *w, struct text column)
{
    if (!text_equal_nocase(text_of(w->word), TEXT_LITERAL("new")) || !next_word(w) ||
        !is_word(w, ".") || !next_word(w))
        return false;
    return text_equal_nocase(text_of(w->word), column);
}

/* Behind "(": is the expression over with the ")" that closes it? */
static bool ends_with_bracket(struct words *w)
{
    int depth = 1;

    while (depth > 0 && next_word(w))
        depth += is_word(w, "(") ? 1 : is_word(w, ")") ? -1 : 0;
    return depth == 0 && (!next_word(w) || is_word(w, ";") || is_word(w, ","));
}

/* At the column that is set: to COALESCE(NEW.column, …), which keeps what the server writes? */
static bool keeps_given(struct words w, struct text column)
{
    bool more = next_word(&w);

    while (more && (is_word(&w, ":") || is_word(&w, "=")))
        more = next_word(&w);
    return more && (is_word(&w, "coalesce") || is_word(&w, "ifnull")) && next_word(&w) &&
           is_word(&w, "(") && next_word(&w) && assigns(&w, column) && next_word(&w) &&
           is_word(&w, ",") && ends_with_bracket(&w);
}

enum setting { SETS_AT_ALL, SETS_ANEW };

static bool sets(struct text statement, struct text column, enum setting setting)
{
    struct words w = {.at = statement.ptr, .end = statement.ptr + statement.len};
    bool in_set = false, at_target = false;
    int depth = 0;

    while (next_word(&w)) {
        if (at_target && assigns(&w, column) && (setting == SETS_AT_ALL || !keeps_given(w, column)))
            return true;
        at_target = false;
        if (is_word(&w, "set"))
            in_set = at_target = true, depth = 0;
        else if (is_word(&w, ";"))
            in_set = false;
        else if (is_word(&w, "("))
            depth++;
        else if (is_word(&w, ")"))
            depth--;
        else if (is_word(&w, ",") && in_set && depth == 0)
            at_target = true;
    }
    return false;
}

enum schema_filler schema_customer_triggers_filler(const struct catalog_table *table,
                                                   struct text column)
{
    for (size_t i = 0; i < table->trigger_count; i++)
        if (text_is(table->triggers[i].event, "INSERT") &&
            sets(table->triggers[i].statement, column, SETS_AT_ALL))
            return SCHEMA_TRIGGER;
    return table->triggers_hidden ? SCHEMA_UNKNOWN : SCHEMA_NOBODY;
}

static void warn_if_set(struct schema_session *session, const struct model *model,
                        const struct catalog_trigger *trigger, struct text column)
{
    if (sets(trigger->statement, column, SETS_ANEW))
        schema_session_warn(session, model->config_line,
                            "table %s has the trigger %s BEFORE %s, which sets the mapped column "
                            "%s: a row that it gives another id or owner is deleted on the device "
                            "that wrote it, and others get it with the next `mobync reconcile`",
                            schema_session_quote(session, model->table),
                            schema_session_quote(session, trigger->name), trigger->event.ptr,
                            schema_session_quote(session, column));
}

void schema_customer_triggers_check(struct schema_session *session, const struct model *model,
                                    const struct catalog_table *table)
{
    for (size_t i = 0; i < table->trigger_count; i++) {
        const struct catalog_trigger *trigger = &table->triggers[i];

        for (size_t k = 0; k < model_id_count(model); k++)
            warn_if_set(session, model, trigger, model_id_part(model, k).column);
        warn_if_set(session, model, trigger, model->owner_column);
    }
}
