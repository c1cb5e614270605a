/* What is pure of the translation of WatermelonDB and RxDB: values of each type in both wire forms,
 * ids, documents, and what a pull of RxDB asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "attributes.h"
#include "pushed.h"
#include "rxdb_ask.h"
#include "rxdb_document.h"
#include "watermelon_id.h"
#include "wire_value.h"

static struct arena arena;

enum { ROUND = 1, UTC = 2, AS_STRING = 4, JSON_BOOLEANS = 8, REQUIRED = 16 };

static struct field field_of(enum field_type type, unsigned options)
{
    return (struct field){
        .name = TEXT_LITERAL("f"),
        .type = type,
        .required = (options & REQUIRED) != 0,
        .zone = (options & UTC) != 0 ? FIELD_ZONE_UTC : FIELD_ZONE_NONE,
        .as = (options & AS_STRING) != 0 ? FIELD_AS_STRING : FIELD_AS_NUMBER,
        .round = (options & ROUND) != 0,
        .json_booleans = (options & JSON_BOOLEANS) != 0,
    };
}

static struct json_token token_of(const char *json)
{
    return json_dom_token(arena_text(&arena, text_of(json)), &arena);
}

static struct value value_of(struct mapped_field at, const char *json)
{
    const struct json_token token = token_of(json);
    struct fail fail = {0};
    struct value value;

    if (value_parse(at, &token, &arena, &value, &fail) != RC_OK)
        fail_msg("%s: %s", json, fail.message);
    return value;
}

static struct text taken(struct buf *buf)
{
    const struct text text = arena_text(&arena, buf_text(buf));

    buf_release(buf);
    return text;
}

/* ---- Values ---- */

struct wire_case {
    enum field_type type;
    const char *column;
    unsigned options;
    const char *json; /* as mobync clients have it */
    const char *wire[WIRE_ENGINES];
};

/* The tables of docs/watermelondb.md and docs/rxdb.md, both ways. */
static const struct wire_case CASES[] = {
    {FIELD_STRING, "varchar(20)", 0, "\"x\"", {"\"x\"", "\"x\""}},
    {FIELD_STRING, "varchar(20)", 0, "\"\"", {"\"\"", "\"\""}},
    {FIELD_INTEGER, "bigint(20)", 0, "-5", {"-5", "-5"}},
    {FIELD_INTEGER,
     "bigint(20) unsigned",
     0,
     "18446744073709551615",
     {"18446744073709551615", "18446744073709551615"}},
    {FIELD_INTEGER, "bigint(20)", AS_STRING, "\"7\"", {"\"7\"", "\"7\""}},
    {FIELD_FLOAT, "double", 0, "0.5", {"0.5", "0.5"}},
    {FIELD_BOOLEAN, "tinyint(1)", 0, "1", {"true", "true"}},
    {FIELD_BOOLEAN, "tinyint(1)", 0, "0", {"false", "false"}},
    {FIELD_BOOLEAN, "bit(1)", JSON_BOOLEANS, "true", {"true", "true"}},
    {FIELD_LIST, "longtext", 0, "[1,\"a\"]", {"\"[1,\\\"a\\\"]\"", "[1,\"a\"]"}},
    {FIELD_JSON, "longtext", 0, "{\"a\":[]}", {"\"{\\\"a\\\":[]}\"", "{\"a\":[]}"}},
    {FIELD_JSON, "longtext", 0, "\"text\"", {"\"\\\"text\\\"\"", "\"text\""}},
    {FIELD_DATETIME,
     "datetime(3)",
     0,
     "\"2026-11-29T11:02:03.456\"",
     {"1795950123456", "\"2026-11-29T11:02:03.456\""}},
    {FIELD_DATETIME,
     "datetime",
     UTC,
     "\"2026-11-29T11:02:03Z\"",
     {"1795950123000", "\"2026-11-29T11:02:03Z\""}},
    {FIELD_DATETIME,
     "datetime(3)",
     0,
     "\"1969-12-31T23:59:59.999\"",
     {"-1", "\"1969-12-31T23:59:59.999\""}},
    {FIELD_TIMESTAMP,
     "timestamp(3)",
     0,
     "\"2026-11-29T11:02:03.456Z\"",
     {"1795950123456", "\"2026-11-29T11:02:03.456Z\""}},
    {FIELD_DATETIME_MS, "datetime(3)", 0, "1795950123456", {"1795950123456", "1795950123456"}},
    {FIELD_DATE, "date", 0, "\"2026-11-29\"", {"\"2026-11-29\"", "\"2026-11-29\""}},
    {FIELD_TIME, "time", 0, "\"11:02:03\"", {"\"11:02:03\"", "\"11:02:03\""}},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"12.50\"", {"\"12.50\"", "\"12.50\""}},
    {FIELD_ENUM, "enum('a','b')", 0, "\"b\"", {"\"b\"", "\"b\""}},
    {FIELD_SET, "set('a','b')", 0, "[\"a\",\"b\"]", {"\"[\\\"a\\\",\\\"b\\\"]\"", "[\"a\",\"b\"]"}},
    {FIELD_UUID,
     "char(36)",
     0,
     "\"01234567-89ab-4def-8123-456789abcdef\"",
     {"\"01234567-89ab-4def-8123-456789abcdef\"", "\"01234567-89ab-4def-8123-456789abcdef\""}},
    {FIELD_BYTES, "blob", 0, "\"YWJj\"", {"\"YWJj\"", "\"YWJj\""}},
    {FIELD_REFERENCE, "varchar(64)", 0, "\"p1\"", {"\"p1\"", "\"p1\""}},
};

static void expect_wire(const struct wire_case *c, enum wire_engine engine, struct mapped_field at)
{
    const struct value value = value_of(at, c->json);
    const struct json_token token = token_of(c->wire[engine]);
    struct value back;
    struct text wire;
    struct buf buf;

    buf_init(&buf, 4096);
    wire_value_write(engine, at, &value, &buf);
    wire = taken(&buf);
    if (!text_is(wire, c->wire[engine]))
        fail_msg("%s to engine %d: %.*s", c->json, (int)engine, TEXT_ARG(wire));
    if (!wire_value_parse(engine, at, &token, &arena, &back) || !value_equal(&value, &back))
        fail_msg("%s of engine %d comes back as %.*s", c->wire[engine], (int)engine,
                 TEXT_ARG(back.json));
}

static void test_values(void **state)
{
    bool seen[FIELD_TYPES] = {false};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct wire_case *c = &CASES[i];
        const struct field field = field_of(c->type, c->options);
        const struct column column = column_parse(text_of(c->column), &arena);

        for (int engine = 0; engine < WIRE_ENGINES; engine++)
            expect_wire(c, (enum wire_engine)engine, (struct mapped_field){&field, &column});
        seen[c->type] = true;
    }
    for (size_t type = 0; type < FIELD_TYPES; type++)
        assert_true(seen[type]);
}

static void test_null(void **state)
{
    const struct value null = {.kind = VALUE_NULL};
    const struct json_token token = token_of("null");

    (void)state;
    for (int engine = 0; engine < WIRE_ENGINES; engine++)
        for (int type = 0; type < FIELD_TYPES; type++) {
            const struct field field = field_of((enum field_type)type, REQUIRED);
            const struct mapped_field at = {&field, NULL};
            struct value value;
            struct buf buf;

            buf_init(&buf, 64);
            wire_value_write((enum wire_engine)engine, at, &null, &buf);
            assert_true(text_is(taken(&buf), "null"));
            assert_true(wire_value_parse((enum wire_engine)engine, at, &token, &arena, &value));
            assert_int_equal(value.kind, VALUE_NULL);
            assert_true(wire_value_parse((enum wire_engine)engine, at, NULL, &arena, &value));
            assert_int_equal(value.kind, VALUE_NULL);
        }
}

struct read_case {
    enum wire_engine engine;
    enum field_type type;
    const char *column;
    unsigned options;
    const char *wire;
    const char *json;
    bool fits; /* is what it is read as a value of the field? */
};

/* What comes in another form than that in which it is sent. */
static const struct read_case READS[] = {
    {WIRE_WATERMELON, FIELD_DATE, "date", 0, "\"\"", "null", true},
    {WIRE_WATERMELON, FIELD_TIME, "time", 0, "\"\"", "null", true},
    {WIRE_WATERMELON, FIELD_DECIMAL, "decimal(10,2)", 0, "\"\"", "null", true},
    {WIRE_WATERMELON, FIELD_UUID, "char(36)", 0, "\"\"", "null", true},
    {WIRE_WATERMELON, FIELD_REFERENCE, "varchar(64)", 0, "\"\"", "null", true},
    {WIRE_WATERMELON, FIELD_LIST, "longtext", 0, "\"\"", "null", true},
    {WIRE_WATERMELON, FIELD_JSON, "longtext", 0, "\"\"", "null", true},
    {WIRE_WATERMELON, FIELD_SET, "set('a','b')", 0, "\"\"", "null", true},
    {WIRE_WATERMELON, FIELD_BYTES, "blob", 0, "\"\"", "\"\"", true},
    {WIRE_RXDB, FIELD_DATE, "date", 0, "\"\"", "\"\"", false},
    {WIRE_RXDB, FIELD_DECIMAL, "decimal(10,2)", 0, "\"\"", "\"\"", false},
    {WIRE_RXDB, FIELD_UUID, "char(36)", 0, "\"\"", "\"\"", false},
    /* numbers of JavaScript */
    {WIRE_WATERMELON, FIELD_DATETIME, "datetime(3)", 0, "1795950123456.0",
     "\"2026-11-29T11:02:03.456\"", true},
    {WIRE_WATERMELON, FIELD_DATETIME, "datetime(3)", 0, "1.5e3", "\"1970-01-01T00:00:01.500\"",
     true},
    {WIRE_WATERMELON, FIELD_DATETIME, "datetime", 0, "1795950123456", "\"2026-11-29T11:02:03.456\"",
     false},
    {WIRE_WATERMELON, FIELD_DATETIME, "datetime", ROUND, "1795950123456",
     "\"2026-11-29T11:02:03.456\"", true},
    {WIRE_WATERMELON, FIELD_DATETIME, "datetime(3)", 0, "1e300", "1e300", false},
    {WIRE_WATERMELON, FIELD_DATETIME, "datetime(3)", 0, "-1e300", "-1e300", false},
    {WIRE_WATERMELON, FIELD_DATETIME, "datetime(3)", 0, "253402300800000", "253402300800000",
     false},
    {WIRE_WATERMELON, FIELD_DATETIME, "datetime(3)", 0, "\"2026-11-29T11:02:03.456\"",
     "\"2026-11-29T11:02:03.456\"", true},
    {WIRE_WATERMELON, FIELD_DATETIME, "datetime(3)", 0, "\"\"", "\"\"", false},
    {WIRE_WATERMELON, FIELD_DATETIME, "datetime(3)", 0, "true", "true", false},
    {WIRE_RXDB, FIELD_DATETIME, "datetime(3)", 0, "1795950123456", "1795950123456", false},
    {WIRE_WATERMELON, FIELD_BOOLEAN, "tinyint(1)", 0, "1", "1", true},
    {WIRE_WATERMELON, FIELD_BOOLEAN, "tinyint(1)", 0, "2", "2", false},
    /* texts that hold JSON, or not */
    {WIRE_WATERMELON, FIELD_LIST, "longtext", 0, "\" [ 1 ]\\n\"", "[ 1 ]", true},
    {WIRE_WATERMELON, FIELD_JSON, "longtext", 0, "\" null \"", "null", true},
    {WIRE_WATERMELON, FIELD_JSON, "longtext", 0, "\"  \"", "\"  \"", true},
    {WIRE_WATERMELON, FIELD_LIST, "longtext", 0, "[1]", "[1]", true},
    {WIRE_WATERMELON, FIELD_LIST, "longtext", 0, "\"[[1]]\"", "[[1]]", false},
    {WIRE_WATERMELON, FIELD_LIST, "longtext", 0, "\"[1,\"", "\"[1,\"", false},
    {WIRE_WATERMELON, FIELD_SET, "set('a','b')", 0, "\"a\"", "\"a\"", false},
    {WIRE_WATERMELON, FIELD_JSON, "longtext", 0, "\"hello\"", "\"hello\"", true},
    {WIRE_WATERMELON, FIELD_JSON, "longtext", 0, "\"null\"", "null", true},
    {WIRE_RXDB, FIELD_JSON, "longtext", 0, "\"{}\"", "\"{}\"", true},
};

static void test_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(READS); i++) {
        const struct read_case *c = &READS[i];
        const struct field field = field_of(c->type, c->options);
        const struct column column = column_parse(text_of(c->column), &arena);
        const struct mapped_field at = {&field, &column};
        const struct json_token token = token_of(c->wire);
        const struct text json = wire_value_read(c->engine, at, &token, &arena);
        struct value value;

        if (!text_is(json, c->json))
            fail_msg("%s in %s is read as %.*s", c->wire, c->column, TEXT_ARG(json));
        if (wire_value_parse(c->engine, at, &token, &arena, &value) != c->fits)
            fail_msg("%s in %s fits, or does not", c->wire, c->column);
    }
}

/* What the tombstone of a document has where nobody knows better. */
static void test_empty(void **state)
{
    static const char *const EMPTY[FIELD_TYPES] = {
        [FIELD_STRING] = "\"\"",
        [FIELD_INTEGER] = "0",
        [FIELD_FLOAT] = "0",
        [FIELD_BOOLEAN] = "false",
        [FIELD_LIST] = "[]",
        [FIELD_JSON] = "{}",
        [FIELD_DATETIME] = "\"1970-01-01T00:00:00\"",
        [FIELD_TIMESTAMP] = "\"1970-01-01T00:00:00Z\"",
        [FIELD_DATETIME_MS] = "0",
        [FIELD_DATE] = "\"1970-01-01\"",
        [FIELD_TIME] = "\"00:00:00\"",
        [FIELD_DECIMAL] = "\"0\"",
        [FIELD_ENUM] = "\"\"",
        [FIELD_SET] = "[]",
        [FIELD_UUID] = "\"00000000-0000-0000-0000-000000000000\"",
        [FIELD_BYTES] = "\"\"",
        [FIELD_REFERENCE] = "\"\"",
    };
    struct text values[] = {TEXT_LITERAL("first"), TEXT_LITERAL("second")};
    struct field field;
    struct buf buf;

    (void)state;
    for (int type = 0; type < FIELD_TYPES; type++) {
        field = field_of((enum field_type)type, 0);
        buf_init(&buf, 256);
        wire_value_write_empty((struct mapped_field){&field, NULL}, &buf);
        assert_string_equal(taken(&buf).ptr, EMPTY[type]);
    }
    field = field_of(FIELD_INTEGER, AS_STRING);
    buf_init(&buf, 256);
    wire_value_write_empty((struct mapped_field){&field, NULL}, &buf);
    assert_string_equal(taken(&buf).ptr, "\"0\"");
    field = field_of(FIELD_ENUM, 0);
    field.values = values;
    field.value_count = ARRAY_LEN(values);
    buf_init(&buf, 256);
    wire_value_write_empty((struct mapped_field){&field, NULL}, &buf);
    assert_string_equal(taken(&buf).ptr, "\"first\"");
}

/* ---- Ids ---- */

static void test_watermelon_ids(void **state)
{
    static const char *const VALID[] = {"a", "Z", "0", "a_b.c-D", "..", "-"};
    static const char *const INVALID[] = {"", "a b", "a:b", "\xc3\xa4", "a/b", "a\n", "a%20", "{"};
    char longest[66];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(VALID); i++)
        assert_true(watermelon_id_valid(text_of(VALID[i])));
    for (size_t i = 0; i < ARRAY_LEN(INVALID); i++)
        assert_false(watermelon_id_valid(text_of(INVALID[i])));
    memset(longest, 'x', sizeof(longest));
    assert_true(watermelon_id_valid((struct text){longest, 64}));
    assert_false(watermelon_id_valid((struct text){longest, 65}));
    assert_false(watermelon_id_valid((struct text){"a\0b", 3}));
}

static void test_pushed_once(void **state)
{
    const struct model tasks = {.name = TEXT_LITERAL("tasks")};
    const struct model lists = {.name = TEXT_LITERAL("lists")};
    struct pushed_list list = {0};
    struct fail fail = {0};

    (void)state;
    assert_int_equal(pushed_check(&list, &arena, &fail), RC_OK);
    for (int i = 0; i < 100; i++) {
        char id[16];

        snprintf(id, sizeof(id), "t%d", i);
        pushed_add(&list, (struct pushed){.model = &tasks, .id = arena_text(&arena, text_of(id))},
                   &arena);
    }
    pushed_add(&list, (struct pushed){.model = &lists, .id = TEXT_LITERAL("t7")}, &arena);
    assert_int_equal(list.count, 101);
    assert_int_equal(pushed_check(&list, &arena, &fail), RC_OK);
    pushed_add(&list, (struct pushed){.model = &tasks, .id = TEXT_LITERAL("t7")}, &arena);
    assert_int_equal(pushed_check(&list, &arena, &fail), RC_REJECTED);
    assert_int_equal(fail.code, FAIL_INVALID_REQUEST);
    assert_string_equal(fail.message, "tasks t7 is there twice");
}

/* ---- Documents ---- */

static struct field TASK_FIELDS[] = {
    {.name = {"name", 4}, .type = FIELD_STRING, .required = true, .index = 0},
    {.name = {"done", 4}, .type = FIELD_BOOLEAN, .index = 1},
    {.name = {"priority", 8}, .type = FIELD_INTEGER, .required = true, .index = 2},
};
static const struct model TASKS = {
    .name = {"tasks", 5}, .fields = TASK_FIELDS, .field_count = ARRAY_LEN(TASK_FIELDS)};
static const struct rxdb_schema SCHEMA = {.model = &TASKS};

static void test_rows(void **state)
{
    const struct value row[] = {{.kind = VALUE_TEXT, .text = TEXT_LITERAL("a\"b")},
                                {.kind = VALUE_INTEGER, .integer = 1},
                                {.kind = VALUE_NULL}};
    struct buf buf;

    (void)state;
    buf_init(&buf, 4096);
    rxdb_document_write_row(&buf, &SCHEMA, TEXT_LITERAL("t\"1"), row);
    assert_string_equal(taken(&buf).ptr,
                        "{\"id\":\"t\\\"1\",\"name\":\"a\\\"b\",\"done\":true,\"_deleted\":false}");
}

static struct text tombstone(const struct rxdb_last_known *known, const struct json_entries *sent)
{
    struct buf buf;

    buf_init(&buf, 4096);
    rxdb_document_write_gone(&buf, &SCHEMA, TEXT_LITERAL("t1"), known, sent);
    return taken(&buf);
}

static void test_tombstones(void **state)
{
    const struct field_value name = {.field = &TASK_FIELDS[0],
                                     .value = {.kind = VALUE_TEXT, .text = TEXT_LITERAL("last")}};
    const struct field_value none = {.field = &TASK_FIELDS[2], .value = {.kind = VALUE_NULL}};
    const struct field_value *fields[] = {&name, NULL, &none};
    const struct rxdb_last_known known = {fields};
    struct json_entries sent, nulls;
    struct json_fault fault;

    (void)state;
    assert_true(json_dom_entries(TEXT_LITERAL("{\"name\":\"sent\",\"done\":true,\"priority\":4}"),
                                 &arena, &sent, &fault));
    assert_true(json_dom_entries(TEXT_LITERAL("{\"name\":null}"), &arena, &nulls, &fault));
    assert_string_equal(tombstone(NULL, NULL).ptr,
                        "{\"id\":\"t1\",\"name\":\"\",\"priority\":0,\"_deleted\":true}");
    assert_string_equal(tombstone(&known, NULL).ptr,
                        "{\"id\":\"t1\",\"name\":\"last\",\"priority\":0,\"_deleted\":true}");
    assert_string_equal(tombstone(&known, &sent).ptr,
                        "{\"id\":\"t1\",\"name\":\"last\",\"priority\":4,\"_deleted\":true}");
    assert_string_equal(tombstone(NULL, &nulls).ptr, tombstone(NULL, NULL).ptr);
}

/* ---- What a pull of RxDB asks for ---- */

struct ask_case {
    bool by_query;
    const char *text;
    bool rows;
    const char *place;
    int64_t clock;
    int64_t seq;
    int64_t limit; /* 0: it is refused */
};

static const struct ask_case ASKS[] = {
    {false, "{}", true, "", 0, -1, 100},
    {false, "{\"checkpoint\":null,\"limit\":1}", true, "", 0, -1, 1},
    {false, "{\"checkpoint\":{\"id\":\"\",\"updatedAt\":0},\"limit\":1000}", true, "", 0, -1, 1000},
    {false, "{\"checkpoint\":{}}", true, "", 0, -1, 100},
    {false, "{\"checkpoint\":{\"id\":\"row:6131\",\"updatedAt\":7}}", true, "a1", 7, -1, 100},
    {false, "{\"checkpoint\":{\"id\":\"row:C3a4\",\"updatedAt\":7}}", true, "\xc3\xa4", 7, -1, 100},
    {false, "{\"checkpoint\":{\"id\":\"clock\",\"updatedAt\":7}}", false, "", 7, -1, 100},
    {false, "{\"checkpoint\":{\"id\":\"12\",\"updatedAt\":7}}", false, "", 7, 12, 100},
    {false, "{\"checkpoint\":{\"id\":\"0\",\"updatedAt\":9007199254740991}}", false, "",
     9007199254740991, 0, 100},
    {true, "", true, "", 0, -1, 100},
    {true, "updatedAt=&id=&limit=", true, "", 0, -1, 100},
    {true, "updatedAt=7&id=12&limit=3", false, "", 7, 12, 3},
    {true, "limit=3&id=row%3A6131&updatedAt=7", true, "a1", 7, -1, 3},
    {true, "id=row:6131&x=1", true, "a1", 0, -1, 100},
    {true, "id=%63lock&updatedAt=7", false, "", 7, -1, 100},
    {true, "&&id=clock&", false, "", 0, -1, 100},
    {true, "idx=clock&xid=5", true, "", 0, -1, 100},
    /* refused */
    {false, "", false, NULL, 0, 0, 0},
    {false, "[]", false, NULL, 0, 0, 0},
    {false, "{\"limit\":0}", false, NULL, 0, 0, 0},
    {false, "{\"limit\":1001}", false, NULL, 0, 0, 0},
    {false, "{\"limit\":-1}", false, NULL, 0, 0, 0},
    {false, "{\"limit\":1.0}", false, NULL, 0, 0, 0},
    {false, "{\"limit\":\"5\"}", false, NULL, 0, 0, 0},
    {false, "{\"checkpoint\":5}", false, NULL, 0, 0, 0},
    {false, "{\"checkpoint\":[]}", false, NULL, 0, 0, 0},
    {false, "{\"checkpoint\":{\"id\":5,\"updatedAt\":7}}", false, NULL, 0, 0, 0},
    {false, "{\"checkpoint\":{\"id\":\"x\",\"updatedAt\":7}}", false, NULL, 0, 0, 0},
    {false, "{\"checkpoint\":{\"id\":\"-1\",\"updatedAt\":7}}", false, NULL, 0, 0, 0},
    {false, "{\"checkpoint\":{\"id\":\"clock\",\"updatedAt\":\"7\"}}", false, NULL, 0, 0, 0},
    {false, "{\"checkpoint\":{\"id\":\"clock\",\"updatedAt\":-1}}", false, NULL, 0, 0, 0},
    {false, "{\"checkpoint\":{\"id\":\"row:\",\"updatedAt\":7}}", false, NULL, 0, 0, 0},
    {false, "{\"checkpoint\":{\"id\":\"row:613\",\"updatedAt\":7}}", false, NULL, 0, 0, 0},
    {false, "{\"checkpoint\":{\"id\":\"row:6g\",\"updatedAt\":7}}", false, NULL, 0, 0, 0},
    {true, "updatedAt=x", false, NULL, 0, 0, 0},
    {true, "updatedAt=-1", false, NULL, 0, 0, 0},
    {true, "limit=0", false, NULL, 0, 0, 0},
    {true, "limit=1001", false, NULL, 0, 0, 0},
    {true, "limit=99999999999999999999", false, NULL, 0, 0, 0},
    {true, "id=%6", false, NULL, 0, 0, 0},
    {true, "id=%zz", false, NULL, 0, 0, 0},
};

static enum rc ask(bool by_query, struct text text, struct rxdb_ask *ask_out, struct fail *fail)
{
    const struct rxdb_pull pull = {
        .by_query = by_query, .query = text, .body = text, .max_documents = 1000};

    return rxdb_ask_read(&pull, &arena, ask_out, fail);
}

static void test_asks(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ASKS); i++) {
        const struct ask_case *c = &ASKS[i];
        struct fail fail = {0};
        struct rxdb_ask got;
        const enum rc rc = ask(c->by_query, text_of(c->text), &got, &fail);

        if (c->limit == 0 ? rc != RC_REJECTED || fail.code != FAIL_INVALID_REQUEST : rc != RC_OK)
            fail_msg("%s: %d %s", c->text, (int)rc, fail.message);
        if (c->limit > 0 &&
            (got.from.rows != c->rows || !text_is(got.from.place, c->place) ||
             got.from.at.clock != c->clock || got.from.at.seq != c->seq || got.limit != c->limit))
            fail_msg("%s: rows %d, place %.*s, clock %lld, seq %lld, limit %lld", c->text,
                     got.from.rows, TEXT_ARG(got.from.place), (long long)got.from.at.clock,
                     (long long)got.from.at.seq, (long long)got.limit);
    }
}

static void expect_same_checkpoint(const struct rxdb_checkpoint *a, const struct rxdb_checkpoint *b)
{
    assert_true(a->rows == b->rows);
    assert_true(text_equal(a->place, b->place));
    assert_true(a->at.clock == b->at.clock && a->at.seq == b->at.seq);
}

/* From a body as it was sent, and from a query as encodeURIComponent() writes it. */
static void expect_read_back(const struct rxdb_checkpoint *checkpoint)
{
    struct json_entries entries;
    struct json_fault fault;
    struct fail fail = {0};
    struct rxdb_ask got;
    struct buf body, query;
    struct text id;

    buf_init(&body, 4096);
    buf_add_str(&body, "{\"limit\":5,\"checkpoint\":");
    rxdb_checkpoint_write(&body, checkpoint);
    buf_add_char(&body, '}');
    assert_int_equal(ask(false, buf_text(&body), &got, &fail), RC_OK);
    expect_same_checkpoint(checkpoint, &got.from);

    buf_clear(&body);
    rxdb_checkpoint_write(&body, checkpoint);
    assert_true(json_dom_entries(taken(&body), &arena, &entries, &fault));
    id = json_dom_find(&entries, "id")->string;
    buf_init(&query, 8192);
    buf_printf(&query, "updatedAt=%lld&limit=5&id=", (long long)checkpoint->at.clock);
    for (size_t i = 0; i < id.len; i++)
        buf_printf(&query, id.ptr[i] == ':' ? "%%3A" : "%c", id.ptr[i]);
    assert_int_equal(ask(true, taken(&query), &got, &fail), RC_OK);
    expect_same_checkpoint(checkpoint, &got.from);
}

static void test_checkpoints(void **state)
{
    static const int64_t CLOCKS[] = {0, 1, 4, 9007199254740991};
    static const int64_t SEQS[] = {-1, 0, 1, INT64_MAX};
    char bytes[256];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    for (size_t i = 0; i < ARRAY_LEN(CLOCKS); i++) {
        for (size_t k = 0; k < ARRAY_LEN(SEQS); k++)
            expect_read_back(&(struct rxdb_checkpoint){.at = {CLOCKS[i], SEQS[k]}});
        for (size_t len = 1; len <= sizeof(bytes); len += 51)
            expect_read_back(&(struct rxdb_checkpoint){
                .rows = true, .place = {bytes, len}, .at = {CLOCKS[i], -1}});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),         cmocka_unit_test(test_null),
        cmocka_unit_test(test_reads),          cmocka_unit_test(test_empty),
        cmocka_unit_test(test_watermelon_ids), cmocka_unit_test(test_pushed_once),
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_tombstones),
        cmocka_unit_test(test_asks),           cmocka_unit_test(test_checkpoints),
    };
    int failed;

    arena_init(&arena);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
