/* Config text: the loader takes it, or tells every fault with a line of the file; whatever it is.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* Files in memory: their names do not change, so that inputs can name the secret. */
#define TEXT_FD     200
#define SECRET_FD   201
#define TEXT_PATH   "/proc/self/fd/200"
#define SECRET_TEXT "a secret of more than thirty-two bytes\n"

struct told {
    unsigned line_count; /* of the file */
    unsigned last_line;
    size_t faults;
};

/* Bytes that begin a line for YAML, in UTF-8 or UTF-16, or are part of what does. */
static bool may_break(char byte)
{
    return byte != '\0' && strchr("\n\r\x85\x28\x29\xA8\xA9", byte) != NULL;
}

static unsigned lines_at_most(struct text yaml)
{
    unsigned lines = 1;

    /* Where a text ends without one, libyaml takes its end for one. */
    lines += yaml.len > 0 && !may_break(yaml.ptr[yaml.len - 1]);
    for (size_t i = 0; i < yaml.len; i++)
        lines += may_break(yaml.ptr[i]);
    return lines;
}

static bool is_one_line(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            return false;
    return true;
}

static void take_fault(void *context, bool warning, const char *fault)
{
    const size_t prefix = strlen(TEXT_PATH ":");
    struct told *told = context;
    unsigned long line = 0;
    char *behind = NULL;

    fuzz_check(is_one_line(fault), "a fault is one line");
    fuzz_check(strncmp(fault, TEXT_PATH ":", prefix) == 0, "a fault names the file");
    line = strtoul(fault + prefix, &behind, 10);
    fuzz_check(line >= 1 && line <= told->line_count, "a fault names a line of the file");
    fuzz_check(strncmp(behind, ": ", 2) == 0 && behind[2] != '\0', "a fault says what is wrong");
    fuzz_check(line >= told->last_line, "faults come in the order of their lines");
    told->last_line = (unsigned)line;
    told->faults += !warning;
}

static bool is_terminated(struct text text)
{
    return text.ptr != NULL && strlen(text.ptr) == text.len;
}

static void check_field(const struct model *model, size_t at, unsigned line_count)
{
    const struct field *field = &model->fields[at];

    fuzz_check(is_terminated(field->name) && field->name.len > 0, "a field has a name");
    fuzz_check(is_terminated(field->column) && field->column.len > 0, "a field has a column");
    fuzz_check(field->type < FIELD_TYPES && field->index == at, "a field is whole");
    fuzz_check(field->config_line >= 1 && field->config_line <= line_count,
               "a field knows its line");
    fuzz_check(model_field(model, field->name) == field, "a model has a field once");
}

static void check_model(const struct config *config, size_t at, unsigned line_count)
{
    const struct model *model = &config->mapping.models[at];
    const struct text texts[] = {model->name, model->table, model->id_column, model->owner_column};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        fuzz_check(is_terminated(texts[i]) && texts[i].len > 0, "a model has its names");
    fuzz_check(is_terminated(model->validate), "a model's rule is a name, or empty");
    fuzz_check(model->index == at && model->name.len <= MODEL_NAME_MAX_BYTES, "a model is whole");
    fuzz_check(model->config_line >= 1 && model->config_line <= line_count,
               "a model knows its line");
    fuzz_check(mapping_find(&config->mapping, model->name) == model, "a model is there once");
    for (size_t i = 0; i < model->field_count; i++)
        check_field(model, i, line_count);
}

static void check_config(const struct config *config, unsigned line_count)
{
    fuzz_check(config->workers >= 1 && config->workers <= 1024, "workers: 1 to 1024");
    fuzz_check(config->request_timeout_ms >= 100 && config->stop_timeout_ms >= 100,
               "timeouts: 100ms at least");
    fuzz_check(config->limit_body_bytes >= 1 && config->limit_diffs >= 1, "limits: 1 at least");
    fuzz_check(config->clock_skew_ms >= 0, "clock_skew: not negative");
    fuzz_check(config->limit_owner_requests <= 1024, "owner_requests: 0 to 1024");
    fuzz_check(config->limit_owner_tokens <= 1000000, "owner_tokens: 0 to 1000000");
    fuzz_check(config->listen.len > 0 && config->database.user.len > 0 &&
                   config->database.name.len > 0,
               "what is required is there");
    fuzz_check(config->database.socket.len > 0 || config->database.host.len > 0,
               "a database is named");
    fuzz_check(config->jwt.enabled || config->tokens_table.len > 0 || config->trusted_param.len > 0,
               "somebody can vouch for an owner");
    fuzz_check(config->mapping.model_count >= 1, "there is a model");
    for (size_t i = 0; i < config->mapping.model_count; i++)
        check_model(config, i, line_count);
}

static void keep_file(const char *name, int at_fd, const char *text)
{
    int fd = memfd_create(name, 0);

    fuzz_check(fd >= 0 && dup2(fd, at_fd) == at_fd && close(fd) == 0, "there is a file in memory");
    fuzz_check(write(at_fd, text, strlen(text)) == (ssize_t)strlen(text), "the file is written");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    keep_file("config", TEXT_FD, "");
    keep_file("secret", SECRET_FD, SECRET_TEXT);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text yaml = {(const char *)data, size};
    struct told told = {.line_count = lines_at_most(yaml)};
    struct config *config;

    fuzz_check(ftruncate(TEXT_FD, 0) == 0 && pwrite(TEXT_FD, data, size, 0) == (ssize_t)size,
               "the file is written");
    config = config_load(TEXT_PATH, take_fault, &told);
    fuzz_check((config == NULL) == (told.faults > 0), "there is a config, or a fault");
    if (config != NULL)
        check_config(config, told.line_count);
    config_free(config);
    return 0;
}
