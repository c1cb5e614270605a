/* Derives ids from what their diffs are about: a kind, then names and numbers, parted by NULs,
 * which no name holds.
 * Entry:     made_id_of_change(), made_id_of_fill(), made_id_of_restore(), made_id_of_row(). */
#include "made_ids.h"

#include <assert.h>

#include "id.h"

/* As wide as the column of ids, in bytes of UTF-8. */
#define MAX_ID_BYTES   (4 * DIFF_ID_MAX_BYTES)
#define MAX_NAME_BYTES (MODEL_NAME_MAX_BYTES + MAX_ID_BYTES + 64)

struct name {
    char bytes[MAX_NAME_BYTES];
    size_t len;
};

static void add(struct name *name, struct text part)
{
    assert(part.len < sizeof(name->bytes) - name->len);
    if (part.len > 0)
        memcpy(name->bytes + name->len, part.ptr, part.len);
    name->len += part.len;
    name->bytes[name->len++] = '\0';
}

static struct name begin(const char *kind, const struct model *model, struct text object_id)
{
    struct name name = {.len = 0};

    add(&name, text_of(kind));
    add(&name, model->name);
    add(&name, object_id);
    return name;
}

/* Of a diff at a clock. */
static void write_at_clock(struct name name, int64_t clock, enum diff_type type,
                           char id_out[ID_UUID_LEN + 1])
{
    char digits[TEXT_NUMBER_MAX];

    add(&name, text_of_int(clock, digits));
    add(&name, text_of(diff_type_name(type)));
    id_uuid_of((struct text){name.bytes, name.len - 1}, id_out);
}

static void write_fill(const struct model *model, struct text object_id, int64_t clock,
                       enum diff_type type, char id_out[ID_UUID_LEN + 1])
{
    write_at_clock(begin("fill", model, object_id), clock, type, id_out);
}

static void write_restore(const struct model *model, struct text object_id, int64_t time_ms,
                          char id_out[ID_UUID_LEN + 1])
{
    struct name name = begin("restore", model, object_id);
    char digits[TEXT_NUMBER_MAX];

    add(&name, text_of_int(time_ms, digits));
    id_uuid_of((struct text){name.bytes, name.len - 1}, id_out);
}

static void write_change(const struct model *model, struct text object_id, int64_t clock,
                         enum diff_type type, char id_out[ID_UUID_LEN + 1])
{
    write_at_clock(begin("sql", model, object_id), clock, type, id_out);
}

static void write_row(const struct model *model, struct text object_id,
                      char id_out[ID_UUID_LEN + 1])
{
    const struct name name = begin("row", model, object_id);

    id_uuid_of((struct text){name.bytes, name.len - 1}, id_out);
}

struct text made_id_of_change(const struct model *model, struct text object_id, int64_t clock,
                              enum diff_type type, struct arena *arena)
{
    char *id = arena_alloc(arena, ID_UUID_LEN + 1);

    write_change(model, object_id, clock, type, id);
    return (struct text){id, ID_UUID_LEN};
}

struct text made_id_of_fill(const struct model *model, struct text object_id, int64_t clock,
                            enum diff_type type, struct arena *arena)
{
    char *id = arena_alloc(arena, ID_UUID_LEN + 1);

    write_fill(model, object_id, clock, type, id);
    return (struct text){id, ID_UUID_LEN};
}

struct text made_id_of_restore(const struct model *model, struct text object_id, int64_t time_ms,
                               struct arena *arena)
{
    char *id = arena_alloc(arena, ID_UUID_LEN + 1);

    write_restore(model, object_id, time_ms, id);
    return (struct text){id, ID_UUID_LEN};
}

struct text made_id_of_late(struct text sent_id, int64_t clock, struct arena *arena)
{
    char *id = arena_alloc(arena, ID_UUID_LEN + 1);
    struct name name = {.len = 0};
    char digits[TEXT_NUMBER_MAX];

    add(&name, text_of("late"));
    add(&name, sent_id);
    add(&name, text_of_int(clock, digits));
    id_uuid_of((struct text){name.bytes, name.len - 1}, id);
    return (struct text){id, ID_UUID_LEN};
}

struct text made_id_of_summary(const struct model *model, struct text object_id, int64_t clock,
                               enum diff_type type, struct arena *arena)
{
    char *id = arena_alloc(arena, ID_UUID_LEN + 1);

    write_at_clock(begin("summary", model, object_id), clock, type, id);
    return (struct text){id, ID_UUID_LEN};
}

struct text made_id_of_row(const struct model *model, struct text object_id, struct arena *arena)
{
    char *id = arena_alloc(arena, ID_UUID_LEN + 1);

    write_row(model, object_id, id);
    return (struct text){id, ID_UUID_LEN};
}

/* Could the server have made an id for it at all? A request's diff may name anything. */
static bool may_be_made(const struct diff *diff)
{
    return diff->model != NULL && diff->id.len == ID_UUID_LEN && diff->object_id.len > 0 &&
           diff->object_id.len <= MAX_ID_BYTES && diff->model->name.len <= MODEL_NAME_MAX_BYTES;
}

bool made_id_is_of_change(const struct diff *diff)
{
    char id[ID_UUID_LEN + 1];

    if (!may_be_made(diff))
        return false;
    write_change(diff->model, diff->object_id, diff->clock, diff->type, id);
    return text_is(diff->id, id);
}

bool made_id_is_of_fill(const struct diff *diff)
{
    char id[ID_UUID_LEN + 1];

    if (!may_be_made(diff))
        return false;
    write_fill(diff->model, diff->object_id, diff->clock, diff->type, id);
    return text_is(diff->id, id);
}

bool made_id_is_of_restore(const struct diff *diff)
{
    char id[ID_UUID_LEN + 1];

    if (!may_be_made(diff))
        return false;
    write_restore(diff->model, diff->object_id, diff->time_ms, id);
    return text_is(diff->id, id);
}

bool made_id_is_of_row(const struct diff *diff)
{
    char id[ID_UUID_LEN + 1];

    if (!may_be_made(diff) || diff->type != DIFF_CREATE)
        return false;
    write_row(diff->model, diff->object_id, id);
    return text_is(diff->id, id);
}
