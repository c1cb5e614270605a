/* Writes documents: rxdb_document_write_row(), rxdb_document_write_gone(). */
#include "rxdb_document.h"

#include "json_write.h"
#include "text_index.h"
#include "wire_value.h"

enum rc rxdb_last_known_read(struct synchronizer *s, struct owner_model of, struct id_list ids,
                             struct arena *arena, struct rxdb_last_known *known_out,
                             struct fail *fail)
{
    const struct object_history_query query = {.of = of, .ids = ids};
    const struct text_index index = text_index_of(ids.items, ids.count, arena);
    struct diff_list diffs = {0};
    enum rc rc = RC_OK;

    for (size_t i = 0; i < ids.count; i++)
        known_out[i].fields = ARENA_ARRAY(arena, of.model->field_count, const struct field_value *);
    if (ids.count > 0)
        rc = s->ops->read_object_history(s, &query, arena, &diffs, fail);
    for (size_t i = 0; rc == RC_OK && i < diffs.count; i++) {
        struct diff *diff = &diffs.items[i];
        const size_t at = text_index_find(&index, diff->object_id);

        rc = diff_parse_stored(diff, arena, fail);
        for (size_t k = 0; rc == RC_OK && k < diff->field_count; k++)
            known_out[at].fields[diff->fields[k].field->index] = &diff->fields[k];
    }
    return rc;
}

static void begin_field(struct buf *buf, const struct field *field)
{
    buf_add_char(buf, ',');
    json_write_string(buf, field->name);
    buf_add_char(buf, ':');
}

/* What was written behind `start` in the words of the app's version. */
static void lower(struct buf *buf, size_t start, const struct rxdb_schema *schema)
{
    const struct version_model *seen = version_model(schema->version, schema->model->name);
    struct arena scratch;
    struct text lowered;

    if (seen == NULL || buf->overflow)
        return;
    arena_init(&scratch);
    (void)version_lower(seen, true, (struct text){buf->data + start, buf->len - start}, &scratch,
                        &lowered);
    if (lowered.ptr != buf->data + start) {
        buf->len = start;
        buf_add_text(buf, lowered);
    }
    arena_release(&scratch);
}

void rxdb_document_write_row(struct buf *buf, const struct rxdb_schema *schema, struct text id,
                             const struct value *row)
{
    const struct model *model = schema->model;
    const struct columns *columns = schema->columns;
    const size_t start = buf->len;

    buf_add_str(buf, "{\"id\":");
    json_write_string(buf, id);
    for (size_t i = 0; i < model->field_count; i++) {
        if (row[i].kind == VALUE_NULL) /* mutant: null_in_a_document */
            continue;
        begin_field(buf, &model->fields[i]);
        wire_value_write(WIRE_RXDB, column_of(columns, model, &model->fields[i]), &row[i], buf);
    }
    buf_add_str(buf, ",\"_deleted\":false}");
    lower(buf, start, schema);
}

static const struct json_token *find_sent(const struct json_entries *sent,
                                          const struct field *field)
{
    const struct json_token *token = sent == NULL ? NULL : json_dom_find(sent, field->name.ptr);

    return token == NULL || token->kind == JSON_KIND_NULL ? NULL : token;
}

static void write_last(struct buf *buf, struct mapped_field at, const struct rxdb_last_known *known,
                       const struct json_entries *sent)
{
    const struct field_value *last = known == NULL ? NULL : known->fields[at.field->index];
    const struct json_token *token = find_sent(sent, at.field);

    if (last != NULL && last->value.kind != VALUE_NULL) /* mutant: tombstone_holds_null */
        wire_value_write(WIRE_RXDB, at, &last->value, buf);
    else if (token != NULL)
        buf_add_text(buf, token->raw);
    else
        wire_value_write_empty(at, buf);
}

void rxdb_document_write_gone(struct buf *buf, const struct rxdb_schema *schema, struct text id,
                              const struct rxdb_last_known *known, const struct json_entries *sent)
{
    const struct model *model = schema->model;
    const struct columns *columns = schema->columns;
    const size_t start = buf->len;

    buf_add_str(buf, "{\"id\":");
    json_write_string(buf, id);
    for (size_t i = 0; i < model->field_count; i++) {
        if (!model->fields[i].required) /* mutant: tombstone_is_bare */
            continue;
        begin_field(buf, &model->fields[i]);
        write_last(buf, column_of(columns, model, &model->fields[i]), known, sent);
    }
    buf_add_str(buf, ",\"_deleted\":true}");
    lower(buf, start, schema);
}
