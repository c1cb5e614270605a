#include "schema_parts.h"
#include "db_tables.h"

#define UUID_CHARACTERS   ((uint64_t)36)
#define UTF8MB4_MAX_BYTES ((uint64_t)4)
/* A MEDIUMTEXT's 16 MiB are more than a body with such a text. */
#define ENOUGH_CHARACTERS ((uint64_t)16777215 / UTF8MB4_MAX_BYTES)

/* A column in hand, and how messages call it. */
struct subject {
    struct schema_check *check;
    const struct model *model;
    const struct field *field; /* NULL: the id or the owner */
    const struct catalog_table *table;
    const struct catalog_column *column;
    const char *where; /* `table`.`column` */
    unsigned config_line;
};

/* A column type that holds a field type, perhaps with a but. */
struct fit {
    const char *data_type;
    const char *warning;
};

#define SMALL_INTEGER "larger integers than fit are refused when they come: make it BIGINT"
#define SMALL_TEXT    "longer values than fit are refused when they come: make it LONGTEXT"
#define PADDED_BINARY                                                                              \
    "it pads shorter values with zero bytes, so that they are not found again: make it VARBINARY"
#define DROPS_SPACES "it drops spaces at the end of a value: make it VARCHAR"
/* MySQL's; MariaDB's JSON is a LONGTEXT. */
#define REWRITTEN_JSON                                                                             \
    "it reorders keys and rounds large numbers, so that devices and server differ: make it "       \
    "LONGTEXT"

static const struct fit STRING_FITS[] = {
    {"varchar", NULL},    {"tinytext", NULL}, {"text", NULL},
    {"mediumtext", NULL}, {"longtext", NULL}, {"char", DROPS_SPACES},
};
static const struct fit INTEGER_FITS[] = {
    {"bigint", NULL},
    {"int", SMALL_INTEGER},
    {"mediumint", SMALL_INTEGER},
    {"smallint", SMALL_INTEGER},
    {"tinyint", SMALL_INTEGER},
};
static const struct fit FLOAT_FITS[] = {{"double", NULL}};
static const struct fit BOOLEAN_FITS[] = {
    {"tinyint", NULL}, {"smallint", NULL}, {"mediumint", NULL}, {"int", NULL}, {"bigint", NULL},
};
static const struct fit LIST_FITS[] = {
    {"json", NULL},
    {"longtext", NULL},
    {"mediumtext", SMALL_TEXT},
    {"text", SMALL_TEXT},
};
static const struct fit JSON_FITS[] = {
    {"longtext", NULL},
    {"mediumtext", SMALL_TEXT},
    {"text", SMALL_TEXT},
    {"json", REWRITTEN_JSON},
};
static const struct fit KEY_FITS[] = {
    {"varchar", NULL},
    {"char", NULL},
    {"varbinary", NULL},
    {"binary", PADDED_BINARY},
};

#define FITS(list) (list), ARRAY_LEN(list)
static const struct {
    const struct fit *fits;
    size_t count;
    const char *remedy;
} TYPES[FIELD_TYPES] = {
    [FIELD_STRING] = {FITS(STRING_FITS), "VARCHAR or TEXT"},
    [FIELD_INTEGER] = {FITS(INTEGER_FITS), "BIGINT"},
    [FIELD_FLOAT] = {FITS(FLOAT_FITS), "DOUBLE"},
    [FIELD_BOOLEAN] = {FITS(BOOLEAN_FITS), "TINYINT(1)"},
    [FIELD_LIST] = {FITS(LIST_FITS), "JSON"},
    [FIELD_JSON] = {FITS(JSON_FITS), "LONGTEXT"},
};

static const struct fit *find_fit(const struct fit *fits, size_t count, struct text data_type)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(data_type, fits[i].data_type))
            return &fits[i];
    return NULL;
}

static bool contains(struct text t, const char *part)
{
    return strstr(t.ptr, part) != NULL;
}

static void warn_of_fit(const struct subject *s, const struct fit *fit)
{
    if (fit->warning != NULL)
        schema_warn(s->check, s->config_line, "column %s is %s: %s", s->where,
                    s->column->column_type.ptr, fit->warning);
}

struct role {
    const char *noun;
    const char *one_case;
    const char *other_case;
    const char *consequence;
};

static const struct role ID_ROLE = {"ids", "aB", "Ab", "one object"};
static const struct role OWNER_ROLE = {"owners", "alice", "Alice",
                                       "one owner, who sees the other's rows"};

static const char *alter_to_text(const struct subject *s, const char *type)
{
    struct buf sql;

    buf_init(&sql, 4096);
    buf_printf(&sql, "ALTER TABLE %s MODIFY ", schema_name(s->check, s->table->name));
    buf_printf(&sql, "%s %s CHARACTER SET utf8mb4 COLLATE %s%s",
               schema_name(s->check, s->column->name), type,
               db_tables_collation(s->check->server.mariadb),
               s->column->nullable ? "" : " NOT NULL");
    return schema_take(s->check, &sql);
}

/* _cs alone may still take é and e for one, but says so: _ai_cs. */
static bool tells_all_apart(struct text collation)
{
    static const char BIN[] = "_bin";
    const size_t len = sizeof(BIN) - 1;

    if (text_is(collation, "binary"))
        return true;
    if (collation.len > len && memcmp(collation.ptr + collation.len - len, BIN, len) == 0)
        return true;
    return contains(collation, "_cs") && !contains(collation, "_ai");
}

/* MySQL's collations of UCA 9.0.0 do not pad, MariaDB's say so in their names. */
static bool ignores_end_spaces(const struct catalog_column *column)
{
    if (text_is(column->data_type, "char"))
        return true;
    return column->collation.len > 0 && !text_is(column->collation, "binary") &&
           !contains(column->collation, "_nopad") && !contains(column->collation, "_0900_");
}

static void check_key_collation(const struct subject *s, const struct role *role)
{
    const struct catalog_column *column = s->column;
    const char *type =
        text_is(column->data_type, "char") ? "VARCHAR(128)" : column->column_type.ptr;

    if (column->collation.len > 0 && !tells_all_apart(column->collation)) {
        schema_fault(s->check, s->config_line,
                     "column %s compares by %s, where `%s` and `%s` are %s: %s", s->where,
                     column->collation.ptr, role->one_case, role->other_case, role->consequence,
                     alter_to_text(s, type));
        return;
    }
    if (ignores_end_spaces(column))
        schema_warn(s->check, s->config_line,
                    "column %s (%s, %s) takes %s that differ only in spaces at the end for %s: %s",
                    s->where, column->column_type.ptr, column->collation.ptr, role->noun,
                    role->consequence, alter_to_text(s, type));
    if (column->character_set.len > 0 && !text_is(column->character_set, "utf8mb4"))
        schema_warn(s->check, s->config_line,
                    "column %s holds %s alone, so that %s with other characters fail: %s", s->where,
                    column->character_set.ptr, role->noun, alter_to_text(s, type));
}

static void report_missing(const struct subject *s)
{
    schema_fault(s->check, s->config_line,
                 "column %s does not exist: run `mobync schema --apply`, or name the right one",
                 s->where);
}

static void report_generated(const struct subject *s)
{
    schema_fault(s->check, s->config_line,
                 "column %s is generated, so that nothing can be written to it: map a plain column",
                 s->where);
}

/* Neither null nor 0 would be kept, and no device is told of what stands there instead. */
static void report_auto_increment(const struct subject *s)
{
    schema_fault(s->check, s->config_line,
                 "column %s is AUTO_INCREMENT, so that the table makes values that no device is "
                 "told of: take the field out of the mapping",
                 s->where);
}

static void check_key_column(const struct subject *s, const struct role *role)
{
    const struct fit *fit;

    if (s->column == NULL) {
        report_missing(s);
        return;
    }
    fit = find_fit(FITS(KEY_FITS), s->column->data_type);
    if (fit == NULL) {
        schema_fault(s->check, s->config_line,
                     "column %s is %s, but %s are texts of up to 128 bytes: %s", s->where,
                     s->column->column_type.ptr, role->noun, alter_to_text(s, "VARCHAR(128)"));
        return;
    }
    if (s->column->generated)
        report_generated(s);
    warn_of_fit(s, fit);
    check_key_collation(s, role);
    if (role == &ID_ROLE && s->column->max_characters < UUID_CHARACTERS)
        schema_warn(s->check, s->config_line,
                    "column %s is %s, too short for a UUID: make it at least VARCHAR(36)", s->where,
                    s->column->column_type.ptr);
}

static uint64_t capacity(const struct catalog_column *column)
{
    if (text_is(column->data_type, "char") || text_is(column->data_type, "varchar"))
        return column->max_characters;
    return column->max_bytes / UTF8MB4_MAX_BYTES;
}

static void check_length(const struct subject *s)
{
    const uint64_t fits = capacity(s->column);

    if (s->field->type != FIELD_STRING)
        return;
    if (s->field->max_length > fits)
        schema_fault(s->check, s->config_line,
                     "column %s is %s, but max_length is %zu: at most %llu characters fit: set "
                     "max_length: %llu or widen the column",
                     s->where, s->column->column_type.ptr, s->field->max_length,
                     (unsigned long long)fits, (unsigned long long)fits);
    else if (s->field->max_length == 0 && fits < ENOUGH_CHARACTERS)
        schema_warn(s->check, s->config_line,
                    "column %s is %s, which refuses longer texts when they come: set max_length: "
                    "%llu, so that clients can be told",
                    s->where, s->column->column_type.ptr, (unsigned long long)fits);
}

static void check_character_set(const struct subject *s)
{
    if (s->column->character_set.len > 0 && !text_is(s->column->character_set, "utf8mb4"))
        schema_fault(s->check, s->config_line,
                     "column %s has the character set %s, which cannot hold every text: make it %s "
                     "CHARACTER SET utf8mb4",
                     s->where, s->column->character_set.ptr, s->column->column_type.ptr);
}

static void check_number(const struct subject *s)
{
    const enum field_type type = s->field->type;
    const char *column_type = s->column->column_type.ptr;

    if (type == FIELD_FLOAT && contains(s->column->column_type, "("))
        schema_fault(s->check, s->config_line,
                     "column %s is %s, which rounds: make it DOUBLE without digits", s->where,
                     column_type);
    if ((type == FIELD_FLOAT || type == FIELD_INTEGER) &&
        contains(s->column->column_type, "unsigned"))
        schema_warn(s->check, s->config_line,
                    "column %s is %s, which refuses negative numbers when they come: make it "
                    "signed",
                    s->where, column_type);
}

/* Measured on MariaDB 10.11: JSON_VALID accepts 31 levels; PROTOCOL 2 allows 100. */
static void check_json(const struct subject *s)
{
    if (!s->column->json_check)
        return;
    if (s->field->type == FIELD_STRING)
        schema_fault(s->check, s->config_line,
                     "column %s is JSON, which refuses texts that are no JSON: set type: json, or "
                     "make it LONGTEXT",
                     s->where);
    else if (s->field->type == FIELD_JSON)
        schema_warn(s->check, s->config_line,
                    "column %s is JSON, which refuses values nested deeper than 31 levels: make it "
                    "LONGTEXT",
                    s->where);
}

static void check_null(const struct subject *s)
{
    if (s->field->required || s->column->nullable)
        return;
    if (!s->column->has_default && s->model->allow[DIFF_CREATE])
        schema_fault(s->check, s->config_line,
                     "column %s is NOT NULL without a default, so that creates without field %s "
                     "fail: set required: true, or let the column be NULL",
                     s->where, s->field->name.ptr);
    else
        schema_warn(s->check, s->config_line,
                    "column %s is NOT NULL, so that a null in field %s is refused when it comes: "
                    "set required: true, or let the column be NULL",
                    s->where, s->field->name.ptr);
}

static void check_default(const struct subject *s)
{
    const char *remedy = s->column->nullable ? "make NULL its default" : "set required: true";

    if (s->column->default_value && !s->field->required && s->model->allow[DIFF_CREATE])
        schema_warn(s->check, s->config_line,
                    "column %s has a default, of which no device is told when a create leaves "
                    "field %s out: %s",
                    s->where, s->field->name.ptr, remedy);
}

static void check_field_column(const struct subject *s)
{
    const struct fit *fit;

    if (s->column == NULL) {
        report_missing(s);
        return;
    }
    if (s->column->generated) {
        report_generated(s);
        return;
    }
    if (s->column->auto_increment) {
        report_auto_increment(s);
        return;
    }
    fit = find_fit(TYPES[s->field->type].fits, TYPES[s->field->type].count, s->column->data_type);
    if (fit == NULL) {
        schema_fault(s->check, s->config_line,
                     "column %s is %s, which cannot hold every %s: make it %s", s->where,
                     s->column->column_type.ptr, field_type_name(s->field->type),
                     TYPES[s->field->type].remedy);
        return;
    }
    warn_of_fit(s, fit);
    check_number(s);
    check_character_set(s);
    check_length(s);
    check_json(s);
    check_null(s);
    check_default(s);
}

static const char *where(struct schema_check *check, struct text table, struct text column)
{
    struct buf both;

    buf_init(&both, (table.len + column.len) * 2 + 5);
    db_quote_name(&both, table);
    buf_add_char(&both, '.');
    db_quote_name(&both, column);
    return schema_take(check, &both);
}

static struct subject subject_of(struct schema_check *check, const struct model *model,
                                 const struct catalog_table *table, struct text column)
{
    return (struct subject){
        .check = check,
        .model = model,
        .table = table,
        .column = catalog_column(table, column),
        .where = where(check, model->table, column),
        .config_line = model->config_line,
    };
}

bool schema_is_mapped(const struct model *model, struct text column)
{
    if (text_equal_nocase(column, model->id_column) ||
        text_equal_nocase(column, model->owner_column))
        return true;
    for (size_t i = 0; i < model->field_count; i++)
        if (text_equal_nocase(column, model->fields[i].column))
            return true;
    return false;
}

static void check_unmapped(struct schema_check *check, const struct model *model,
                           const struct catalog_table *table)
{
    if (!model->allow[DIFF_CREATE])
        return;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct catalog_column *column = &table->columns[i];

        if (column->has_default || schema_is_mapped(model, column->name))
            continue;
        schema_fault(check, model->config_line,
                     "column %s is NOT NULL without a default and is no field, so that every "
                     "create fails: map it, give it a default, or take create out of allow",
                     where(check, model->table, column->name));
    }
}

void schema_check_columns(struct schema_check *check, const struct model *model,
                          const struct catalog_table *table)
{
    struct subject id = subject_of(check, model, table, model->id_column);
    struct subject owner = subject_of(check, model, table, model->owner_column);

    check_key_column(&id, &ID_ROLE);
    check_key_column(&owner, &OWNER_ROLE);
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        struct subject s = subject_of(check, model, table, field->column);

        s.field = field;
        s.config_line = field->config_line;
        check_field_column(&s);
    }
    check_unmapped(check, model, table);
}
