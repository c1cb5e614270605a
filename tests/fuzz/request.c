/* A request's body → its diffs: what is accepted obeys docs/protocol.md 2, what is refused says
 * why, and what would be sent on to other devices reads back the same. */
#include "diff.h"
#include "fuzz.h"

#define OWNER     "alice"
#define MAX_DIFFS ((size_t)20)

/* Both ways in which each of the rules can be set. */
struct attempt {
    struct diff_rules rules;
    bool one_by_one; /* a diff that breaks the rules is refused alone */
    enum rc rc;
    struct fail fail;
    struct diff_list diffs;
    struct rejections rejections;
};

static bool is_id(struct text id)
{
    return id.len > 0 && id.len <= DIFF_ID_MAX_BYTES && memchr(id.ptr, '\0', id.len) == NULL &&
           text_is_utf8(id);
}

static bool is_counter(int64_t counter)
{
    return counter >= 0 && counter <= DIFF_INTEGER_MAX;
}

static bool sets_required(const struct diff *diff)
{
    for (size_t i = 0; i < diff->model->field_count; i++) {
        size_t at = 0;

        while (at < diff->field_count && diff->fields[at].field != &diff->model->fields[i])
            at++;
        if (diff->model->fields[i].required && at == diff->field_count)
            return false;
    }
    return true;
}

static void check_diff(const struct diff *diff, const struct diff_rules *rules)
{
    fuzz_check(is_id(diff->id) && is_id(diff->object_id), "ids have 1 to 128 bytes, no U+0000");
    fuzz_check(text_is(diff->owner, OWNER), "a diff is its owner's");
    fuzz_check(is_counter(diff->clock) && is_counter(diff->time_ms),
               "clock and time are from 0 to 2^53 - 1");
    fuzz_check(diff->type < DIFF_TYPES, "a diff has a type");
    fuzz_check(diff->model == &rules->mapping->models[0], "a diff's model is mapped");
    fuzz_check(fuzz_is_json(diff->json_data), "json_data is strict JSON");
    fuzz_check(diff->type != DIFF_CREATE || sets_required(diff), "a create sets what is required");
    for (size_t i = 0; i < diff->field_count; i++)
        fuzz_check(diff->fields[i].source == diff && diff->fields[i].time_ms == diff->time_ms,
                   "a field is its diff's");
}

/* As another device gets it. */
static void check_sent_on(const struct diff *diff, struct diff_rules rules, struct arena *arena)
{
    struct diff again = {.model = NULL};
    struct fail fail;
    struct buf json;

    buf_init(&json, 8 * (diff->json_data.len + diff->id.len) + 1024);
    diff_write(&json, diff);
    fuzz_check(!json.overflow && fuzz_is_json(buf_text(&json)), "a diff is sent on as strict JSON");
    rules.stamp_owner = false;
    fuzz_check(request_diff(arena_text(arena, buf_text(&json)), &rules, arena, &again, &fail) ==
                   RC_OK,
               "a diff that is sent on is a right one");
    fuzz_check(text_equal(diff->id, again.id) && text_equal(diff->json_data, again.json_data) &&
                   text_equal(diff->object_id, again.object_id) && diff->clock == again.clock &&
                   diff->time_ms == again.time_ms && diff->type == again.type &&
                   diff->field_count == again.field_count,
               "a diff is sent on as it came");
    buf_release(&json);
}

static bool is_refused(const struct attempt *attempt, size_t at)
{
    return attempt->one_by_one && rejections_refused(&attempt->rejections, at);
}

static void check_refused(const struct attempt *attempt, size_t at)
{
    const struct rejection *verdict = &attempt->rejections.items[at];

    fuzz_check(verdict->message.len > 0 && text_is_utf8(verdict->message),
               "a refused diff is told why");
    fuzz_check(is_id(attempt->diffs.items[at].id), "a diff without an id is not refused alone");
}

/* Its flaws are for the merge to judge. */
static void check_flawed(const struct attempt *attempt, size_t at)
{
    const struct diff *diff = &attempt->diffs.items[at];
    bool found = false;

    fuzz_check(attempt->one_by_one,
               "what is flawed fails a request whose diffs do not stand alone");
    fuzz_check(diff->field_count <= diff->model->field_count, "a field is set once");
    for (size_t i = 0; i < diff->field_count; i++) {
        const char *flaw = diff->fields[i].flaw;

        found = found || flaw != NULL;
        fuzz_check(flaw == NULL || (flaw[0] != '\0' && text_is_utf8(text_of(flaw))),
                   "a flaw is text");
    }
    fuzz_check(found, "what is flawed has a flaw");
}

static bool any_flawed(const struct diff_list *diffs)
{
    for (size_t i = 0; i < diffs->count; i++)
        if (diffs->items[i].flawed)
            return true;
    return false;
}

static void check_all(const struct attempt *attempt, struct arena *arena)
{
    size_t refused = 0;

    fuzz_check(attempt->diffs.count <= MAX_DIFFS, "there are no more diffs than are allowed");
    for (size_t i = 0; i < attempt->diffs.count; i++) {
        if (is_refused(attempt, i)) {
            check_refused(attempt, i);
            refused++;
            continue;
        }
        if (attempt->diffs.items[i].flawed) {
            check_flawed(attempt, i);
            continue;
        }
        check_diff(&attempt->diffs.items[i], &attempt->rules);
        check_sent_on(&attempt->diffs.items[i], attempt->rules, arena);
    }
    fuzz_check(!attempt->one_by_one || refused == attempt->rejections.refused_count,
               "rejections are counted");
}

static void check_fail(enum rc rc, const struct fail *fail)
{
    fuzz_check(rc == RC_REJECTED, "a request is right, or at fault");
    fuzz_check(fail->code == FAIL_INVALID_REQUEST || fail->code == FAIL_INVALID_DATA ||
                   fail->code == FAIL_FORBIDDEN,
               "a body is refused with a code of section 2");
    fuzz_check(fail->message[0] != '\0' && text_is_utf8(text_of(fail->message)) &&
                   text_is_utf8(text_of(fail->diff_id)) && text_is_utf8(text_of(fail->field)),
               "a refusal is text");
}

static void attempt_diffs(const struct request_body *request, struct attempt *attempt,
                          struct arena *arena)
{
    attempt->rc = request_diffs(request, &attempt->rules, arena, &attempt->diffs,
                                attempt->one_by_one ? &attempt->rejections : NULL, &attempt->fail);
    if (attempt->rc == RC_OK)
        check_all(attempt, arena);
    else
        check_fail(attempt->rc, &attempt->fail);
}

/* Whether a diff is refused alone or with all others, it is the same diffs that are. */
static void compare(const struct attempt *together, const struct attempt *alone)
{
    if (together->rc == RC_OK)
        fuzz_check(alone->rc == RC_OK && alone->rejections.refused_count == 0 &&
                       !any_flawed(&alone->diffs) && alone->diffs.count == together->diffs.count,
                   "what is right is not refused alone either");
    else
        fuzz_check(alone->rc != RC_OK || alone->rejections.refused_count > 0 ||
                       any_flawed(&alone->diffs),
                   "what is refused is refused alone as well, or flawed");
}

static void try_body(struct text body, struct arena *arena)
{
    struct request_body *request;
    struct text token;
    int64_t clock = 0;
    struct fail fail;
    enum rc rc = request_parse(body, arena, &request, &fail);

    if (rc != RC_OK) {
        check_fail(rc, &fail);
        return;
    }
    fuzz_check(fuzz_is_json(body), "a body that we read is strict JSON");
    rc = request_token(request, &token, &fail);
    if (rc != RC_OK)
        check_fail(rc, &fail);
    rc = request_clock(request, &clock, &fail);
    if (rc != RC_OK)
        check_fail(rc, &fail);
    fuzz_check(is_counter(clock), "the clock is from 0 to 2^53 - 1");
    for (unsigned lenient = 0; lenient < 2; lenient++) {
        struct attempt attempts[2] = {{.one_by_one = false}, {.one_by_one = true}};

        for (size_t i = 0; i < 2; i++) {
            attempts[i].rules = (struct diff_rules){.mapping = fuzz_mapping(lenient == 1),
                                                    .max_diffs = MAX_DIFFS,
                                                    .stamp_owner = lenient == 1,
                                                    .owner = TEXT_LITERAL(OWNER)};
            attempt_diffs(request, &attempts[i], arena);
        }
        compare(&attempts[0], &attempts[1]);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;

    arena_init(&arena);
    try_body(arena_text(&arena, (struct text){(const char *)data, size}), &arena);
    arena_release(&arena);
    return 0;
}
