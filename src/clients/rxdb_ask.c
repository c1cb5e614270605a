/* Reads what a pull asks for, from its body or its query, and writes the checkpoint with which the
 * next one goes on. Entry: rxdb_ask_read(), rxdb_checkpoint_write(). */
#include "rxdb_ask.h"

#include "json_dom.h"
#include "touched_walk.h"

#define DEFAULT_LIMIT ((int64_t)100)
/* Where a checkpoint's id stands for a place among the rows; else it is a number in the history. */
#define ROW_PREFIX "row:"

/* "Before all that is stored at updatedAt". */
#define CLOCK_START "clock"

static enum rc reject(struct fail *fail, const char *what)
{
    return fail_reject(fail, FAIL_INVALID_REQUEST, "%s", what);
}

static int hex_digit(char c)
{
    const char lower = text_lower(c);

    if (c >= '0' && c <= '9')
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool hex_byte(const char *digits, char *byte_out)
{
    const int high = hex_digit(digits[0]), low = hex_digit(digits[1]);

    *byte_out = (char)(high * 16 + low);
    return high >= 0 && low >= 0;
}

/* ---- Checkpoints ---- */

static bool read_place(struct text id, struct arena *arena, struct text *place_out)
{
    const size_t prefix = sizeof(ROW_PREFIX) - 1;
    const struct text hex = {id.ptr + prefix, id.len - prefix};
    char *bytes = arena_alloc(arena, hex.len / 2 + 1);

    for (size_t i = 0; i + 1 < hex.len; i += 2)
        if (!hex_byte(hex.ptr + i, &bytes[i / 2]))
            return false;
    *place_out = (struct text){bytes, hex.len / 2};
    return hex.len > 0 && hex.len % 2 == 0; /* mutant: half_a_place */
}

/* An empty id stands for none: so the engine's tutorial writes it into a query. */
static bool read_checkpoint(int64_t clock, struct text id, struct arena *arena,
                            struct rxdb_checkpoint *from_out)
{
    uint64_t seq;

    *from_out = (struct rxdb_checkpoint){.rows = true, .at = touched_walk_from(clock)};
    if (id.len == 0)
        return true;
    if (text_starts_with(id, ROW_PREFIX))
        return read_place(id, arena, &from_out->place);
    from_out->rows = false;
    if (text_is(id, CLOCK_START))
        return true;
    from_out->at.seq = text_to_uint(id, INT64_MAX, &seq) ? (int64_t)seq : -1;
    return from_out->at.seq >= 0;
}

static void write_place(struct buf *buf, struct text place)
{
    buf_add_str(buf, ROW_PREFIX);
    for (size_t i = 0; i < place.len; i++)
        buf_printf(buf, "%02x", (unsigned)(unsigned char)place.ptr[i]); /* mutant: place_is_short */
}

void rxdb_checkpoint_write(struct buf *buf, const struct rxdb_checkpoint *checkpoint)
{
    buf_add_str(buf, "{\"id\":\"");
    if (checkpoint->rows)
        write_place(buf, checkpoint->place);
    else if (checkpoint->at.seq < 0)
        buf_add_str(buf, CLOCK_START);
    else
        buf_add_int(buf, checkpoint->at.seq);
    buf_add_str(buf, "\",\"updatedAt\":");
    buf_add_int(buf, checkpoint->at.clock);
    buf_add_char(buf, '}');
}

/* ---- In a query ---- */

static struct text percent_decode(struct text coded, struct arena *arena)
{
    char *text = arena_alloc(arena, coded.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < coded.len; i++) {
        const bool escaped =
            coded.ptr[i] == '%' && i + 2 < coded.len && hex_byte(coded.ptr + i + 1, &text[len]);

        if (!escaped)
            text[len] = coded.ptr[i];
        len++;
        i += escaped ? 2 : 0;
    }
    text[len] = '\0';
    return (struct text){text, len};
}

/* The value of a query's parameter; empty if there is none. */
static struct text query_value(struct text query, const char *name, struct arena *arena)
{
    const size_t name_len = strlen(name);

    while (query.len > 0) {
        const char *end = memchr(query.ptr, '&', query.len);
        const size_t len = end == NULL ? query.len : (size_t)(end - query.ptr);

        if (len > name_len && memcmp(query.ptr, name, name_len) == 0 && query.ptr[name_len] == '=')
            return percent_decode((struct text){query.ptr + name_len + 1, len - name_len - 1},
                                  arena);
        query.ptr += len + (end != NULL);
        query.len -= len + (end != NULL);
    }
    return TEXT_LITERAL("");
}

static enum rc read_query(struct text query, struct arena *arena, struct rxdb_ask *ask,
                          struct fail *fail)
{
    const struct text updated_at = query_value(query, "updatedAt", arena);
    const struct text limit = query_value(query, "limit", arena);
    uint64_t clock = 0, count = (uint64_t)DEFAULT_LIMIT;

    if ((updated_at.len > 0 && !text_to_uint(updated_at, INT64_MAX, &clock)) ||
        (limit.len > 0 && !text_to_uint(limit, INT64_MAX, &count)) ||
        !read_checkpoint((int64_t)clock, query_value(query, "id", arena), arena, &ask->from))
        return reject(fail, "updatedAt, id and limit of a pull are expected in the query");
    ask->limit = (int64_t)count;
    return RC_OK;
}

/* ---- In a body ---- */

static bool read_body_checkpoint(const struct json_token *token, struct arena *arena,
                                 struct rxdb_checkpoint *from_out)
{
    struct json_entries checkpoint;
    struct json_fault fault;
    const struct json_token *updated_at, *id;
    int64_t clock = 0;

    if (token == NULL || token->kind == JSON_KIND_NULL)
        return read_checkpoint(0, TEXT_LITERAL(""), arena, from_out);
    if (!json_dom_entries(token->raw, arena, &checkpoint, &fault))
        return false;
    updated_at = json_dom_find(&checkpoint, "updatedAt");
    id = json_dom_find(&checkpoint, "id");
    if ((updated_at != NULL && !json_dom_counter(updated_at, INT64_MAX, &clock)) ||
        (id != NULL && id->kind != JSON_KIND_STRING)) /* mutant: checkpoint_of_any_kind */
        return false;
    return read_checkpoint(clock, id == NULL ? TEXT_LITERAL("") : id->string, arena, from_out);
}

static enum rc read_body(struct text text, struct arena *arena, struct rxdb_ask *ask,
                         struct fail *fail)
{
    struct json_entries body;
    struct json_fault fault;
    const struct json_token *limit;

    if (!json_dom_entries(text, arena, &body, &fault))
        return fail_reject(fail, FAIL_INVALID_REQUEST,
                           "the request body is not a valid JSON object: %s (byte %zu)",
                           fault.reason, fault.offset);
    limit = json_dom_find(&body, "limit");
    if ((limit != NULL && !json_dom_counter(limit, INT64_MAX, &ask->limit)) ||
        !read_body_checkpoint(json_dom_find(&body, "checkpoint"), arena, &ask->from))
        return reject(fail, "checkpoint and limit of a pull are expected");
    return RC_OK;
}

enum rc rxdb_ask_read(const struct rxdb_pull *pull, struct arena *arena, struct rxdb_ask *ask_out,
                      struct fail *fail)
{
    enum rc rc;

    *ask_out = (struct rxdb_ask){.limit = DEFAULT_LIMIT};
    rc = pull->by_query ? read_query(pull->query, arena, ask_out, fail)
                        : read_body(pull->body, arena, ask_out, fail);
    if (rc == RC_OK && (ask_out->limit < 1 || (uint64_t)ask_out->limit > pull->max_documents))
        return fail_reject(fail, FAIL_INVALID_REQUEST, "limit: 1 to %zu is expected",
                           pull->max_documents);
    return rc;
}
