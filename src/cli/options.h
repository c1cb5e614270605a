/* options.h: one command's options as a table, which drives both parsing and --help.
 * Owns:    nothing; values point into argv.
 * Fails:   CLI_USAGE with the reason on standard error. */
#ifndef MOBYNC_OPTIONS_H
#define MOBYNC_OPTIONS_H

#include <stdbool.h>

#include "command.h"

#define OPTIONS_MAX 5 /* rows of one command, beside --config and --help */

/* Exactly one of value_out and flag_out is set. */
struct option_row {
    const char *name; /* "ttl" */
    const char *help;
    const char *argument; /* what --help calls the value; NULL for a flag */
    const char **value_out;
    bool *flag_out;
};

#define OPTION_VALUE(option, word, text, out)                                                      \
    {                                                                                              \
        .name = (option), .help = (text), .argument = (word), .value_out = (out)                   \
    }
#define OPTION_FLAG(option, text, out)                                                             \
    {                                                                                              \
        .name = (option), .help = (text), .flag_out = (out)                                        \
    }

struct options {
    const char *program; /* "mobync token create" */
    const char *about;
    const char *operand; /* what --help calls the required word; NULL: takes none */
    bool operands;       /* one or more such words */
    bool optional;       /* … or none */
    const struct option_row *rows;
    size_t count;
};

struct options_read {
    const char *config_path;
    const char *operand; /* the first one */
    char **operands;
    size_t operand_count;
};

/* CLI_GO_ON, or the status to end with: help was printed, or the usage is wrong. */
NODISCARD enum cli_status options_parse(const struct options *options, int argc, char **argv,
                                        struct options_read *read_out);

#endif
