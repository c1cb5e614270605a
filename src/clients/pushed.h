/* pushed.h: the objects that a push of another client engine names, with what the server has of
 *          them, and the diffs that they come to.
 * Process: pushed_look_up() alone reads; the rows are locked.
 * Owns:    all lies in the arena of the request.
 * Units:   times in milliseconds since 1970 UTC.
 * Fails:   as synchronizer.h; INVALID_REQUEST where a push names an object twice.
 * Holds:   a diff of each object at most. */
#ifndef MOBYNC_PUSHED_H
#define MOBYNC_PUSHED_H

#include "json_dom.h"
#include "translation.h"

/* What the server has of an object. */
enum pushed_state { PUSHED_UNKNOWN, PUSHED_LIVE, PUSHED_GONE, PUSHED_STATES };

struct pushed {
    const struct model *model;
    struct text id;
    enum pushed_state state;
    const struct value *row; /* by field index; NULL where not live */
    void *of_engine;
    bool is_new;  /* the engine says so … */
    bool guessed; /* … and nothing else was asked than the history */
};

struct pushed_list {
    struct pushed *items;
    size_t count;
    size_t capacity;
};

void pushed_add(struct pushed_list *list, struct pushed pushed, struct arena *arena);
NODISCARD enum rc pushed_check(const struct pushed_list *list, struct arena *arena,
                               struct fail *fail);
/* Sets state and row of each. Where the scene allows it, a new object of which the history knows
 * nothing is unknown; the tables refuse its row if they have one. */
NODISCARD enum rc pushed_look_up(struct pushed_list *list, const struct sync_scene *scene,
                                 struct fail *fail);

/* Diffs that are being written, as the diffs of a request's JSON. */
struct pushed_diffs {
    const struct version *version; /* in whose words they are written; NULL: the newest's */
    struct text owner;
    int64_t clock;
    int64_t time_ms;
    struct buf body;
    struct buf json_data; /* of the one in the hand */
    size_t count;
};

void pushed_diffs_begin(struct pushed_diffs *diffs, const struct sync_request *request,
                        const struct sync_scene *scene, int64_t time_ms);
/* Then its fields, of the newest version, then pushed_diffs_end_one(). */
void pushed_diffs_begin_one(struct pushed_diffs *diffs, struct text object_id);
void pushed_diffs_add_field(struct pushed_diffs *diffs, struct text name, struct text json);
void pushed_diffs_end_one(struct pushed_diffs *diffs, struct text id, enum diff_type type,
                          const struct model *model, struct arena *arena);
/* Checked as those of a request, each refused alone. Releases what was written. */
NODISCARD enum rc pushed_diffs_end(struct pushed_diffs *diffs, const struct sync_scene *scene,
                                   struct sync_request *request_inout, struct fail *fail);

#endif
