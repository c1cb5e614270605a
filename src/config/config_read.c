#include "config_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

struct config_file *config_read(struct text yaml, struct diagnostics *faults)
{
    struct complaint complaint = {.message = ""};
    cyaml_config_t settings = settings_for(&complaint);
    cyaml_data_t *file = NULL;
    cyaml_err_t error =
        cyaml_load_data((const uint8_t *)yaml.ptr, yaml.len, &settings, &CONFIG_KEYS, &file, NULL);

    if (error == CYAML_OK)
        return file;
    diagnostics_add(faults, complaint.line > 0 ? complaint.line : 1, "%s (%s): write it plainly",
                    cyaml_strerror(error), complaint.message);
    return NULL;
}

void config_file_free(struct config_file *file)
{
    struct complaint unheard = {.message = ""};
    cyaml_config_t settings = settings_for(&unheard);

    cyaml_free(&settings, &CONFIG_KEYS, file, 0);
}
