/* Keeps count of which diffs of a request are refused.
 * Entry:     rejections_refuse().
 * Invariant: the first rejection of a diff stands. */
#include "rejection.h"

#include <assert.h>

void rejections_init(struct rejections *rejections, size_t count, bool open, struct arena *arena)
{
    *rejections = (struct rejections){
        .items = ARENA_ARRAY(arena, count, struct rejection),
        .count = count,
        .open = open,
        .arena = arena,
    };
}

void rejections_reset(struct rejections *rejections)
{
    rejections->refused_count = 0;
    for (size_t i = 0; i < rejections->count; i++) {
        struct rejection *rejection = &rejections->items[i];

        if (!rejection->unreadable)
            *rejection = (struct rejection){.refused = false};
        rejection->earlier = false;
        rejection->refused = rejection->unreadable;
        rejections->refused_count += rejection->refused;
    }
}

static void refuse(struct rejections *rejections, size_t at, struct rejection rejection)
{
    assert(at < rejections->count);
    if (rejections->items[at].refused)
        return;
    rejection.refused = true;
    rejections->items[at] = rejection;
    rejections->refused_count++;
}

/* The database words some of them: what is no UTF-8 could not be kept or sent. */
static struct text keep_words(const char *words, struct arena *arena)
{
    struct text text = text_of(words);

    return arena_text(arena, text_is_utf8(text) ? text : TEXT_LITERAL("?"));
}

void rejections_refuse(struct rejections *rejections, size_t at, const struct fail *fail)
{
    struct arena *arena = rejections->arena;

    if (rejections->items[at].refused)
        return;
    refuse(rejections, at,
           (struct rejection){
               .code = fail->code,
               .message = keep_words(fail->message, arena),
               .field = keep_words(fail->field, arena),
               .detail = keep_words(fail->detail, arena),
           });
}

void rejections_share(struct rejections *rejections, size_t at, size_t base, struct text base_id)
{
    struct fail fail;

    fail_reject(&fail, rejections->items[base].code, "it builds on the refused diff %.*s",
                TEXT_ARG(base_id));
    rejections_refuse(rejections, at, &fail);
}

void rejections_unreadable(struct rejections *rejections, size_t at, const struct fail *fail)
{
    rejections_refuse(rejections, at, fail);
    rejections->items[at].unreadable = true;
}

void rejections_forgive(struct rejections *rejections, size_t at)
{
    rejections->refused_count -= rejections->items[at].refused;
    rejections->items[at].refused = false;
}

void rejections_recall(struct rejections *rejections, size_t at, enum fail_code code)
{
    /* It was a fault of the one diff: what it was, the operator knew who dropped it. */
    if (code == FAIL_INTERNAL)
        code = FAIL_INVALID_DATA;
    refuse(rejections, at, (struct rejection){.earlier = true, .code = code});
    rejections->items[at].earlier = true;
}

void rejections_close(struct rejections *rejections)
{
    rejections->open = false;
}

enum rc rejection_fail(const struct rejections *rejections, size_t at, struct text diff_id,
                       struct fail *fail)
{
    const struct rejection *rejection = &rejections->items[at];

    fail_reject(fail, rejection->code, "%.*s", TEXT_ARG(rejection->message));
    fail_at_diff(fail, diff_id);
    fail_at_field(fail, rejection->field);
    return RC_REJECTED;
}

bool rejections_refused(const struct rejections *rejections, size_t at)
{
    return rejections != NULL && rejections->items[at].refused;
}

bool rejections_open(const struct rejections *rejections)
{
    return rejections != NULL && rejections->open;
}

bool rejection_is_of_one_diff(const struct fail *fail)
{
    static const enum fail_code OF_ONE_DIFF[] = {FAIL_INVALID_DATA, FAIL_FORBIDDEN,
                                                 FAIL_NO_SUCH_OBJECT, FAIL_OBJECT_EXISTS};

    for (size_t i = 0; i < ARRAY_LEN(OF_ONE_DIFF); i++)
        if (fail->code == OF_ONE_DIFF[i])
            return fail->diff_id[0] != '\0';
    return false;
}
