/* Reads a request: its top level, then its diffs.
 * Entry:     request_parse(), request_diffs().
 * Invariant: a diff that breaks the rules is refused alone, or fails the request. */
#include "diff.h"

#include "diff_read.h"
#include "json_dom.h"
#include "object_id.h"

#define VERSION_KEY "schema_version"

struct request_body {
    struct json_entries entries;
};

static enum rc reject_top(const char *key, const char *what, struct fail *fail)
{
    fail_reject(fail, FAIL_INVALID_REQUEST, "%s: %s", key, what);
    fail_at_field(fail, text_of(key));
    return RC_REJECTED;
}

enum rc request_parse(struct text body, struct arena *arena, struct request_body **request_out,
                      struct fail *fail)
{
    struct request_body *request = ARENA_NEW(arena, struct request_body);
    struct json_fault fault;

    if (!json_dom_entries(body, arena, &request->entries, &fault))
        return fail_reject(fail, FAIL_INVALID_REQUEST,
                           "the request body is not a valid JSON object: %s (byte %zu)",
                           fault.reason, fault.offset);
    *request_out = request;
    return RC_OK;
}

static bool read_text(const struct json_token *token, struct text *text_out)
{
    *text_out = token->string;
    return token->kind == JSON_KIND_STRING;
}

static bool read_counter(const struct json_token *token, int64_t *counter_out)
{
    return json_dom_counter(token, DIFF_INTEGER_MAX, counter_out);
}

enum rc request_token(const struct request_body *request, struct text *token_out, struct fail *fail)
{
    const struct json_token *token = json_dom_find(&request->entries, "auth_token");

    *token_out = (struct text){0};
    if (token != NULL && !read_text(token, token_out))
        return reject_top("auth_token", "a string is expected", fail);
    return RC_OK;
}

enum rc request_lineage(const struct request_body *request, struct text *lineage_out,
                        struct fail *fail)
{
    const struct json_token *token = json_dom_find(&request->entries, "lineage");

    *lineage_out = (struct text){0};
    if (token == NULL || token->kind == JSON_KIND_NULL)
        return RC_OK;
    if (!read_text(token, lineage_out) || lineage_out->len == 0)
        return reject_top("lineage", "a string that is not empty is expected", fail);
    return RC_OK;
}

enum rc request_reset(const struct request_body *request, bool *reset_out, struct fail *fail)
{
    const struct json_token *token = json_dom_find(&request->entries, "reset");

    *reset_out = token != NULL && text_is(token->raw, "true");
    if (token == NULL || token->kind == JSON_KIND_NULL || token->kind == JSON_KIND_BOOLEAN)
        return RC_OK;
    return reject_top("reset", "true or false is expected", fail);
}

static bool read_digits(const struct json_token *token, int64_t *counter_out)
{
    struct text digits;
    uint64_t counter;

    if (!read_text(token, &digits) || !text_to_uint(digits, (uint64_t)DIFF_INTEGER_MAX, &counter))
        return false;
    *counter_out = (int64_t)counter;
    return true;
}

enum rc request_clock(const struct request_body *request, int64_t *clock_out, struct fail *fail)
{
    const struct json_token *token = json_dom_find(&request->entries, "logical_clock");

    if (token == NULL)
        return reject_top("logical_clock", "the key is missing", fail);
    if (!read_counter(token, clock_out) && !read_digits(token, clock_out))
        return reject_top("logical_clock", "an integer from 0 to 2^53-1 is expected", fail);
    return RC_OK;
}

enum rc request_number(const struct request_body *request, const char *key, int64_t *number_out,
                       struct fail *fail)
{
    const struct json_token *token = json_dom_find(&request->entries, key);

    *number_out = REQUEST_NO_NUMBER;
    if (token == NULL || token->kind == JSON_KIND_NULL)
        return RC_OK;
    if (!read_counter(token, number_out))
        return reject_top(key, "the number of a version is expected", fail);
    return RC_OK;
}

/* One entry of diffs in the hand, and the key that is read just now. */
struct diff_reader {
    const struct diff_rules *rules;
    struct diff_reading reading;
    struct diff *diff;
    size_t index;
    const char *key;
    struct fail *fail;
    struct rejections *rejections; /* NULL: what is wrong in one diff is wrong with the request */
    struct unmapped *unmapped;     /* the names met so far that are no model's */
    const struct version *version; /* of this diff; NULL: the newest */
};

struct unmapped {
    struct unmapped *next;
    struct model model;
};

static enum rc reject_key(const struct diff_reader *r, enum fail_code code, const char *what)
{
    fail_reject(r->fail, code, "diffs[%zu].%s: %s", r->index, r->key, what);
    fail_at_diff(r->fail, r->diff->id);
    fail_at_field(r->fail, text_of(r->key));
    return RC_REJECTED;
}

static enum rc read_id(struct diff_reader *r, const struct json_token *value)
{
    struct text id;

    if (!read_text(value, &id) || !diff_is_id(id))
        return reject_key(r, FAIL_INVALID_DATA,
                          "a string of 1 to 128 bytes without U+0000 is expected");
    r->diff->id = id;
    return RC_OK;
}

static bool read_name(const struct json_token *value, struct text *name_out)
{
    return read_text(value, name_out) && name_out->len > 0 &&
           memchr(name_out->ptr, '\0', name_out->len) == NULL;
}

static enum rc read_owner(struct diff_reader *r, const struct json_token *value)
{
    struct text owner;

    if (!read_name(value, &owner))
        return reject_key(r, FAIL_INVALID_DATA, "a string that is not empty is expected");
    if (!r->rules->stamp_owner && !text_equal(owner, r->rules->owner))
        return reject_key(r, FAIL_FORBIDDEN, "not the owner whose token was sent");
    r->diff->owner = r->rules->owner;
    return RC_OK;
}

static enum rc read_counter_key(struct diff_reader *r, const struct json_token *value,
                                int64_t *counter_out)
{
    if (!read_counter(value, counter_out))
        return reject_key(r, FAIL_INVALID_DATA, "an integer from 0 to 2^53-1 is expected");
    return RC_OK;
}

static enum rc read_clock(struct diff_reader *r, const struct json_token *value)
{
    return read_counter_key(r, value, &r->diff->clock);
}

static enum rc read_time(struct diff_reader *r, const struct json_token *value)
{
    return read_counter_key(r, value, &r->diff->time_ms);
}

static enum rc read_type(struct diff_reader *r, const struct json_token *value)
{
    struct text name;

    if (!read_text(value, &name) || !diff_type_parse(name, &r->diff->type))
        return reject_key(r, FAIL_INVALID_DATA, "one of create, update and delete is expected");
    return RC_OK;
}

/* Stands for the name, so that the phone can be told what becomes of such objects. */
static const struct model *unmapped_model(struct diff_reader *r, struct text name)
{
    struct unmapped *unmapped = r->unmapped;

    while (unmapped != NULL && !text_equal(unmapped->model.name, name))
        unmapped = unmapped->next;
    if (unmapped == NULL) {
        unmapped = ARENA_NEW(r->reading.arena, struct unmapped);
        unmapped->next = r->unmapped;
        unmapped->model = (struct model){
            .name = name,
            .unmapped = true,
            .index = r->rules->mapping->model_count,
        };
        r->unmapped = unmapped;
    }
    return &unmapped->model;
}

/* So with every diff of the model: it is the request that fails. */
static enum rc reject_owner(const struct diff_reader *r)
{
    fail_reject(r->fail, FAIL_INVALID_DATA, "the owner that the token names is not %s as %s needs",
                key_type_form(r->diff->model->owner_type), r->diff->model->name.ptr);
    r->fail->of_request = true;
    return RC_REJECTED;
}

/* NULL: its version does not have it. */
static const struct model *find_model(const struct diff_reader *r, struct text name)
{
    const struct version_model *seen = version_model(r->version, name);

    if (seen != NULL && seen->unknown)
        return NULL;
    return mapping_find(r->rules->mapping, name);
}

static enum rc read_model(struct diff_reader *r, const struct json_token *value)
{
    struct text name;

    if (!read_name(value, &name))
        return reject_key(r, FAIL_INVALID_DATA, "a string that is not empty is expected");
    r->diff->dropped = version_removed(r->version, name);
    r->diff->model = find_model(r, name);
    if (r->diff->dropped) {
        r->diff->model = unmapped_model(r, name);
        return RC_OK;
    }
    if (r->diff->model != NULL)
        return object_id_owner_fits(r->diff->model, r->rules->owner) ? RC_OK : reject_owner(r);
    if (r->rejections != NULL)
        r->diff->model = unmapped_model(r, name);
    return reject_key(r, FAIL_INVALID_DATA, "the server has no model of this name");
}

/* The fields that the diff's version does not see. */
static const bool *unseen_fields(const struct diff_reader *r, const struct version_model *seen)
{
    const struct model *model = r->diff->model;
    bool *unseen = ARENA_ARRAY(r->reading.arena, model->field_count, bool);

    for (size_t i = 0; i < model->field_count; i++)
        unseen[i] = !version_sees(seen, model->fields[i].name);
    return unseen;
}

/* As the newest version of the app would have sent it. */
static enum rc raise_diff(struct diff_reader *r)
{
    struct diff *diff = r->diff;
    const struct version_model *seen = version_model(r->version, diff->model->name);
    struct version_raised raised;

    if (seen == NULL)
        return RC_OK;
    raised = version_raise(seen, diff->type == DIFF_CREATE, diff->json_data, r->reading.arena);
    if (raised.unknown.len > 0 && diff->type != DIFF_DELETE && !r->reading.ignore_unknown_fields)
        return diff_reject_unknown(raised.unknown, r->fail);
    diff->json_data = raised.json_data;
    if (diff->type == DIFF_CREATE && seen->hides)
        diff->unseen = unseen_fields(r, seen);
    return RC_OK;
}

static enum rc read_json_data(struct diff_reader *r, const struct json_token *value)
{
    enum rc rc;

    if (r->diff->dropped)
        return RC_OK;
    if (r->diff->model == NULL)
        return RC_REJECTED; /* that one is refused already, and its fields mean nothing */
    if (!read_text(value, &r->diff->json_data))
        return reject_key(r, FAIL_INVALID_DATA, "a string that holds a JSON object is expected");
    rc = raise_diff(r);
    if (rc == RC_OK)
        rc = diff_read_json_data(r->diff, &r->reading, r->fail);
    if (rc != RC_OK)
        fail_at_diff(r->fail, r->diff->id);
    return rc;
}

/* In the order in which they are checked: what is wrong first is what the client is told. */
static const struct {
    const char *key;
    enum rc (*read)(struct diff_reader *r, const struct json_token *value);
} DIFF_KEYS[] = {
    {"id", read_id},
    {"owner", read_owner},
    {"logical_clock", read_clock},
    {"utc_timestamp", read_time},
    {"type", read_type},
    {"model", read_model},
    {"json_data", read_json_data},
};
/* Before the model, which its version may not have. */
#define VERSION_PLACE 5u

/* Does the rejection of this diff leave the others alone? Without an id it could be named to
 * nobody, and another owner's diff is a fault of the request. */
static bool refuse_alone(struct diff_reader *r, enum rc rc)
{
    if (rc != RC_REJECTED || r->rejections == NULL || !rejection_is_of_one_diff(r->fail) ||
        r->diff->owner.len == 0)
        return false;
    rejections_unreadable(r->rejections, r->index, r->fail);
    return true;
}

/* Pending diffs of a device whose app was upgraded are still of the version that made them. */
static enum rc read_version(struct diff_reader *r, const struct json_token *value)
{
    const struct versions *versions = r->rules->mapping->versions;
    int64_t number;

    if (!read_counter(value, &number))
        return reject_key(r, FAIL_INVALID_DATA, "the number of a version is expected");
    if (!versions_find(versions, number, &r->version))
        return reject_key(r, FAIL_INVALID_DATA, "the server has no version of this number");
    return RC_OK;
}

/* As it was sent, and of which version. */
static struct text entry_of_version(const struct diff_reader *r, struct text entry)
{
    const struct versions *versions = r->rules->mapping->versions;
    struct text versioned;
    struct buf buf;

    buf_init(&buf, entry.len + TEXT_NUMBER_MAX + sizeof(VERSION_KEY) + 8);
    buf_add_str(&buf, "{\"" VERSION_KEY "\":");
    buf_add_int(&buf, r->version == NULL ? versions->newest : r->version->number);
    buf_add_char(&buf, ',');
    buf_add(&buf, entry.ptr + 1, entry.len - 1);
    versioned = arena_text(r->reading.arena, buf_text(&buf));
    buf_release(&buf);
    return versioned;
}

static enum rc find_version(struct diff_reader *r, const struct json_entries *entries)
{
    const struct json_token *token = json_dom_find(entries, VERSION_KEY);

    r->version = r->rules->version;
    if (token != NULL) {
        r->key = VERSION_KEY;
        return read_version(r, token);
    }
    if (entries->count > 0)
        r->diff->entry = entry_of_version(r, r->diff->entry);
    return RC_OK;
}

static enum rc read_key(struct diff_reader *r, const struct json_token *value, size_t key)
{
    r->key = DIFF_KEYS[key].key;
    if (value == NULL)
        return reject_key(r, FAIL_INVALID_DATA, "the key is missing");
    return DIFF_KEYS[key].read(r, value);
}

static enum rc read_diff(struct diff_reader *r, struct text entry)
{
    struct json_entries entries;
    struct json_fault fault;

    /* The text is strict already: nothing but another kind of value is refused here. */
    if (!json_dom_entries(entry, r->reading.arena, &entries, &fault)) {
        fail_reject(r->fail, FAIL_INVALID_REQUEST, "diffs[%zu]: an object is expected", r->index);
        fail_at_field(r->fail, TEXT_LITERAL("diffs"));
        return RC_REJECTED;
    }
    r->diff->entry = entry;
    r->diff->type = DIFF_UPDATE; /* where it cannot be read: the one that needs least */
    r->version = NULL;
    for (size_t i = 0; i < ARRAY_LEN(DIFF_KEYS); i++) {
        enum rc rc = i == VERSION_PLACE && r->rules->mapping->versions != NULL
                         ? find_version(r, &entries)
                         : RC_OK;

        if (rc == RC_OK)
            rc = read_key(r, json_dom_find(&entries, DIFF_KEYS[i].key), i);
        if (rc != RC_OK && !refuse_alone(r, rc))
            return rc;
    }
    return RC_OK;
}

static enum rc find_diffs(const struct request_body *request, size_t max_diffs, struct arena *arena,
                          struct json_members *diffs_out, struct fail *fail)
{
    const struct json_token *token = json_dom_find(&request->entries, "diffs");

    if (token == NULL)
        return reject_top("diffs", "the key is missing", fail);
    if (token->kind != JSON_KIND_ARRAY)
        return reject_top("diffs", "an array is expected", fail);
    diffs_out->items = json_dom_elements(token->raw, max_diffs, arena, &diffs_out->count);
    if (diffs_out->count <= max_diffs)
        return RC_OK;
    fail_reject(fail, FAIL_INVALID_REQUEST,
                "diffs: at most %zu are taken in one request: send fewer at a time", max_diffs);
    fail_at_field(fail, TEXT_LITERAL("diffs"));
    return RC_REJECTED;
}

static struct diff_reader reader_of(const struct diff_rules *rules, struct arena *arena,
                                    struct fail *fail)
{
    return (struct diff_reader){
        .rules = rules,
        .reading = {.ignore_unknown_fields = rules->mapping->ignore_unknown_fields,
                    .columns = rules->columns,
                    .arena = arena},
        .fail = fail,
    };
}

enum rc request_diff(struct text entry, const struct diff_rules *rules, struct arena *arena,
                     struct diff *diff_out, struct fail *fail)
{
    struct diff_reader reader = reader_of(rules, arena, fail);

    *diff_out = (struct diff){.clock = 0};
    reader.diff = diff_out;
    return read_diff(&reader, entry);
}

enum rc request_diffs(const struct request_body *request, const struct diff_rules *rules,
                      struct arena *arena, struct diff_list *diffs_out,
                      struct rejections *rejections_out, struct fail *fail)
{
    struct diff_reader reader = reader_of(rules, arena, fail);
    struct json_members elements = {0};
    enum rc rc = find_diffs(request, rules->max_diffs, arena, &elements, fail);

    if (rc != RC_OK)
        return rc;
    diffs_out->count = elements.count;
    /* Fields point to their diff: the array never moves. */
    diffs_out->items = ARENA_ARRAY(arena, diffs_out->count, struct diff);
    if (rejections_out != NULL)
        rejections_init(rejections_out, diffs_out->count, true, arena);
    reader.rejections = rejections_out;
    reader.reading.keep_flaws = rejections_out != NULL;
    for (size_t i = 0; i < diffs_out->count && rc == RC_OK; i++) {
        reader.index = i;
        reader.diff = &diffs_out->items[i];
        rc = read_diff(&reader, elements.items[i].raw_value);
    }
    return rc;
}
