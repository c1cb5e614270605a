/* diagnostics.h: what is wrong with one config file, collected first, then reported by line.
 * Owns:    nothing; everything lies in the arena given.
 * Units:   line is 1-based.
 * Holds:   one fault is one line of text: control characters in what the file said become '?'. Two
 *          equal faults of one line (a YAML alias is read wherever it stands) are reported once. */
#ifndef MOBYNC_DIAGNOSTICS_H
#define MOBYNC_DIAGNOSTICS_H

#include "config.h"

struct diagnostic {
    unsigned line;
    size_t order; /* among those of one line: first found, first reported */
    bool warning;
    char *message;
};

struct diagnostics {
    struct arena *arena;
    struct diagnostic *items;
    size_t count;
    size_t warnings; /* among them */
    size_t capacity;
};

void diagnostics_init(struct diagnostics *faults, struct arena *arena);

/* "what is wrong: what to do" */
void diagnostics_add(struct diagnostics *faults, unsigned line, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The same of what is dangerous and works. */
void diagnostics_warn(struct diagnostics *faults, unsigned line, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Any that is more than a warning. */
bool diagnostics_are_fatal(const struct diagnostics *faults);

/* Sorts, and gives each as "path:line: message" or "path:line: warning: message" to the reporter.
 */
void diagnostics_report(struct diagnostics *faults, const char *path, config_report *report,
                        void *context);

#endif
