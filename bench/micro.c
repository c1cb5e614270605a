/* micro: what a sync costs without the database and the network: parse, fold, merge and write, for
 * requests of 100, 1,000 and 10,000 diffs. Prints microseconds a diff, and what a diff costs among
 * 10,000 against one among 1,000. */
#include <stdlib.h>

#include "answer_sort.h"
#include "clock.h"
#include "json_write.h"
#include "merge.h"
#include "reply.h"
#include "workload.h"

#define STEPS_OF_OBJECT 4u /* a create and updates of it */
#define TIME_MS         INT64_C(1604114123778)
#define CLIENT_CLOCK    INT64_C(5)
#define REPLY_MAX       ((size_t)64 * 1024 * 1024)
#define ENOUGH_US       ((int64_t)500000)
#define LEAST_RUNS      5u
#define OWNER           "alice"

static const size_t SIZES[] = {100, 1000, 10000};

static struct field FIELDS[] = {
    {.type = FIELD_STRING, .required = true, .max_length = 255, .index = 0},
    {.type = FIELD_BOOLEAN, .index = 1},
    {.type = FIELD_STRING, .index = 2},
    {.type = FIELD_INTEGER, .index = 3},
    {.type = FIELD_FLOAT, .index = 4},
    {.type = FIELD_LIST, .index = 5},
};
static const char *const FIELD_NAMES[] = {"name",     "done",  "created_time",
                                          "priority", "score", "tags"};

static struct model MODEL = {
    .allow = {true, true, true}, .fields = FIELDS, .field_count = ARRAY_LEN(FIELDS)};
static struct mapping MAPPING = {.models = &MODEL, .model_count = 1};

/* What one case is made of, before the time that counts. */
struct input {
    struct buf body;          /* the request */
    struct diff_list history; /* as the database gives it: texts, no fields yet */
    size_t diffs;             /* both together */
};

struct scene {
    const char *name;
    bool pushes;
    bool pulls;
    enum diff_type first; /* of an object's diffs */
};

static const struct scene SCENES[] = {
    {"push: creates and updates of a quarter as many objects", true, false, DIFF_CREATE},
    {"pull: the same from the history", false, true, DIFF_CREATE},
    {"both: half pushed, half in the history, on the same objects", true, true, DIFF_UPDATE},
};

static void set_up_mapping(void)
{
    MODEL.name = MODEL.table = TEXT_LITERAL("tasks");
    for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++)
        FIELDS[i].name = FIELDS[i].column = text_of(FIELD_NAMES[i]);
}

static void write_json_data(struct buf *json, size_t object, enum diff_type type, size_t step)
{
    buf_clear(json);
    buf_printf(json, "{\"id\":\"6f1c9a52-2b7e-4d0e-9a55-%012zx\",\"name\":\"Buy %zu eggs\"", object,
               step);
    if (type == DIFF_CREATE)
        buf_printf(json, ",\"done\":false,\"created_time\":\"%s\",\"priority\":3,\"score\":0.75",
                   WORKLOAD_CREATED_TIME);
    buf_printf(json, ",\"tags\":%s}", WORKLOAD_TAGS);
}

/* Diff i of n: the objects' first ones come first, then their seconds, … */
static void write_body(struct buf *body, const struct scene *scene, size_t n, const char *side)
{
    const size_t objects = n / STEPS_OF_OBJECT;
    struct buf json;

    buf_init(&json, 1024);
    buf_clear(body);
    buf_printf(body, "{\"logical_clock\": %d, \"diffs\": [", (int)CLIENT_CLOCK);
    for (size_t i = 0; i < n; i++) {
        enum diff_type type = i < objects ? scene->first : DIFF_UPDATE;

        write_json_data(&json, i % objects, type, i);
        buf_printf(body,
                   "%s{\"id\":\"%s-4b7e-4d0e-9a55-%012zx\",\"owner\":\"" OWNER
                   "\",\"logical_clock\":%d,\"utc_timestamp\":%lld,\"type\":\"%s\","
                   "\"model\":\"tasks\",\"json_data\":",
                   i > 0 ? "," : "", side, i, (int)CLIENT_CLOCK, (long long)(TIME_MS + (int64_t)i),
                   diff_type_name(type));
        json_write_string(body, buf_text(&json));
        buf_add_char(body, '}');
    }
    buf_add_str(body, "]}");
    buf_release(&json);
}

static void must(enum rc rc, const struct fail *fail)
{
    if (rc != RC_OK)
        workload_die("%s", fail_reason(fail));
}

static struct diff_list parse(const struct buf *body, struct arena *arena)
{
    const struct diff_rules rules = {
        .mapping = &MAPPING, .max_diffs = 1000000, .owner = TEXT_LITERAL(OWNER)};
    struct request_body *request;
    struct diff_list diffs = {.count = 0};
    struct fail fail;

    must(request_parse(buf_text(body), arena, &request, &fail), &fail);
    must(request_diffs(request, &rules, arena, &diffs, NULL, &fail), &fail);
    return diffs;
}

static void set_up_input(struct input *input, const struct scene *scene, size_t diffs,
                         struct arena *arena)
{
    const size_t each = scene->pushes && scene->pulls ? diffs / 2 : diffs;

    input->diffs = diffs;
    input->history = (struct diff_list){.count = 0};
    if (scene->pulls) {
        write_body(&input->body, scene, each, "0d5a11e5");
        input->history = parse(&input->body, arena);
    }
    for (size_t i = 0; i < input->history.count; i++) {
        input->history.items[i].unread = true;
        input->history.items[i].fields = NULL;
        input->history.items[i].field_count = 0;
    }
    write_body(&input->body, scene, scene->pushes ? each : 0, "7c1e9f03");
}

static struct diff_list read_history(const struct input *input, struct arena *arena)
{
    struct diff_list history = {ARENA_ARRAY(arena, input->history.count, struct diff),
                                input->history.count};

    for (size_t i = 0; i < history.count; i++)
        history.items[i] = input->history.items[i];
    return history;
}

static void sync_once(const struct input *input, struct arena *arena, struct http_reply *reply)
{
    struct diff_list request = parse(&input->body, arena);
    struct diff_list history = read_history(input, arena);
    int64_t *known = ARENA_ARRAY(arena, request.count, int64_t);
    const struct relations relations = {.count = 0};
    const struct merge_input merge = {
        .owner = TEXT_LITERAL(OWNER),
        .client_clock = CLIENT_CLOCK,
        .push_clock = CLIENT_CLOCK + 1,
        .now_ms = TIME_MS,
        .history = &history,
        .request = &request,
        .known_clocks = known,
        .arena = arena,
    };
    struct merge_plan plan;
    struct merge *begun;
    struct fail fail;

    for (size_t i = 0; i < request.count; i++)
        known[i] = -1;
    must(merge_begin(&merge, &begun, &fail), &fail);
    must(merge_finish(begun, &plan, &fail), &fail);
    answer_sort(&plan.answer, &MAPPING, &relations, NULL, arena);
    must(reply_sync(reply,
                    &(struct sync_answer){.next_clock = plan.next_clock, .diffs = plan.answer},
                    &fail),
         &fail);
}

/* The quickest of some runs: what others do on the machine only adds. */
static double time_us(const struct input *input)
{
    int64_t began_us = clock_monotonic_us(), best_us = INT64_MAX;
    struct http_reply reply;
    struct arena arena;
    struct buf body;

    arena_init(&arena);
    buf_init(&body, REPLY_MAX);
    reply = (struct http_reply){.body = &body};
    for (unsigned run = 0; run < LEAST_RUNS || clock_monotonic_us() - began_us < ENOUGH_US; run++) {
        int64_t start_us = clock_monotonic_us();
        int64_t us;

        sync_once(input, &arena, &reply);
        arena_clear(&arena);
        us = clock_monotonic_us() - start_us;
        if (us < best_us)
            best_us = us;
    }
    buf_release(&body);
    arena_release(&arena);
    return (double)best_us;
}

static void run_scene(const struct scene *scene, struct input *input)
{
    double us_per_diff[ARRAY_LEN(SIZES)];

    printf("| %s |", scene->name);
    for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
        struct arena arena;

        arena_init(&arena);
        set_up_input(input, scene, SIZES[i], &arena);
        us_per_diff[i] = time_us(input) / (double)input->diffs;
        printf(" %.2f |", us_per_diff[i]);
        arena_release(&arena);
    }
    printf(" %.2f |\n", us_per_diff[ARRAY_LEN(SIZES) - 1] / us_per_diff[ARRAY_LEN(SIZES) - 2]);
}

int main(void)
{
    struct input input;

    buf_init(&input.body, REPLY_MAX);
    set_up_mapping();
    printf("| µs per diff | 100 diffs | 1,000 | 10,000 | 10,000 against 1,000 |\n");
    printf("| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < ARRAY_LEN(SCENES); i++)
        run_scene(&SCENES[i], &input);
    buf_release(&input.body);
    return 0;
}
