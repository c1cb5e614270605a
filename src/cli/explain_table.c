/* The explain commands' findings as text and tables. Entry point: the form explain_form_table. */
#include <inttypes.h>

#include "diff_print.h"
#include "explain_print.h"
#include "id.h"
#include "plural.h"
#include "terminal.h"

static const struct table_column DIFF_COLUMNS[] = {
    {"CLOCK", 20, true},    {"SEQ", 10, true},  {"CLIENT TIMESTAMP", 30, false},
    {"MS", 20, true},       {"TYPE", 6, false}, {"ID", DIFF_PRINT_ID_WIDTH, false},
    {"FIELDS", 100, false},
};

void explain_page_init(struct explain_page *page)
{
    table_init(&page->diffs, DIFF_COLUMNS, ARRAY_LEN(DIFF_COLUMNS));
    buf_init(&page->json, SIZE_MAX / 4);
}

void explain_page_release(struct explain_page *page)
{
    table_release(&page->diffs);
    buf_release(&page->json);
}

/* In the place of an id that is not kept. */
#define FOLDED "a folded diff"

/* Begins a line of the head; the caller prints the rest. */
static void begin_line(const char *what)
{
    printf("%-9s", what);
}

static void print_quoted(const char *before, struct text text)
{
    fputs(before, stdout);
    terminal_text(stdout, text);
}

static void print_horizon(const struct horizon *horizon)
{
    if (horizon->compacted_below == 0)
        return;
    begin_line("horizon");
    printf("diffs below clock %" PRId64 " are folded", horizon->compacted_below);
    if (horizon->forgotten_below > 0)
        printf(", deletes below clock %" PRId64 " forgotten", horizon->forgotten_below);
    putchar('\n');
}

static void print_folded(const struct explain_object *object)
{
    const struct summary *summary = object->summary;

    print_horizon(&object->horizon);
    if (summary == NULL)
        return;
    begin_line("folded");
    if (summary->created_clock != SUMMARY_NEVER)
        printf("created at clock %" PRId64 ", ", summary->created_clock);
    if (summary_lives(summary))
        printf("changed last at clock %" PRId64 "\n", summary->last_clock);
    else
        printf("deleted at clock %" PRId64 "\n", summary->deleted_clock);
}

static void print_object_head(const struct explain_page *page, const struct explain_object *object)
{
    begin_line("object");
    terminal_text(stdout, page->object.id);
    print_quoted(" of model ", page->object.model->name);
    print_quoted(", owner ", page->owner);
    putchar('\n');
    begin_line("clock");
    printf("the owner's next one is %" PRId64 "\n", object->next_clock);
    begin_line("diffs");
    printf("%" PRId64 " stored about the object\n", object->diff_count);
    print_folded(object);
    if (object->diff_count > 0)
        printf("\nSTORED DIFFS, in order\n");
}

static void show_diffs(void *context, const struct explain_object *so_far,
                       const struct inspect_diffs *part)
{
    struct explain_page *page = context;

    if (page->shown == 0)
        print_object_head(page, so_far);
    for (size_t i = 0; i < part->count; i++) {
        const struct diff *diff = &part->items[i];

        table_row(&page->diffs);
        table_integer(&page->diffs, part->places[i].clock);
        table_integer(&page->diffs, part->places[i].seq);
        diff_print_time(&page->diffs, diff->time_ms);
        table_cell(&page->diffs, text_of(diff_type_name(diff->type)));
        diff_print_id(&page->diffs, diff);
        diff_print_fields(&page->diffs, diff);
    }
    table_print(&page->diffs);
    page->shown += part->count;
    progress_show(&page->progress, "diffs", page->shown, (uint64_t)so_far->diff_count);
}

static const char *origin(const struct explain_setter *setter)
{
    if (setter->folded)
        return FOLDED;
    return setter->from_sql ? DIFF_PRINT_SQL : "";
}

static void add_why(struct table *table, const struct explain_field *field)
{
    const struct explain_setter *rival = &field->rival;
    char moment[TERMINAL_TIME_MS_SIZE];

    if (field->settings == 0) {
        table_cell(table, TEXT_LITERAL("no diff sets it"));
        return;
    }
    terminal_time_ms(rival->time_ms, moment);
    switch (explain_why(field)) {
    case EXPLAIN_ONLY:
        table_cell(table, TEXT_LITERAL("the only one that set it"));
        return;
    case EXPLAIN_LATER_TIME:
        table_format(table, "%s by client timestamp than %s%s (clock %" PRId64 ", %s)",
                     field->last.time_ms > rival->time_ms ? "later" : "not earlier", origin(rival),
                     rival->id, rival->place.clock, moment);
        return;
    case EXPLAIN_LATER_CLOCK:
        table_format(table,
                     "not concurrent: its device had seen %s%s (clock %" PRId64 ", later by client "
                     "timestamp: %s)",
                     origin(rival), rival->id, rival->place.clock, moment);
        return;
    case EXPLAIN_WHYS:
        break;
    }
}

static void add_setter(struct table *table, const struct explain_field *field)
{
    const struct text nothing = TEXT_LITERAL("-");
    char moment[TERMINAL_TIME_MS_SIZE];

    if (field->settings == 0) {
        for (unsigned i = 0; i < 4; i++)
            table_cell(table, nothing);
        return;
    }
    terminal_time_ms(field->last.time_ms, moment);
    table_cell(table, field->last.folded ? nothing : field->value.json);
    table_format(table, "%s%s", origin(&field->last), field->last.id);
    table_integer(table, field->last.place.clock);
    table_cell(table, text_of(moment));
}

static struct text row_cell(const struct explain_field *field)
{
    if (field->row == NULL)
        return TEXT_LITERAL("-");
    return field->settings > 0 && !field->last.folded && !field->differs ? TEXT_LITERAL("same")
                                                                         : field->row->json;
}

static void print_fields(const struct field_history *contest)
{
    static const struct table_column COLUMNS[] = {
        {"FIELD", 30, false},
        {"VALUE", 30, false},
        {"SET BY", DIFF_PRINT_ID_WIDTH, false},
        {"CLOCK", 20, true},
        {"CLIENT TIMESTAMP", 30, false},
        {"ROW", 30, false},
        {"WHY", 145, false},
    };
    struct table table;

    printf("\nFIELDS, as the diffs leave them, and the row\n");
    table_init(&table, COLUMNS, ARRAY_LEN(COLUMNS));
    for (size_t i = 0; i < contest->field_count; i++) {
        const struct explain_field *field = &contest->fields[i];

        table_row(&table);
        table_cell(&table, field->field->name);
        add_setter(&table, field);
        table_cell(&table, row_cell(field));
        add_why(&table, field);
    }
    table_print(&table);
    table_release(&table);
}

/* By the history's state and whether the row is there. */
static const char *const STATES[EXPLAIN_STATES][2] = {
    [EXPLAIN_UNHEARD] = {"there is neither a diff nor a row",
                         "there, but no diff mentions it: other SQL created it"},
    [EXPLAIN_LIVE] = {"gone, though the diffs leave it there: other SQL has removed it",
                      "there, as the diffs say"},
    [EXPLAIN_DELETED] = {"gone, as the diffs say",
                         "there, though the diffs have deleted it: other SQL created it again"},
};

static void print_row(const struct explain_page *page, const struct explain_object *object)
{
    const struct field_history *contest = &object->contest;
    const char *before = "; but not the same in ";

    printf("\nROW in table ");
    terminal_text(stdout, page->object.model->table);
    printf(": %s", STATES[contest->state][object->row_live]);
    for (size_t i = 0; i < contest->field_count; i++) {
        if (!contest->fields[i].differs)
            continue;
        print_quoted(before, contest->fields[i].field->name);
        before = ", ";
    }
    if (before[0] == ',')
        printf(" (other SQL has set it, or the column does not hold it as it was sent)");
    putchar('\n');
    if (contest->state == EXPLAIN_LIVE || object->row_live)
        print_fields(contest);
}

static void print_rejects(const struct explain_object *object)
{
    static const struct table_column COLUMNS[] = {
        {"WHEN", 30, false}, {"CLOCK", 20, true},  {"ID", 40, false},
        {"CODE", 30, false}, {"FIELD", 30, false}, {"MESSAGE", 160, false},
    };
    char moment[TERMINAL_TIME_SIZE];
    struct table table;

    if (object->reject_count == 0)
        return;
    printf("\nREFUSED, and kept, newest first ('mobync reject show ID' prints all of one)\n");
    table_init(&table, COLUMNS, ARRAY_LEN(COLUMNS));
    for (size_t i = 0; i < object->reject_count; i++) {
        const struct reject *reject = &object->rejects[i];

        terminal_time(reject->time_ms, moment);
        table_row(&table);
        table_cell(&table, text_of(moment));
        table_integer(&table, reject->clock);
        table_cell(&table, reject->id);
        table_cell(&table, text_of(fail_code_name(reject->code)));
        table_cell(&table, reject->field.len > 0 ? reject->field : TEXT_LITERAL("-"));
        table_cell(&table, reject->message);
    }
    table_print(&table);
    table_release(&table);
    if (object->rejects_more)
        printf("… and older ones\n");
}

/* A UUID of version 8: the server made it, for a diff of its own in a response. */
static bool is_made(struct text id)
{
    return id.len == ID_UUID_LEN && id.ptr[8] == '-' && id.ptr[13] == '-' && id.ptr[14] == '8';
}

static const char *fate_of(const struct inspect_known *known)
{
    if (known->rejected)
        return "refused";
    if (is_made(known->id))
        return "made by the server, for its response to one of them";
    return known->beside ? "folded into another diff of its sync, or without effect"
                         : "without effect, as all of its sync: it lost, or came too late";
}

static void print_known(const struct explain_object *object)
{
    static const struct table_column COLUMNS[] = {
        {"CLOCK", 20, true}, {"ID", 60, false}, {"WHAT BECAME OF IT", 80, false}};
    struct table table;

    if (object->known_count == 0)
        return;
    printf("\nNOT STORED under their own id, about this object or another; newest first\n");
    table_init(&table, COLUMNS, ARRAY_LEN(COLUMNS));
    for (size_t i = 0; i < object->known_count; i++) {
        table_row(&table);
        table_integer(&table, object->known[i].clock);
        table_cell(&table, object->known[i].id);
        table_cell(&table, text_of(fate_of(&object->known[i])));
    }
    table_print(&table);
    table_release(&table);
    if (object->known_more)
        printf("… and older ones\n");
}

static void print_answer(const struct explain_page *page, const struct explain_object *object)
{
    struct table table;

    if (page->clock == EXPLAIN_NO_CLOCK)
        return;
    printf("\nA DEVICE AT CLOCK %" PRId64 ": %s\n", page->clock,
           explain_reason_sentence(object->answer.reason));
    diff_print_table_init(&table);
    for (size_t i = 0; i < object->answer.diffs.count; i++)
        diff_print_row(&table, &object->answer.diffs.items[i]);
    table_print(&table);
    table_release(&table);
}

static void print_object(struct explain_page *page, const struct explain_object *object)
{
    print_row(page, object);
    print_rejects(object);
    print_known(object);
    print_answer(page, object);
}

static int64_t sum_of(const int64_t counts[DIFF_TYPES])
{
    return counts[DIFF_CREATE] + counts[DIFF_UPDATE] + counts[DIFF_DELETE];
}

static void print_totals(const struct explain_owner *owner)
{
    char moment[TERMINAL_TIME_MS_SIZE];
    int64_t diffs = 0, bytes = 0, latest_ms = 0;

    for (size_t i = 0; i < owner->model_count; i++) {
        const struct explain_model *model = &owner->models[i];

        diffs += sum_of(model->diffs);
        bytes += model->bytes;
        latest_ms = model->latest_ms > latest_ms ? model->latest_ms : latest_ms;
    }
    begin_line("diffs");
    printf("%" PRId64 " stored, %" PRId64 " bytes", diffs, bytes);
    if (diffs > 0) {
        terminal_time_ms(latest_ms, moment);
        printf("; the latest client timestamp is %s", moment);
    }
    putchar('\n');
}

static void print_rest(const struct inspect_rest *rest)
{
    char oldest[TERMINAL_TIME_SIZE], newest[TERMINAL_TIME_SIZE], used[TERMINAL_TIME_SIZE];
    const char *before = ": ";
    int64_t rejects = 0;

    for (size_t i = 0; i < FAIL_CODES; i++)
        rejects += rest->rejects[i];
    terminal_time(rest->oldest_reject_ms, oldest);
    terminal_time(rest->newest_reject_ms, newest);
    terminal_time(rest->token_used_ms, used);
    if (rest->summaries > 0) {
        begin_line("folded");
        printf("diffs of %" PRId64 " objects, %" PRId64 " of them deleted\n", rest->summaries,
               rest->tombstones);
    }
    begin_line("known");
    printf("%" PRId64 " id%s without a stored diff, %" PRId64 " of them refused\n", rest->known,
           plural((uint64_t)rest->known), rest->known_rejected);
    begin_line("rejects");
    printf("%" PRId64 " kept", rejects);
    for (size_t i = 0; i < FAIL_CODES; i++) {
        if (rest->rejects[i] == 0)
            continue;
        printf("%s%" PRId64 " %s", before, rest->rejects[i], fail_code_name((enum fail_code)i));
        before = ", ";
    }
    if (rejects > 0)
        printf("; the first %s, the last %s", oldest, newest);
    printf("\n");
    begin_line("tokens");
    printf("%" PRId64 "%s%s\n", rest->tokens, rest->tokens > 0 ? ", last used: " : "",
           rest->tokens > 0 ? used : "");
}

static void print_models(const struct explain_owner *owner)
{
    static const struct table_column COLUMNS[] = {
        {"MODEL", 40, false}, {"CREATES", 20, true}, {"UPDATES", 20, true}, {"DELETES", 20, true},
        {"BYTES", 20, true},  {"OBJECTS", 20, true}, {"LIVE", 20, true},    {"DELETED", 20, true},
        {"ROWS", 20, true},   {"NOTE", 100, false},
    };
    struct table table;

    putchar('\n');
    table_init(&table, COLUMNS, ARRAY_LEN(COLUMNS));
    for (size_t i = 0; i < owner->model_count; i++) {
        const struct explain_model *model = &owner->models[i];
        const int64_t live = model->objects - model->deleted;

        table_row(&table);
        table_cell(&table, model->name);
        for (size_t type = 0; type < DIFF_TYPES; type++)
            table_integer(&table, model->diffs[type]);
        table_integer(&table, model->bytes);
        table_integer(&table, model->objects);
        table_integer(&table, live);
        table_integer(&table, model->deleted);
        table_integer(&table, model->rows);
        if (model->model == NULL)
            table_cell(&table, TEXT_LITERAL("not mapped: devices are not told of it"));
        else if (model->rows != live)
            table_cell(&table, TEXT_LITERAL("other SQL has created or removed rows"));
        else
            table_cell(&table, TEXT_LITERAL("-"));
    }
    table_print(&table);
    table_release(&table);
}

static void print_owner_answer(const struct explain_page *page, const struct explain_owner *owner)
{
    static const struct table_column COLUMNS[] = {
        {"MODEL", 40, false}, {"CREATES", 20, true}, {"UPDATES", 20, true}, {"DELETES", 20, true}};
    uint64_t sent = 0;
    struct table table;

    printf("\nA DEVICE AT CLOCK %" PRId64 ": ", page->clock);
    if (owner->ahead) {
        printf("%s\n", explain_reason_sentence(EXPLAIN_AHEAD));
        return;
    }
    if (owner->too_old) {
        printf("%s\n", explain_reason_sentence(EXPLAIN_TOO_OLD));
        return;
    }
    table_init(&table, COLUMNS, ARRAY_LEN(COLUMNS));
    for (size_t i = 0; i < owner->model_count; i++) {
        const uint64_t *answer = owner->models[i].answer;
        const uint64_t sum = answer[DIFF_CREATE] + answer[DIFF_UPDATE] + answer[DIFF_DELETE];

        sent += sum;
        if (sum == 0)
            continue;
        table_row(&table);
        table_cell(&table, owner->models[i].name);
        for (size_t type = 0; type < DIFF_TYPES; type++)
            table_integer(&table, (int64_t)answer[type]);
    }
    printf("it is sent %" PRIu64 " diff%s\n", sent, plural(sent));
    table_print(&table);
    table_release(&table);
}

static void print_owner(struct explain_page *page, const struct explain_owner *owner)
{
    begin_line("owner");
    terminal_text(stdout, page->owner);
    putchar('\n');
    begin_line("clock");
    printf("the next one is %" PRId64 "\n", owner->next_clock);
    print_totals(owner);
    print_horizon(&owner->horizon);
    print_rest(&owner->rest);
    print_models(owner);
    if (page->clock != EXPLAIN_NO_CLOCK)
        print_owner_answer(page, owner);
}

const struct explain_form explain_form_table = {show_diffs, print_object, print_owner};
