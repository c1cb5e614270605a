#include "faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void faults_init(struct faults *faults, struct arena *arena)
{
    *faults = (struct faults){.arena = arena};
}

static void grow(struct faults *faults)
{
    size_t capacity = faults->capacity > 0 ? faults->capacity * 2 : 16;
    struct fault *items = ARENA_ARRAY(faults->arena, capacity, struct fault);

    if (faults->count > 0)
        memcpy(items, faults->items, faults->count * sizeof(*items));
    faults->items = items;
    faults->capacity = capacity;
}

static void make_printable(char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7F)
            *s = '?';
}

void faults_add(struct faults *faults, unsigned line, const char *format, ...)
{
    struct fault *fault;
    va_list args;
    int len;

    if (faults->count == faults->capacity)
        grow(faults);
    fault = &faults->items[faults->count];
    *fault = (struct fault){.line = line, .order = faults->count};
    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        len = 0;
    fault->message = arena_zalloc(faults->arena, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(fault->message, (size_t)len + 1, format, args);
    va_end(args);
    make_printable(fault->message);
    faults->count++;
}

static int compare(const void *left, const void *right)
{
    const struct fault *a = left;
    const struct fault *b = right;

    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static bool told_before(const struct faults *faults, size_t index)
{
    const struct fault *fault = &faults->items[index];

    for (size_t i = index; i > 0 && faults->items[i - 1].line == fault->line; i--)
        if (strcmp(faults->items[i - 1].message, fault->message) == 0)
            return true;
    return false;
}

void faults_tell(struct faults *faults, const char *path, config_report *report, void *context)
{
    if (faults->count == 0)
        return;
    qsort(faults->items, faults->count, sizeof(*faults->items), compare);
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        size_t size = strlen(path) + strlen(fault->message) + 16;
        char *line;

        if (told_before(faults, i))
            continue;
        line = arena_alloc(faults->arena, size);
        snprintf(line, size, "%s:%u: %s", path, fault->line, fault->message);
        report(context, line);
    }
}
