/* Finds the newest kept rejects of one object: explain_rejects(). Which object a reject is about is
 * read from its diff. */
#include "parts.h"

#define AT_ONCE ((size_t)32)
#define MOST    ((size_t)20)

struct entry {
    int64_t clock;
    struct buf id;
};

/* The newest rejects of one object so far, newest first, and room for one more. */
struct newest {
    struct entry items[MOST + 1];
    size_t count;
    bool more;
};

static void newest_init(struct newest *newest)
{
    *newest = (struct newest){.count = 0};
    for (size_t i = 0; i <= MOST; i++)
        buf_init(&newest->items[i].id, EXPLAIN_KEY_BYTES);
}

static void newest_release(struct newest *newest)
{
    for (size_t i = 0; i <= MOST; i++)
        buf_release(&newest->items[i].id);
}

static void newest_add(struct newest *newest, const struct reject *reject)
{
    size_t at = newest->count++;
    struct entry entry = newest->items[at];

    entry.clock = reject->clock;
    buf_clear(&entry.id);
    buf_add_text(&entry.id, reject->id);
    for (; at > 0 && newest->items[at - 1].clock < entry.clock; at--)
        newest->items[at] = newest->items[at - 1];
    newest->items[at] = entry;
    if (newest->count > MOST) {
        newest->count = MOST;
        newest->more = true;
    }
}

/* Is the refused diff about the object, as far as it can be read at all? It is read as the sync did
 * that refused it: of a diff that is wrong, all that is right. */
static bool is_about(const struct reject *reject, const struct inspect_object *object,
                     const struct mapping *mapping, struct arena *arena)
{
    const struct diff_rules rules = {
        .mapping = mapping,
        .max_diffs = 1,
        .stamp_owner = true,
        .owner = object->owner,
    };
    struct request_body *request;
    struct rejections rejections;
    struct diff_list diffs;
    struct fail ignored;
    struct buf body;
    bool about;

    buf_init(&body, reject->diff.len + 16);
    buf_add_str(&body, "{\"diffs\":[");
    buf_add_text(&body, reject->diff);
    buf_add_str(&body, "]}");
    about = request_parse(arena_text(arena, buf_text(&body)), arena, &request, &ignored) == RC_OK &&
            request_diffs(request, &rules, arena, &diffs, &rejections, &ignored) == RC_OK &&
            diffs.count == 1 && diffs.items[0].model == object->model &&
            text_equal(diffs.items[0].object_id, object->id);
    buf_release(&body);
    return about;
}

/* The rejects of those ids, of which none can go away within the snapshot. */
static enum rc look_at(struct synchronizer *s, const struct inspect_object *object,
                       const struct inspect_id_list *ids, struct arena *arena,
                       struct newest *newest, struct fail *fail)
{
    struct reject *rejects = ARENA_ARRAY(arena, ids->count, struct reject);
    enum rc rc = s->ops->find_rejects(s, object->owner, (struct id_list){ids->items, ids->count},
                                      arena, rejects, fail);

    for (size_t i = 0; rc == RC_OK && i < ids->count; i++)
        if (is_about(&rejects[i], object, s->mapping, arena))
            newest_add(newest, &rejects[i]);
    return rc;
}

static enum rc find_newest(struct synchronizer *s, const struct inspect_object *object,
                           struct newest *newest, struct fail *fail)
{
    struct inspect_rejects_query query = {.owner = object->owner, .max = AT_ONCE};
    struct inspect_id_list ids = {.count = 0};
    struct arena arena;
    struct buf last;
    enum rc rc;

    arena_init(&arena);
    buf_init(&last, EXPLAIN_KEY_BYTES);
    do {
        arena_clear(&arena);
        query.after = buf_text(&last);
        rc = s->ops->inspect->reject_ids(s, &query, &arena, &ids, fail);
        if (rc != RC_OK || ids.count == 0)
            break;
        buf_clear(&last);
        buf_add_text(&last, ids.items[ids.count - 1]);
        rc = look_at(s, object, &ids, &arena, newest, fail);
    } while (rc == RC_OK && ids.count == AT_ONCE);
    buf_release(&last);
    arena_release(&arena);
    return rc;
}

enum rc explain_rejects(struct synchronizer *s, const struct inspect_object *object,
                        struct arena *arena, struct explain_object *object_out, struct fail *fail)
{
    struct text ids[MOST];
    struct newest newest;
    enum rc rc;

    newest_init(&newest);
    rc = find_newest(s, object, &newest, fail);
    for (size_t i = 0; i < newest.count; i++)
        ids[i] = buf_text(&newest.items[i].id);
    object_out->rejects = ARENA_ARRAY(arena, newest.count, struct reject);
    object_out->reject_count = newest.count;
    object_out->rejects_more = newest.more;
    if (rc == RC_OK && newest.count > 0)
        rc = s->ops->find_rejects(s, object->owner, (struct id_list){ids, newest.count}, arena,
                                  object_out->rejects, fail);
    newest_release(&newest);
    return rc;
}
