/* mobync pull: runs a sync without diffs, and prints the response as a table or as its exact body,
 * part by part. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli_context.h"
#include "diff_print.h"
#include "plural.h"
#include "progress.h"
#include "reply.h"

#define PROGRAM "mobync pull"

/* Beyond what a worker holds, responses are streamed. */
#define BODY_MAX_BYTES ((size_t)256 * 1024 * 1024)

struct args {
    const char *owner;
    const char *clock_option;
    int64_t clock;
    bool json;
};

/* Where the response goes: a body as POST /sync would send it, or a table. */
struct output {
    struct http_stream stream;
    struct http_reply reply;
    struct buf body;
    struct table table;
    struct arena fields; /* of the diffs that are being printed */
    struct progress progress;
    uint64_t printed;
};

static bool write_out(struct http_stream *stream, const struct http_reply *reply)
{
    struct buf *body = reply->body;
    const bool written = fwrite(buf_text(body).ptr, 1, body->len, stdout) == body->len;

    buf_clear(body);
    stream->begun = true;
    return written;
}

static enum rc begin_body(void *context, const struct sync_answer *answer, struct fail *fail)
{
    struct output *output = context;

    (void)fail;
    reply_sync_begin(&output->reply, answer);
    return RC_OK;
}

static enum rc add_to_body(void *context, const struct diff_list *diffs, struct fail *fail)
{
    struct output *output = context;

    output->printed += diffs->count;
    progress_show(&output->progress, "diffs", output->printed, 0);
    return reply_sync_add(&output->reply, diffs, fail);
}

static enum rc end_body(struct output *output, const struct sync_answer *answer, struct fail *fail)
{
    enum rc rc = RC_OK;

    if (answer->streamed > 0)
        reply_sync_end(&output->reply, answer);
    else
        rc = reply_sync(&output->reply, answer, fail);
    if (rc == RC_OK && !write_out(&output->stream, &output->reply))
        rc = fail_fatal(fail, "cannot write the response to standard output");
    return rc;
}

static enum rc begin_table(void *context, const struct sync_answer *answer, struct fail *fail)
{
    (void)context;
    (void)answer;
    (void)fail;
    return RC_OK;
}

static enum rc add_to_table(void *context, const struct diff_list *diffs, struct fail *fail)
{
    struct output *output = context;

    for (size_t i = 0; i < diffs->count; i++) {
        struct diff *diff = &diffs->items[i];
        enum rc rc = diff->unread ? diff_parse_stored(diff, &output->fields, fail) : RC_OK;

        if (rc != RC_OK)
            return rc;
        diff_print_row(&output->table, diff);
    }
    table_print(&output->table);
    arena_clear(&output->fields);
    output->printed += diffs->count;
    progress_show(&output->progress, "diffs", output->printed, 0);
    return RC_OK;
}

static enum rc end_table(struct output *output, const struct sync_answer *answer, struct fail *fail)
{
    enum rc rc = RC_OK;

    if (answer->streamed == 0)
        rc = add_to_table(output, &answer->diffs, fail);
    printf("%s%" PRIu64 " diff%s; the device's clock is then %" PRId64 "\n",
           output->printed > 0 ? "\n" : "", output->printed, plural(output->printed),
           answer->next_clock);
    return rc;
}

static const struct form {
    enum rc (*begin)(void *context, const struct sync_answer *answer, struct fail *fail);
    enum rc (*add)(void *context, const struct diff_list *diffs, struct fail *fail);
    enum rc (*end)(struct output *output, const struct sync_answer *answer, struct fail *fail);
} FORMS[] = {
    [false] = {begin_table, add_to_table, end_table},
    [true] = {begin_body, add_to_body, end_body},
};

static enum rc pull(const struct cli_context *context, const struct args *args,
                    struct output *output, struct fail *fail)
{
    const struct form *form = &FORMS[args->json];
    const struct sync_sink sink = {output, form->begin, form->add};
    const struct sync_request request = {
        .owner = text_of(args->owner),
        .clock = args->clock,
        .clock_skew_ms = context->config->clock_skew_ms,
        .sink = &sink,
        .limit = http_held_history,
        .undrained = true,
    };
    struct sync_answer answer;
    enum rc rc = sync_apply(context->synchronizer, &request, context->arena, &answer, fail);

    if (rc == RC_OK)
        rc = form->end(output, &answer, fail);
    progress_end(&output->progress);
    if (rc == RC_OK && answer.next_clock == 0)
        fprintf(stderr, PROGRAM ": nobody has ever sent a diff as '%s' (case counts)\n",
                args->owner);
    return rc;
}

/* POST /sync would send the error as a response, too. */
static enum cli_status print_failure(const struct cli_context *context, const struct args *args,
                                     struct output *output, enum rc rc, const struct fail *fail)
{
    if (args->json && !output->stream.begun) {
        reply_error(&output->reply, fail);
        if (!write_out(&output->stream, &output->reply))
            perror(PROGRAM ": standard output");
    }
    cli_failed(context, rc, fail);
    if (fail->code == FAIL_INVALID_CLOCK)
        fprintf(stderr, PROGRAM ": a sync would get 409 INVALID_CLOCK, as happens after a restore "
                                "from an older backup, or to a device that stayed away for longer "
                                "than history.deletes\n");
    return CLI_FAILED;
}

static void output_init(struct output *output)
{
    *output = (struct output){.stream = {.flush = write_out}};
    output->reply = (struct http_reply){.body = &output->body, .stream = &output->stream};
    buf_init(&output->body, BODY_MAX_BYTES);
    arena_init(&output->fields);
    diff_print_table_init(&output->table);
    progress_begin(&output->progress, PROGRAM, isatty(STDOUT_FILENO) != 0);
}

static void output_release(struct output *output)
{
    buf_release(&output->body);
    table_release(&output->table);
    arena_release(&output->fields);
}

static enum cli_status work(const struct cli_context *context, const void *given)
{
    const struct args *args = given;
    enum cli_status status = CLI_OK;
    struct fail fail = {0};
    struct output output;
    enum rc rc;

    output_init(&output);
    rc = pull(context, args, &output, &fail);
    if (rc != RC_OK)
        status = print_failure(context, args, &output, rc, &fail);
    /* The body has no newline, which makes the next prompt hard to read. */
    if (args->json && isatty(STDOUT_FILENO) != 0)
        putchar('\n');
    output_release(&output);
    return status;
}

static enum cli_status check(const char *program, const struct options_read *read, void *given)
{
    struct args *args = given;
    enum cli_status status = cli_check_owner(program, args->owner);

    (void)read;
    if (status == CLI_GO_ON)
        status = cli_read_clock(program, args->clock_option, &args->clock);
    if (status == CLI_GO_ON && args->clock < 0) {
        fprintf(stderr, PROGRAM ": give --clock, the device's logical clock: 0 for a new device\n");
        return CLI_USAGE;
    }
    return status;
}

enum cli_status cmd_pull(int argc, char **argv)
{
    struct args args = {.clock = -1};
    const struct option_row rows[] = {
        OPTION_VALUE("owner", "OWNER", "the owner of the device", &args.owner),
        OPTION_VALUE("clock", "CLOCK", "the device's logical clock", &args.clock_option),
        OPTION_FLAG("json", "print the exact response body", &args.json),
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "print what a device would receive in a sync without diffs; change nothing",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check, work, &args}, argc, argv);
}
