/* Compares a response, its shape and the stored diffs with the oracle's, in the canonical form. */
#include "judge.h"

static bool differs(struct buf *violation, const struct oracle_diff *expected, const char *what)
{
    buf_printf(violation, "%s %.*s/%.*s: %s", diff_type_name(expected->type),
               TEXT_ARG(expected->model->name), TEXT_ARG(expected->object_id), what);
    return false;
}

static bool refused(struct buf *violation, const struct diff *diff, const char *what)
{
    buf_printf(violation, "%s %.*s/%.*s (id %.*s, clock %lld): %s", diff_type_name(diff->type),
               TEXT_ARG(diff->model->name), TEXT_ARG(diff->object_id), TEXT_ARG(diff->id),
               (long long)diff->clock, what);
    return false;
}

static const struct oracle_part *part_of(const struct oracle_diff *diff, const struct field *field)
{
    for (size_t i = 0; i < diff->part_count; i++)
        if (diff->parts[i].field == field)
            return &diff->parts[i];
    return NULL;
}

static bool flat_has(const struct flat *flat, const struct field *field)
{
    for (size_t i = 0; i < flat->count; i++)
        if (flat->fields[i].field == field)
            return true;
    return false;
}

static bool judge_fields(const struct oracle_diff *expected, const struct flat *flat,
                         struct buf *violation)
{
    for (size_t i = 0; i < flat->count; i++) {
        const struct oracle_part *part = part_of(expected, flat->fields[i].field);

        if (part == NULL && expected->type == DIFF_CREATE &&
            text_is(flat->fields[i].value.json, "null"))
            continue;
        if (part == NULL)
            return differs(violation, expected, "a field is in it that should not be");
        if (!cell_equal(part->field, part->json, flat->fields[i].value.json))
            return differs(violation, expected, "a field has another value");
    }
    for (size_t i = 0; i < expected->part_count; i++)
        if (!expected->parts[i].filler && !flat_has(flat, expected->parts[i].field))
            return differs(violation, expected, "a field is missing");
    return true;
}

static bool judge_json(const struct oracle_diff *expected, struct text json, struct buf *violation)
{
    struct flat flat;

    if (expected->verbatim)
        return text_equal(expected->json_data, json)
                   ? true
                   : differs(violation, expected,
                             "json_data is not the bytes that were sent (7.7)");
    if (expected->type == DIFF_DELETE)
        return true;
    if (!flat_parse(expected->model, json, &flat))
        return differs(violation, expected, "json_data is no flat object");
    return judge_fields(expected, &flat, violation);
}

/* free_time: where it stands is the server's choice. */
static bool judge_diff(const struct oracle_diff *expected, const struct diff *diff, bool free_time,
                       struct buf *violation)
{
    if (expected->id.len > 0 && !expected->loose && !text_equal(expected->id, diff->id)) {
        differs(violation, expected, "another id");
        buf_printf(violation, ": %.*s, expected %.*s", TEXT_ARG(diff->id), TEXT_ARG(expected->id));
        return false;
    }
    if (!expected->loose && !free_time &&
        (expected->clock != diff->clock || expected->time_ms != diff->time_ms)) {
        differs(violation, expected, "another clock or time");
        buf_printf(violation, ": %lld, %lld; expected %lld, %lld", (long long)diff->clock,
                   (long long)diff->time_ms, (long long)expected->clock,
                   (long long)expected->time_ms);
        return false;
    }
    return judge_json(expected, diff->json_data, violation);
}

static bool same_place(const struct oracle_diff *expected, const struct diff *diff)
{
    return expected->model == diff->model && expected->type == diff->type &&
           text_equal(expected->object_id, diff->object_id);
}

static bool may_lack(const struct oracle_diff *expected)
{
    if (expected->optional)
        return true;
    for (size_t i = 0; i < expected->part_count; i++)
        if (!expected->parts[i].filler)
            return false;
    return expected->type == DIFF_UPDATE && expected->part_count > 0;
}

/* Which of the diffs stands for it? Their number if none does. */
static size_t find_diff(const struct oracle_diff *expected, const struct diff_list *diffs)
{
    size_t i = 0;

    while (i < diffs->count && !same_place(expected, &diffs->items[i]))
        i++;
    return i;
}

static bool is_meanwhile(const struct sql_statement *statement, const struct model *model,
                         struct text object_id)
{
    return statement != NULL && statement->model == model &&
           (text_equal(statement->id, object_id) || text_equal(statement->to_id, object_id));
}

static bool judge_answer(const struct oracle_list *expected, const struct diff_list *diffs,
                         const struct sql_statement *meanwhile, const struct keys *keys,
                         struct buf *violation)
{
    struct claims claims;
    size_t matched = 0;

    if (diffs->count > KEYS_ITEMS) {
        buf_printf(violation, "the response has %zu diffs, more than the world (7.3)",
                   diffs->count);
        return false;
    }
    keys_claims(keys, diffs, &claims);
    for (size_t e = 0; e < expected->count; e++) {
        struct oracle_diff want = expected->items[e];
        size_t at = find_diff(&want, diffs);

        if (is_meanwhile(meanwhile, want.model, want.object_id))
            continue;
        if (at == diffs->count) {
            if (may_lack(&want))
                continue;
            return differs(violation, &want, "missing from the response");
        }
        keys_push_back(&claims, diffs, at, &want.clock, &want.time_ms);
        if (!judge_diff(&want, &diffs->items[at], (claims.circles >> at & 1u) != 0, violation))
            return false;
        matched++;
    }
    for (size_t i = 0; i < diffs->count; i++)
        matched += is_meanwhile(meanwhile, diffs->items[i].model, diffs->items[i].object_id);
    if (matched == diffs->count)
        return true;
    buf_printf(violation, "the response has %zu diffs, expected %zu", diffs->count, matched);
    return false;
}

static const struct server_reject *reject_of(const struct server_reply *reply, struct text id)
{
    for (size_t i = 0; i < reply->reject_count; i++)
        if (text_equal(reply->rejects[i].id, id))
            return &reply->rejects[i];
    return NULL;
}

static bool judge_reject(const struct oracle_reject *expected, const struct server_reject *got,
                         struct buf *violation)
{
    const struct oracle_verdict *verdict = &expected->verdict;

    if (got == NULL) {
        buf_printf(violation, "%.*s is not among the rejected (quarantine 3)",
                   TEXT_ARG(expected->id));
        return false;
    }
    if (!verdict->any_code && got->code != verdict->code) {
        buf_printf(violation, "%.*s is rejected with %s, expected %s (quarantine 1)",
                   TEXT_ARG(expected->id), fail_code_name(got->code),
                   fail_code_name(verdict->code));
        return false;
    }
    if (verdict->field.len == 0 || got->any_field || text_equal(verdict->field, got->field))
        return true;
    buf_printf(violation, "%.*s is rejected for the field '%.*s', expected %.*s (quarantine 3)",
               TEXT_ARG(expected->id), TEXT_ARG(got->field), TEXT_ARG(verdict->field));
    return false;
}

static bool judge_rejects(const struct oracle_outcome *expected, const struct server_reply *reply,
                          struct buf *violation)
{
    for (size_t i = 0; i < expected->rejects.count; i++)
        if (!judge_reject(&expected->rejects.items[i],
                          reject_of(reply, expected->rejects.items[i].id), violation))
            return false;
    if (reply->reject_count == expected->rejects.count)
        return true;
    buf_printf(violation, "%zu diffs are rejected, expected %zu (quarantine 1)",
               reply->reject_count, expected->rejects.count);
    for (size_t i = 0; i < reply->reject_count; i++)
        buf_printf(violation, " %.*s:%s", TEXT_ARG(reply->rejects[i].id),
                   fail_code_name(reply->rejects[i].code));
    return false;
}

bool judge_verdict(const struct oracle_outcome *expected, const struct server_reply *reply,
                   struct buf *violation)
{
    bool rejected = reply->rc != RC_OK;

    if (expected->rejected != rejected ||
        (rejected && !expected->any_code && expected->code != reply->code)) {
        buf_printf(violation, "expected %s, got %s",
                   expected->rejected ? fail_code_name(expected->code) : "success",
                   rejected ? fail_code_name(reply->code) : "success");
        return false;
    }
    if (rejected)
        return true;
    if (expected->next_clock == reply->next_clock)
        return judge_rejects(expected, reply, violation);
    buf_printf(violation, "logical_clock %lld, expected %lld", (long long)reply->next_clock,
               (long long)expected->next_clock);
    return false;
}

bool judge_reply(const struct oracle_outcome *expected, const struct server_reply *reply,
                 const struct keys *keys, struct buf *violation)
{
    return judge_verdict(expected, reply, violation) &&
           (reply->rc != RC_OK ||
            judge_answer(&expected->answer, &reply->diffs, expected->meanwhile, keys, violation));
}

static bool judge_times(const struct oracle_diff *expected, const struct diff *diff,
                        struct buf *violation)
{
    for (size_t i = 0; i < diff->field_count; i++) {
        const struct oracle_part *part = part_of(expected, diff->fields[i].field);

        if (part != NULL && part->time_ms != diff->fields[i].time_ms)
            return differs(violation, expected, "a field lost its own time (5)");
    }
    return true;
}

/* What a table made of a row comes behind what the device wrote. */
static const struct diff *find_stored(const struct oracle_diff *want,
                                      const struct diff_list *stored)
{
    const struct diff *found = NULL;

    for (size_t i = 0; i < stored->count; i++)
        if (stored->items[i].clock == want->clock && same_place(want, &stored->items[i]) &&
            (found == NULL || want->altered))
            found = &stored->items[i];
    return found;
}

bool judge_stored(const struct oracle_list *expected, const struct diff_list *stored,
                  struct buf *violation)
{
    if (expected->count != stored->count) {
        buf_printf(violation, "%zu diffs are stored, expected %zu", stored->count, expected->count);
        return false;
    }
    for (size_t e = 0; e < expected->count; e++) {
        const struct oracle_diff *want = &expected->items[e];
        const struct diff *found = find_stored(want, stored);

        if (found == NULL)
            return differs(violation, want, "is not stored");
        if (!judge_diff(want, found, false, violation) || !judge_times(want, found, violation)) {
            buf_add_str(violation, " (stored)");
            return false;
        }
    }
    return true;
}

static bool came_from_client(const struct diff_list *sent, const struct diff *diff)
{
    for (size_t i = 0; i < sent->count; i++)
        if (text_equal(sent->items[i].id, diff->id))
            return true;
    return false;
}

static bool goes_strictly_before(const struct diff *a, const struct diff *b)
{
    return a->clock < b->clock || (a->clock == b->clock && a->time_ms < b->time_ms);
}

/* Two diffs of one object: only a REPLACE has them. */
static bool judge_pair(const struct diff *a, const struct diff *b, struct buf *violation)
{
    bool replace = (a->type == DIFF_DELETE && b->type == DIFF_CREATE) ||
                   (b->type == DIFF_DELETE && a->type == DIFF_CREATE);

    if (replace || a->model != b->model || !text_equal(a->object_id, b->object_id))
        return true;
    return refused(violation, b, "a second diff of this object (7.3)");
}

static bool judge_order(const struct diff_list *diffs, size_t at, const struct claims *claims,
                        struct buf *violation)
{
    for (size_t i = 0; i < diffs->count; i++)
        if ((claims->before[at] >> i & 1u) != 0 &&
            !goes_strictly_before(&diffs->items[i], &diffs->items[at]))
            return refused(violation, &diffs->items[at],
                           diffs->items[at].type == DIFF_DELETE
                               ? "a parent's delete not strictly after its child's (7.9)"
                               : "a create not strictly after what it needs (7.9)");
    return true;
}

bool judge_shape(const struct server_call *call, const struct server_reply *reply,
                 const struct keys *keys, struct buf *violation)
{
    struct claims claims;

    for (size_t i = 0; i < reply->diffs.count; i++) {
        const struct diff *diff = &reply->diffs.items[i];

        if (came_from_client(&call->diffs, diff))
            return refused(violation, diff, "the client's own comes back (7.3)");
        if (diff->clock < call->clock || diff->clock >= reply->next_clock)
            return refused(violation, diff, "its clock is not in [c, N) (7.7)");
        for (size_t j = 0; j < i; j++)
            if (!judge_pair(diff, &reply->diffs.items[j], violation))
                return false;
    }
    keys_claims(keys, &reply->diffs, &claims);
    for (size_t i = 0; i < reply->diffs.count; i++)
        if (!judge_order(&reply->diffs, i, &claims, violation))
            return false;
    return true;
}
