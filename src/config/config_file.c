/* Makes libcyaml's tables of the key table, and has libcyaml load the file by them.
 * Entry point: config_file_load(). A row's slot is as far into its block's as the row is below the
 * block's. */
#include "config_file.h"

#include <cyaml/cyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* `~` for an optional key means what leaving it out means. */
#define REQUIRED CYAML_FLAG_POINTER
#define OPTIONAL (CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR)

/* libcyaml's first complaint, and the first line that it names: the innermost. */
struct complaint {
    char message[200];
    unsigned line;
};

__attribute__((format(printf, 3, 0))) static void hear_complaint(cyaml_log_t level, void *context,
                                                                 const char *format, va_list args)
{
    struct complaint *complaint = context;
    char message[200];
    const char *line;

    (void)level;
    vsnprintf(message, sizeof(message), format, args);
    message[strcspn(message, "\n")] = '\0';
    if (complaint->message[0] == '\0')
        memcpy(complaint->message, message, sizeof(message));
    line = strstr(message, "(line: ");
    if (complaint->line == 0 && line != NULL)
        complaint->line = (unsigned)strtoul(line + strlen("(line: "), NULL, 10);
}

static cyaml_config_t settings_for(struct complaint *complaint)
{
    return (cyaml_config_t){
        .log_fn = hear_complaint,
        .log_ctx = complaint,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
    };
}

static uint32_t block_size(const struct config_key *block)
{
    return (uint32_t)((config_key_count_below(block) + 1) * sizeof(struct config_slot));
}

/* The rows of a list's or a block's children have theirs already. */
static const cyaml_schema_field_t *fields_of(const struct config_key *block,
                                             const cyaml_schema_value_t *own, struct arena *arena)
{
    /* one more, whose key is NULL */
    cyaml_schema_field_t *fields =
        ARENA_ARRAY(arena, config_key_count_below(block) + 1, cyaml_schema_field_t);
    const struct config_key *key = block;

    for (size_t i = 0; (key = config_key_child(block, key)) != NULL; i++) {
        const size_t offset = (size_t)(key - block) * sizeof(struct config_slot);

        fields[i] = (cyaml_schema_field_t){
            .key = config_key_name(key),
            .data_offset = (uint32_t)(offset + offsetof(struct config_slot, value)),
            .count_offset = (uint32_t)(offset + offsetof(struct config_slot, count)),
            .count_size = sizeof(((struct config_slot *)NULL)->count),
            .value = own[key - block],
        };
    }
    return fields;
}

/* A list's blocks lie one behind the other; everything else is behind a pointer. */
static enum cyaml_flag flags_of(const struct config_key *key)
{
    if (config_key_is_block(key) && key->path[0] != '\0' && key->path[strlen(key->path) - 1] == ']')
        return CYAML_FLAG_DEFAULT;
    return key->required ? REQUIRED : OPTIONAL;
}

static cyaml_schema_value_t schema_of(const struct config_key *key, const cyaml_schema_value_t *own,
                                      struct arena *arena)
{
    const enum cyaml_flag flags = flags_of(key);

    if (config_key_is_block(key))
        return (cyaml_schema_value_t){
            .type = CYAML_MAPPING,
            .flags = flags,
            .data_size = block_size(key),
            .mapping = {.fields = fields_of(key, own, arena)},
        };
    if (key->type == CONFIG_LIST || key->type == CONFIG_WORDS || key->type == CONFIG_TEXTS)
        return (cyaml_schema_value_t){
            .type = CYAML_SEQUENCE,
            .flags = flags,
            .data_size = own[1].data_size,
            .sequence = {.entry = &own[1],
                         .min = key->type == CONFIG_TEXTS || key->maybe_empty ? 0 : 1,
                         .max = CYAML_UNLIMITED},
        };
    /* Two forms, or any keys, which no type of libcyaml has. */
    if (key->type == CONFIG_COLUMN || key->type == CONFIG_FREE)
        return (cyaml_schema_value_t){.type = CYAML_IGNORE, .flags = CYAML_FLAG_OPTIONAL};
    return (cyaml_schema_value_t){
        .type = CYAML_STRING,
        .flags = flags,
        .data_size = sizeof(char *),
        .string = {.min = 0, .max = CYAML_UNLIMITED},
    };
}

/* From the last row to the first: below comes before above. */
static const cyaml_schema_value_t *schema_new(const struct config_key *table, struct arena *arena)
{
    const size_t count = config_key_count_below(table) + 1;
    cyaml_schema_value_t *schema = ARENA_ARRAY(arena, count, cyaml_schema_value_t);

    for (size_t i = count; i-- > 0;)
        schema[i] = schema_of(&table[i], &schema[i], arena);
    return schema;
}

bool config_file_load(struct config_file *file, const struct config_key *table, struct text yaml,
                      struct diagnostics *faults)
{
    struct complaint complaint = {.message = ""};
    cyaml_config_t settings = settings_for(&complaint);
    cyaml_data_t *slots = NULL;
    cyaml_err_t error;

    file->schema = schema_new(table, faults->arena);
    error =
        cyaml_load_data((const uint8_t *)yaml.ptr, yaml.len, &settings, file->schema, &slots, NULL);
    file->slots = slots;
    if (error == CYAML_OK)
        return true;
    diagnostics_add(faults, complaint.line > 0 ? complaint.line : 1,
                    "%s (%s): simplify this part of the file", cyaml_strerror(error),
                    complaint.message);
    return false;
}

void config_file_release(struct config_file *file)
{
    struct complaint unheard = {.message = ""};
    cyaml_config_t settings = settings_for(&unheard);

    cyaml_free(&settings, file->schema, file->slots, 0);
}
