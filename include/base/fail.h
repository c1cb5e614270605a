/* fail.h: how an operation ended, and what to tell whom.
 * Pure:    plain memory; nothing is written anywhere else.
 * Rule:    a failing function fills *fail once, where the fault is noticed; callers pass it up
 *          untouched; the top logs it once.
 * Owns:    nothing; struct fail is plain memory, safe to copy.
 * Units:   message, diff_id and field go to the client; detail goes to the log alone.
 * Fails:   the functions themselves never do; a sentence that is too long is cut.
 * Holds:   every code has one name and one status. */
#ifndef MOBYNC_FAIL_H
#define MOBYNC_FAIL_H

#include "attributes.h"
#include "text.h"

enum rc {
    RC_OK,
    RC_REJECTED,  /* the request is at fault: 4xx, nothing changed */
    RC_RETRY,     /* passing trouble before COMMIT: the whole transaction may be tried again */
    RC_UNCERTAIN, /* COMMIT was sent and its answer lost: only a resend can tell */
    RC_FATAL,     /* this process cannot go on: 500, then it leaves */
};

/* The codes of docs/protocol.md 3; their names and HTTP statuses stand in fail.c. */
enum fail_code {
    FAIL_INTERNAL,
    FAIL_INVALID_REQUEST,
    FAIL_INVALID_DATA,
    FAIL_INVALID_SYNC_TOKEN,
    FAIL_FORBIDDEN,
    FAIL_NOT_FOUND,
    FAIL_METHOD_NOT_ALLOWED,
    FAIL_UNSUPPORTED_MEDIA_TYPE,
    FAIL_INVALID_CLOCK,
    FAIL_NO_SUCH_OBJECT,
    FAIL_OBJECT_EXISTS,
    FAIL_OUTDATED_APP,
    FAIL_TOO_LARGE,
    FAIL_RATE_LIMITED,
    FAIL_SERVER_BUSY,
    FAIL_CODES /* their number */
};

/* What passing trouble (RC_RETRY) comes from. */
enum fail_cause {
    FAIL_CAUSE_OTHER,
    FAIL_CAUSE_DEADLOCK,
    FAIL_CAUSE_LOCK_WAIT, /* somebody else held it for too long */
    FAIL_CAUSE_LINK,      /* the database is away */
    FAIL_CAUSES           /* their number */
};

struct fail {
    enum fail_code code;
    enum fail_cause cause;
    char message[200];
    char detail[400];
    char diff_id[130]; /* empty: does not apply */
    char field[130];   /* empty: does not apply */
    bool clash;        /* with another row: in another order of the rows it might pass */
    bool of_request;   /* no single diff is at fault: each would meet the same */
    bool moved;        /* the owner's data are not in this database, or not to be touched */
    bool restarts;     /* the client may go back to … */
    int64_t restart_clock;
    char lineage[65]; /* the database's; empty: does not apply */
};

/* "INVALID_DATA" and the like. */
const char *fail_code_name(enum fail_code code);
/* 400 and the like. */
int fail_code_status(enum fail_code code);
/* The code of that name; false if there is none. */
bool fail_code_parse(struct text name, enum fail_code *code_out);

/* "deadlock" and the like. */
const char *fail_cause_name(enum fail_cause cause);

void fail_clear(struct fail *fail);

/* Sets code and message and clears the rest; returns rc, so that callers can `return fail_set(…)`.
 */
enum rc fail_set(struct fail *fail, enum rc rc, enum fail_code code, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* RC_REJECTED with the code and message given: the usual 4xx. */
#define fail_reject(fail, code, ...) fail_set((fail), RC_REJECTED, (code), __VA_ARGS__)

/* RC_RETRY / RC_FATAL and the like with a detail for the log; the client gets a plain sentence. */
enum rc fail_busy(struct fail *fail, enum rc rc, const char *format, ...) PRINTF_LIKE(3, 4);
enum rc fail_fatal(struct fail *fail, const char *format, ...) PRINTF_LIKE(2, 3);

/* Adds a detail for the log to a fail that is set already. */
void fail_detail(struct fail *fail, const char *format, ...) PRINTF_LIKE(2, 3);

/* For operators: the detail if there is one, else the message. Points into *fail. */
const char *fail_reason(const struct fail *fail);

/* Name the diff, the field. Overlong names are cut at a character boundary. */
void fail_at_diff(struct fail *fail, struct text diff_id);
void fail_at_field(struct fail *fail, struct text field);

/* What a client whose clock is of another history must know (docs/protocol.md 9). */
void fail_of_lineage(struct fail *fail, struct text lineage);
void fail_restart_at(struct fail *fail, int64_t clock);

#endif
