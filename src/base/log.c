/* logfmt lines: log_line(), or log_begin() to log_end() for more pairs. A line is one write(). */
#include "log.h"

#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"

static struct {
    enum log_level level;
    bool hash_owners;
    bool journal; /* standard error is the journal */
    const char *role;
    char request_id[65];
    /* Many lines fall into one second: it is spelled out once. */
    time_t second;
    char second_text[32]; /* empty: not yet */
} state = {.level = LOG_LEVEL_INFO};

#define OWNER_HASH_BYTES 8u

static const struct {
    const char *name;
    const char *priority; /* as in syslog(3) */
} LEVELS[] = {
    [LOG_LEVEL_DEBUG] = {"debug", "<7>"},
    [LOG_LEVEL_INFO] = {"info", "<6>"},
    [LOG_LEVEL_WARN] = {"warn", "<4>"},
    [LOG_LEVEL_ERROR] = {"error", "<3>"},
};

void log_set_level(enum log_level level)
{
    state.level = level;
}

void log_set_hash_owners(bool hash)
{
    state.hash_owners = hash;
}

/* The variable is inherited by programs whose standard error is something else. */
void log_detect_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char own[64];
    struct stat st;

    state.journal = false;
    if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
        return;
    snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    state.journal = strcmp(stream, own) == 0;
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
    if (record->len > record->start)
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
    char chars[TEXT_NUMBER_MAX];

    log_add(record, key, text_of_int(value, chars));
}

void log_add_owner(struct log_record *record, struct text owner)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    char digits[2 * OWNER_HASH_BYTES + 1];

    if (record->hidden || !state.hash_owners) {
        log_add(record, "owner", owner);
        return;
    }
    SHA256((const unsigned char *)owner.ptr, owner.len, hash);
    for (size_t i = 0; i < OWNER_HASH_BYTES; i++)
        snprintf(digits + 2 * i, 3, "%02x", hash[i]);
    log_add(record, "owner", text_of(digits));
}

static void spell_second(time_t second)
{
    struct tm utc;

    if (state.second == second && state.second_text[0] != '\0')
        return;
    gmtime_r(&second, &utc);
    strftime(state.second_text, sizeof(state.second_text), "%Y-%m-%dT%H:%M:%S", &utc);
    state.second = second;
}

static void add_time(struct log_record *record)
{
    const int64_t now_ms = clock_now_ms();
    char chars[TEXT_NUMBER_MAX];

    spell_second((time_t)(now_ms / 1000));
    log_add(record, "ts", text_of(state.second_text));
    add_bytes(record, text_of_thousandths(now_ms % 1000, chars).ptr + 1, strlen(".000"));
    add_bytes(record, "Z", 1);
}

void log_begin(struct log_record *record, enum log_level level, const char *msg)
{
    record->len = record->start = 0;
    record->hidden = level < state.level;
    if (record->hidden)
        return;
    if (state.journal)
        add_bytes(record, LEVELS[level].priority, strlen(LEVELS[level].priority));
    record->start = record->len;
    add_time(record);
    log_add(record, "level", text_of(LEVELS[level].name));
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
