/* mobync restore-object: an object's values of a moment of the past, from the diffs that are kept,
 * written as one new diff. What is not known of that moment is never guessed. */
#include <inttypes.h>
#include <stdio.h>

#include "cli_context.h"
#include "diff_print.h"
#include "history.h"
#include "json_write.h"
#include "restore.h"
#include "terminal.h"

#define PROGRAM "mobync restore-object"

#define MOMENT_MAX_BYTES ((size_t)128)

struct args {
    const char *owner;
    const char *model;
    const char *id;
    const char *at;
    bool dry_run;
    struct explain_moment moment;
};

/* What is brought back, and from where. */
struct restoring {
    const struct args *args;
    struct inspect_object object;
    struct explain_history history;
    struct explain_past past;
    struct field_value *fields;
    size_t field_count;
};

/* Where what is known of the object begins. */
static int64_t known_from(const struct explain_history *history)
{
    if (history->summary != NULL && history->first.clock < 0)
        return history->summary->last_clock;
    return history->first.clock;
}

static enum rc not_kept(const struct restoring *restoring, struct fail *fail)
{
    const struct explain_history *history = &restoring->history;

    if (history->summary != NULL)
        return fail_reject(fail, FAIL_NOT_FOUND,
                           "what the object was at %s is not kept any more: diffs up to clock "
                           "%" PRId64 " are folded (history.keep)",
                           restoring->args->at, history->summary->last_clock);
    if (history->diff_count == 0)
        return fail_reject(fail, FAIL_NOT_FOUND,
                           "no diff about the object is kept: nothing is known of its past");
    if (history->first_type == DIFF_CREATE)
        return fail_reject(fail, FAIL_NOT_FOUND,
                           "the object did not exist yet at %s: its first diff has clock %" PRId64,
                           restoring->args->at, history->first.clock);
    return fail_reject(fail, FAIL_NOT_FOUND,
                       "what the object was at %s is not kept (any more): the diffs that are kept "
                       "begin at clock %" PRId64,
                       restoring->args->at, history->first.clock);
}

static enum rc check_state(const struct restoring *restoring, struct fail *fail)
{
    if (restoring->past.state == EXPLAIN_UNHEARD)
        return not_kept(restoring, fail);
    if (restoring->past.state == EXPLAIN_DELETED)
        return fail_reject(fail, FAIL_NOT_FOUND,
                           "the object was deleted at %s: 'mobync history' shows when it was not",
                           restoring->args->at);
    return RC_OK;
}

static enum rc is_unknown(const struct restoring *restoring, const struct field *field,
                          struct fail *fail)
{
    fail_reject(fail, FAIL_NOT_FOUND,
                "what field %.*s was at %s is not kept (any more): the diffs that are kept begin "
                "at clock %" PRId64,
                TEXT_ARG(field->name), restoring->args->at, known_from(&restoring->history));
    fail_at_field(fail, field->name);
    return RC_REJECTED;
}

static void add_field(struct restoring *restoring, const struct field *field, struct text json)
{
    restoring->fields[restoring->field_count++] = (struct field_value){
        .field = field,
        .value = {.kind = VALUE_TEXT, .text = json, .json = json},
    };
}

/* Of what no diff had set until then: NULL where a later one has, and else it is as it was. */
static enum rc take_field(struct restoring *restoring, const struct field *field, struct fail *fail)
{
    const struct explain_past_field *past = &restoring->past.fields[field->index];
    const bool changed = restoring->history.set_later[field->index];

    if (past->known) {
        add_field(restoring, field, buf_text(&past->json));
        return RC_OK;
    }
    if (!restoring->past.whole && (changed || !restoring->history.row_live))
        return is_unknown(restoring, field, fail);
    if (changed && !field->required)
        add_field(restoring, field, TEXT_LITERAL("null"));
    return RC_OK;
}

static enum rc take_fields(struct restoring *restoring, struct arena *arena, struct fail *fail)
{
    const struct model *model = restoring->object.model;
    enum rc rc = check_state(restoring, fail);

    restoring->fields = ARENA_ARRAY(arena, model->field_count, struct field_value);
    for (size_t i = 0; rc == RC_OK && i < model->field_count; i++)
        if (model->fields[i].access == FIELD_WRITABLE)
            rc = take_field(restoring, &model->fields[i], fail);
    return rc;
}

static enum rc restore(const struct cli_context *context, struct restoring *restoring,
                       struct sync_restored *restored_out, struct fail *fail)
{
    const struct args *args = restoring->args;
    const struct explain_history_query query = {
        .object = restoring->object,
        .until = args->moment,
    };
    enum rc rc = explain_history(context->synchronizer, &query, context->arena, &restoring->past,
                                 &restoring->history, fail);

    if (rc == RC_OK)
        rc = take_fields(restoring, context->arena, fail);
    if (rc != RC_OK)
        return rc;
    return sync_restore(context->synchronizer,
                        &(struct sync_restore){
                            .of = {restoring->object.owner, restoring->object.model},
                            .id = restoring->object.id,
                            .fields = restoring->fields,
                            .field_count = restoring->field_count,
                            .dry_run = args->dry_run,
                        },
                        context->arena, restored_out, fail);
}

static void print_diff(const struct diff *diff)
{
    struct table table;

    diff_print_table_init(&table);
    diff_print_row(&table, diff);
    table_print(&table);
    table_release(&table);
}

static void print_restored(const struct args *args, const struct sync_restored *restored)
{
    if (!restored->changes) {
        printf("the row is as the object was at %s: there is nothing to restore\n", args->at);
        return;
    }
    print_diff(&restored->diff);
    if (args->dry_run)
        printf("\nnothing has changed: this is what a run without --dry-run would write now\n");
    else
        printf("\nrestored: the owner's clock is now %" PRId64 "\n", restored->next_clock);
}

/* Code and field as a device would have received them. */
static enum cli_status refused(const struct cli_context *context, enum rc rc, struct fail *fail)
{
    const struct fail refusal = *fail;

    if (rc == RC_REJECTED && refusal.code != FAIL_NOT_FOUND)
        fail_detail(fail, "refused, nothing has changed: %s%s%s: %s", fail_code_name(refusal.code),
                    refusal.field[0] != '\0' ? " in " : "", refusal.field, fail_reason(&refusal));
    return cli_failed(context, rc, fail);
}

static enum cli_status work(const struct cli_context *context, const void *given)
{
    const struct args *args = given;
    struct restoring restoring = {
        .args = args,
        .object = {.owner = text_of(args->owner), .id = text_of(args->id)},
    };
    struct sync_restored restored;
    struct fail fail = {0};
    enum rc rc;

    restoring.object.model = cli_find_model(context, args->model);
    if (restoring.object.model == NULL)
        return CLI_FAILED;
    explain_past_init(&restoring.past, restoring.object.model);
    rc = restore(context, &restoring, &restored, &fail);
    if (rc == RC_OK)
        print_restored(args, &restored);
    explain_past_release(&restoring.past);
    return rc == RC_OK ? CLI_OK : refused(context, rc, &fail);
}

/* As a field of type timestamp takes it, so that what history prints can be pasted. */
static bool read_time(const char *at, int64_t *time_ms_out)
{
    const struct field field = {.name = TEXT_LITERAL("at"), .type = FIELD_TIMESTAMP};
    struct json_token token;
    struct value value;
    struct arena arena;
    struct fail fail;
    struct buf json;
    bool is_time = text_is_utf8(text_of(at));

    arena_init(&arena);
    buf_init(&json, MOMENT_MAX_BYTES);
    json_write_string(&json, is_time ? text_of(at) : TEXT_LITERAL(""));
    token = json_dom_token(buf_text(&json), &arena);
    is_time =
        !json.overflow &&
        value_parse((struct mapped_field){&field, NULL}, &token, &arena, &value, &fail) == RC_OK &&
        value_moment_ms(&value, time_ms_out);
    buf_release(&json);
    arena_release(&arena);
    return is_time;
}

static enum cli_status read_moment(struct args *args)
{
    uint64_t clock;

    args->moment = EXPLAIN_NOW;
    if (args->at == NULL) {
        fprintf(stderr, PROGRAM ": give --at, the logical clock or the time whose values to bring "
                                "back: 'mobync history' shows both\n");
        return CLI_USAGE;
    }
    if (text_to_uint(text_of(args->at), (uint64_t)DIFF_INTEGER_MAX, &clock)) {
        args->moment.clock = (int64_t)clock;
        return CLI_GO_ON;
    }
    if (read_time(args->at, &args->moment.time_ms))
        return CLI_GO_ON;
    fprintf(stderr,
            PROGRAM ": --at %s: give a logical clock (12) or a time in UTC "
                    "(2026-01-31T08:00:00Z)\n",
            args->at);
    return CLI_USAGE;
}

static enum cli_status check(const char *program, const struct options_read *read, void *given)
{
    struct args *args = given;
    enum cli_status status = cli_check_owner(program, args->owner);

    (void)read;
    if (status == CLI_GO_ON)
        status = cli_check_object(program, args->model, args->id);
    return status == CLI_GO_ON ? read_moment(args) : status;
}

enum cli_status cmd_restore_object(int argc, char **argv)
{
    struct args args = {.owner = NULL};
    const struct option_row rows[] = {
        OPTION_VALUE("owner", "OWNER", "whose object", &args.owner),
        OPTION_VALUE("model", "MODEL", "the model of the object", &args.model),
        OPTION_VALUE("id", "ID", "the id of the object", &args.id),
        OPTION_VALUE("at", "MOMENT",
                     "the logical clock, or the time in UTC, whose values to bring back", &args.at),
        OPTION_FLAG("dry-run", "show the new diff, and change nothing", &args.dry_run),
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "bring an object back to the values that it had at a clock or a time, as a new "
                 "change that all devices of the owner receive",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check, work, &args}, argc, argv);
}
