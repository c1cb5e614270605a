/* faults.h: what is wrong with one config file, gathered first and told in the order of lines.
 * Owns:    nothing; everything lies in the arena given.
 * Units:   line is 1-based.
 * Holds:   one fault is one line of text: control characters in what the file said become '?'. Two
 *          equal faults of one line (a YAML alias is read wherever it stands) are told once. */
#ifndef MOBYNC_FAULTS_H
#define MOBYNC_FAULTS_H

#include "config.h"

struct fault {
    unsigned line;
    size_t order; /* among those of one line: first found, first told */
    char *message;
};

struct faults {
    struct arena *arena;
    struct fault *items;
    size_t count;
    size_t capacity;
};

void faults_init(struct faults *faults, struct arena *arena);

/* "what is wrong: what to do" */
void faults_add(struct faults *faults, unsigned line, const char *format, ...) PRINTF_LIKE(3, 4);

/* Sorts, and gives each as "path:line: message" to the reporter. */
void faults_tell(struct faults *faults, const char *path, config_report *report, void *context);

#endif
