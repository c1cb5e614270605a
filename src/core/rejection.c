#include "rejection.h"

#include <assert.h>

void rejections_init(struct rejections *verdicts, size_t count, bool open, struct arena *arena)
{
    *verdicts = (struct rejections){
        .items = ARENA_ARRAY(arena, count, struct rejection),
        .count = count,
        .open = open,
        .arena = arena,
    };
}

void rejections_reset(struct rejections *verdicts)
{
    verdicts->refused_count = 0;
    for (size_t i = 0; i < verdicts->count; i++) {
        struct rejection *verdict = &verdicts->items[i];

        if (!verdict->unreadable)
            *verdict = (struct rejection){.refused = false};
        verdict->earlier = false;
        verdict->refused = verdict->unreadable;
        verdicts->refused_count += verdict->refused;
    }
}

static void refuse(struct rejections *verdicts, size_t at, struct rejection verdict)
{
    assert(at < verdicts->count);
    if (verdicts->items[at].refused)
        return;
    verdict.refused = true;
    verdicts->items[at] = verdict;
    verdicts->refused_count++;
}

/* The database words some of them: what is no UTF-8 could not be kept or sent. */
static struct text keep_words(const char *words, struct arena *arena)
{
    struct text text = text_of(words);

    return arena_text(arena, text_is_utf8(text) ? text : TEXT_LITERAL("?"));
}

void rejections_refuse(struct rejections *verdicts, size_t at, const struct fail *fail)
{
    struct arena *arena = verdicts->arena;

    if (verdicts->items[at].refused)
        return;
    refuse(verdicts, at,
           (struct rejection){
               .code = fail->code,
               .message = keep_words(fail->message, arena),
               .field = keep_words(fail->field, arena),
               .detail = keep_words(fail->detail, arena),
           });
}

void rejections_share(struct rejections *verdicts, size_t at, size_t base, struct text base_id)
{
    struct fail fail;

    fail_reject(&fail, verdicts->items[base].code, "it builds on the refused diff %.*s",
                TEXT_ARG(base_id));
    rejections_refuse(verdicts, at, &fail);
}

void rejections_unreadable(struct rejections *verdicts, size_t at, const struct fail *fail)
{
    rejections_refuse(verdicts, at, fail);
    verdicts->items[at].unreadable = true;
}

void rejections_forgive(struct rejections *verdicts, size_t at)
{
    verdicts->refused_count -= verdicts->items[at].refused;
    verdicts->items[at].refused = false;
}

void rejections_recall(struct rejections *verdicts, size_t at, enum fail_code code)
{
    /* It was a fault of the one diff: what it was, the operator knew who dropped it. */
    if (code == FAIL_INTERNAL)
        code = FAIL_INVALID_DATA;
    refuse(verdicts, at, (struct rejection){.earlier = true, .code = code});
    verdicts->items[at].earlier = true;
}

void rejections_close(struct rejections *verdicts)
{
    verdicts->open = false;
}

enum rc rejection_fail(const struct rejections *verdicts, size_t at, struct text diff_id,
                       struct fail *fail)
{
    const struct rejection *verdict = &verdicts->items[at];

    fail_reject(fail, verdict->code, "%.*s", TEXT_ARG(verdict->message));
    fail_at_diff(fail, diff_id);
    fail_at_field(fail, verdict->field);
    return RC_REJECTED;
}

bool rejections_refused(const struct rejections *verdicts, size_t at)
{
    return verdicts != NULL && verdicts->items[at].refused;
}

bool rejections_open(const struct rejections *verdicts)
{
    return verdicts != NULL && verdicts->open;
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
