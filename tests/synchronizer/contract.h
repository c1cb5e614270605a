/* contract.h: a synchronizer under test, and short ways to use it in assertions.
 * Owns:    one synchronizer and one arena per test; contract_open() makes new ones.
 * Models:  "all" has a field of each type, "other" one string; their tables and columns have names
 *          that break SQL unless they are quoted. "soft", "flagged" and "counted" are deleted
 *          softly, by a time, a word and a count of seconds; "soft" has fields and columns that are
 *          filled. "bare" has no field. */
#ifndef MOBYNC_TEST_CONTRACT_H
#define MOBYNC_TEST_CONTRACT_H

#include "synchronizer.h"

enum { F_STRING, F_INTEGER, F_FLOAT, F_BOOLEAN, F_LIST, F_JSON, F_COUNT };

struct contract {
    struct synchronizer *s;
    const struct synchronizer_ops *ops;
    struct arena arena;
    struct fail fail;
};

extern struct mapping contract_mapping;
extern const struct model *const ALL;
extern const struct model *const OTHER;
extern const struct model *const SOFT;
extern const struct model *const FLAGGED;
extern const struct model *const COUNTED;
extern const struct model *const BARE;

/* The implementation: an empty database for each test. */
struct contract_subject {
    struct synchronizer *(*create)(void);
    void (*destroy)(struct synchronizer *s);
};
int contract_run(const char *name, const struct contract_subject *subject);
/* Its parts: what the tests of contract_run() begin and end with, those about rejects, and those
 * about limits, objects and parts of the history, about what the server fills, and about
 * compaction. */
void contract_use(const struct contract_subject *subject);
int contract_set_up(void **state);
int contract_tear_down(void **state);
int contract_rejects_run(const char *name);
int contract_parts_run(const char *name);
int contract_filled_run(const char *name);
int contract_compaction_run(const char *name);

#define CONTRACT_TEST(name)                                                                        \
    cmocka_unit_test_setup_teardown(name, contract_set_up, contract_tear_down)

/* Pairwise different as bytes; what a collation, padding or bad quoting would mix up. */
#define HOSTILE_COUNT 22
extern const char *const HOSTILE[HOSTILE_COUNT];

void contract_open(struct contract *c, struct synchronizer *s);
void contract_close(struct contract *c);

/* Each asserts RC_OK. */
int64_t contract_begin(struct contract *c, const char *owner);
void contract_commit(struct contract *c);
struct history contract_history(struct contract *c, const char *owner, int64_t since_clock);
struct row contract_read(struct contract *c, const char *owner, const struct model *model,
                         const char *id);
/* Creates with one string, field 0 of the model; commits nothing. */
void contract_create(struct contract *c, const char *owner, const struct model *model,
                     const char *id, const char *text);
/* The same for an update; answers how many rows were there. */
size_t contract_update(struct contract *c, const char *owner, const struct model *model,
                       const char *id, const char *text);
size_t contract_remove(struct contract *c, const char *owner, const struct model *model,
                       const char *id);
void contract_append(struct contract *c, const char *owner, const struct diff *diff);
enum rc contract_find_known(struct contract *c, struct text owner, const struct text *ids,
                            size_t count, struct known_id *known_out);
struct known_id contract_known(struct contract *c, const char *owner, const char *id);

struct field_value contract_text(const struct model *model, size_t field, const char *text);
struct field_value contract_integer(const struct model *model, size_t field, int64_t integer);
struct field_value contract_real(const struct model *model, size_t field, double real);
struct field_value contract_null(const struct model *model, size_t field);
/* An object of field_count fields. */
struct object contract_object(const char *id, const struct field_value *fields, size_t field_count);
struct diff contract_diff(const char *id, int64_t clock, enum diff_type type,
                          const struct model *model, const char *object_id);

#define assert_text(actual, expected)                                                              \
    do {                                                                                           \
        struct text text_a = (actual);                                                             \
        struct text text_e = (expected);                                                           \
        assert_int_equal(text_a.len, text_e.len);                                                  \
        assert_memory_equal(text_a.ptr, text_e.ptr, text_e.len);                                   \
    } while (0)

#endif
