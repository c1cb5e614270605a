/* Reads the type of a column as the catalog prints it.
 * Entry:     column_parse().
 * Invariant: a word of SQL is one row of WORDS. */
#include "column.h"

#include "attributes.h"
#include "id.h"

static const struct {
    const char *word;
    enum column_type type;
    unsigned bits;
    uint64_t bytes;
} WORDS[] = {
    {"char", COLUMN_TEXT, 0, 0},
    {"varchar", COLUMN_TEXT, 0, 0},
    {"tinytext", COLUMN_TEXT, 0, 0},
    {"text", COLUMN_TEXT, 0, 0},
    {"mediumtext", COLUMN_TEXT, 0, 0},
    {"longtext", COLUMN_TEXT, 0, 0},
    {"json", COLUMN_TEXT, 0, 0},
    {"binary", COLUMN_BINARY, 0, 1},
    {"varbinary", COLUMN_VARBINARY, 0, 0},
    {"tinyblob", COLUMN_VARBINARY, 0, 255},
    {"blob", COLUMN_VARBINARY, 0, 65535},
    {"mediumblob", COLUMN_VARBINARY, 0, 16777215},
    {"longblob", COLUMN_VARBINARY, 0, 4294967295},
    {"tinyint", COLUMN_INTEGER, 8, 0},
    {"smallint", COLUMN_INTEGER, 16, 0},
    {"mediumint", COLUMN_INTEGER, 24, 0},
    {"int", COLUMN_INTEGER, 32, 0},
    {"bigint", COLUMN_INTEGER, 64, 0},
    {"year", COLUMN_YEAR, 16, 0},
    {"bit", COLUMN_BIT, 1, 0},
    {"float", COLUMN_FLOAT, 0, 0},
    {"double", COLUMN_DOUBLE, 0, 0},
    {"decimal", COLUMN_DECIMAL, 0, 0},
    {"date", COLUMN_DATE, 0, 0},
    {"datetime", COLUMN_DATETIME, 0, 0},
    {"timestamp", COLUMN_TIMESTAMP, 0, 0},
    {"time", COLUMN_TIME, 0, 0},
    {"enum", COLUMN_ENUM, 0, 0},
    {"set", COLUMN_SET, 0, 0},
    {"uuid", COLUMN_UUID, 0, 0},
};

static size_t word_length(struct text t)
{
    size_t len = 0;

    while (len < t.len && t.ptr[len] >= 'a' && t.ptr[len] <= 'z')
        len++;
    return len;
}

/* The digits at *at, and behind them; 0 if there are none. */
static unsigned read_number(struct text t, size_t *at)
{
    uint64_t number = 0;

    for (; *at < t.len && t.ptr[*at] >= '0' && t.ptr[*at] <= '9'; ++*at)
        number = number * 10 + (uint64_t)(t.ptr[*at] - '0');
    return (unsigned)number;
}

static void read_numbers(struct column *column, struct text t, size_t at)
{
    const unsigned first = read_number(t, &at);
    unsigned second = 0;

    if (at < t.len && t.ptr[at] == ',') {
        at++;
        second = read_number(t, &at);
    }
    if (column->type == COLUMN_DECIMAL) {
        column->precision = first;
        column->scale = second;
    } else if (column->type == COLUMN_BIT) {
        column->bits = first;
    } else if (column->type == COLUMN_BINARY || column->type == COLUMN_VARBINARY) {
        column->bytes = first;
    } else if (column->type == COLUMN_DATETIME || column->type == COLUMN_TIMESTAMP ||
               column->type == COLUMN_TIME) {
        column->scale = first;
    } else if (column->type == COLUMN_TEXT) {
        column->characters = first;
    }
}

/* In a member, a quote is doubled, and what the server escapes has a backslash before it. */
static char unescaped(const char *at, size_t *taken)
{
    static const char FROM[] = {'0', 'n', 'r', 't'}, TO[] = {'\0', '\n', '\r', '\t'};

    *taken = 2;
    if (at[0] == '\'')
        return '\'';
    for (size_t i = 0; i < sizeof(FROM); i++)
        if (at[1] == FROM[i])
            return TO[i];
    return at[1];
}

/* Between the quotes at *at and the closing ones, behind which *at is left. */
static struct text read_member(struct text t, size_t *at, struct arena *arena)
{
    char *member = arena_alloc(arena, t.len - *at + 1);
    size_t len = 0, taken;

    for (++*at; *at < t.len; *at += taken) {
        const bool more = *at + 1 < t.len;

        taken = 1;
        if (more && (t.ptr[*at] == '\\' || (t.ptr[*at] == '\'' && t.ptr[*at + 1] == '\'')))
            member[len++] = unescaped(t.ptr + *at, &taken);
        else if (t.ptr[*at] == '\'')
            break;
        else
            member[len++] = t.ptr[*at];
    }
    ++*at;
    member[len] = '\0';
    return (struct text){member, len};
}

static void read_members(struct column *column, struct text t, size_t at, struct arena *arena)
{
    /* Each takes two quotes and a comma or a bracket. */
    struct text *members = ARENA_ARRAY(arena, t.len / 3 + 1, struct text);

    column->members = members;
    while (at < t.len && t.ptr[at] == '\'') {
        members[column->member_count++] = read_member(t, &at, arena);
        if (at < t.len && t.ptr[at] == ',')
            at++;
    }
}

struct column column_parse(struct text column_type, struct arena *arena)
{
    const struct text word = {column_type.ptr, word_length(column_type)};
    struct column column = {.type = COLUMN_UNKNOWN};

    for (size_t i = 0; i < ARRAY_LEN(WORDS); i++)
        if (text_is(word, WORDS[i].word))
            column = (struct column){
                .type = WORDS[i].type, .bits = WORDS[i].bits, .bytes = WORDS[i].bytes};
    column.is_unsigned = text_ends_with(column_type, " unsigned") ||
                         text_ends_with(column_type, " unsigned zerofill");
    if (word.len == column_type.len || column_type.ptr[word.len] != '(')
        return column;
    if (column.type == COLUMN_ENUM || column.type == COLUMN_SET)
        read_members(&column, column_type, word.len + 1, arena);
    else
        read_numbers(&column, column_type, word.len + 1);
    return column;
}

bool column_omits_hyphens(const struct column *column)
{
    return column->type == COLUMN_TEXT && column->characters == ID_UUID_DIGITS;
}

const struct model_columns *columns_of(const struct columns *columns, const struct model *model)
{
    return columns == NULL || model->index >= columns->model_count ? NULL
                                                                   : &columns->models[model->index];
}

struct mapped_field column_of(const struct columns *columns, const struct model *model,
                              const struct field *field)
{
    const struct model_columns *known = columns_of(columns, model);

    return (struct mapped_field){field, known == NULL ? NULL : &known->fields[field->index]};
}

bool columns_alter(const struct columns *columns, const struct model *model, enum diff_type type)
{
    const struct model_columns *known = columns_of(columns, model);

    return known != NULL && known->alters[type];
}

enum column_type column_type_of(const struct mapped_field *at)
{
    return at->column == NULL ? COLUMN_UNKNOWN : at->column->type;
}
