/* fold.h: the net effect of several diffs on one object (docs/merging.md 5).
 * Pure:    same input, same output; no I/O, clock or globals.
 * Owns:    a net's fields lie in the arena given; their values point into the diffs.
 * Units:   as diff.h.
 * Fails:   never; an order of diffs that makes no sense has a defined result too.
 * Holds:   one table says what follows from what; each field keeps the time and the diff of its
 *          last setting, and the place of its first. */
#ifndef MOBYNC_FOLD_H
#define MOBYNC_FOLD_H

#include "diff.h"

enum net_kind {
    NET_NONE,
    NET_CREATE,
    NET_UPDATE,
    NET_DELETE,
    NET_REPLACE, /* deleted and created again */
    NET_CANCELLED,
    NET_KINDS /* their number */
};

struct net {
    enum net_kind kind;
    const struct model *model;
    struct field_value *fields; /* in the order in which they were first set */
    size_t field_count;
    const struct diff *created; /* the create of a CREATE or REPLACE, else NULL */
    const struct diff *deleted; /* the delete of a DELETE or REPLACE, else NULL */
    unsigned created_step;      /* as field_value.step */
    unsigned steps;             /* diffs folded so far */
    unsigned *place;            /* by field index: place in fields + 1, 0 if not set */
};

/* Whether a device has an object. */
enum presence { PRESENCE_UNKNOWN, PRESENCE_ABSENT, PRESENCE_PRESENT };

void net_init(struct net *net, const struct model *model, struct arena *arena);

/* The copy has fields of its own. */
struct net net_copy(const struct net *net, struct arena *arena);

/* Folds one more diff, as if it had the type given. */
void net_add(struct net *net, const struct diff *diff, enum diff_type as);

/* Lays values in without naming a diff as their source: its id must not come back to its sender. */
void net_lay_in(struct net *net, const struct field_value *fields, size_t count);

/* What the client made or received under its own name: what came before is a mere update to it. */
void net_become_update(struct net *net);

/* Forgets everything folded so far. */
void net_clear(struct net *net);

/* NULL if the field is not set. */
const struct field_value *net_field(const struct net *net, const struct field *field);
void net_set(struct net *net, const struct field_value *value);
void net_drop(struct net *net, const struct field *field);

/* The last diff that went into the fields that are left, or the create; NULL if none is left. */
const struct diff *net_last(const struct net *net);

/* The diff whose bytes say exactly what the net says, NULL if it must be written again. */
const struct diff *net_verbatim(const struct net *net);

/* The presence after one more diff. */
enum presence presence_after(enum presence before, enum diff_type type);

/* Is the sequence possible for a device that starts with that presence? */
bool fold_runs_possible(const struct diff *const *diffs, size_t count, enum presence before);

/* Diffs of one object with equal clock and timestamp may arrive swapped: puts each such run in an
 * order that is possible (docs/merging.md 5.2). Returns the presence after all of them. */
enum presence fold_runs_arrange(const struct diff **diffs, size_t count, enum presence before);

/* Would fold_runs_arrange() need to know the presence? */
bool fold_runs_need_presence(const struct diff *const *diffs, size_t count);

#endif
