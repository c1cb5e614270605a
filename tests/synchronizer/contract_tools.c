/* Short ways to call the synchronizer under test, which fail the test where the call fails. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "contract.h"

static const struct contract_subject *subject;

const char *const HOSTILE[HOSTILE_COUNT] = {
    "aB",
    "Ab",
    "ab",
    "a ",
    "a",
    "a\t",
    "it's",
    "a`b",
    "a\\",
    "a\"b",
    "%",
    "_",
    "\xC3\xA9",
    "e\xCC\x81",
    "\xF0\x9F\x98\x80",
    "x' OR '1'='1",
    "?",
    "a\nb",
    "0",
    "00",
    "\xC3\x9F",
    "ss",
};

#define NAME(s)                                                                                    \
    {                                                                                              \
        s, sizeof(s) - 1                                                                           \
    }

static struct field all_fields[] = {
    {.name = NAME("string"), .column = NAME("order"), .type = FIELD_STRING, .index = F_STRING},
    {.name = NAME("integer"), .column = NAME("odd`int"), .type = FIELD_INTEGER, .index = F_INTEGER},
    {.name = NAME("float"), .column = NAME("f"), .type = FIELD_FLOAT, .index = F_FLOAT},
    {.name = NAME("boolean"), .column = NAME("group"), .type = FIELD_BOOLEAN, .index = F_BOOLEAN},
    {.name = NAME("list"), .column = NAME("l"), .type = FIELD_LIST, .index = F_LIST},
    {.name = NAME("json"), .column = NAME("utc_timestamp"), .type = FIELD_JSON, .index = F_JSON},
};

static struct field other_fields[] = {
    {.name = NAME("name"), .column = NAME("name"), .type = FIELD_STRING, .index = 0}};

static struct field soft_fields[] = {
    {.name = NAME("name"), .column = NAME("na`me"), .type = FIELD_STRING, .index = 0},
    {.name = NAME("kind"),
     .column = NAME("kind"),
     .type = FIELD_STRING,
     .index = 1,
     .fill = {NAME("it's `x` \\"), NAME("changed")}},
    {.name = NAME("rank"),
     .column = NAME("rank"),
     .type = FIELD_INTEGER,
     .index = 2,
     .access = FIELD_READ_ONLY,
     .fill = {.on_create = NAME("7")}},
};
static struct filled_column soft_filled[] = {
    {NAME("made at"), {.on_create = NAME("now")}},
    {NAME("touched"), {NAME("now_ms"), NAME("now_ms")}},
    {NAME("note"), {.on_create = NAME("empty")}},
};

static struct model models[] = {
    {
        .name = NAME("all"),
        .table = NAME("odd`table"),
        .id_column = NAME("key"),
        .owner_column = NAME("owner id"),
        .allow = {true, true, true},
        .fields = all_fields,
        .field_count = F_COUNT,
        .index = 0,
    },
    {
        .name = NAME("other"),
        .table = NAME("other"),
        .id_column = NAME("id"),
        .owner_column = NAME("owner_id"),
        .allow = {true, true, true},
        .fields = other_fields,
        .field_count = 1,
        .index = 1,
    },
    {
        .name = NAME("soft"),
        .table = NAME("so`ft"),
        .id_column = NAME("id"),
        .owner_column = NAME("owner_id"),
        .allow = {true, true, true},
        .fields = soft_fields,
        .field_count = 3,
        .deleted_column = NAME("deleted at"),
        .deleted_value = NAME("now"),
        .filled = soft_filled,
        .filled_count = 3,
        .index = 2,
    },
    {
        .name = NAME("flagged"),
        .table = NAME("flagged"),
        .id_column = NAME("id"),
        .owner_column = NAME("owner_id"),
        .allow = {true, true, true},
        .fields = other_fields,
        .field_count = 1,
        .deleted_column = NAME("state"),
        .deleted_value = NAME("gone"),
        .index = 3,
    },
    {
        .name = NAME("counted"),
        .table = NAME("counted"),
        .id_column = NAME("id"),
        .owner_column = NAME("owner_id"),
        .allow = {true, true, true},
        .fields = other_fields,
        .field_count = 1,
        .deleted_column = NAME("gone at"),
        .deleted_value = NAME("now_s"),
        .live_value = NAME("0"),
        .index = 4,
    },
    {
        .name = NAME("bare"),
        .table = NAME("bare"),
        .id_column = NAME("id"),
        .owner_column = NAME("owner_id"),
        .allow = {true, true, true},
        .index = 5,
    },
};

struct mapping contract_mapping = {.models = models, .model_count = ARRAY_LEN(models)};
const struct model *const ALL = &models[0];
const struct model *const OTHER = &models[1];
const struct model *const SOFT = &models[2];
const struct model *const FLAGGED = &models[3];
const struct model *const COUNTED = &models[4];
const struct model *const BARE = &models[5];

void contract_open(struct contract *c, struct synchronizer *s)
{
    *c = (struct contract){.s = s, .ops = s->ops};
    arena_init(&c->arena);
}

void contract_close(struct contract *c)
{
    c->ops->rollback(c->s);
    arena_release(&c->arena);
}

void contract_use(const struct contract_subject *tested)
{
    subject = tested;
}

int contract_set_up(void **state)
{
    struct contract *c = malloc(sizeof(*c));

    contract_open(c, subject->create());
    *state = c;
    return 0;
}

int contract_tear_down(void **state)
{
    struct contract *c = *state;

    contract_close(c);
    subject->destroy(c->s);
    free(c);
    return 0;
}

static void assert_ok(const struct contract *c, enum rc rc)
{
    if (rc != RC_OK)
        fail_msg("rc %d %s: %s (%s)", (int)rc, fail_code_name(c->fail.code), c->fail.message,
                 c->fail.detail);
}

int64_t contract_begin(struct contract *c, const char *owner)
{
    int64_t clock = -1;

    assert_ok(c, c->ops->begin(c->s, text_of(owner), &clock, &c->fail));
    return clock;
}

void contract_commit(struct contract *c)
{
    assert_ok(c, c->ops->commit(c->s, &c->fail));
}

struct history contract_history(struct contract *c, const char *owner, int64_t since_clock)
{
    struct history history;

    assert_ok(c,
              c->ops->read_history(
                  c->s, &(struct pull_query){.owner = text_of(owner), .since_clock = since_clock},
                  &c->arena, &history, &c->fail));
    return history;
}

struct row contract_read(struct contract *c, const char *owner, const struct model *model,
                         const char *id)
{
    const struct text ids[] = {text_of(id)};
    struct row row;

    assert_ok(c, c->ops->read(c->s, (struct owner_model){text_of(owner), model},
                              (struct id_list){ids, 1}, &c->arena, &row, &c->fail));
    return row;
}

void contract_create(struct contract *c, const char *owner, const struct model *model,
                     const char *id, const char *text)
{
    const struct field_value fields[] = {contract_text(model, 0, text)};
    const struct object object = contract_object(id, fields, 1);
    size_t applied = 0;

    assert_ok(c, c->ops->create(c->s, (struct owner_model){text_of(owner), model}, &object, 1,
                                &applied, &c->fail));
    assert_int_equal(applied, 1);
}

size_t contract_update(struct contract *c, const char *owner, const struct model *model,
                       const char *id, const char *text)
{
    const struct field_value fields[] = {contract_text(model, 0, text)};
    const struct object object = contract_object(id, fields, 1);
    size_t applied = 99;

    assert_ok(c, c->ops->update(c->s, (struct owner_model){text_of(owner), model}, &object, 1,
                                &applied, &c->fail));
    return applied;
}

size_t contract_remove(struct contract *c, const char *owner, const struct model *model,
                       const char *id)
{
    const struct text ids[] = {text_of(id)};
    size_t applied = 99;

    assert_ok(c, c->ops->remove(c->s, (struct owner_model){text_of(owner), model},
                                (struct id_list){ids, 1}, &applied, &c->fail));
    return applied;
}

void contract_append(struct contract *c, const char *owner, const struct diff *diff)
{
    const struct diff *const diffs[] = {diff};

    assert_ok(c, c->ops->append(c->s, text_of(owner), diffs, 1, &c->fail));
}

enum rc contract_find_known(struct contract *c, struct text owner, const struct text *ids,
                            size_t count, struct known_id *known_out)
{
    const struct push_query query = {
        .owner = owner, .since_clock = INT64_MAX, .ids = ids, .count = count};
    struct history history;

    return c->ops->read_push(c->s, &query, &c->arena, &history, known_out, &c->fail);
}

struct known_id contract_known(struct contract *c, const char *owner, const char *id)
{
    const struct text ids[] = {text_of(id)};
    struct known_id known = {.clock = -2};

    assert_ok(c, contract_find_known(c, text_of(owner), ids, 1, &known));
    return known;
}

struct field_value contract_text(const struct model *model, size_t field, const char *text)
{
    return (struct field_value){
        .field = &model->fields[field],
        .value = {.kind = VALUE_TEXT, .text = text_of(text), .json = text_of(text)},
    };
}

struct field_value contract_integer(const struct model *model, size_t field, int64_t integer)
{
    return (struct field_value){
        .field = &model->fields[field],
        .value = {.kind = VALUE_INTEGER, .integer = integer, .json = TEXT_LITERAL("7")},
    };
}

struct field_value contract_real(const struct model *model, size_t field, double real)
{
    return (struct field_value){
        .field = &model->fields[field],
        .value = {.kind = VALUE_REAL, .real = real, .json = TEXT_LITERAL("7.5")},
    };
}

struct field_value contract_null(const struct model *model, size_t field)
{
    return (struct field_value){
        .field = &model->fields[field],
        .value = {.kind = VALUE_NULL, .json = TEXT_LITERAL("null")},
    };
}

struct object contract_object(const char *id, const struct field_value *fields, size_t field_count)
{
    return (struct object){.id = text_of(id), .fields = fields, .field_count = field_count};
}

struct diff contract_diff(const char *id, int64_t clock, enum diff_type type,
                          const struct model *model, const char *object_id)
{
    return (struct diff){
        .id = text_of(id),
        .clock = clock,
        .time_ms = 1604114123778,
        .type = type,
        .model = model,
        .json_data = TEXT_LITERAL("{\"id\":\"x\"}"),
        .object_id = text_of(object_id),
    };
}
