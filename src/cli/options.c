/* Options by getopt_long(): options_parse() is the entry point. Whatever is wrong ends with a line
 * that names the command's --help. */
#include "options.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>

#define DEFAULT_CONFIG "/etc/mobync/mobync.yaml"
#define LETTERS        ":c:h"
#define FIRST_ROW      256 /* getopt's values of the rows: above every letter */

static const struct option COMMON[] = {
    {"config", required_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},
};

struct option_table {
    struct option items[ARRAY_LEN(COMMON) + OPTIONS_MAX + 1]; /* the last one is getopt's end */
};

static void fill_table(const struct options *options, struct option_table *table_out)
{
    assert(options->count <= OPTIONS_MAX);
    *table_out = (struct option_table){0};
    memcpy(table_out->items, COMMON, sizeof(COMMON));
    for (size_t i = 0; i < options->count; i++)
        table_out->items[ARRAY_LEN(COMMON) + i] = (struct option){
            .name = options->rows[i].name,
            .has_arg = options->rows[i].argument != NULL ? required_argument : no_argument,
            .val = FIRST_ROW + (int)i,
        };
}

static void print_option(const char *name, const char *argument, const char *about)
{
    int width = printf("      --%s%s%s", name, argument != NULL ? " " : "",
                       argument != NULL ? argument : "");

    printf("%*s%s\n", width < 26 ? 26 - width : 1, "", about);
}

static enum cli_status print_help(const struct options *options)
{
    printf("%s: %s\n\nusage: %s [OPTION]...", options->program, options->about, options->program);
    if (options->operand != NULL)
        printf(options->optional ? " [%s]%s" : " %s%s", options->operand,
               options->operands ? "..." : "");
    printf("\n\n");
    for (size_t i = 0; i < options->count; i++)
        print_option(options->rows[i].name, options->rows[i].argument, options->rows[i].help);
    printf("  -c, --config FILE       read this configuration (default: " DEFAULT_CONFIG ")\n"
           "  -h, --help              print this help\n");
    return CLI_OK;
}

static enum cli_status usage(const struct options *options, const char *what, const char *which)
{
    fprintf(stderr, "%s: %s%s: see '%s --help'\n", options->program, what, which, options->program);
    return CLI_USAGE;
}

static void store(const struct option_row *row, const char *value)
{
    if (row->flag_out != NULL)
        *row->flag_out = true;
    else
        *row->value_out = value;
}

/* getopt reports an unknown letter in optopt (it may be in the middle of a word), everything else
 * by the word's place. */
static enum cli_status bad_option(const struct options *options, int found, char **argv)
{
    const char letter[] = {'-', (char)optopt, '\0'};
    bool unknown_letter = optopt > 0 && optopt < FIRST_ROW && strchr(LETTERS, optopt) == NULL;

    return usage(options, found == ':' ? "a value is missing after " : "there is no option ",
                 unknown_letter ? letter : argv[optind - 1]);
}

static enum cli_status read_operands(const struct options *options, int argc, char **argv,
                                     struct options_read *read_out)
{
    int wanted = options->operand != NULL ? 1 : 0;

    if (argc - optind > wanted && !options->operands)
        return usage(options, "unexpected argument: ", argv[optind + wanted]);
    if (argc - optind < wanted && !options->optional)
        return usage(options, "missing: ", options->operand);
    read_out->operand = wanted > 0 ? argv[optind] : NULL;
    read_out->operands = argv + optind;
    read_out->operand_count = (size_t)(argc - optind);
    return CLI_GO_ON;
}

enum cli_status options_parse(const struct options *options, int argc, char **argv,
                              struct options_read *read_out)
{
    struct option_table table;
    int found;

    fill_table(options, &table);
    *read_out = (struct options_read){.config_path = DEFAULT_CONFIG};
    optind = 1;
    opterr = 0;
    while ((found = getopt_long(argc, argv, LETTERS, table.items, NULL)) != -1) {
        if (found >= FIRST_ROW)
            store(&options->rows[found - FIRST_ROW], optarg);
        else if (found == 'c')
            read_out->config_path = optarg;
        else if (found == 'h')
            return print_help(options);
        else
            return bad_option(options, found, argv);
    }
    if (read_out->config_path[0] == '\0')
        return usage(options, "-c is empty: name a file", "");
    return read_operands(options, argc, argv, read_out);
}
