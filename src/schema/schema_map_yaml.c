/* A proposal as an entry of `models`: schema_map_yaml(). What is the reader's choice, and what
 * cannot be mapped, is a comment where it would stand. */
#include "schema_map_yaml.h"

#include "db_quote.h"
#include "schema_moments.h"

#define WIDTH           ((size_t)100)
#define ENTRY_INDENT    2
#define KEY_INDENT      4
#define FIELD_INDENT    6
#define WORDS_MAX_BYTES ((size_t)1024 * 1024)

/* Where the entry goes, and the words of a comment until it is wrapped. */
struct writer {
    struct buf *yaml;
    struct buf words;
};

/* Texts that YAML 1.1 takes for something else. */
static const char *const WORDS[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};

static bool is_plain(struct text text)
{
    for (size_t i = 0; i < ARRAY_LEN(WORDS); i++)
        if (text_equal_nocase(text, text_of(WORDS[i])))
            return false;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return text.len > 0;
}

/* A name or a value that the database has. */
static void add_scalar(struct buf *yaml, struct text text)
{
    if (is_plain(text)) {
        buf_add_text(yaml, text);
        return;
    }
    buf_add_char(yaml, '"');
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];

        if (c < ' ' || c == 0x7f)
            buf_printf(yaml, "\\x%02x", c);
        else if (c == '"' || c == '\\')
            buf_printf(yaml, "\\%c", c);
        else
            buf_add_char(yaml, text.ptr[i]);
    }
    buf_add_char(yaml, '"');
}

/* No name of the database's ends a comment. */
static void add_word(struct buf *yaml, const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)word[i] < ' ')
            buf_add_char(yaml, '?');
        else
            buf_add_char(yaml, word[i]);
    }
}

/* Up to the next blank, unless that is part of a name in backticks. */
static size_t word_len(const char *text)
{
    bool quoted = false;
    size_t len = 0;

    for (; text[len] != '\0' && (quoted || text[len] != ' '); len++)
        quoted ^= text[len] == '`';
    return len;
}

/* The words as a comment, wrapped, and the writer is ready for the next. Each line begins with
 * `margin`. */
static void comment_with(struct writer *writer, int indent, const char *margin)
{
    const char *text = buf_text(&writer->words).ptr;
    size_t column = 0;

    while (*text != '\0') {
        const size_t len = word_len(text);

        if (column > 0 && column + 1 + len > WIDTH) {
            buf_add_char(writer->yaml, '\n');
            column = 0;
        }
        if (column == 0) {
            buf_printf(writer->yaml, "%*s%s", indent, "", margin);
            column = (size_t)indent + strlen(margin);
        } else {
            buf_add_char(writer->yaml, ' ');
            column++;
        }
        add_word(writer->yaml, text, len);
        column += len;
        text += len + (text[len] == ' ');
    }
    buf_add_char(writer->yaml, '\n');
    buf_clear(&writer->words);
}

static void comment(struct writer *writer, int indent)
{
    comment_with(writer, indent, "# ");
}

/* SQL, to be copied: MariaDB does not mind where its lines end. */
static void statement(struct writer *writer, int indent)
{
    comment_with(writer, indent, "#   ");
}

/* SQL with every ? replaced by the next name, quoted. */
static void add_sql(struct buf *sql, const char *format, const struct text *names)
{
    for (; *format != '\0'; format++) {
        if (*format == '?')
            db_quote_name(sql, *names++);
        else
            buf_add_char(sql, *format);
    }
}

/* How its rows get the owner of those that they refer to, also where the backend inserts them. */
static void say_parent(struct writer *writer, const struct proposal *proposal)
{
    const struct catalog_reference *reference = proposal->owned_by;
    const struct catalog_column *owner = proposal->parent->owner;
    const struct text table = proposal->table.name, parent = proposal->parent->table.name;
    const struct text column = reference->columns[0], key = reference->parent_columns[0];
    struct buf *sql = &writer->words;

    buf_printf(sql, "The owner could be that of %.*s:", TEXT_ARG(parent));
    comment(writer, ENTRY_INDENT);
    add_sql(sql, "ALTER TABLE ? ADD COLUMN ? ", (const struct text[]){table, owner->name});
    buf_add_text(sql, owner->column_type);
    if (owner->collation.len > 0)
        buf_printf(sql, " CHARACTER SET %s COLLATE %s", owner->character_set.ptr,
                   owner->collation.ptr);
    buf_add_char(sql, ';');
    statement(writer, ENTRY_INDENT);
    add_sql(sql, "UPDATE ? AS c JOIN ? AS p ON c.? = p.? SET c.? = p.?;",
            (const struct text[]){table, parent, column, key, owner->name, owner->name});
    statement(writer, ENTRY_INDENT);
    add_sql(
        sql,
        "CREATE TRIGGER ? BEFORE INSERT ON ? FOR EACH ROW SET NEW.? = COALESCE(NEW.?, (SELECT ? "
        "FROM ? WHERE ? = NEW.?));",
        (const struct text[]){table, table, owner->name, owner->name, owner->name, parent, key,
                              column});
    statement(writer, ENTRY_INDENT);
}

static void say_refusal(struct writer *writer, const struct proposal *proposal)
{
    buf_printf(&writer->words, "%.*s is not mapped: %s.", TEXT_ARG(proposal->table.name),
               proposal->refusal);
    comment(writer, ENTRY_INDENT);
    if (proposal->parent != NULL)
        say_parent(writer, proposal);
}

static void begin_key(struct writer *writer, const char *key)
{
    buf_printf(writer->yaml, "%*s%s: ", KEY_INDENT, "", key);
}

static void add_key(struct writer *writer, const char *key, struct text value)
{
    begin_key(writer, key);
    add_scalar(writer->yaml, value);
    buf_add_char(writer->yaml, '\n');
}

/* A column of the id or of the owner, with what it holds unless that is strings. */
static void add_column(struct writer *writer, const struct id_part *part)
{
    if (part->type == KEY_STRING) {
        add_scalar(writer->yaml, part->column);
    } else {
        buf_add_str(writer->yaml, "{ column: ");
        add_scalar(writer->yaml, part->column);
        buf_printf(writer->yaml, ", type: %s", key_type_name(part->type));
        if (part->to.len > 0) {
            buf_add_str(writer->yaml, ", to: ");
            add_scalar(writer->yaml, part->to);
        }
        buf_add_str(writer->yaml, " }");
    }
    buf_add_char(writer->yaml, '\n');
}

static void say_own_key(struct writer *writer, const struct proposal *proposal)
{
    if (proposal->own_key == NULL)
        return;
    buf_printf(&writer->words,
               "%.*s is AUTO_INCREMENT and stays the database's own key. Devices know rows by %.*s",
               TEXT_ARG(proposal->own_key->name), TEXT_ARG(proposal->id[0]->name));
    buf_printf(&writer->words, "%s",
               proposal->adds_id ? ", which `mobync schema --apply` adds." : ".");
    comment(writer, KEY_INDENT);
}

static void add_id(struct writer *writer, const struct proposal *proposal)
{
    const struct model *model = proposal->model;

    say_own_key(writer, proposal);
    if (model->id_part_count == 0) {
        begin_key(writer, "id");
        add_column(writer, &(struct id_part){.column = model->id_column, .type = model->id_type});
        return;
    }
    buf_printf(writer->yaml, "%*sid:\n%*scolumns:\n", KEY_INDENT, "", KEY_INDENT + 2, "");
    for (size_t i = 0; i < model->id_part_count; i++) {
        buf_printf(writer->yaml, "%*s- ", KEY_INDENT + 4, "");
        add_column(writer, &model->id_parts[i]);
    }
}

static void add_owner(struct writer *writer, const struct proposal *proposal)
{
    const struct model *model = proposal->model;

    begin_key(writer, "owner");
    add_column(writer, &(struct id_part){.column = model->owner_column, .type = model->owner_type});
    if (proposal->other_owner_count == 0)
        return;
    buf_add_str(&writer->words, "or, instead of this owner:");
    for (size_t i = 0; i < proposal->other_owner_count; i++)
        buf_printf(&writer->words, "%s %.*s", i == 0 ? "" : ",",
                   TEXT_ARG(proposal->other_owners[i]->name));
    comment(writer, KEY_INDENT);
}

static void add_delete(struct writer *writer, const struct proposal *proposal)
{
    const struct model *model = proposal->model;
    const struct text value = model->deleted_value, live = model->live_value;

    if (!model_deletes_softly(model))
        return;
    buf_printf(&writer->words, "Devices do not see rows that have %.*s set, as a delete sets it.",
               TEXT_ARG(model->deleted_column));
    if (fill_kind(value) == FILL_NOW_MS)
        buf_add_str(&writer->words, " If it counts seconds, set now_s.");
    comment(writer, KEY_INDENT);
    begin_key(writer, "delete");
    buf_add_str(writer->yaml, "{ column: ");
    add_scalar(writer->yaml, model->deleted_column);
    buf_printf(writer->yaml, ", set: %.*s", TEXT_ARG(value));
    if (live.len > 0)
        buf_printf(writer->yaml, ", live: %.*s", TEXT_ARG(live));
    buf_add_str(writer->yaml, " }\n");
}

static void add_allow(struct writer *writer, const struct proposal *proposal)
{
    const char *comma = "";

    if (proposal->model->allow[DIFF_CREATE])
        return;
    buf_add_str(&writer->words, "Devices cannot create, because nothing fills");
    for (size_t i = 0; i < proposal->table.column_count; i++) {
        if (!schema_propose_is_unfilled(proposal, &proposal->columns[i]))
            continue;
        buf_printf(&writer->words, "%s %.*s", comma, TEXT_ARG(proposal->table.columns[i].name));
        comma = ",";
    }
    buf_add_str(&writer->words, ": give it a default, and add create.");
    comment(writer, KEY_INDENT);
    buf_printf(writer->yaml, "%*sallow: [update, delete]\n", KEY_INDENT, "");
}

static void add_field(struct writer *writer, const struct field *field)
{
    buf_printf(writer->yaml, "%*s- { name: ", FIELD_INDENT, "");
    add_scalar(writer->yaml, field->name);
    if (!text_equal(field->name, field->column)) {
        buf_add_str(writer->yaml, ", column: ");
        add_scalar(writer->yaml, field->column);
    }
    buf_printf(writer->yaml, ", type: %s", field_type_name(field->type));
    if (field->to.len > 0) {
        buf_add_str(writer->yaml, ", to: ");
        add_scalar(writer->yaml, field->to);
    }
    if (field->max_length > 0)
        buf_printf(writer->yaml, ", max_length: %zu", field->max_length);
    if (field->required)
        buf_add_str(writer->yaml, ", required: true");
    if (field->access == FIELD_READ_ONLY)
        buf_add_str(writer->yaml, ", read_only: true");
    if (field->fill.on_create.len > 0)
        buf_printf(writer->yaml, ", default: %s", field->fill.on_create.ptr);
    if (field->fill.on_update.len > 0)
        buf_printf(writer->yaml, ", on_update: %s", field->fill.on_update.ptr);
    buf_add_str(writer->yaml, " }\n");
}

/* With a word on what it refers to, where devices cannot follow. */
static void add_known(struct writer *writer, const struct proposal_column *column,
                      const struct field *field)
{
    if (column->parent.len > 0 && field->type != FIELD_REFERENCE) {
        buf_printf(&writer->words, "%.*s refers to %.*s, which is not mapped: devices see its key.",
                   TEXT_ARG(column->column->name), TEXT_ARG(column->parent));
        comment(writer, FIELD_INDENT);
    }
    if (schema_moments_guess(column->column) >= SCHEMA_DELETED) {
        buf_printf(&writer->words,
                   "%.*s seems to mark deleted rows, which devices see: a soft delete needs a "
                   "column that is NULL or 0 by default.",
                   TEXT_ARG(column->column->name));
        comment(writer, FIELD_INDENT);
    }
    add_field(writer, field);
}

static void say_unmapped(struct writer *writer, const struct proposal_column *column)
{
    buf_printf(&writer->words, "%.*s is not mapped: ", TEXT_ARG(column->column->name));
    if (column->fault != NULL)
        buf_printf(&writer->words, "%s.", column->fault);
    else
        buf_printf(&writer->words, "no type of field holds %s.", column->column->column_type.ptr);
    comment(writer, FIELD_INDENT);
}

static void add_fields(struct writer *writer, const struct proposal *proposal)
{
    size_t field = 0;

    buf_printf(writer->yaml, "%*sfields:%s\n", KEY_INDENT, "",
               proposal->model->field_count == 0 ? " []" : "");
    for (size_t i = 0; i < proposal->table.column_count; i++) {
        const struct proposal_column *column = &proposal->columns[i];

        if (schema_propose_is_field(column))
            add_known(writer, column, &proposal->model->fields[field++]);
        else if (!column->key)
            say_unmapped(writer, column);
    }
}

/* Nobody can tell from outside which columns a trigger may set. */
static void say_triggers(struct writer *writer, const struct proposal *proposal)
{
    for (size_t i = 0; i < proposal->table.trigger_count; i++) {
        const struct catalog_trigger *trigger = &proposal->table.triggers[i];

        if (text_is(trigger->event, "DELETE"))
            continue;
        buf_printf(&writer->words,
                   "The trigger `%.*s` BEFORE %.*s may set fields: mark those read_only: true.",
                   TEXT_ARG(trigger->name), TEXT_ARG(trigger->event));
        comment(writer, KEY_INDENT);
    }
}

static void add_model(struct writer *writer, const struct proposal *proposal)
{
    buf_printf(writer->yaml, "%*s- name: ", ENTRY_INDENT, "");
    add_scalar(writer->yaml, proposal->model->name);
    buf_add_char(writer->yaml, '\n');
    add_key(writer, "table", proposal->model->table);
    add_id(writer, proposal);
    add_owner(writer, proposal);
    add_delete(writer, proposal);
    add_allow(writer, proposal);
    say_triggers(writer, proposal);
    add_fields(writer, proposal);
}

void schema_map_yaml(struct buf *yaml, const struct proposal *proposal)
{
    struct writer writer = {.yaml = yaml};

    buf_init(&writer.words, WORDS_MAX_BYTES);
    if (proposal->refusal != NULL)
        say_refusal(&writer, proposal);
    else
        add_model(&writer, proposal);
    buf_release(&writer.words);
}
