/* Versions of the app at the edge of a sync (docs/versions.md): version_decide() says whose request
 * it is, version_lower_diffs() what of the response it gets. */
#include "version.h"

static enum rc turn_away(const struct versions *versions, int64_t number, struct fail *fail)
{
    if (number > versions->newest)
        return fail_reject(fail, FAIL_INVALID_REQUEST,
                           "version %lld of the app is newer than the server's newest, %lld: "
                           "configure the server first",
                           (long long)number, (long long)versions->newest);
    fail_reject(fail, FAIL_OUTDATED_APP, "%.*s", TEXT_ARG(versions->message));
    fail_detail(fail, "version %lld of the app is not served any more", (long long)number);
    return RC_REJECTED;
}

enum rc version_decide(const struct http_app *app, struct exchange *exchange, int64_t in_body,
                       const struct version **version_out, struct fail *fail)
{
    const struct versions *versions = app->settings.mapping->versions;
    int64_t number;

    *version_out = NULL;
    if (versions == NULL)
        return RC_OK;
    number = exchange->path_version;
    if (number == REQUEST_NO_NUMBER)
        number = in_body;
    if (number == REQUEST_NO_NUMBER)
        number = versions->of_silent;
    if (!versions_find(versions, number, version_out) ||
        (*version_out != NULL && (*version_out)->retired))
        return turn_away(versions, number, fail);
    exchange->facts->version = number;
    return RC_OK;
}

/* ---- An upgrade ---- */

static bool *fields_gained(const struct model *model, const struct version *from,
                           const struct version *to, struct arena *arena)
{
    const struct version_model *before = version_model(from, model->name);
    const struct version_model *now = version_model(to, model->name);
    bool *gained = ARENA_ARRAY(arena, model->field_count, bool);
    bool any = false;

    for (size_t i = 0; i < model->field_count; i++) {
        const struct text name = model->fields[i].name;

        gained[i] = version_sees(now, name) && !version_sees(before, name);
        any |= gained[i];
    }
    return any ? gained : NULL;
}

bool version_knows(const struct version *version, const struct model *model)
{
    const struct version_model *seen = version_model(version, model->name);

    return seen == NULL || !seen->unknown;
}

static enum rc find_from(const struct versions *versions, int64_t number, const struct version *to,
                         const struct version **from_out, struct fail *fail)
{
    const int64_t now = to != NULL ? to->number : versions->newest;

    if (number >= now) {
        fail_reject(fail, FAIL_INVALID_REQUEST,
                    "migrate_from: a version below that of the request, %lld, is expected",
                    (long long)now);
        fail_at_field(fail, TEXT_LITERAL("migrate_from"));
        return RC_REJECTED;
    }
    if (!versions_find(versions, number, from_out))
        return fail_reject(fail, FAIL_INVALID_CLOCK,
                           "the server does not know what version %lld of the app had: reset the "
                           "device with clock 0",
                           (long long)number);
    return RC_OK;
}

enum rc version_migration(const struct mapping *mapping, int64_t from, const struct version *to,
                          struct arena *arena, const struct sync_migration **migration_out,
                          struct fail *fail)
{
    struct sync_migration *migration;
    const struct version *before;
    bool any = false;
    enum rc rc;

    *migration_out = NULL;
    if (mapping->versions == NULL || from == REQUEST_NO_NUMBER)
        return RC_OK;
    rc = find_from(mapping->versions, from, to, &before, fail);
    if (rc != RC_OK)
        return rc;
    migration = ARENA_NEW(arena, struct sync_migration);
    migration->whole = ARENA_ARRAY(arena, mapping->model_count, bool);
    migration->fields = ARENA_ARRAY(arena, mapping->model_count, bool *);
    for (size_t i = 0; i < mapping->model_count; i++) {
        const struct model *model = &mapping->models[i];

        if (!version_knows(to, model))
            continue;
        migration->whole[i] = !version_knows(before, model);
        if (!migration->whole[i])
            migration->fields[i] = fields_gained(model, before, to, arena);
        any |= migration->whole[i] || migration->fields[i] != NULL;
    }
    *migration_out = any ? migration : NULL;
    return RC_OK;
}

/* ---- Responses ---- */

/* False: there is nothing in it for the version. */
static bool lower_diff(const struct version *version, struct diff *diff, struct arena *arena)
{
    const struct version_model *seen = version_model(version, diff->model->name);
    bool any;

    if (seen == NULL)
        return true;
    if (seen->unknown) /* mutant: unknown_model_told */
        return false;
    any = version_lower(seen, diff->type == DIFF_CREATE, diff->json_data, arena, &diff->json_data);
    return any || diff->type != DIFF_UPDATE; /* mutant: empty_update_told */
}

struct diff_list version_lower_diffs(const struct version *version, const struct diff_list *diffs,
                                     struct arena *arena)
{
    struct diff_list lowered = {.count = 0};

    if (version == NULL)
        return *diffs;
    lowered.items = ARENA_ARRAY(arena, diffs->count, struct diff);
    for (size_t i = 0; i < diffs->count; i++) {
        struct diff *diff = &lowered.items[lowered.count];

        *diff = diffs->items[i];
        lowered.count += lower_diff(version, diff, arena);
    }
    return lowered;
}

/* Empty: it is no field of a diff of the request, or is called the same. */
static struct text older_name(const struct version *version, const struct diff_list *diffs,
                              struct text diff_id, struct text field)
{
    for (size_t i = 0; version != NULL && i < diffs->count; i++)
        if (diffs->items[i].model != NULL && text_equal(diffs->items[i].id, diff_id))
            return version_lower_name(version_model(version, diffs->items[i].model->name), field);
    return TEXT_LITERAL("");
}

void version_lower_rejected(const struct version *version, const struct diff_list *diffs,
                            const struct sync_answer *answer)
{
    for (size_t i = 0; version != NULL && i < answer->rejected_count; i++) {
        struct reject *reject = &answer->rejected[i];
        const struct text name = older_name(version, diffs, reject->id, reject->field);

        if (name.len > 0)
            reject->field = name;
    }
}

void version_lower_fail(const struct version *version, const struct diff_list *diffs,
                        struct fail *fail)
{
    const struct text name =
        older_name(version, diffs, text_of(fail->diff_id), text_of(fail->field));

    if (name.len > 0 && fail->field[0] != '\0')
        fail_at_field(fail, name);
}
