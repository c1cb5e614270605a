/* Does each column of a mapped table hold what clients may send? Entry point:
 * schema_columns_check(). What fits a field type is a row of schema_types.c. */
#include "schema_columns.h"

#include "id.h"
#include "plural.h"
#include "schema_ddl.h"
#include "schema_fill.h"
#include "schema_guess.h"
#include "schema_customer_triggers.h"
#include "schema_types.h"

#define UUID_CHARACTERS ((uint64_t)ID_UUID_LEN)

/* A column, and how messages call it. */
struct subject {
    struct schema_session *session;
    const struct model *model;
    const struct field *field; /* NULL: the id or the owner */
    const struct catalog_table *table;
    const struct catalog_column *column; /* NULL: missing */
    struct text name;
    const char *where; /* `table`.`column` */
    unsigned config_line;
};

static bool contains(struct text t, const char *part)
{
    return strstr(t.ptr, part) != NULL;
}

/* Why nobody should change the column's type, or NULL. Advice to do so has failed with 1832 and
 * 1833, or taken AUTO_INCREMENT away from the application's INSERTs. */
static const char *tie_of(const struct catalog_column *column)
{
    if (column->auto_increment)
        return "is AUTO_INCREMENT";
    if (column->referenced)
        return "is referenced by a foreign key";
    if (column->refers)
        return "is part of a foreign key";
    return column->primary ? "is part of the primary key" : NULL;
}

/* No message holds an ALTER of an existing column: it would drop attributes that the message does
 * not know of, or change values. */
static const char *retype(const struct subject *s, const char *what)
{
    const char *tie = tie_of(s->column);
    struct buf words;

    buf_init(&words, 4096);
    if (tie != NULL)
        buf_printf(&words,
                   "map another column, because this one %s, and what relies on that would break",
                   tie);
    else
        buf_printf(&words, "make it %s if its data allow that, or map another column", what);
    return schema_session_take(s->session, &words);
}

static void warn_of_fit(const struct subject *s, const struct schema_fit *fit)
{
    if (fit->warning != NULL)
        schema_session_warn(s->session, s->config_line, "column %s is %s: %s: %s", s->where,
                            s->column->column_type.ptr, fit->warning, retype(s, fit->remedy));
}

struct role {
    const char *noun;
    const char *key; /* of the model */
};

static const struct role ID_ROLE = {"ids", "id"};
static const struct role OWNER_ROLE = {"owners", "owner"};

static const char *retype_key(const struct subject *s)
{
    const char *tie = tie_of(s->column);
    struct buf words;

    buf_init(&words, 4096);
    buf_add_str(&words, "name another column in the config, which `mobync schema --apply` adds");
    if (tie != NULL)
        buf_printf(&words, ", and leave this one to the application, because it %s", tie);
    else
        buf_add_str(&words, ", or convert this one if nothing relies on its type");
    return schema_session_take(s->session, &words);
}

/* Foreign keys want the same collation on both sides. */
static const char *recollate(const struct subject *s, const char *type)
{
    struct buf words;

    buf_init(&words, 4096);
    buf_printf(&words, "make it ");
    schema_ddl_text_type(&words, type, s->session->server.mariadb);
    buf_add_str(&words, ", with its other attributes as they are");
    if (s->column->referenced || s->column->refers)
        buf_add_str(&words, ", together with the columns that its foreign keys tie to it");
    return schema_session_take(s->session, &words);
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

/* Those that do not compare bytes are told of together: schema_columns_report_inexact(). */
static void check_key_collation(const struct subject *s, const struct role *role)
{
    const struct catalog_column *column = s->column;
    struct schema_session *session = s->session;

    if ((column->collation.len > 0 && !tells_all_apart(column->collation)) ||
        ignores_end_spaces(column)) {
        if (session->inexact_count < SCHEMA_INEXACT_NAMED)
            session->inexact[session->inexact_count] = s->where;
        if (session->inexact_count++ == 0)
            session->inexact_line = s->config_line;
    }
    if (column->character_set.len > 0 && !text_is(column->character_set, "utf8mb4"))
        schema_session_warn(
            s->session, s->config_line,
            "column %s has the character set %s, so %s with other characters fail: %s", s->where,
            column->character_set.ptr, role->noun, recollate(s, column->column_type.ptr));
}

void schema_columns_report_inexact(struct schema_session *session)
{
    const size_t count = session->inexact_count;
    struct buf names;

    if (count == 0)
        return;
    buf_init(&names, 4096);
    for (size_t i = 0; i < count && i < SCHEMA_INEXACT_NAMED; i++)
        buf_printf(&names, "%s%s", i > 0 ? ", " : "", session->inexact[i]);
    if (count > SCHEMA_INEXACT_NAMED)
        buf_printf(&names, " and %zu more", count - SCHEMA_INEXACT_NAMED);
    schema_session_warn(
        session, session->inexact_line,
        "collations that ignore case or trailing spaces: column%s %s. Rows are found by their "
        "bytes all the same, but an id that the column takes for another one, such as `Ab` for "
        "`aB`, is rejected with OBJECT_EXISTS: nothing to do if ids are UUIDs",
        count > 1 ? "s" : "", schema_session_take(session, &names));
}

/* One that the model does not use already. */
static struct text nearest_column(const struct subject *s)
{
    struct text *names = ARENA_ARRAY(&s->session->arena, s->table->column_count, struct text);
    size_t count = 0;

    for (size_t i = 0; i < s->table->column_count; i++)
        if (!schema_columns_is_mapped(s->model, s->table->columns[i].name))
            names[count++] = s->table->columns[i].name;
    return catalog_nearest(names, count, s->name);
}

/* Of an owner, user_id looks like none of another name. */
static struct text likely_owner(const struct subject *s)
{
    const struct catalog_column **owners =
        ARENA_ARRAY(&s->session->arena, s->table->column_count, const struct catalog_column *);
    const size_t count = schema_guess_owners(s->table, owners);

    for (size_t i = 0; i < count; i++)
        if (!schema_columns_is_mapped(s->model, owners[i]->name))
            return owners[i]->name;
    return TEXT_LITERAL("");
}

static struct text likely_id(const struct subject *s)
{
    struct text id = TEXT_LITERAL("");
    size_t count = 0;

    for (size_t i = 0; i < s->table->column_count; i++) {
        const struct catalog_column *column = &s->table->columns[i];

        if (!column->primary || column->auto_increment ||
            schema_columns_is_mapped(s->model, column->name))
            continue;
        id = column->name;
        count++;
    }
    return count == 1 ? id : TEXT_LITERAL("");
}

/* The column that a missing one stands for, as far as one can tell; empty: none. */
static struct text meant_column(const struct subject *s)
{
    const struct text nearest = nearest_column(s);

    if (nearest.len > 0 || s->field != NULL)
        return nearest;
    return text_equal_nocase(s->name, s->model->owner_column) ? likely_owner(s) : likely_id(s);
}

static void report_missing(const struct subject *s)
{
    const struct text nearest = meant_column(s);

    if (nearest.len > 0)
        schema_session_fault(s->session, s->config_line,
                             "column %s does not exist; did you mean %s? Correct its name, or run "
                             "`mobync schema --apply` to add it",
                             s->where, schema_session_quote(s->session, nearest));
    else
        schema_session_fault(
            s->session, s->config_line,
            "column %s does not exist: run `mobync schema --apply`, or correct its name", s->where);
}

static void report_generated(const struct subject *s, const char *remedy)
{
    schema_session_fault(s->session, s->config_line,
                         "column %s is generated and cannot be written: %s", s->where, remedy);
}

/* Neither null nor 0 would be kept, and no device is told of what stands there instead. */
static void report_auto_increment(const struct subject *s)
{
    schema_session_fault(
        s->session, s->config_line,
        "column %s is AUTO_INCREMENT, so the database assigns values that no device receives: "
        "set read_only: true, or remove the field from the mapping",
        s->where);
}

/* The type of key that the column does hold, or KEY_TYPES. */
static enum key_type held_type(const struct catalog_column *column)
{
    if (schema_types_key_fit(KEY_INTEGER, column->data_type) != NULL)
        return KEY_INTEGER;
    if (text_is(column->data_type, "uuid") ||
        (text_is(column->data_type, "binary") && column->max_bytes == ID_UUID_BYTES))
        return KEY_UUID;
    return schema_types_key_fit(KEY_STRING, column->data_type) != NULL ? KEY_STRING : KEY_TYPES;
}

static bool holds_uuids(const struct catalog_column *column)
{
    const bool bytes = contains(column->data_type, "binary");

    return text_is(column->data_type, "uuid") || schema_types_omits_hyphens(column) ||
           (bytes ? column->max_bytes == ID_UUID_BYTES : column->max_characters >= UUID_CHARACTERS);
}

/* Devices make up ids before the database sees them. */
static bool report_generated_id(const struct subject *s)
{
    if (!s->column->auto_increment || !s->model->allow[DIFF_CREATE])
        return false;
    schema_session_fault(
        s->session, s->config_line,
        "column %s is AUTO_INCREMENT, so the database makes the ids, which devices cannot know: "
        "map a second column (id: { column: sync_id, type: uuid }), which `mobync schema --apply` "
        "adds, or set id: { column: %s, type: integer } and allow: [update, delete]",
        s->where, s->name.ptr);
    return true;
}

static void report_unfit_key(const struct subject *s, const struct role *role, enum key_type type)
{
    const enum key_type held = held_type(s->column);

    if (role == &ID_ROLE && report_generated_id(s))
        return;
    if (held == KEY_TYPES || held == type)
        schema_session_fault(
            s->session, s->config_line, "column %s is %s, which cannot hold %s of type %s: %s",
            s->where, s->column->column_type.ptr, role->noun, key_type_name(type), retype_key(s));
    else
        schema_session_fault(s->session, s->config_line,
                             "column %s is %s, but the config says that its %s are of type %s: "
                             "set %s: { column: %s, type: %s }",
                             s->where, s->column->column_type.ptr, role->noun, key_type_name(type),
                             role->key, s->name.ptr, key_type_name(held));
}

/* A row without an id is nobody's; the application may not know of the column. */
static void check_filled_id(const struct subject *s, enum key_type type)
{
    if (type == KEY_UUID && s->column->nullable && !s->column->default_value)
        schema_session_warn(s->session, s->config_line,
                            "column %s may be NULL and has no default, so rows that are inserted "
                            "without it are not synchronized: run `mobync schema --apply`",
                            s->where);
}

static void check_string_key(const struct subject *s, const struct role *role)
{
    warn_of_fit(s, schema_types_key_fit(KEY_STRING, s->column->data_type));
    check_key_collation(s, role);
    if (role != &ID_ROLE || model_id_count(s->model) != 1)
        return;
    if (schema_types_omits_hyphens(s->column))
        schema_session_warn(s->session, s->config_line,
                            "column %s is %s, too short for a UUID with its hyphens: if it holds "
                            "UUIDs without them, set id: { column: %s, type: uuid }; else %s",
                            s->where, s->column->column_type.ptr, s->name.ptr,
                            retype(s, "at least VARCHAR(36)"));
    else if (s->column->max_characters < UUID_CHARACTERS)
        schema_session_warn(s->session, s->config_line, "column %s is %s, too short for a UUID: %s",
                            s->where, s->column->column_type.ptr,
                            retype(s, "at least VARCHAR(36)"));
}

static void check_key_column(const struct subject *s, const struct role *role, enum key_type type)
{
    if (s->column == NULL) {
        report_missing(s);
        return;
    }
    if (schema_types_key_fit(type, s->column->data_type) == NULL ||
        (type == KEY_UUID && !holds_uuids(s->column)) ||
        (type == KEY_STRING && held_type(s->column) != KEY_STRING)) {
        report_unfit_key(s, role, type);
        return;
    }
    if (s->column->generated)
        report_generated(s, "map a regular column");
    if (role == &ID_ROLE) {
        report_generated_id(s);
        check_filled_id(s, type);
    }
    if (type == KEY_STRING)
        check_string_key(s, role);
}

uint64_t schema_columns_capacity(const struct catalog_column *column)
{
    if (text_is(column->data_type, "char") || text_is(column->data_type, "varchar"))
        return column->max_characters;
    return column->max_bytes / column->character_bytes;
}

static void check_length(const struct subject *s)
{
    const uint64_t fits = schema_columns_capacity(s->column);

    if (!schema_types_of(s->field->type)->has_max_length)
        return;
    if (s->field->max_length > fits)
        schema_session_fault(
            s->session, s->config_line,
            "column %s is %s, which holds at most %llu character%s, but max_length is %zu: set "
            "max_length: %llu%s",
            s->where, s->column->column_type.ptr, (unsigned long long)fits, plural(fits),
            s->field->max_length, (unsigned long long)fits,
            tie_of(s->column) == NULL ? ", or widen the column" : "");
    else if (s->field->max_length == 0 && fits < SCHEMA_COLUMNS_ENOUGH)
        schema_session_warn(
            s->session, s->config_line,
            "column %s is %s, so longer strings are rejected during sync: set max_length: %llu, "
            "so that clients can check first",
            s->where, s->column->column_type.ptr, (unsigned long long)fits);
}

static bool lacks_characters(const struct subject *s)
{
    return s->field->parent == NULL && s->column->character_set.len > 0 &&
           !text_is(s->column->character_set, "utf8mb4");
}

/* What the column should be beside its character set. */
static const char *better_type(const struct subject *s, const struct schema_fit *fit)
{
    struct buf type;

    if (fit->warning == NULL)
        return s->column->column_type.ptr;
    if (!text_is(s->column->data_type, "char"))
        return fit->remedy;
    buf_init(&type, 64);
    buf_printf(&type, "VARCHAR(%llu)", (unsigned long long)s->column->max_characters);
    return schema_session_take(s->session, &type);
}

/* In the collation that the table has, or near to it: the application compares with it. */
static const char *in_utf8mb4(const struct subject *s, const char *type)
{
    struct buf words;

    buf_init(&words, 4096);
    buf_printf(&words, "%s CHARACTER SET utf8mb4", type);
    return retype(s, schema_session_take(s->session, &words));
}

/* One message says all that such a column lacks, and what it should be. JSON has to hold every
 * string; of a string, the device can be told what the column cannot. */
static void report_character_set(const struct subject *s, const struct schema_fit *fit)
{
    const char *remedy = in_utf8mb4(s, better_type(s, fit));

    if (field_type_is_json(s->field->type))
        schema_session_fault(
            s->session, s->config_line,
            "column %s has the character set %s, which cannot store every string: %s", s->where,
            s->column->character_set.ptr, remedy);
    else if (schema_types_of(s->field->type)->has_max_length)
        schema_session_warn(
            s->session, s->config_line,
            "column %s has the character set %s, so strings with other characters are rejected "
            "during sync%s%s: %s",
            s->where, s->column->character_set.ptr, fit->warning != NULL ? "; " : "",
            fit->warning != NULL ? fit->warning : "", remedy);
}

static void check_number(const struct subject *s)
{
    const struct schema_type *type = schema_types_of(s->field->type);
    const char *column_type = s->column->column_type.ptr;

    if (type->rounded_by_digits && contains(s->column->column_type, "("))
        schema_session_fault(s->session, s->config_line, "column %s is %s, which rounds values: %s",
                             s->where, column_type, retype(s, "DOUBLE without digits"));
    if (type->has_negative && contains(s->column->column_type, "unsigned"))
        schema_session_warn(s->session, s->config_line,
                            "column %s is %s, so negative numbers are rejected during sync: %s",
                            s->where, column_type, retype(s, "signed"));
}

static void check_closely(const struct subject *s)
{
    const struct schema_type *type = schema_types_of(s->field->type);
    const struct schema_fitted fitted = {s->field, s->column,
                                         column_parse(s->column->column_type, &s->session->arena)};
    const char *fault = type->fault != NULL ? type->fault(&fitted) : NULL;
    const char *warning = type->warning != NULL ? type->warning(&fitted) : NULL;

    if (fault != NULL)
        schema_session_fault(s->session, s->config_line, "column %s is %s, which %s", s->where,
                             s->column->column_type.ptr, fault);
    else if (warning != NULL)
        schema_session_warn(s->session, s->config_line, "column %s is %s, which %s", s->where,
                            s->column->column_type.ptr, warning);
}

static void check_json(const struct subject *s)
{
    const struct schema_type *type = schema_types_of(s->field->type);

    if (!s->column->json_check)
        return;
    if (type->json_fault != NULL)
        schema_session_fault(s->session, s->config_line, "column %s is JSON, which %s", s->where,
                             type->json_fault);
    if (type->json_warning != NULL)
        schema_session_warn(s->session, s->config_line, "column %s is JSON, which %s", s->where,
                            type->json_warning);
}

static bool is_read_only(const struct subject *s)
{
    return s->field->access != FIELD_WRITABLE;
}

static void check_null(const struct subject *s)
{
    const char *or_nullable = tie_of(s->column) == NULL ? ", or make the column nullable" : "";

    if (s->column->nullable || (s->field->required && s->field->fill.on_create.len == 0))
        return;
    if (!s->column->has_default && s->field->fill.on_create.len == 0 &&
        s->model->allow[DIFF_CREATE] &&
        schema_customer_triggers_filler(s->table, s->name) != SCHEMA_TRIGGER)
        schema_session_fault(
            s->session, s->config_line,
            "column %s is NOT NULL without a default, so creates without field %s fail: set %s%s",
            s->where, s->field->name.ptr,
            is_read_only(s) ? "its default" : "required: true, or its default", or_nullable);
    else if (!s->field->required && !is_read_only(s))
        schema_session_warn(
            s->session, s->config_line,
            "column %s is NOT NULL, so a null in field %s is rejected during sync: set required: "
            "true%s",
            s->where, s->field->name.ptr, or_nullable);
}

/* Never written, not even by what fills it. */
static bool is_only_read(const struct subject *s)
{
    return is_read_only(s) && s->field->fill.on_create.len == 0 &&
           s->field->fill.on_update.len == 0;
}

/* Where the type of the field is the mistake: one that the column is made for. */
static const char *set_type_or(const struct subject *s)
{
    enum field_type types[FIELD_TYPES];
    struct buf words;

    buf_init(&words, 4096);
    if (schema_types_candidates(s->column, types) > 0)
        buf_printf(&words, "set type: %s, or ", field_type_name(types[0]));
    return schema_session_take(s->session, &words);
}

static void check_field_column(const struct subject *s)
{
    const struct schema_fit *fit;

    if (s->column == NULL) {
        report_missing(s);
        return;
    }
    if (s->column->generated && !is_only_read(s)) {
        report_generated(s, "set read_only: true");
        return;
    }
    if (s->column->auto_increment && !is_only_read(s)) {
        report_auto_increment(s);
        return;
    }
    fit = schema_types_fit(s->field->type, s->column->data_type);
    if (fit == NULL) {
        schema_session_fault(s->session, s->config_line,
                             "column %s is %s, which cannot store every %s: %s%s", s->where,
                             s->column->column_type.ptr, field_type_name(s->field->type),
                             set_type_or(s), retype(s, schema_types_of(s->field->type)->remedy));
        return;
    }
    check_null(s);
    if (is_read_only(s))
        return; /* nothing of a device's goes there */
    if (lacks_characters(s))
        report_character_set(s, fit);
    else
        warn_of_fit(s, fit);
    check_number(s);
    check_length(s);
    check_json(s);
    check_closely(s);
}

static struct subject subject_of(struct schema_session *session, const struct model *model,
                                 const struct catalog_table *table, struct text column)
{
    return (struct subject){
        .session = session,
        .model = model,
        .table = table,
        .column = catalog_column(table, column),
        .name = column,
        .where = schema_session_quote_column(session, model->table, column),
        .config_line = model->config_line,
    };
}

bool schema_columns_is_mapped(const struct model *model, struct text column)
{
    if (model_id_has_column(model, column) || text_equal_nocase(column, model->owner_column))
        return true;
    for (size_t i = 0; i < model->field_count; i++)
        if (text_equal_nocase(column, model->fields[i].column))
            return true;
    return false;
}

/* As a value of the config's `default`, for an example. */
static const char *natural_default(const struct catalog_column *column)
{
    static const char *const TIMES[] = {"date", "datetime", "timestamp", "time", "year"};

    for (size_t i = 0; i < ARRAY_LEN(TIMES); i++)
        if (text_is(column->data_type, TIMES[i]))
            return "now";
    return column->character_set.len > 0 && !text_is(column->data_type, "enum") ? "empty" : "0";
}

static void report_unfilled(struct schema_session *session, const struct model *model,
                            const struct catalog_column *column, bool perhaps)
{
    const char *name = schema_session_quote_column(session, model->table, column->name);

    if (perhaps)
        schema_session_warn(
            session, model->config_line,
            "column %s is NOT NULL without a default and is not mapped, so every create fails "
            "unless a BEFORE INSERT trigger fills it, which account %s cannot see: if there is "
            "none, map it, let the server fill it (fill: [{ column: %s, default: %s }]), or give "
            "it a default in the database",
            name, session->server.account.ptr, column->name.ptr, natural_default(column));
    else
        schema_session_fault(
            session, model->config_line,
            "column %s is NOT NULL without a default and is not mapped, so every create fails: map "
            "it, let the server fill it (fill: [{ column: %s, default: %s }]), or give it a "
            "default in the database",
            name, column->name.ptr, natural_default(column));
}

/* Its name is what is wrong then, and that has been said. */
static bool is_meant(struct schema_session *session, const struct model *model,
                     const struct catalog_table *table, struct text column)
{
    const size_t keys = model_id_count(model) + 1;

    for (size_t i = 0; i < keys + model->field_count; i++) {
        const struct field *field = i >= keys ? &model->fields[i - keys] : NULL;
        const struct text name = field != NULL   ? field->column
                                 : i == keys - 1 ? model->owner_column
                                                 : model_id_part(model, i).column;
        struct subject s = subject_of(session, model, table, name);

        s.field = field;
        if (s.column == NULL && text_equal_nocase(meant_column(&s), column))
            return true;
    }
    return false;
}

static void check_unmapped(struct schema_session *session, const struct model *model,
                           const struct catalog_table *table)
{
    if (!model->allow[DIFF_CREATE])
        return;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct catalog_column *column = &table->columns[i];
        enum schema_filler filler;

        if (column->has_default || schema_columns_is_mapped(model, column->name) ||
            schema_fill_has(model, column->name) || is_meant(session, model, table, column->name))
            continue;
        filler = schema_customer_triggers_filler(table, column->name);
        if (filler != SCHEMA_TRIGGER)
            report_unfilled(session, model, column, filler == SCHEMA_UNKNOWN);
    }
}

/* Our sessions are in UTC, whatever the backend's are. */
static void check_wall_clocks(struct schema_session *session, const struct model *model,
                              const struct catalog_table *table)
{
    if (session->server.in_utc || (!model->allow[DIFF_CREATE] && !model->allow[DIFF_UPDATE]))
        return;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].wall_clock)
            schema_session_warn(
                session, model->config_line,
                "column %s is a DATETIME that takes the present time by itself, which is UTC where "
                "a device writes, but local time where the backend does: make it a TIMESTAMP if "
                "its "
                "data allow that, or run the database server in UTC",
                schema_session_quote_column(session, model->table, table->columns[i].name));
}

void schema_columns_check(struct schema_session *session, const struct model *model,
                          const struct catalog_table *table)
{
    struct subject owner = subject_of(session, model, table, model->owner_column);

    for (size_t i = 0; i < model_id_count(model); i++) {
        const struct id_part part = model_id_part(model, i);
        struct subject id = subject_of(session, model, table, part.column);

        check_key_column(&id, &ID_ROLE, part.type);
    }
    check_key_column(&owner, &OWNER_ROLE, model->owner_type);
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        struct subject s = subject_of(session, model, table, field->column);

        s.field = field;
        s.config_line = field->config_line;
        check_field_column(&s);
    }
    check_unmapped(session, model, table);
    check_wall_clocks(session, model, table);
    schema_fill_check(session, model, table);
    schema_customer_triggers_check(session, model, table);
}
