/* mobync lens: a diff of an older version of the app as the newest has it, and back. No database is
 * asked. */
#include <inttypes.h>
#include <stdio.h>

#include "buf.h"
#include "diff.h"
#include "json_write.h"
#include "options.h"
#include "settings.h"

#define PROGRAM "mobync lens"

#define ENTRY_MAX_BYTES ((size_t)16 * 1024 * 1024)

struct lens_args {
    const char *version;
    const char *model;
    const char *type;
    bool down;
};

/* A diff in the hand. */
struct lens {
    const struct mapping *mapping;
    const struct version *version; /* NULL: the newest */
    int64_t number;
    struct text model;
    enum diff_type type;
    struct arena *arena;
};

static enum cli_status refuse(const char *what, struct text about)
{
    fprintf(stderr, PROGRAM ": %s: %.*s\n", what, TEXT_ARG(about));
    return CLI_FAILED;
}

static void print(int64_t number, const char *what, struct text json)
{
    printf("version %" PRId64 "  %-9s  %.*s\n", number, what, TEXT_ARG(json));
}

/* The diff as a request of the version would hold it. */
static struct text entry_of(const struct lens *lens, struct text json_data)
{
    struct text entry;
    struct buf buf;

    buf_init(&buf, ENTRY_MAX_BYTES);
    buf_add_str(&buf,
                "{\"id\":\"1\",\"owner\":\"1\",\"logical_clock\":0,\"utc_timestamp\":0,\"type\":");
    json_write_string(&buf, text_of(diff_type_name(lens->type)));
    buf_add_str(&buf, ",\"model\":");
    json_write_string(&buf, lens->model);
    buf_add_str(&buf, ",\"json_data\":");
    json_write_string(&buf, json_data);
    buf_add_char(&buf, '}');
    entry = arena_text(lens->arena, buf_text(&buf));
    buf_release(&buf);
    return entry;
}

static enum rc raise_data(const struct lens *lens, struct text json_data, struct text *raised_out,
                          struct fail *fail)
{
    const struct diff_rules rules = {
        .mapping = lens->mapping,
        .version = lens->version,
        .stamp_owner = true,
        .owner = TEXT_LITERAL("1"),
    };
    struct diff diff;
    enum rc rc = request_diff(entry_of(lens, json_data), &rules, lens->arena, &diff, fail);

    *raised_out = diff.json_data;
    return rc;
}

/* False: the version is not sent it. */
static bool lower_data(const struct lens *lens, struct text json_data, struct text *lowered_out)
{
    const struct version_model *seen = version_model(lens->version, lens->model);

    if (seen != NULL && seen->unknown)
        return false;
    return version_lower(seen, lens->type == DIFF_CREATE, json_data, lens->arena, lowered_out) ||
           lens->type != DIFF_UPDATE;
}

static void show_lowered(const struct lens *lens, struct text json_data)
{
    struct text lowered;

    if (lower_data(lens, json_data, &lowered))
        print(lens->number, "is sent", lowered);
    else
        printf("version %" PRId64 "  is sent    nothing: it sees none of this\n", lens->number);
}

static enum cli_status show(const struct lens *lens, struct text json_data, bool down)
{
    const int64_t newest = lens->mapping->versions->newest;
    struct fail fail = {0};
    struct text raised = json_data;

    if (!down) {
        print(lens->number, "sends", json_data);
        if (raise_data(lens, json_data, &raised, &fail) != RC_OK)
            return refuse(fail.field[0] != '\0' ? fail.field : "the diff", text_of(fail.message));
    }
    print(newest, down ? "sends" : "is sent", raised);
    show_lowered(lens, raised);
    return CLI_OK;
}

static enum cli_status run(const struct config *config, const struct lens_args *args,
                           const char *operand, struct arena *arena)
{
    struct lens lens = {
        .mapping = &config->mapping,
        .model = text_of(args->model),
        .arena = arena,
    };
    uint64_t number;

    if (lens.mapping->versions == NULL)
        return refuse("the configuration has no versions", config->path);
    if (!text_to_uint(text_of(args->version), INT32_MAX, &number) ||
        !versions_find(lens.mapping->versions, (int64_t)number, &lens.version))
        return refuse("the configuration has no such version", text_of(args->version));
    lens.number = (int64_t)number;
    if (mapping_find(lens.mapping, lens.model) == NULL)
        return refuse("the configuration has no such model", lens.model);
    if (!diff_type_parse(text_of(args->type), &lens.type))
        return refuse("--type is create, update or delete, not", text_of(args->type));
    return show(&lens, text_of(operand), args->down);
}

enum cli_status cmd_lens(int argc, char **argv)
{
    struct lens_args args = {.type = "update"};
    const struct option_row rows[] = {
        OPTION_VALUE("version", "VERSION", "the older version of the app", &args.version),
        OPTION_VALUE("model", "MODEL", "the diff's model", &args.model),
        OPTION_VALUE("type", "TYPE", "create, update (the default) or delete", &args.type),
        OPTION_FLAG("down", "JSON is the newest version's: show what the older one is sent",
                    &args.down),
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "show what a diff of an older version of the app is to the newest, and back",
        .operand = "JSON",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };
    struct options_read read;
    struct config *config;
    struct arena arena;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status != CLI_GO_ON)
        return status;
    if (args.version == NULL || args.model == NULL) {
        fprintf(stderr, PROGRAM ": give --version and --model: see '" PROGRAM " --help'\n");
        return CLI_USAGE;
    }
    config = settings_load(read.config_path);
    if (config == NULL)
        return CLI_FAILED;
    arena_init(&arena);
    status = run(config, &args, read.operand, &arena);
    arena_release(&arena);
    config_free(config);
    return status;
}
