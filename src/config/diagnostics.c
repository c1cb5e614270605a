/* Gathers faults and warnings, and reports them in the order of lines. Entry points:
 * diagnostics_add() for each, diagnostics_report() at the end. */
#include "diagnostics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void diagnostics_init(struct diagnostics *faults, struct arena *arena)
{
    *faults = (struct diagnostics){.arena = arena};
}

static void make_printable(char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7F)
            *s = '?';
}

__attribute__((format(printf, 2, 0))) static char *format_message(struct arena *arena,
                                                                  const char *format, va_list args)
{
    va_list again;
    char *message;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len < 0)
        len = 0;
    message = arena_zalloc(arena, (size_t)len + 1);
    vsnprintf(message, (size_t)len + 1, format, args);
    make_printable(message);
    return message;
}

static struct diagnostic *next_fault(struct diagnostics *faults, unsigned line)
{
    struct diagnostic *fault;

    faults->items = ARENA_ROOM(faults->arena, faults->items, faults->count, &faults->capacity);
    fault = &faults->items[faults->count];
    *fault = (struct diagnostic){.line = line, .order = faults->count};
    faults->count++;
    return fault;
}

void diagnostics_add(struct diagnostics *faults, unsigned line, const char *format, ...)
{
    struct diagnostic *fault = next_fault(faults, line);
    va_list args;

    va_start(args, format);
    fault->message = format_message(faults->arena, format, args);
    va_end(args);
}

void diagnostics_warn(struct diagnostics *faults, unsigned line, const char *format, ...)
{
    struct diagnostic *fault = next_fault(faults, line);
    va_list args;

    fault->warning = true;
    faults->warnings++;
    va_start(args, format);
    fault->message = format_message(faults->arena, format, args);
    va_end(args);
}

bool diagnostics_are_fatal(const struct diagnostics *faults)
{
    return faults->count > faults->warnings;
}

static int compare(const void *left, const void *right)
{
    const struct diagnostic *a = left;
    const struct diagnostic *b = right;

    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static bool reported_before(const struct diagnostics *faults, size_t index)
{
    const struct diagnostic *fault = &faults->items[index];

    for (size_t i = index; i > 0 && faults->items[i - 1].line == fault->line; i--)
        if (strcmp(faults->items[i - 1].message, fault->message) == 0)
            return true;
    return false;
}

void diagnostics_report(struct diagnostics *faults, const char *path, config_report *report,
                        void *context)
{
    if (faults->count == 0)
        return;
    qsort(faults->items, faults->count, sizeof(*faults->items), compare);
    for (size_t i = 0; i < faults->count; i++) {
        const struct diagnostic *fault = &faults->items[i];
        const char *kind = fault->warning ? "warning: " : "";
        size_t size = strlen(path) + strlen(kind) + strlen(fault->message) + 16;
        char *line;

        if (reported_before(faults, i))
            continue;
        line = arena_alloc(faults->arena, size);
        snprintf(line, size, "%s:%u: %s%s", path, fault->line, kind, fault->message);
        report(context, fault->warning, line);
    }
}
