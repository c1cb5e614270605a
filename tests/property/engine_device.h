/* engine_device.h: devices of WatermelonDB, RxDB and mobync, as their engines would sync them, for
 * engines.c. Each knows what is in its own tables alone; what it sends and gets is text.
 * Pure:    no I/O, no clock; what is random the world decides.
 * Owns:    nothing; texts lie in the arena given.
 * Units:   a cell is the number of the write that set it; 0: null.
 * Fails:   false, with *why_out set: a response is not what the engine takes. */
#ifndef MOBYNC_PROPERTY_ENGINE_DEVICE_H
#define MOBYNC_PROPERTY_ENGINE_DEVICE_H

#include "buf.h"
#include "json_dom.h"
#include "world.h"

#define ENGINE_FIELDS  ((size_t)3)
#define ENGINE_OBJECTS ((size_t)96)

/* How a value looks: on the wire of each, and in the rows. */
enum engine { ENGINE_WATERMELON, ENGINE_RXDB, ENGINE_MOBYNC, ENGINE_SQL, ENGINES };

struct engine_row {
    bool there;
    unsigned cells[ENGINE_FIELDS];
};

enum engine_status { SYNCED, CREATED, UPDATED, DELETED };

/* A record of any engine. */
struct engine_record {
    struct engine_row row;
    unsigned version; /* grows with each write of the device */
    /* WatermelonDB's */
    enum engine_status status;
    bool changed[ENGINE_FIELDS];
    /* RxDB's: a document that is deleted is known, and not there */
    bool known;
    bool assumes;
    bool assumed_known;
    struct engine_row assumed;
};

/* A diff of mobync's that is not confirmed. */
struct engine_diff {
    enum diff_type type;
    size_t object;
    bool sets[ENGINE_FIELDS];
    unsigned cells[ENGINE_FIELDS];
    int64_t time_ms;
    unsigned number;
};

struct engine_device {
    enum engine engine;
    unsigned number; /* among all */
    struct engine_record records[ENGINE_OBJECTS];
    int64_t clock;             /* WatermelonDB's lastPulledAt, mobync's clock */
    struct text checkpoint;    /* RxDB's, as JSON */
    char checkpoint_text[128]; /* … */
    bool has_all;              /* it has pulled to the end once */
    struct engine_diff pending[1024];
    size_t pending_count;
    unsigned written;
    int64_t last_time_ms;
    int64_t skew_ms;
};

/* What a push took with it. */
struct engine_push {
    struct engine_record records[ENGINE_OBJECTS]; /* as they were */
    bool sent[ENGINE_OBJECTS];
    bool unheard[ENGINE_OBJECTS]; /* RxDB: the user wrote while its conflict was under way */
    size_t count;
};

/* The value of a cell as JSON. */
void engine_value_write(struct buf *buf, enum engine engine, size_t field, unsigned cell);
/* … and back; false if it is not written like that. */
bool engine_value_read(const struct json_token *token, enum engine engine, size_t field,
                       unsigned *cell_out);
extern const char *const engine_field_names[ENGINE_FIELDS];
struct text engine_id(size_t object, struct arena *arena);
bool engine_object(struct text id, size_t *object_out);

bool engine_same(const struct engine_row *a, const struct engine_row *b);

/* ---- What the user does; false: there is no such object. */
bool engine_set(struct engine_device *device, size_t object, const bool *sets,
                const unsigned *cells, bool creates, int64_t now_ms);
bool engine_remove(struct engine_device *device, size_t object, int64_t now_ms);

/* ---- WatermelonDB */
struct text melon_pull_body(const struct engine_device *device, struct arena *arena);
bool melon_pulled(struct engine_device *device, struct text answer, struct arena *arena,
                  const char **why_out);
/* Empty: nothing is to be sent. */
struct text melon_push_body(const struct engine_device *device, struct engine_push *push_out,
                            struct arena *arena);
void melon_pushed(struct engine_device *device, const struct engine_push *push);

/* ---- RxDB */
struct text rx_pull_body(const struct engine_device *device, size_t limit, struct arena *arena);
/* *more_out: the page was full. */
bool rx_pulled(struct engine_device *device, struct text answer, size_t limit, struct arena *arena,
               bool *more_out, const char **why_out);
struct text rx_push_body(const struct engine_device *device, size_t most,
                         struct engine_push *push_out, struct arena *arena);
bool rx_pushed(struct engine_device *device, struct engine_push *push, struct text answer,
               struct arena *arena, const char **why_out);

/* ---- mobync */
struct text mobync_body(const struct engine_device *device, struct text owner, size_t *count_out,
                        struct arena *arena);
/* One diff of a response. */
bool mobync_apply(struct engine_device *device, enum diff_type type, struct text json_data,
                  struct arena *arena, const char **why_out);
/* The first so many are confirmed. */
void mobync_confirmed(struct engine_device *device, size_t count, int64_t clock);

#endif
