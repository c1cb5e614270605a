/* Reads the actions of foreign keys out of a table's definition: db_definition_rules(). */
#include "db_definition.h"

#include "db_quote.h"
#include "db_result.h"

#define NAME_BYTES ((size_t)1024)

/* SHOW CREATE TABLE: the name, and this. */
#define DEFINITION 1

enum rc db_definition_read(struct db_link *link, struct text table, struct arena *arena,
                           struct text *definition_out, struct fail *fail)
{
    struct db_result result = {0};
    struct buf sql;
    enum rc rc;

    *definition_out = TEXT_LITERAL("");
    buf_init(&sql, NAME_BYTES);
    buf_add_str(&sql, "SHOW CREATE TABLE ");
    db_quote_name(&sql, table);
    rc = db_result_read(link, buf_text(&sql), "read foreign keys", arena, &result, fail);
    buf_release(&sql);
    if (rc == RC_OK && result.rows > 0)
        *definition_out = db_result_text(&result, 0, DEFINITION);
    return rc;
}

/* The line that has the key; NULL: none. */
static const char *find_line(const char *definition, struct text key)
{
    const char *line;
    struct buf start;

    buf_init(&start, NAME_BYTES);
    buf_add_str(&start, "\n  CONSTRAINT ");
    db_quote_name(&start, key);
    buf_add_str(&start, " FOREIGN KEY (");
    line = strstr(definition, buf_text(&start).ptr);
    buf_release(&start);
    return line == NULL ? NULL : line + 1;
}

static const char *find_rule(const char *line, const char *event)
{
    static const char *const RULES[] = {"CASCADE", "SET NULL", "SET DEFAULT"};
    const char *found = strstr(line, event);

    if (found == NULL || found > line + strcspn(line, "\n"))
        return "RESTRICT";
    found += strlen(event);
    for (size_t i = 0; i < ARRAY_LEN(RULES); i++)
        if (strncmp(found, RULES[i], strlen(RULES[i])) == 0)
            return RULES[i];
    return "RESTRICT";
}

/* Behind the last column's bracket, so that no name can look like a rule. */
static const char *find_rules(const char *line)
{
    static const char REFERENCES[] = "`) REFERENCES ";
    const char *found = strstr(line, REFERENCES);

    return found == NULL ? line : found + strlen(REFERENCES);
}

struct db_key_rules db_definition_rules(struct text definition, struct text key)
{
    const char *line = find_line(definition.ptr, key);

    if (line == NULL)
        return (struct db_key_rules){"RESTRICT", "RESTRICT"};
    line = find_rules(line);
    return (struct db_key_rules){find_rule(line, ") ON DELETE "), find_rule(line, " ON UPDATE ")};
}
