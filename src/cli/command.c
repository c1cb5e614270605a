/* Finds and runs subcommands: command_dispatch() is the entry point. Help comes from the same table
 * as the commands, so none can be missing from it. */
#include "command.h"

#include <stdio.h>

#include "edit_distance.h"

/* As wide as the longest name. */
static int name_width(const struct command_set *set)
{
    size_t width = 0;

    for (size_t i = 0; i < set->count; i++)
        width = strlen(set->commands[i].name) > width ? strlen(set->commands[i].name) : width;
    return (int)width;
}

static void print_usage(const struct command_set *set, FILE *to)
{
    fprintf(to, "%s: %s\n\nusage: %s COMMAND [OPTION]...\n\n", set->program, set->about,
            set->program);
    for (size_t i = 0; i < set->count; i++)
        fprintf(to, "  %-*s %s\n", name_width(set), set->commands[i].name, set->commands[i].help);
    fprintf(to, "\n'%s COMMAND --help' lists the options of a command.\n", set->program);
}

static const struct command *find(const struct command_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->commands[i].name, name) == 0)
            return &set->commands[i];
    return NULL;
}

static enum cli_status unknown_command(const struct command_set *set, const char *name)
{
    struct edit_nearest nearest = edit_nearest_to(text_of(name));

    for (size_t i = 0; i < set->count; i++)
        edit_nearest_try(&nearest, set->commands[i].name);
    fprintf(stderr, "%s: there is no command '%s'", set->program, name);
    if (nearest.name != NULL)
        fprintf(stderr, ": did you mean '%s'?\n", nearest.name);
    else
        fprintf(stderr, ": '%s help' lists them\n", set->program);
    return CLI_USAGE;
}

static enum cli_status help(const struct command_set *set, const char *about)
{
    char help_option[] = "--help";
    char *argv[] = {NULL, help_option, NULL};
    const struct command *command;

    if (about == NULL) {
        print_usage(set, stdout);
        return CLI_OK;
    }
    command = find(set, about);
    return command == NULL ? unknown_command(set, about) : command->run(2, argv);
}

static bool is_any(const char *name, const char *a, const char *b, const char *c)
{
    return strcmp(name, a) == 0 || strcmp(name, b) == 0 || strcmp(name, c) == 0;
}

enum cli_status command_dispatch(const struct command_set *set, int argc, char **argv)
{
    const struct command *command;

    if (argc < 2) {
        print_usage(set, stderr);
        return CLI_USAGE;
    }
    if (is_any(argv[1], "help", "--help", "-h"))
        return help(set, argc > 2 ? argv[2] : NULL);
    if (set->version != NULL && is_any(argv[1], "version", "--version", "-V")) {
        printf("%s %s\n", set->program, set->version);
        return CLI_OK;
    }
    command = find(set, argv[1]);
    return command == NULL ? unknown_command(set, argv[1]) : command->run(argc - 1, argv + 1);
}

enum cli_status command_failed(const char *program, const struct fail *fail)
{
    fprintf(stderr, "%s: %s\n", program, fail_reason(fail));
    return CLI_FAILED;
}
