/* mobync map: the YAML of models for tables that exist, for the configuration file. */
#include <stdio.h>

#include "options.h"
#include "schema.h"
#include "settings.h"

#define PROGRAM        "mobync map"
#define YAML_MAX_BYTES ((size_t)64 * 1024 * 1024)

static void print_fault(void *context, unsigned config_line, bool warning, const char *message)
{
    (void)context;
    (void)config_line;
    (void)warning;
    fprintf(stderr, PROGRAM ": %s\n", message);
}

static enum cli_status print(const struct buf *yaml, const struct schema_map_result *result)
{
    if (result->faults > 0)
        return CLI_FAILED;
    if (yaml->overflow) {
        fprintf(stderr, PROGRAM ": the models exceed %zu bytes: name fewer tables\n",
                YAML_MAX_BYTES);
        return CLI_FAILED;
    }
    fwrite(buf_text(yaml).ptr, 1, yaml->len, stdout);
    if (result->models > 0)
        return CLI_OK;
    fprintf(stderr, PROGRAM ": no table could be mapped%s\n",
            yaml->len > 0 ? ": the comments say why" : "");
    return CLI_FAILED;
}

static enum cli_status run(const struct config *config, const struct text *tables, size_t count)
{
    const struct db_settings settings = settings_db(config);
    const struct schema_map_request request = {
        .tables = tables, .count = count, .report = print_fault};
    struct schema_map_result result;
    struct fail fail = {0};
    enum cli_status status;
    struct buf yaml;

    buf_init(&yaml, YAML_MAX_BYTES);
    if (schema_map(&settings, &request, &yaml, &result, &fail) != RC_OK)
        status = command_failed(PROGRAM, &fail);
    else
        status = print(&yaml, &result);
    buf_release(&yaml);
    return status;
}

static enum cli_status run_words(const struct config *config, const struct options_read *read)
{
    struct arena arena;
    struct text *tables;
    enum cli_status status;

    arena_init(&arena);
    tables = ARENA_ARRAY(&arena, read->operand_count, struct text);
    for (size_t i = 0; i < read->operand_count; i++)
        tables[i] = text_of(read->operands[i]);
    status = run(config, tables, read->operand_count);
    arena_release(&arena);
    return status;
}

static enum cli_status check_words(const struct options_read *read, bool all)
{
    if (all == (read->operand_count > 0)) {
        fprintf(stderr, PROGRAM ": name tables, or give --all: see '" PROGRAM " --help'\n");
        return CLI_USAGE;
    }
    for (size_t i = 0; i < read->operand_count; i++)
        if (read->operands[i][0] == '\0') {
            fprintf(stderr, PROGRAM ": a TABLE is empty: name one\n");
            return CLI_USAGE;
        }
    return CLI_GO_ON;
}

enum cli_status cmd_map(int argc, char **argv)
{
    bool all = false;
    const struct option_row rows[] = {
        {.name = "all", .help = "map every table that is not mapped yet", .flag_out = &all},
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "print the models of existing tables, for the configuration; change nothing",
        .operand = "TABLE",
        .operands = true,
        .optional = true,
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };
    struct options_read read;
    struct config *config;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status == CLI_GO_ON)
        status = check_words(&read, all);
    if (status != CLI_GO_ON)
        return status;
    config = settings_load_unmapped(read.config_path);
    if (config == NULL)
        return CLI_FAILED;
    status = run_words(config, &read);
    config_free(config);
    return status;
}
