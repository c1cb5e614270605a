/* explain_print.h: prints what explain.h found, for people or as one JSON document.
 * Owns:    explain_page_init() what explain_page_release() gives back.
 * Holds:   an object's diffs are printed part by part, while they are read; what is JSON is strict.
 */
#ifndef MOBYNC_EXPLAIN_PRINT_H
#define MOBYNC_EXPLAIN_PRINT_H

#include "explain.h"
#include "progress.h"
#include "table.h"

struct explain_page {
    struct text owner;
    struct inspect_object object; /* of an object's page */
    int64_t clock;                /* EXPLAIN_NO_CLOCK: no response was asked for */
    struct progress progress;
    uint64_t shown;     /* diffs so far */
    struct table diffs; /* of the form for people */
    struct buf json;    /* of the other one */
};

struct explain_form {
    /* The page is the context (explain_object_query). */
    void (*show)(void *page, const struct explain_object *so_far, const struct inspect_diffs *part);
    /* What follows an object's diffs. */
    void (*object)(struct explain_page *page, const struct explain_object *object);
    void (*owner)(struct explain_page *page, const struct explain_owner *owner);
};

extern const struct explain_form explain_form_table;
extern const struct explain_form explain_form_json;

void explain_page_init(struct explain_page *page);
void explain_page_release(struct explain_page *page);

#endif
