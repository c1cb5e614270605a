#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "diff_print.h"
#include "inquiry.h"
#include "options.h"
#include "progress.h"
#include "reply.h"

#define PROGRAM "mobync pull"

/* Beyond what a worker holds, answers are streamed. */
#define BODY_MAX_BYTES ((size_t)256 * 1024 * 1024)

/* What the command was told. */
struct order {
    const char *owner;
    int64_t clock;
    bool json;
};

/* Where the answer goes: a body as POST /sync would send it, or a table. */
struct outlet {
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
    struct outlet *outlet = context;

    (void)fail;
    reply_sync_begin(&outlet->reply, answer);
    return RC_OK;
}

static enum rc add_to_body(void *context, const struct diff_list *diffs, struct fail *fail)
{
    struct outlet *outlet = context;

    outlet->printed += diffs->count;
    progress_tell(&outlet->progress, "diffs", outlet->printed, 0);
    return reply_sync_add(&outlet->reply, diffs, fail);
}

static enum rc end_body(struct outlet *outlet, const struct sync_answer *answer, struct fail *fail)
{
    enum rc rc = RC_OK;

    if (answer->streamed > 0)
        reply_sync_end(&outlet->reply, answer);
    else
        rc = reply_sync(&outlet->reply, answer, fail);
    if (rc == RC_OK && !write_out(&outlet->stream, &outlet->reply))
        rc = fail_fatal(fail, "standard output does not take the answer");
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
    struct outlet *outlet = context;

    for (size_t i = 0; i < diffs->count; i++) {
        struct diff *diff = &diffs->items[i];
        enum rc rc = diff->unread ? diff_parse_stored(diff, &outlet->fields, fail) : RC_OK;

        if (rc != RC_OK)
            return rc;
        diff_print_row(&outlet->table, diff);
    }
    table_print(&outlet->table);
    arena_clear(&outlet->fields);
    outlet->printed += diffs->count;
    progress_tell(&outlet->progress, "diffs", outlet->printed, 0);
    return RC_OK;
}

static enum rc end_table(struct outlet *outlet, const struct sync_answer *answer, struct fail *fail)
{
    enum rc rc = RC_OK;

    if (answer->streamed == 0)
        rc = add_to_table(outlet, &answer->diffs, fail);
    printf("%s%" PRIu64 " diff%s; the device's clock is %" PRId64 " then\n",
           outlet->printed > 0 ? "\n" : "", outlet->printed, outlet->printed == 1 ? "" : "s",
           answer->next_clock);
    return rc;
}

static const struct form {
    enum rc (*begin)(void *context, const struct sync_answer *answer, struct fail *fail);
    enum rc (*add)(void *context, const struct diff_list *diffs, struct fail *fail);
    enum rc (*end)(struct outlet *outlet, const struct sync_answer *answer, struct fail *fail);
} FORMS[] = {
    [false] = {begin_table, add_to_table, end_table},
    [true] = {begin_body, add_to_body, end_body},
};

static enum rc pull(const struct inquiry *inquiry, const struct order *order, struct outlet *outlet,
                    struct fail *fail)
{
    const struct form *form = &FORMS[order->json];
    const struct sync_sink sink = {outlet, form->begin, form->add};
    const struct sync_request request = {
        .owner = inquiry->owner,
        .clock = order->clock,
        .clock_skew_ms = inquiry->config->clock_skew_ms,
        .sink = &sink,
        .limit = http_held_history,
    };
    struct sync_answer answer;
    enum rc rc = sync_apply(inquiry->synchronizer, &request, inquiry->arena, &answer, fail);

    if (rc == RC_OK)
        rc = form->end(outlet, &answer, fail);
    progress_end(&outlet->progress);
    if (rc == RC_OK && answer.next_clock == 0)
        fprintf(stderr, PROGRAM ": nobody has ever sent a diff as '%.*s' (case counts)\n",
                TEXT_ARG(inquiry->owner));
    return rc;
}

/* POST /sync would answer it, too. */
static enum cli_status print_failure(const struct inquiry *inquiry, const struct order *order,
                                     struct outlet *outlet, enum rc rc, const struct fail *fail)
{
    if (order->json && !outlet->stream.begun) {
        reply_error(&outlet->reply, fail);
        if (!write_out(&outlet->stream, &outlet->reply))
            perror(PROGRAM ": standard output");
    }
    inquiry_failed(inquiry, rc, fail);
    if (fail->code == FAIL_INVALID_CLOCK)
        fprintf(stderr, PROGRAM ": a sync would get 409 INVALID_CLOCK: so it is after a restore "
                                "from an older backup\n");
    return CLI_FAILED;
}

static void outlet_init(struct outlet *outlet)
{
    *outlet = (struct outlet){.stream = {.flush = write_out}};
    outlet->reply = (struct http_reply){.body = &outlet->body, .stream = &outlet->stream};
    buf_init(&outlet->body, BODY_MAX_BYTES);
    arena_init(&outlet->fields);
    diff_print_table_init(&outlet->table);
    progress_begin(&outlet->progress, PROGRAM, isatty(STDOUT_FILENO) != 0);
}

static void outlet_release(struct outlet *outlet)
{
    buf_release(&outlet->body);
    table_release(&outlet->table);
    arena_release(&outlet->fields);
}

static enum cli_status work(const struct inquiry *inquiry, const void *context)
{
    const struct order *order = context;
    enum cli_status status = CLI_OK;
    struct fail fail = {0};
    struct outlet outlet;
    enum rc rc;

    outlet_init(&outlet);
    rc = pull(inquiry, order, &outlet, &fail);
    if (rc != RC_OK)
        status = print_failure(inquiry, order, &outlet, rc, &fail);
    /* The body has no newline; a prompt behind it is hard to read. */
    if (order->json && isatty(STDOUT_FILENO) != 0)
        putchar('\n');
    outlet_release(&outlet);
    return status;
}

enum cli_status cmd_pull(int argc, char **argv)
{
    struct order order = {.clock = -1};
    const char *clock = NULL;
    const struct option_row rows[] = {
        {.name = "owner", .argument = "OWNER", .help = "whose device", .value_out = &order.owner},
        {.name = "clock",
         .argument = "CLOCK",
         .help = "the device's logical clock",
         .value_out = &clock},
        {.name = "json", .help = "the very body of the answer", .flag_out = &order.json},
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "prints what a sync without diffs would answer a device; changes nothing",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };
    struct options_read read;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status == CLI_GO_ON)
        status = inquiry_owner(PROGRAM, order.owner);
    if (status == CLI_GO_ON)
        status = inquiry_clock(PROGRAM, clock, &order.clock);
    if (status == CLI_GO_ON && order.clock < 0) {
        fprintf(stderr, PROGRAM ": give --clock, the device's logical clock: 0 for a fresh one\n");
        status = CLI_USAGE;
    }
    if (status != CLI_GO_ON)
        return status;
    return inquiry_run(PROGRAM, read.config_path, order.owner, work, &order);
}
