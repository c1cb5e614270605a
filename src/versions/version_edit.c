/* Raises and lowers JSON objects by editing their text: version_raise(), version_lower().
 * Invariant: what is not edited keeps its bytes; what an edit adds, at the end, the edit of the
 * other direction takes out again with all that stands between. */
#include "versions.h"

#include <assert.h>

#include "buf.h"
#include "json_dom.h"
#include "json_write.h"
#include "version_fields.h"

#define EDIT_MAX_BYTES (SIZE_MAX / 4)

/* What becomes of a member. */
struct fate {
    bool dropped;
    struct text name;  /* empty: the key as it is written */
    struct text value; /* empty: the value as it is written */
};

/* One edit of one text. */
struct edit {
    const struct version_model *model;
    struct arena *arena;
    struct text json;
    struct json_members members;
    struct json_entries entries;
    struct fate *fates; /* by member */
    struct buf added;   /* members behind the last */
    bool changed;
    bool lowering;
    bool keys_alone;
    size_t kept; /* members besides the id */
    struct text unknown;
};

/* ---- Values ---- */

static struct text canonical(const struct json_token *token, struct arena *arena)
{
    struct text text;
    struct buf buf;

    if (token->kind != JSON_KIND_STRING || memchr(token->raw.ptr, '\\', token->raw.len) == NULL)
        return token->raw;
    buf_init(&buf, JSON_STRING_BOUND(token->string.len));
    json_write_string(&buf, token->string);
    text = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return text;
}

/* Of a boolean, which phones write as a number. */
static struct text as_boolean(struct text json)
{
    if (text_is(json, "1"))
        return TEXT_LITERAL("true");
    return text_is(json, "0") ? TEXT_LITERAL("false") : json;
}

static const struct version_value *find_value(const struct edit *edit,
                                              const struct version_field *field,
                                              const struct json_token *token)
{
    const struct text json = canonical(token, edit->arena);

    for (size_t i = 0; i < field->value_count; i++) {
        const struct version_value *value = &field->values[i];

        if (text_equal(edit->lowering ? value->newest : value->older, json))
            return value;
    }
    for (size_t i = 0; i < field->value_count; i++) {
        const struct version_value *value = &field->values[i];
        const struct text listed = edit->lowering ? value->newest : value->older;

        if (text_equal(as_boolean(listed), as_boolean(json)))
            return value;
    }
    return NULL;
}

static void take_field(struct edit *edit, const struct version_field *field,
                       const struct json_token *token, struct fate *fate)
{
    const struct version_value *value = NULL;

    if (field->value_count > 0 && !edit->keys_alone)
        value = find_value(edit, field, token);
    if (!text_equal(field->name, field->older))
        fate->name = edit->lowering ? field->older : field->name;
    if (value != NULL)
        fate->value = edit->lowering ? value->older : value->newest;
    edit->changed |= fate->name.len > 0 || value != NULL;
}

/* ---- Members ---- */

static void drop(struct edit *edit, struct fate *fate)
{
    fate->dropped = true;
    edit->changed = true;
}

/* The newest version's name of another field means nothing to the older one. */
static void raise_member(struct edit *edit, const struct json_entry *entry, struct fate *fate)
{
    const struct version_field *field = version_field_called(edit->model, entry->key);

    if (version_lacks(edit->model, entry->key)) {
        drop(edit, fate);
    } else if (field != NULL) {
        take_field(edit, field, &entry->token, fate);
    } else if (version_field_named(edit->model, entry->key) != NULL) {
        edit->unknown = entry->key; /* mutant: unseen_field_set */
        drop(edit, fate);
    }
}

static void lower_member(struct edit *edit, const struct json_entry *entry, struct fate *fate)
{
    const struct version_field *field = version_field_named(edit->model, entry->key);

    if (field == NULL)
        return;
    if (field->older.len == 0) /* mutant: unseen_field_told */
        drop(edit, fate);
    else
        take_field(edit, field, &entry->token, fate);
}

static bool begin(struct edit *edit, const struct version_model *model, struct text json,
                  struct arena *arena)
{
    struct json_fault fault;

    *edit =
        (struct edit){.model = model, .arena = arena, .json = json, .members = {.most = SIZE_MAX}};
    buf_init(&edit->added, EDIT_MAX_BYTES);
    if (model == NULL || !json_check(json, JSON_MAX_DEPTH, arena, &edit->members, &fault) ||
        !json_dom_entries(json, arena, &edit->entries, &fault))
        return false;
    edit->fates = ARENA_ARRAY(arena, edit->entries.count, struct fate);
    return true;
}

static void visit_members(struct edit *edit)
{
    for (size_t i = 0; i < edit->entries.count; i++) {
        const struct json_entry *entry = &edit->entries.items[i];

        if (text_is(entry->key, "id"))
            continue;
        if (edit->lowering)
            lower_member(edit, entry, &edit->fates[i]);
        else
            raise_member(edit, entry, &edit->fates[i]);
        edit->kept += !edit->fates[i].dropped;
    }
}

static void add_member(struct edit *edit, struct text name, struct text value)
{
    buf_add_char(&edit->added, ',');
    json_write_string(&edit->added, name);
    buf_add_char(&edit->added, ':');
    buf_add_text(&edit->added, value);
    edit->changed = true;
    edit->kept++;
}

/* ---- The text ---- */

static const char *end_of(const struct json_member *member)
{
    return member->raw_value.ptr + member->raw_value.len;
}

static void add_bytes(struct buf *buf, const char *from, const char *to)
{
    buf_add(buf, from, (size_t)(to - from));
}

static void write_member(struct buf *buf, const struct json_member *member, const struct fate *fate)
{
    const char *key_end = member->raw_key.ptr + member->raw_key.len + 1; /* its quote, too */

    if (fate->name.len > 0)
        json_write_string(buf, fate->name);
    else
        add_bytes(buf, member->raw_key.ptr - 1, key_end);
    add_bytes(buf, key_end, member->raw_value.ptr);
    buf_add_text(buf, fate->value.len > 0 ? fate->value : member->raw_value);
}

/* A member that is dropped takes along what parts it from the one before. */
static void write_text(const struct edit *edit, struct buf *buf)
{
    const struct json_member *members = edit->members.items;
    const char *written = edit->json.ptr; /* up to here, or dropped */
    bool first = true;

    for (size_t i = 0; i < edit->members.count; i++) {
        if (edit->fates[i].dropped)
            continue;
        if (first)
            add_bytes(buf, edit->json.ptr, members[0].raw_key.ptr - 1);
        else
            add_bytes(buf, end_of(&members[i - 1]), members[i].raw_key.ptr - 1);
        write_member(buf, &members[i], &edit->fates[i]);
        first = false;
    }
    if (edit->members.count > 0)
        written = end_of(&members[edit->members.count - 1]);
    buf_add_text(buf, buf_text(&edit->added));
    add_bytes(buf, written, edit->json.ptr + edit->json.len);
}

static struct text finish(struct edit *edit)
{
    struct text text = edit->json;
    struct buf buf;

    if (edit->changed && edit->members.count > 0) {
        buf_init(&buf, EDIT_MAX_BYTES);
        write_text(edit, &buf);
        assert(!buf.overflow);
        text = arena_text(edit->arena, buf_text(&buf));
        buf_release(&buf);
    }
    buf_release(&edit->added);
    return text;
}

static bool adds_initial(struct edit *edit)
{
    const struct version_model *model = edit->model;
    const size_t before = edit->kept;

    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].initial.len > 0) /* mutant: initial_forgotten */
            add_member(edit, model->fields[i].name, model->fields[i].initial);
    return edit->kept > before;
}

struct version_raised version_raise(const struct version_model *model, bool create,
                                    struct text json_data, struct arena *arena)
{
    struct version_raised raised = {.json_data = json_data};
    struct edit edit;

    if (!begin(&edit, model, json_data, arena))
        return raised;
    visit_members(&edit);
    raised.initial = create && adds_initial(&edit);
    raised.unknown = edit.unknown;
    raised.json_data = finish(&edit);
    return raised;
}

struct text version_raise_keys(const struct version_model *model, struct text json,
                               struct arena *arena)
{
    struct edit edit;

    if (!begin(&edit, model, json, arena))
        return json;
    edit.keys_alone = true;
    visit_members(&edit);
    return finish(&edit);
}

bool version_lower(const struct version_model *model, bool create, struct text json_data,
                   struct arena *arena, struct text *json_data_out)
{
    struct edit edit;

    *json_data_out = json_data;
    if (!begin(&edit, model, json_data, arena))
        return true;
    edit.lowering = true;
    visit_members(&edit);
    for (size_t i = 0; create && i < model->gone_count; i++)
        if (model->gone[i].value.len > 0)
            add_member(&edit, model->gone[i].name, model->gone[i].value);
    *json_data_out = finish(&edit);
    return edit.kept > 0;
}
