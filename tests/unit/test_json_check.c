/* json_check.c and json_dom.c: samples of strict JSON and of what is not, judged by jansson, too.
 * */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "diff.h"
#include "json_dom.h"
#include "json_check.h"
#include "json_write.h"

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* From an exact copy on the heap, so that the sanitizer sees every read behind the end. */
static bool check(struct text json, struct json_members *members, struct json_fault *fault)
{
    char *copy = malloc(json.len > 0 ? json.len : 1);
    bool ok;

    assert_non_null(copy);
    if (json.len > 0)
        memcpy(copy, json.ptr, json.len);
    ok = json_check((struct text){copy, json.len}, JSON_MAX_DEPTH, &arena, members, fault);
    free(copy);
    return ok;
}

/* What jansson says, but for two things. It refuses numbers that do not fit, which we leave to
 * whoever wants a number; and it swallows a raw NUL behind a number or a word, where RFC 8259
 * allows none anywhere. */
enum acceptance { VERDICT_ACCEPT, VERDICT_REFUSE, VERDICT_NONE };

static enum acceptance ask_jansson(struct text json)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_error_t error;
    json_t *value;

    if (json.len == 0 || memchr(json.ptr, '\0', json.len) != NULL)
        return VERDICT_REFUSE;
    value = json_loadb(json.ptr, json.len, flags, &error);
    if (value != NULL) {
        json_decref(value);
        return VERDICT_ACCEPT;
    }
    return json_error_code(&error) == json_error_numeric_overflow ? VERDICT_NONE : VERDICT_REFUSE;
}

static void expect_agreement(struct text json, const char *what)
{
    struct json_fault fault = {"", 0};
    bool ok = check(json, NULL, &fault);
    enum acceptance verdict = ask_jansson(json);

    if (verdict == VERDICT_NONE || ok == (verdict == VERDICT_ACCEPT))
        return;
    fail_msg("%s: we %s (%s, byte %zu), jansson does not: %.*s", what, ok ? "accept" : "refuse",
             fault.reason, fault.offset, TEXT_ARG(json));
}

/* What passes the check reaches json-c, which must read it to the end. */
static void expect_json_c_reads(struct text json)
{
    struct request_body *request;
    struct json_fault fault;
    struct fail fail;

    if (json.len == 0 || json.ptr[0] != '{' || !check(json, NULL, &fault))
        return;
    if (request_parse(json, &arena, &request, &fail) != RC_OK)
        fail_msg("%s: %.*s", fail.message, TEXT_ARG(json));
}

#define BYTES(s) s, sizeof(s) - 1

static const struct sample {
    const char *bytes;
    size_t len;
    bool ok;
} SAMPLES[] = {
    {BYTES("{}"), true},
    {BYTES("[]"), true},
    {BYTES(" \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \n"), true},
    {BYTES("0"), true},
    {BYTES("-0"), true},
    {BYTES("-1.5e+10"), true},
    {BYTES("1E5"), true},
    {BYTES("1e-5"), true},
    {BYTES("123456789012345678901234567890"), true},
    {BYTES("1e999"), true},
    {BYTES("\"\""), true},
    {BYTES("true"), true},
    {BYTES("false"), true},
    {BYTES("null"), true},
    {BYTES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\""), true},
    {BYTES("\"\\uD83D\\uDE00\""), true},
    {BYTES("\"a\\u0000b\""), true},
    {BYTES("\"\x7F\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""), true},
    {BYTES("{\"a\":1,\"A\":2}"), true},
    {BYTES("{\"a\":{\"a\":{\"a\":1}}}"), true},
    {BYTES("[{\"a\":1},{\"a\":2}]"), true},
    {BYTES(""), false},
    {BYTES(" "), false},
    {BYTES("{"), false},
    {BYTES("["), false},
    {BYTES("[1"), false},
    {BYTES("{\"a\""), false},
    {BYTES("{\"a\":"), false},
    {BYTES("{\"a\":1"), false},
    {BYTES("{\"a\":1,}"), false},
    {BYTES("[1,]"), false},
    {BYTES("[,1]"), false},
    {BYTES("{,}"), false},
    {BYTES("[1 2]"), false},
    {BYTES("{\"a\" 1}"), false},
    {BYTES("{\"a\":1 \"b\":2}"), false},
    {BYTES("{a:1}"), false},
    {BYTES("{1:1}"), false},
    {BYTES("{'a':1}"), false},
    {BYTES("'a'"), false},
    {BYTES("[1}"), false},
    {BYTES("{\"a\":1]"), false},
    {BYTES("]"), false},
    {BYTES("1 1"), false},
    {BYTES("{} x"), false},
    {BYTES("{}\0"), false},
    {BYTES("\0"), false},
    {BYTES("1\0"), false},
    {BYTES("[true\0]"), false},
    {BYTES("NaN"), false},
    {BYTES("[NaN]"), false},
    {BYTES("Infinity"), false},
    {BYTES("-Infinity"), false},
    {BYTES("nul"), false},
    {BYTES("nulll"), false},
    {BYTES("True"), false},
    {BYTES("01"), false},
    {BYTES("-01"), false},
    {BYTES("+1"), false},
    {BYTES("-"), false},
    {BYTES("1."), false},
    {BYTES(".5"), false},
    {BYTES("1e"), false},
    {BYTES("1e+"), false},
    {BYTES("0x10"), false},
    {BYTES("1 // no"), false},
    {BYTES("/* no */ 1"), false},
    {BYTES("\v1"), false},
    {BYTES("\"a"), false},
    {BYTES("\"a\\\""), false},
    {BYTES("\"\\"), false},
    {BYTES("\"\\x\""), false},
    {BYTES("\"\\'\""), false},
    {BYTES("\"\\u12\""), false},
    {BYTES("\"\\u12G4\""), false},
    {BYTES("\"\\u"), false},
    {BYTES("\"\\U0041\""), false},
    {BYTES("\"\\uD800\""), false},
    {BYTES("\"\\uD800x\""), false},
    {BYTES("\"\\uD800\\n\""), false},
    {BYTES("\"\\uD800\\u0041\""), false},
    {BYTES("\"\\uD800\\uD800\""), false},
    {BYTES("\"\\uDBFF\\uDFFF\""), true},
    {BYTES("\"\\uD800\\uDBFF\""), false},
    {BYTES("\"\\uD800\\uE000\""), false},
    {BYTES("\"\\uDC00\""), false},
    {BYTES("\"\\uDC00\\uD800\""), false},
    {BYTES("\"\\uD800\\uDC0"), false},
    {BYTES("\"a\tb\""), false},
    {BYTES("\"a\nb\""), false},
    {BYTES("\"a\0b\""), false},
    {BYTES("\"abcdefgh\x1Fijklmnop\""), false},
    {BYTES("\"\x80\""), false},
    {BYTES("\"\xC0\x80\""), false},
    {BYTES("\"\xED\xA0\x80\""), false},
    {BYTES("\"\xF4\x90\x80\x80\""), false},
    {BYTES("\"\xE2\x82\""), false},
    {BYTES("\"abcdefg\xFFhijk\""), false},
    {BYTES("{\"\xFF\":1}"), false},
    {BYTES("\xEF\xBB\xBF{}"), false},
    {BYTES("{\"a\":1,\"a\":1}"), false},
    {BYTES("{\"a\":1,\"\\u0061\":1}"), false},
    {BYTES("{\"\\u0061\":1,\"a\":1}"), false},
    {BYTES("{\"\\ud83d\\ude00\":1,\"\xF0\x9F\x98\x80\":1}"), false},
    {BYTES("{\"\\/\":1,\"/\":1}"), false},
    {BYTES("{\"\\u00e9\":1,\"\xC3\xA9\":1}"), false},
    {BYTES("{\"\\u20AC\":1,\"\xE2\x82\xAC\":1}"), false},
    {BYTES("[[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]]"), false},
    {BYTES("{\"a\":{\"b\":1},\"a\":{}}"), false},
    {BYTES("{\"\":1,\"\":1}"), false},
    {BYTES("{\"a\\u0000b\":1}"), false},
    {BYTES("[{\"x\":{\"\\u0000\":1}}]"), false},
};

static void test_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(SAMPLES) / sizeof(SAMPLES[0]); i++) {
        struct text json = {SAMPLES[i].bytes, SAMPLES[i].len};
        struct json_fault fault = {NULL, SIZE_MAX};
        bool ok = check(json, NULL, &fault);

        if (ok != SAMPLES[i].ok)
            fail_msg("%.*s: %s", TEXT_ARG(json), ok ? "accepted" : fault.reason);
        if (!ok) {
            assert_non_null(fault.reason);
            assert_true(fault.offset <= json.len);
        }
        expect_agreement(json, "sample");
        expect_json_c_reads(json);
    }
}

static void test_fault_offset(void **state)
{
    static const struct {
        const char *json;
        size_t offset;
    } CASES[] = {
        {"[1,x]", 3},
        {"[1", 2},
        {"{\"a\":1,\"b\":2,\"a\":3}", 13},
        {"\"ab\\x\"", 3},
        {"{} {}", 3},
        {"{\"a\" 1}", 5},
        {"\"abc\xFF\"", 4},
        {"\xEF\xBB\xBF{}", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct json_fault fault = {NULL, 0};

        assert_false(check(text_of(CASES[i].json), NULL, &fault));
        assert_int_equal(fault.offset, CASES[i].offset);
    }
}

/* It is not seen where the text is printed, so the reason has to name it. */
static void test_byte_order_mark_is_named(void **state)
{
    struct json_fault fault = {NULL, 0};

    (void)state;
    assert_false(check(TEXT_LITERAL("\xEF\xBB\xBF{}"), NULL, &fault));
    assert_non_null(strstr(fault.reason, "byte order mark (EF BB BF)"));
    assert_false(check(TEXT_LITERAL("{}\xEF\xBB\xBF"), NULL, &fault));
    assert_null(strstr(fault.reason, "byte order mark"));
    assert_false(check(TEXT_LITERAL("\xEF\xBB"), NULL, &fault));
    assert_null(strstr(fault.reason, "byte order mark"));
}

/* levels arrays and objects in turn around a 1. */
static struct text nested(unsigned levels)
{
    struct buf buf;
    struct text text;

    buf_init(&buf, 10000);
    for (unsigned i = 0; i < levels; i++)
        buf_add_str(&buf, i % 2 == 0 ? "{\"a\":" : "[");
    buf_add_char(&buf, '1');
    for (unsigned i = levels; i > 0; i--)
        buf_add_char(&buf, i % 2 == 1 ? '}' : ']');
    text = arena_text(&arena, buf_text(&buf));
    buf_release(&buf);
    return text;
}

static void test_depth(void **state)
{
    struct json_fault fault;

    (void)state;
    assert_true(check(nested(JSON_MAX_DEPTH), NULL, &fault));
    assert_false(check(nested(JSON_MAX_DEPTH + 1), NULL, &fault));
    assert_string_equal(fault.reason, "too many levels of arrays and objects");
    assert_true(json_check(TEXT_LITERAL("[[1],[2]]"), 2, &arena, NULL, &fault));
    assert_false(json_check(TEXT_LITERAL("[[1],[[]]]"), 2, &arena, NULL, &fault));
    assert_int_equal(fault.offset, 6);
    assert_true(json_check(TEXT_LITERAL("1"), 0, &arena, NULL, &fault));
    assert_false(json_check(TEXT_LITERAL("[]"), 0, &arena, NULL, &fault));
}

/* Elements beyond `most` are counted, not kept: a hostile array costs no memory. */
static void test_elements(void **state)
{
    static const char *const VALUES[] = {"{\"a\":[1,2]}", "\"x,]\"", "[]", "-1.5"};
    struct json_members members = {.most = SIZE_MAX};
    struct json_fault fault;
    struct text json = TEXT_LITERAL(" [ {\"a\":[1,2]} ,\"x,]\",[] , -1.5 ] ");

    (void)state;
    assert_true(json_check(json, JSON_MAX_DEPTH, &arena, &members, &fault));
    assert_int_equal(members.count, 4);
    for (size_t i = 0; i < members.count; i++) {
        assert_int_equal(members.items[i].raw_key.len, 0);
        assert_true(text_is(members.items[i].raw_value, VALUES[i]));
    }
    members.most = 2;
    assert_true(json_check(json, JSON_MAX_DEPTH, &arena, &members, &fault));
    assert_int_equal(members.count, 4);
    assert_true(text_is(members.items[1].raw_value, VALUES[1]));
    assert_true(json_check(TEXT_LITERAL("[]"), 9, &arena, &members, &fault));
    assert_int_equal(members.count, 0);
}

static void test_members(void **state)
{
    struct text json = TEXT_LITERAL(" {\"a\" : 1.50 , \"\\u0062\":{\"x\":[1, 2 ]}\n,\"c\":\"s,}\","
                                    "\"d\":[],\"e\": null ,\"f\":{},\"g\":-0,\"h\":true,\"i\":8, "
                                    "\"j\":[{\"k\":1}]}");
    static const char *const KEYS[] = {"a", "\\u0062", "c", "d", "e", "f", "g", "h", "i", "j"};
    static const char *const VALUES[] = {
        "1.50", "{\"x\":[1, 2 ]}", "\"s,}\"", "[]", "null", "{}", "-0", "true", "8", "[{\"k\":1}]"};
    struct json_members members = {.most = SIZE_MAX};
    struct json_fault fault;

    (void)state;
    assert_true(json_check(json, JSON_MAX_DEPTH, &arena, &members, &fault));
    assert_int_equal(members.count, sizeof(KEYS) / sizeof(KEYS[0]));
    for (size_t i = 0; i < members.count; i++) {
        assert_true(text_is(members.items[i].raw_key, KEYS[i]));
        assert_true(text_is(members.items[i].raw_value, VALUES[i]));
    }
    assert_true(json_check(TEXT_LITERAL("\"[1]\""), 9, &arena, &members, &fault));
    assert_int_equal(members.count, 0);
    assert_true(json_check(TEXT_LITERAL("{}"), 9, &arena, &members, &fault));
    assert_int_equal(members.count, 0);
}

/* An object of count keys; the last one repeats the first if twice. */
static void add_wide_object(struct buf *buf, int count, bool twice)
{
    buf_add_char(buf, '{');
    for (int i = 0; i < count; i++)
        buf_printf(buf, "%s\"key%d\":%d", i == 0 ? "" : ",", twice && i == count - 1 ? 0 : i, i);
    buf_add_char(buf, '}');
}

static void test_wide_objects(void **state)
{
    static const int COUNTS[] = {2, 15, 16, 17, 18, 63, 64, 65, 1000, 100000};
    struct buf buf;

    (void)state;
    buf_init(&buf, (size_t)4 << 20);
    for (size_t i = 0; i < sizeof(COUNTS) / sizeof(COUNTS[0]); i++) {
        for (int twice = 0; twice < 2; twice++) {
            struct json_fault fault = {"", 0};
            bool ok;

            buf_clear(&buf);
            buf_add_str(&buf, "{\"outer\":1,\"key0\":");
            add_wide_object(&buf, COUNTS[i], twice != 0);
            buf_add_str(&buf, ",\"key1\":2}");
            ok = check(buf_text(&buf), NULL, &fault);
            assert_int_equal(ok, !twice);
            if (!ok)
                assert_memory_equal(buf.data + fault.offset, "\"key0\"", 6);
        }
    }
    buf_release(&buf);
}

/* Small objects one after the other cost no arena, however many they are. */
static void test_no_arena_for_ordinary_keys(void **state)
{
    struct json_fault fault;
    struct buf buf;

    (void)state;
    buf_init(&buf, (size_t)1 << 20);
    buf_add_str(&buf, "[1");
    for (int i = 0; i < 5000; i++)
        buf_add_str(&buf, ",{\"id\":\"x\",\"owner\":{\"a\":1},\"model\":\"\\n\"}");
    buf_add_char(&buf, ']');
    assert_true(check(buf_text(&buf), NULL, &fault));
    assert_int_equal(arena.used_bytes, 0);
    buf_release(&buf);
}

/* xorshift64: the same texts in every run of one seed. */
static uint64_t random_state;

static unsigned random_below(unsigned n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % n;
}

static const char *const PIECES[] = {
    "\"",   "\\",   "{",    "}",        "[",        "]",        ",",        ":",    "0",
    "1",    "-",    ".",    "e",        "E",        "+",        "true",     "null", " ",
    "\n",   "\t",   "\\u",  "\\uD83D",  "\\uDE00",  "\\u0000",  "\\u0061",  "\\n",  "a",
    "\x01", "\x7F", "\x80", "\xC3\xA9", "\xED\xA0", "\xF0\x9F", "\"a\":1,", "'",    "/",
    "NaN",  "1e5",  "{}",   "\"\":1",   "\xFF",
};

static void add_random_piece(struct buf *buf)
{
    buf_add_str(buf, PIECES[random_below(sizeof(PIECES) / sizeof(PIECES[0]))]);
}

static void add_random_string(struct buf *buf)
{
    static const char *const PARTS[] = {
        "a",        "b",  "id",  "\\n",     "\\u0061", "\\u00e9",        "\\\"",
        "\xC3\xA9", "\\", "\\/", "name xy", "longish", "\\ud83d\\ude00", "\xF0\x9F\x98\x80",
    };

    buf_add_char(buf, '"');
    for (unsigned i = random_below(3); i > 0; i--) {
        unsigned part = random_below(sizeof(PARTS) / sizeof(PARTS[0]));

        buf_add_str(buf, PARTS[part]);
        if (PARTS[part][0] == '\\' && PARTS[part][1] == '\0')
            buf_add_char(buf, '\\');
    }
    buf_add_char(buf, '"');
}

static void add_random_scalar(struct buf *buf)
{
    static const char *const SCALARS[] = {"0",    "-1",   "12.5",  "1e5",  "-0.0E-2", "123456",
                                          "true", "null", "false", "1e-9", "7"};

    if (random_below(2) == 0)
        add_random_string(buf);
    else
        buf_add_str(buf, SCALARS[random_below(sizeof(SCALARS) / sizeof(SCALARS[0]))]);
}

/* Valid except for duplicate keys that occur by chance: both sides must see them. */
static void add_random_value(struct buf *buf, unsigned depth)
{
    bool object = random_below(3) > 0;

    if (depth == 0 || random_below(4) == 0) {
        add_random_scalar(buf);
        return;
    }
    buf_add_char(buf, object ? '{' : '[');
    for (unsigned i = 0, count = random_below(5); i < count; i++) {
        if (i > 0)
            buf_add_str(buf, random_below(4) == 0 ? " , " : ",");
        if (object) {
            add_random_string(buf);
            buf_add_str(buf, random_below(4) == 0 ? "\t: " : ":");
        }
        add_random_value(buf, depth - 1);
    }
    buf_add_char(buf, object ? '}' : ']');
}

/* A piece put in, bytes cut out, a byte changed, or a stretch doubled. */
static void mutate(struct text from, struct buf *to)
{
    size_t at = random_below((unsigned)from.len + 1);
    size_t left = from.len - at;
    size_t take = left == 0 ? 0 : random_below(left < 6 ? (unsigned)left : 6) + 1;

    buf_clear(to);
    buf_add(to, from.ptr, at);
    switch (random_below(4)) {
    case 0:
        add_random_piece(to);
        break;
    case 1:
        at += take;
        break;
    case 2:
        buf_add_char(to, (char)random_below(256));
        at += left > 0 ? 1 : 0;
        break;
    default:
        buf_add(to, from.ptr + at, take);
        break;
    }
    buf_add(to, from.ptr + at, from.len - at);
}

static void test_mutations_against_jansson(void **state)
{
    const uint64_t seed = 20201031;
    struct buf texts[2];
    char what[40];

    (void)state;
    random_state = seed;
    buf_init(&texts[0], 1 << 16);
    buf_init(&texts[1], 1 << 16);
    for (unsigned round = 0; round < 15000; round++) {
        snprintf(what, sizeof(what), "seed %llu, round %u", (unsigned long long)seed, round);
        buf_clear(&texts[0]);
        add_random_value(&texts[0], 4);
        expect_agreement(buf_text(&texts[0]), what);
        for (unsigned step = 0; step < 3; step++) {
            mutate(buf_text(&texts[step % 2]), &texts[(step + 1) % 2]);
            expect_agreement(buf_text(&texts[(step + 1) % 2]), what);
            expect_json_c_reads(buf_text(&texts[(step + 1) % 2]));
        }
        arena_clear(&arena);
    }
    buf_release(&texts[0]);
    buf_release(&texts[1]);
}

/* json-c 0.16 takes U+1DE00 and its like, whose low bits are those of a half of a pair, for one. */
static void test_pairs(void **state)
{
    (void)state;
    for (unsigned c = 0x10000; c <= 0x10FFFF; c += 0x3F1) {
        const unsigned high = 0xD800 + ((c - 0x10000) >> 10), low = 0xDC00 + (c & 0x3FF);
        const char utf8[] = {(char)(0xF0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3F)),
                             (char)(0x80 | (c >> 6 & 0x3F)), (char)(0x80 | (c & 0x3F)), '\0'};
        struct json_entries entries;
        struct json_fault fault;
        char json[64], wanted[16];

        snprintf(json, sizeof(json), "{\"k\":\"\\n\\u%04x%s\\u%04X\\u%04X\"}", 0xE9u, "\\/", high,
                 low);
        snprintf(wanted, sizeof(wanted), "\n\xC3\xA9/%s", utf8);
        assert_true(json_dom_entries(text_of(json), &arena, &entries, &fault));
        assert_true(text_is(json_dom_find(&entries, "k")->string, wanted));
        arena_clear(&arena);
    }
}

static void test_write_string(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    json_write_string(&buf, TEXT_LITERAL("plain"));
    json_write_string(&buf, TEXT_LITERAL(""));
    json_write_string(&buf, text_of(NULL));
    json_write_string(&buf, TEXT_LITERAL("\"q\" \\ / \b\f\n\r\t\0\x01\x1F\x7F \xC3\xA9"));
    assert_true(text_is(buf_text(&buf),
                        "\"plain\"\"\"\"\""
                        "\"\\\"q\\\" \\\\ / \\b\\f\\n\\r\\t\\u0000\\u0001\\u001f\x7F \xC3\xA9\""));
    buf_release(&buf);
}

/* Every byte that needs an escape gets one that reads back as that byte. */
static void test_written_strings_read_back(void **state)
{
    (void)state;
    for (int byte = 0; byte < 128; byte++) {
        char raw[] = {'x', (char)byte, 'y'};
        json_t *value;
        struct buf buf;

        buf_init(&buf, 100);
        json_write_string(&buf, (struct text){raw, 3});
        value = json_loadb(buf.data, buf.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        assert_non_null(value);
        assert_int_equal(json_string_length(value), 3);
        assert_memory_equal(json_string_value(value), raw, 3);
        json_decref(value);
        buf_release(&buf);
    }
}

/* A long text is written piece by piece, and takes exactly what it needs where the buffer ends. */
static void test_write_string_near_the_maximum(void **state)
{
    enum { MOST = 3000 };
    char raw[MOST];
    struct buf exact, tight;

    (void)state;
    buf_init(&exact, 20000);
    for (int i = 0; i < MOST; i++)
        raw[i] = "a\"b\\c\x01 defghijklmnop\nq"[i % 22];
    for (size_t len = 0; len <= MOST; len += 1 + len / 7) {
        const struct text string = {raw, len};

        buf_clear(&exact);
        json_write_string(&exact, string);
        buf_init(&tight, exact.len);
        json_write_string(&tight, string);
        assert_false(tight.overflow);
        assert_true(text_equal(buf_text(&tight), buf_text(&exact)));
        assert_int_equal(strlen(tight.data), tight.len);
        buf_release(&tight);
        buf_init(&tight, exact.len - 1);
        json_write_string(&tight, string);
        assert_true(tight.overflow);
        buf_release(&tight);
    }
    buf_release(&exact);
}

static void test_put_string(void **state)
{
    char out[JSON_STRING_BOUND(3)];

    (void)state;
    assert_ptr_equal(json_put_string(out, TEXT_LITERAL("\x01\x02\x1F")), out + sizeof(out));
    assert_memory_equal(out, "\"\\u0001\\u0002\\u001f\"", sizeof(out));
    assert_ptr_equal(json_put_string(out, text_of(NULL)), out + 2);
    assert_memory_equal(out, "\"\"", 2);
}

static void test_write_compact(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    json_write_compact(&buf, TEXT_LITERAL(" { \"a b\" : [ 1.50 ,\t2e5 ,\r\n\"c \\\" d\\\\\" , "
                                          "null ] , \"\\u0061 \" : true } "));
    assert_true(
        text_is(buf_text(&buf), "{\"a b\":[1.50,2e5,\"c \\\" d\\\\\",null],\"\\u0061 \":true}"));
    buf_clear(&buf);
    json_write_compact(&buf, TEXT_LITERAL("5"));
    json_write_compact(&buf, TEXT_LITERAL(""));
    assert_true(text_is(buf_text(&buf), "5"));
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_samples, begin, end),
        cmocka_unit_test_setup_teardown(test_fault_offset, begin, end),
        cmocka_unit_test_setup_teardown(test_byte_order_mark_is_named, begin, end),
        cmocka_unit_test_setup_teardown(test_depth, begin, end),
        cmocka_unit_test_setup_teardown(test_members, begin, end),
        cmocka_unit_test_setup_teardown(test_elements, begin, end),
        cmocka_unit_test_setup_teardown(test_wide_objects, begin, end),
        cmocka_unit_test_setup_teardown(test_no_arena_for_ordinary_keys, begin, end),
        cmocka_unit_test_setup_teardown(test_mutations_against_jansson, begin, end),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_write_string),
        cmocka_unit_test(test_write_string_near_the_maximum),
        cmocka_unit_test(test_put_string),
        cmocka_unit_test(test_written_strings_read_back),
        cmocka_unit_test(test_write_compact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
