#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"

static struct {
    enum log_level level;
    const char *role;
    char request_id[65];
} state = {.level = LOG_LEVEL_INFO};

void log_set_level(enum log_level level)
{
    state.level = level;
}

void log_set_request_id(struct text request_id)
{
    size_t len = request_id.len < 64 ? request_id.len : 64;

    if (len > 0)
        memcpy(state.request_id, request_id.ptr, len);
    state.request_id[len] = '\0';
}

void log_set_role(const char *role)
{
    state.role = role;
}

static void add_bytes(struct log_record *record, const char *bytes, size_t len)
{
    size_t room = sizeof(record->line) - 1 - record->len; /* one byte stays for the newline */

    if (len > room)
        len = room;
    if (len == 0)
        return;
    memcpy(record->line + record->len, bytes, len);
    record->len += len;
}

static bool needs_quotes(struct text value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];

        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7F)
            return true;
    }
    return value.len == 0;
}

static void add_quoted(struct log_record *record, struct text value)
{
    add_bytes(record, "\"", 1);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        char escaped[8];
        int len;

        if (c == '"' || c == '\\')
            len = snprintf(escaped, sizeof(escaped), "\\%c", c);
        else if (c == '\n')
            len = snprintf(escaped, sizeof(escaped), "\\n");
        else if (c < ' ' || c == 0x7F)
            len = snprintf(escaped, sizeof(escaped), "\\x%02x", c);
        else
            len = snprintf(escaped, sizeof(escaped), "%c", c);
        add_bytes(record, escaped, (size_t)len);
    }
    add_bytes(record, "\"", 1);
}

void log_add(struct log_record *record, const char *key, struct text value)
{
    if (record->hidden)
        return;
    if (record->len > 0)
        add_bytes(record, " ", 1);
    add_bytes(record, key, strlen(key));
    add_bytes(record, "=", 1);
    if (needs_quotes(value))
        add_quoted(record, value);
    else
        add_bytes(record, value.ptr, value.len);
}

void log_add_int(struct log_record *record, const char *key, int64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%lld", (long long)value);

    log_add(record, key, (struct text){digits, (size_t)len});
}

static void add_time(struct log_record *record)
{
    int64_t now_ms = clock_now_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    char stamp[48];
    size_t len;

    gmtime_r(&seconds, &utc);
    len = strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
    len += (size_t)snprintf(stamp + len, sizeof(stamp) - len, ".%03dZ", (int)(now_ms % 1000));
    log_add(record, "ts", (struct text){stamp, len});
}

void log_begin(struct log_record *record, enum log_level level, const char *msg)
{
    static const char *const NAMES[] = {"debug", "info", "warn", "error"};

    record->len = 0;
    record->hidden = level < state.level;
    add_time(record);
    log_add(record, "level", text_of(NAMES[level]));
    if (state.role != NULL)
        log_add(record, "role", text_of(state.role));
    log_add_int(record, "pid", getpid());
    if (state.request_id[0] != '\0')
        log_add(record, "request_id", text_of(state.request_id));
    log_add(record, "msg", text_of(msg));
}

void log_end(struct log_record *record)
{
    if (record->hidden)
        return;
    record->line[record->len++] = '\n';
    /* Nobody to tell when standard error is gone. */
    if (fd_write_all(STDERR_FILENO, record->line, record->len) != 0)
        return;
}

void log_line(enum log_level level, const char *format, ...)
{
    struct log_record record;
    char msg[1024];
    va_list args;

    if (level < state.level)
        return;
    va_start(args, format);
    vsnprintf(msg, sizeof(msg), format, args);
    va_end(args);
    log_begin(&record, level, msg);
    log_end(&record);
}
