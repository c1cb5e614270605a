/* The error codes, one row each, and the ways to fill a struct fail; no message is cut inside a
 * character. */
#include "fail.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name;
    int status;
} CODES[FAIL_CODES] = {
    [FAIL_INTERNAL] = {"INTERNAL", 500},
    [FAIL_INVALID_REQUEST] = {"INVALID_REQUEST", 400},
    [FAIL_INVALID_DATA] = {"INVALID_DATA", 400},
    [FAIL_INVALID_SYNC_TOKEN] = {"INVALID_SYNC_TOKEN", 401},
    [FAIL_FORBIDDEN] = {"FORBIDDEN", 403},
    [FAIL_NOT_FOUND] = {"NOT_FOUND", 404},
    [FAIL_METHOD_NOT_ALLOWED] = {"METHOD_NOT_ALLOWED", 405},
    [FAIL_UNSUPPORTED_MEDIA_TYPE] = {"UNSUPPORTED_MEDIA_TYPE", 415},
    [FAIL_INVALID_CLOCK] = {"INVALID_CLOCK", 409},
    [FAIL_NO_SUCH_OBJECT] = {"NO_SUCH_OBJECT", 409},
    [FAIL_OBJECT_EXISTS] = {"OBJECT_EXISTS", 409},
    [FAIL_OUTDATED_APP] = {"OUTDATED_APP", 410},
    [FAIL_TOO_LARGE] = {"TOO_LARGE", 413},
    [FAIL_RATE_LIMITED] = {"RATE_LIMITED", 429},
    [FAIL_SERVER_BUSY] = {"SERVER_BUSY", 503},
};

const char *fail_code_name(enum fail_code code)
{
    assert(code < FAIL_CODES);
    return CODES[code].name;
}

int fail_code_status(enum fail_code code)
{
    assert(code < FAIL_CODES);
    return CODES[code].status;
}

bool fail_code_parse(struct text name, enum fail_code *code_out)
{
    for (size_t i = 0; i < FAIL_CODES; i++)
        if (text_is(name, CODES[i].name)) {
            *code_out = (enum fail_code)i;
            return true;
        }
    return false;
}

const char *fail_cause_name(enum fail_cause cause)
{
    static const char *const NAMES[FAIL_CAUSES] = {
        [FAIL_CAUSE_OTHER] = "other",
        [FAIL_CAUSE_DEADLOCK] = "deadlock",
        [FAIL_CAUSE_LOCK_WAIT] = "lock_wait",
        [FAIL_CAUSE_LINK] = "link",
    };

    assert(cause < FAIL_CAUSES);
    return NAMES[cause];
}

void fail_clear(struct fail *fail)
{
    *fail = (struct fail){0};
}

/* A cut in the middle of a character would make the response invalid UTF-8. */
static void cut_at_character(char *s, size_t len)
{
    while (len > 0 && !text_is_utf8((struct text){s, len}))
        len--;
    s[len] = '\0';
}

static void format_into(char *into, size_t size, const char *format, va_list args)
{
    int len = vsnprintf(into, size, format, args);

    if (len < 0)
        into[0] = '\0';
    else if ((size_t)len >= size)
        cut_at_character(into, size - 1);
}

enum rc fail_set(struct fail *fail, enum rc rc, enum fail_code code, const char *format, ...)
{
    va_list args;

    fail_clear(fail);
    fail->code = code;
    va_start(args, format);
    format_into(fail->message, sizeof(fail->message), format, args);
    va_end(args);
    return rc;
}

enum rc fail_busy(struct fail *fail, enum rc rc, const char *format, ...)
{
    va_list args;

    fail_set(fail, rc, FAIL_SERVER_BUSY,
             "the server is busy or its database is unavailable; try again");
    va_start(args, format);
    format_into(fail->detail, sizeof(fail->detail), format, args);
    va_end(args);
    return rc;
}

enum rc fail_fatal(struct fail *fail, const char *format, ...)
{
    va_list args;

    fail_set(fail, RC_FATAL, FAIL_INTERNAL,
             "internal error: the server's log has the details under the request id");
    va_start(args, format);
    format_into(fail->detail, sizeof(fail->detail), format, args);
    va_end(args);
    return RC_FATAL;
}

void fail_detail(struct fail *fail, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_into(fail->detail, sizeof(fail->detail), format, args);
    va_end(args);
}

const char *fail_reason(const struct fail *fail)
{
    return fail->detail[0] != '\0' ? fail->detail : fail->message;
}

static void copy_cut(char *into, size_t size, struct text t)
{
    size_t len = t.len < size - 1 ? t.len : size - 1;

    if (len > 0)
        memcpy(into, t.ptr, len);
    into[len] = '\0';
    cut_at_character(into, len);
}

void fail_at_diff(struct fail *fail, struct text diff_id)
{
    copy_cut(fail->diff_id, sizeof(fail->diff_id), diff_id);
}

void fail_at_field(struct fail *fail, struct text field)
{
    copy_cut(fail->field, sizeof(fail->field), field);
}

void fail_of_lineage(struct fail *fail, struct text lineage)
{
    copy_cut(fail->lineage, sizeof(fail->lineage), lineage);
}

void fail_restart_at(struct fail *fail, int64_t clock)
{
    fail->restarts = true;
    fail->restart_clock = clock;
}
