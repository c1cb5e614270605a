/* Keeps refused diffs: put, found, taken out. */
#include "memory_rejects.h"

#include "memory_store.h"

static struct stored_reject *store_reject(const struct reject *reject, int64_t clock)
{
    struct stored_reject *stored =
        alloc_or_die(sizeof(*stored) + reject->request_id.len + reject->message.len +
                     reject->field.len + reject->detail.len + reject->diff.len);
    char *at = stored->bytes;

    stored->kept = true;
    stored->reject = (struct reject){
        .clock = clock,
        .time_ms = reject->time_ms,
        .code = reject->code,
        .request_id = memory_put_bytes(&at, reject->request_id),
        .message = memory_put_bytes(&at, reject->message),
        .field = memory_put_bytes(&at, reject->field),
        .detail = memory_put_bytes(&at, reject->detail),
        .diff = memory_put_bytes(&at, reject->diff),
    };
    return stored;
}

enum rc memory_put_rejects(struct synchronizer *s, struct text owner, int64_t clock,
                           const struct reject *rejects, size_t count, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        if (memory_map_find(&m->open->known, rejects[i].id) != NULL ||
            memory_map_find(&m->open->rejects, rejects[i].id) != NULL)
            return fail_busy(fail, RC_RETRY, "keep rejects: an id is known already");
        memory_map_put(&m->open->rejects, rejects[i].id)->ptr = store_reject(&rejects[i], clock);
        memory_undo_add(m, UNDO_PUT_REJECT, rejects[i].id);
    }
    return rc;
}

/* NULL if it is not kept. */
static struct stored_reject *kept_reject(const struct memory_owner *owner, struct text id)
{
    const struct memory_node *node = memory_map_find(&owner->rejects, id);
    struct stored_reject *stored = node == NULL ? NULL : node->ptr;

    return stored != NULL && stored->kept ? stored : NULL;
}

static struct reject copy_reject(const struct reject *reject, struct text owner, struct text id,
                                 struct arena *arena)
{
    struct reject copy = *reject;

    copy.owner = arena_text(arena, owner);
    copy.id = arena_text(arena, id);
    copy.request_id = arena_text(arena, reject->request_id);
    copy.message = arena_text(arena, reject->message);
    copy.field = arena_text(arena, reject->field);
    copy.detail = arena_text(arena, reject->detail);
    copy.diff = arena_text(arena, reject->diff);
    return copy;
}

enum rc memory_find_rejects(struct synchronizer *s, struct text owner, struct id_list ids,
                            struct arena *arena, struct reject *rejects_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    for (size_t i = 0; i < ids.count && rc == RC_OK; i++) {
        const struct stored_reject *stored = kept_reject(m->open, ids.items[i]);

        rejects_out[i] = stored == NULL ? (struct reject){0}
                                        : copy_reject(&stored->reject, owner, ids.items[i], arena);
    }
    return rc;
}

enum rc memory_take_reject(struct synchronizer *s, struct text owner, struct text id,
                           bool *found_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);
    struct stored_reject *stored = rc == RC_OK ? kept_reject(m->open, id) : NULL;

    *found_out = stored != NULL;
    if (stored != NULL) {
        stored->kept = false;
        memory_undo_add(m, UNDO_TAKE_REJECT, id);
    }
    return rc;
}
