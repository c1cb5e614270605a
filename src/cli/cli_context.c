#include "inquiry.h"

#include <stdio.h>

enum cli_status inquiry_owner(const char *program, const char *owner)
{
    if (owner != NULL && auth_owner_valid(text_of(owner)))
        return CLI_GO_ON;
    fprintf(stderr, "%s: give --owner, 1 to %zu bytes of UTF-8\n", program, OWNER_MAX_BYTES);
    return CLI_USAGE;
}

enum cli_status inquiry_clock(const char *program, const char *clock, int64_t *clock_out)
{
    uint64_t number;

    if (clock == NULL)
        return CLI_GO_ON;
    if (text_to_uint(text_of(clock), (uint64_t)DIFF_INTEGER_MAX, &number)) {
        *clock_out = (int64_t)number;
        return CLI_GO_ON;
    }
    fprintf(stderr, "%s: --clock %s: give the device's logical clock, an integer from 0\n", program,
            clock);
    return CLI_USAGE;
}

static enum cli_status with_config(const struct config *config, const char *program,
                                   struct text owner, inquiry_work *work, const void *order)
{
    struct db_settings settings = settings_mysql(config);
    struct synchronizer *s = db_synchronizer_new(&settings);
    enum cli_status status;
    struct arena arena;

    arena_init(&arena);
    status = work(&(struct inquiry){.program = program,
                                    .owner = owner,
                                    .config = config,
                                    .synchronizer = s,
                                    .arena = &arena},
                  order);
    db_synchronizer_free(s);
    arena_release(&arena);
    return status;
}

enum cli_status inquiry_run(const char *program, const char *config_path, const char *owner,
                            inquiry_work *work, const void *order)
{
    struct config *config = settings_load(config_path);
    enum cli_status status;

    if (config == NULL)
        return CLI_FAILED;
    status = with_config(config, program, text_of(owner), work, order);
    config_free(config);
    return status;
}

enum cli_status inquiry_failed(const struct inquiry *inquiry, enum rc rc, const struct fail *fail)
{
    command_failed(inquiry->program, fail);
    /* What is fatal is mostly a table that is not there. */
    if (rc == RC_FATAL)
        fprintf(stderr,
                "%s: 'mobync check' tells what the database lacks, and 'mobync schema --apply' "
                "makes missing tables\n",
                inquiry->program);
    return CLI_FAILED;
}
