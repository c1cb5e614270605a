/* Opaque tokens: each operation is a transaction or a statement of its own. */
#include "db_tokens.h"

#include "db_query.h"
#include "log.h"

#define TEXT_BYTES       ((size_t)1024)
#define LAST_USE_STEP_MS ((int64_t)60 * 60 * 1000)
#define CREATE_TRIES     5u

static struct text hash_text(const unsigned char *hash)
{
    return (struct text){(const char *)hash, TOKEN_HASH_BYTES};
}

/* Outside a transaction; connects if need be. */
static enum rc open_query(struct db_session *s, enum db_stmt_id id, const char *what,
                          struct db_query *query_out, struct fail *fail)
{
    enum rc rc = db_session_open(s, fail);

    *query_out = db_query_fixed(s, id, what);
    return rc;
}

struct find_context {
    const unsigned char *hash;
    int64_t now_ms;
    struct arena *arena;
    struct token_found found;
    int64_t last_use_ms;
};

static enum rc take_token(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct find_context *find = context;
    const int64_t expires_ms = db_rows_integer(rows, 1);

    (void)fail;
    if (expires_ms != 0 && expires_ms <= find->now_ms)
        return RC_OK;
    find->found.owner = db_rows_text(rows, 0, find->arena);
    find->found.expires_ms = expires_ms;
    find->last_use_ms = db_rows_integer(rows, 2);
    return RC_OK;
}

static enum rc try_find(struct db_session *s, void *context, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_INTEGER, DB_CELL_INTEGER};
    struct find_context *find = context;
    struct db_query query;
    enum rc rc = open_query(s, STATEMENT_TOKEN_FIND, "find token", &query, fail);

    if (rc != RC_OK)
        return rc;
    db_args_bytes(&query.args, hash_text(find->hash));
    return db_query_each(&query, DB_COLUMNS(KINDS, TEXT_BYTES), take_token, find, fail);
}

/* The token is good whether this can be written or not. */
static void note_use(struct db_session *s, const struct find_context *find)
{
    struct db_query query;
    struct fail fail;
    enum rc rc = open_query(s, STATEMENT_TOKEN_USED, "note a token's use", &query, &fail);

    if (rc == RC_OK) {
        db_args_integer(&query.args, find->now_ms);
        db_args_bytes(&query.args, hash_text(find->hash));
        rc = db_query_run(&query, &fail);
    }
    if (rc != RC_OK)
        log_warn("a token's last use was not noted: %s", fail.detail);
}

static enum rc find(struct synchronizer *base, const unsigned char *hash, int64_t now_ms,
                    struct arena *arena, struct token_found *found_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct find_context find = {
        .hash = hash, .now_ms = now_ms, .arena = arena, .found = {.owner = TEXT_LITERAL("")}};
    enum rc rc = db_session_first(s, try_find, &find, fail);

    *found_out = find.found;
    if (rc == RC_OK && found_out->owner.len > 0 && now_ms - find.last_use_ms >= LAST_USE_STEP_MS)
        note_use(s, &find);
    return rc;
}

struct create_context {
    const unsigned char *hash;
    const struct token_record *record;
    size_t most;
    bool made;
};

static enum rc insert_token(struct db_session *s, const struct create_context *create,
                            struct fail *fail)
{
    const struct token_record *record = create->record;
    struct db_query query = db_query_fixed(s, STATEMENT_TOKEN_CREATE, "create token");

    db_args_bytes(&query.args, hash_text(create->hash));
    db_args_text(&query.args, record->id);
    db_args_text(&query.args, record->owner);
    db_args_integer(&query.args, record->created_ms);
    db_args_integer(&query.args, record->expires_ms);
    db_args_integer(&query.args, record->last_use_ms);
    db_args_integer(&query.args, record->revoked);
    return db_query_run(&query, fail);
}

/* Of the new one's owner, with it. */
static enum rc count_tokens(struct db_session *s, const struct create_context *create,
                            int64_t *count_out, struct fail *fail)
{
    struct db_query query = db_query_fixed(s, STATEMENT_TOKEN_COUNT, "count tokens");

    db_args_text(&query.args, create->record->owner);
    db_args_integer(&query.args, create->record->created_ms);
    return db_query_integer(&query, count_out, fail);
}

/* First there, then counted, with locks: what others have made and not committed yet is waited for,
 * so that of any that come in the same moment, the last to be there counts all others. */
static enum rc try_create(struct db_session *s, void *context, struct fail *fail)
{
    struct create_context *create = context;
    int64_t count = 0;
    enum rc rc = db_session_transact(s, fail);

    if (rc == RC_OK)
        rc = insert_token(s, create, fail);
    if (rc == RC_OK && create->most > 0)
        rc = count_tokens(s, create, &count, fail);
    create->made = rc == RC_OK && (uint64_t)count <= create->most;
    return rc;
}

static enum rc create_once(struct db_session *s, struct create_context *create, struct fail *fail)
{
    enum rc rc = db_session_first(s, try_create, create, fail);

    if (create->made)
        rc = db_session_commit(s, fail);
    if (!create->made || rc != RC_OK)
        db_session_rollback(s);
    return rc;
}

/* Two that wait for each other are a deadlock: one of them begins again. */
static enum rc create(struct synchronizer *base, const unsigned char *hash,
                      const struct token_record *record, size_t most, bool *made_out,
                      struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct create_context create = {.hash = hash, .record = record, .most = most};
    enum rc rc = create_once(s, &create, fail);

    for (unsigned tries = 1;
         rc == RC_RETRY && fail->cause == FAIL_CAUSE_DEADLOCK && tries < CREATE_TRIES; tries++)
        rc = create_once(s, &create, fail);
    *made_out = rc == RC_OK && create.made;
    return rc;
}

struct token_list {
    struct arena *arena;
    struct token_record *items;
    size_t count;
    size_t capacity;
};

static enum rc take_record(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct token_list *list = context;

    (void)fail;
    list->items = ARENA_ROOM(list->arena, list->items, list->count, &list->capacity);
    list->items[list->count++] = (struct token_record){
        .id = db_rows_text(rows, 0, list->arena),
        .owner = db_rows_text(rows, 1, list->arena),
        .created_ms = db_rows_integer(rows, 2),
        .expires_ms = db_rows_integer(rows, 3),
        .last_use_ms = db_rows_integer(rows, 4),
        .revoked = db_rows_integer(rows, 5) != 0,
    };
    return RC_OK;
}

static enum rc try_list(struct db_session *s, void *context, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT,    DB_CELL_TEXT,    DB_CELL_INTEGER,
                                              DB_CELL_INTEGER, DB_CELL_INTEGER, DB_CELL_INTEGER};
    struct token_list *list = context;
    struct db_query query;
    enum rc rc = open_query(s, STATEMENT_TOKEN_LIST, "list tokens", &query, fail);

    if (rc != RC_OK)
        return rc;
    list->count = 0;
    return db_query_each(&query, DB_COLUMNS(KINDS, TEXT_BYTES), take_record, list, fail);
}

static enum rc list(struct synchronizer *base, struct arena *arena,
                    struct token_record **records_out, size_t *count_out, struct fail *fail)
{
    struct token_list list = {.arena = arena};
    enum rc rc = db_session_first(db_session_of(base), try_list, &list, fail);

    *records_out = list.items;
    *count_out = list.count;
    return rc;
}

static enum rc revoke(struct synchronizer *base, struct text id, bool *found_out, struct fail *fail)
{
    struct db_query query;
    enum rc rc =
        open_query(db_session_of(base), STATEMENT_TOKEN_REVOKE, "revoke token", &query, fail);

    *found_out = false;
    if (rc != RC_OK)
        return rc;
    db_args_text(&query.args, id);
    return db_query_change(&query, found_out, fail);
}

const struct token_ops DB_TOKENS_OPS = {
    .find = find,
    .create = create,
    .list = list,
    .revoke = revoke,
};
