/* diff.h: a diff and its rules, the request that carries it, and its JSON (docs/protocol.md 2, 3).
 * Pure:    no I/O, no clock.
 * Owns:    nothing; everything lies in the arena given and lives as long as it does.
 * Units:   time_ms is milliseconds since 1970 UTC; clock is the owner's counter; both 0 … 2^53-1.
 * Fails:   RC_REJECTED with INVALID_REQUEST (top level) or INVALID_DATA (inside a diff, with its
 *          id and where it applies the field).
 * Holds:   what is written back has the very bytes of json_data that came. */
#ifndef MOBYNC_DIFF_H
#define MOBYNC_DIFF_H

#include "arena.h"
#include "buf.h"
#include "fail.h"
#include "model.h"
#include "value.h"
#include "rejection.h"

#define DIFF_ID_MAX_BYTES ((size_t)128)
#define DIFF_INTEGER_MAX  ((int64_t)9007199254740991) /* 2^53 - 1 */
#define OWNER_MAX_BYTES   ((size_t)128)

struct diff;
struct summary;

/* A field as a diff sets it. While diffs are folded, it keeps the time and the diff that set it. */
struct field_value {
    const struct field *field;
    struct value value;
    int64_t time_ms;
    const struct diff *source; /* NULL: read from the row, no diff behind it */
    unsigned step;             /* place of the source among the diffs that were folded */
    /* Why the value does not fit its field, or what a create lacks; NULL: it fits. It is folded like
     * any other, and never stored (docs/merging.md 8.4). */
    const char *flaw;
};

struct diff {
    struct text id;
    struct text owner;
    int64_t clock;
    int64_t time_ms;
    enum diff_type type;
    const struct model *model;
    struct text json_data; /* verbatim */
    struct text object_id;
    struct field_value *fields; /* in the order of json_data, without the id; a delete has none */
    size_t field_count;
    struct text field_times; /* stored form of the fields' own times (JSON object), or empty */
    bool unread; /* stored before: its fields are still to be read from json_data and field_times */
    bool flawed; /* of a request: a field of it has a flaw */
    bool left_out; /* of a request: it set a read-only field, which was left out */
    bool dropped;  /* of a request: its model is one that older versions of the app alone have */
    /* Of a create of a request: the fields, by index, that its version of the app does not see, of
     * which it sets some to what the config says; NULL: none. */
    const bool *unseen;
    bool partial;      /* a stored create of a version that did not have all fields: the row has */
    struct text entry; /* of a request: the whole diff's JSON as it was sent */
    const struct summary *summary; /* made of it and the row (summary.h), not stored; else NULL */
};

struct diff_list {
    struct diff *items;
    size_t count;
};

/* A request's top level; diffs are read later, once the token is known to be good. */
struct request_body;

/* Strict JSON and an object, or INVALID_REQUEST. */
NODISCARD enum rc request_parse(struct text body, struct arena *arena,
                                struct request_body **request_out, struct fail *fail);
/* The auth_token; empty if there is none. INVALID_REQUEST if it is not a string. */
NODISCARD enum rc request_token(const struct request_body *request, struct text *token_out,
                                struct fail *fail);
/* Empty: it names none. */
NODISCARD enum rc request_lineage(const struct request_body *request, struct text *lineage_out,
                                  struct fail *fail);
/* Whether the client can start from scratch. */
NODISCARD enum rc request_reset(const struct request_body *request, bool *reset_out,
                                struct fail *fail);
/* The client's logical clock: an integer or a string of digits. */
NODISCARD enum rc request_clock(const struct request_body *request, int64_t *clock_out,
                                struct fail *fail);

/* A number of a version: schema_version, migrate_from. */
#define REQUEST_NO_NUMBER (-1)
NODISCARD enum rc request_number(const struct request_body *request, const char *key,
                                 int64_t *number_out, struct fail *fail);

struct diff_rules {
    const struct mapping *mapping;
    const struct columns *columns; /* of its tables; NULL: not known */
    const struct version *version; /* of the diffs that do not name theirs; NULL: the newest */
    size_t max_diffs;
    bool stamp_owner;  /* owner_check: stamp; else another owner is FORBIDDEN */
    struct text owner; /* the authenticated one */
};

/* All diffs of the request, each checked by docs/protocol.md 2 and the mapping. Where
 * rejections_out is given (initialized here), a diff that breaks them is refused alone, if it has
 * an id at least and is this owner's: what could be read of it is filled in; its model is NULL or
 * its object_id empty if even those could not. Models that are not mapped are `unmapped` ones, one
 * for each name. A value that does not fit its field, and a required field that a create lacks, are
 * no reason then: they are flaws, for the merge to judge. */
NODISCARD enum rc request_diffs(const struct request_body *request, const struct diff_rules *rules,
                                struct arena *arena, struct diff_list *diffs_out,
                                struct rejections *rejections_out, struct fail *fail);

/* One diff from its own JSON text, as a request would hold it. */
NODISCARD enum rc request_diff(struct text entry, const struct diff_rules *rules,
                               struct arena *arena, struct diff *diff_out, struct fail *fail);

/* Does the field only have what creates of its diff's version are given? */
bool field_is_initial(const struct field_value *value);

/* Makes a diff that was stored before, at that version (0: there were none), one of the newest. */
void diff_raise_stored(struct diff *diff, const struct versions *versions, int64_t version,
                       struct arena *arena);

/* Fills the fields of a diff that was stored before, from its json_data and field_times, and its
 * object_id if that is empty. Fields that are no longer mapped are left out; a value that no longer
 * fits its field is kept as JSON text. RC_FATAL if the stored text is no JSON object at all. */
NODISCARD enum rc diff_parse_stored(struct diff *diff, struct arena *arena, struct fail *fail);

/* Does a diff that may still be unread set a field of its model? No is only a guess then. */
bool diff_surely_sets(const struct diff *diff);

/* Copies the diff; its fields lie where they were and name the copy as their source. */
void diff_move(struct diff *to, const struct diff *from);

/* The compact json_data of an object: "id" first, then the fields in the order given. */
struct text diff_write_json_data(struct text object_id, const struct field_value *fields,
                                 size_t field_count, struct arena *arena);

/* {"name":time_ms,…} of the fields whose time is not diff_time_ms; empty if there is none. */
struct text diff_write_field_times(const struct field_value *fields, size_t field_count,
                                   int64_t diff_time_ms, struct arena *arena);

/* Appends the diff as an object of the response's diffs (docs/protocol.md 3). */
void diff_write(struct buf *buf, const struct diff *diff);

#endif
