/* log.h: one logfmt line an event, on standard error, written by one write() so that lines of
 * several processes do not mix.
 * Process: level, role and request id are the process's own.
 * Rule:    no token, password or json_data ever goes in; values that hold a space, quote, = or
 *          control character are quoted and escaped here.
 * Owns:    nothing; a record lies with the caller.
 * Units:   a line has at most 2048 bytes.
 * Fails:   never: a line that cannot be written is lost.
 * Holds:   the request id of this process's request in flight, added to every line. */
#ifndef MOBYNC_LOG_H
#define MOBYNC_LOG_H

#include "attributes.h"
#include "text.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

void log_set_level(enum log_level level);
/* How log_add_owner() writes an owner: as it is, or as the first 16 hex digits of its SHA-256. */
void log_set_hash_owners(bool hash);
/* Lines begin with their priority ("<6>") from now on, if standard error is the journal (systemd
 * says so in JOURNAL_STREAM), which takes it off. */
void log_detect_journal(void);
/* Copied, cut at 64 bytes; an empty text clears it. */
void log_set_request_id(struct text request_id);
/* Which process writes: "master", "worker"; a literal, kept by pointer. */
void log_set_role(const char *role);

/* msg= the formatted sentence. */
void log_line(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

/* More pairs behind msg: log_begin, log_add…, log_end. */
struct log_record {
    char line[2048];
    size_t len;
    size_t start; /* of the pairs, behind the priority */
    bool hidden;  /* below the level: nothing is written */
};
void log_begin(struct log_record *record, enum log_level level, const char *msg);
void log_add(struct log_record *record, const char *key, struct text value);
void log_add_int(struct log_record *record, const char *key, int64_t value);
void log_add_owner(struct log_record *record, struct text owner);
void log_end(struct log_record *record);

#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)  log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
