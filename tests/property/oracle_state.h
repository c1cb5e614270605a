/* oracle_state.h: what the oracle holds of each owner, for its own files.
 * Owns:    the oracle all of it; texts are not copied (oracle.h).
 * Units:   as oracle.h.
 * Holds:   pointers into the lists are good until the list grows. */
#ifndef MOBYNC_PROPERTY_ORACLE_STATE_H
#define MOBYNC_PROPERTY_ORACLE_STATE_H

#include "oracle.h"

struct known {
    struct text id;
    int64_t clock;
    bool made;         /* by the server, for a response */
    bool forgotten;    /* … and to be told by the diff that caused it alone (reading 33) */
    bool compensation; /* … for refused diffs */
    bool kept;         /* refused, and no operator took it away */
    struct oracle_verdict verdict;
    struct diff diff; /* refused: as it was sent */
};

struct row {
    const struct model *model;
    struct text id;
    struct cells cells;
    bool hidden;   /* it is there, deleted softly */
    bool replaced; /* by this request, or it was to be (reading 27) */
};

/* What a trigger wrote. */
struct entry {
    const struct model *model;
    struct text id; /* empty: all of the model are to be compared */
    enum { ENTRY_INSERT, ENTRY_UPDATE, ENTRY_DELETE, ENTRY_COMPARE } op;
    bool field[WORLD_FIELDS]; /* ENTRY_UPDATE */
    int64_t time_ms;
};

struct owner {
    struct text name;
    int64_t next_clock;
    int64_t compacted_below;
    int64_t forgotten_below;
    struct oracle_list stored; /* all of it, whatever was compacted */
    size_t last_order;         /* of these */
    struct known *known;
    size_t known_count;
    struct row *rows;
    size_t row_count;
    struct entry *outbox;
    size_t entry_count;
    int64_t reconciled; /* at which generation */
    bool adopted;
};

struct oracle {
    struct arena arena;
    struct owner *owners;
    size_t owner_count;
    int64_t generation;
};

void *oracle_grown(void *items, size_t count, size_t size);
struct oracle_diff *oracle_list_add(struct oracle_list *list, const struct oracle_diff *diff);
struct owner *oracle_owner(struct oracle *oracle, struct text name);
struct row *oracle_row_of(struct owner *owner, const struct model *model, struct text id);
void oracle_known_add(struct owner *owner, const struct known *known);
/* Is it there for devices after a diff of this type? */
bool oracle_present_after(enum diff_type type, bool present);
struct oracle_part *oracle_part_find(struct oracle_part *parts, size_t count,
                                     const struct field *field);
/* A part's source is the diff itself: set once the diff has found its final place in memory. */
void oracle_own_parts(struct oracle_list *list);

/* Its fields as JSON. */
struct text oracle_json_of(struct oracle *oracle, const struct oracle_diff *diff);

/* docs/protocol.md 9.1: everything that devices are not told yet becomes diffs. */
void oracle_drain_owner(struct oracle *oracle, struct owner *owner);
/* Is an insert the first that waits about it? The next request tells of it. */
bool oracle_comes_later(const struct owner *owner, const struct model *model, struct text id);
/* Did devices have this object's row before any diff told of it? */
bool oracle_began_adopted(struct owner *owner, const struct model *model, struct text id);
/* The id of what a request tells of a row that its table altered. */
struct text oracle_fill_id(struct oracle *oracle, const struct oracle_diff *diff);
/* The id under which a diff is stored that may have come before (reading 36). */
struct text oracle_late_id(struct oracle *oracle, struct text id, int64_t clock);
/* The id of what a server makes because of a diff with that id. */
struct text oracle_derived_id(struct oracle *oracle, struct text id);
/* The id of the create that a device at clock 0 gets of a row. */
struct text oracle_row_id(struct oracle *oracle, const struct model *model, struct text id);

#endif
