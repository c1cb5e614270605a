/* Requests through nginx's port by http_client.h, and the tables by libmariadb. */
#include "stack.h"

#include <ctype.h>
#include <dirent.h>
#include <mysql.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define KEY_MAX_BYTES    ((size_t)256)
#define TOKEN_LIFETIME_S ((int64_t)7 * 24 * 3600)
#define MAX_WORKERS      ((size_t)64)

struct stack {
    char dir[100]; /* a socket's path in it must stay below 108 bytes */
    uint16_t port;
    unsigned char key[KEY_MAX_BYTES];
    size_t key_len;
    MYSQL *mysql;
};

static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(2);
}

/* ---- Tokens ---- */

static void read_key(struct stack *stack)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/jwt.key", stack->dir);
    file = fopen(path, "rb");
    if (file == NULL)
        give_up(path, "cannot be read");
    stack->key_len = fread(stack->key, 1, sizeof(stack->key), file);
    fclose(file);
    if (stack->key_len > 0 && stack->key[stack->key_len - 1] == '\n')
        stack->key_len--;
}

static void add_base64url(struct buf *buf, const void *bytes, size_t len)
{
    unsigned char base64[512];
    int count;

    if (len > 300)
        give_up("token", "too long");
    count = EVP_EncodeBlock(base64, bytes, (int)len);
    for (int i = 0; i < count && base64[i] != '='; i++) {
        if (base64[i] == '+')
            base64[i] = '-';
        if (base64[i] == '/')
            base64[i] = '_';
        buf_add(buf, &base64[i], 1);
    }
}

/* A JWT signed with HS256. */
static struct text make_token(const struct stack *stack, struct text owner, struct arena *arena)
{
    static const char HEAD[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    unsigned char signature[EVP_MAX_MD_SIZE];
    unsigned signature_len = 0;
    struct buf payload, token;
    struct text made;

    buf_init(&payload, 300);
    buf_printf(&payload, "{\"sub\":\"%.*s\",\"exp\":%lld}", TEXT_ARG(owner),
               (long long)time(NULL) + TOKEN_LIFETIME_S);
    buf_init(&token, 2048);
    add_base64url(&token, HEAD, sizeof(HEAD) - 1);
    buf_add_char(&token, '.');
    add_base64url(&token, payload.data, payload.len);
    HMAC(EVP_sha256(), stack->key, (int)stack->key_len, (const unsigned char *)token.data,
         token.len, signature, &signature_len);
    buf_add_char(&token, '.');
    add_base64url(&token, signature, signature_len);
    made = arena_text(arena, buf_text(&token));
    buf_release(&payload);
    buf_release(&token);
    return made;
}

/* ---- The database ---- */

static void run_sql(struct stack *stack, const char *sql)
{
    if (mysql_query(stack->mysql, sql) != 0)
        give_up(sql, mysql_error(stack->mysql));
}

static MYSQL *open_database(const struct stack *stack)
{
    MYSQL *mysql = mysql_init(NULL);
    char socket[128];

    snprintf(socket, sizeof(socket), "%s/mysql.sock", stack->dir);
    if (mysql == NULL)
        give_up(socket, "no memory");
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (mysql_real_connect(mysql, NULL, "mobync", NULL, "app", 0, socket, 0) == NULL)
        give_up(socket, mysql_error(mysql));
    return mysql;
}

static void connect_database(struct stack *stack)
{
    stack->mysql = open_database(stack);
    run_sql(stack, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
}

struct stack *stack_open(const char *dir, uint16_t port)
{
    struct stack *stack = alloc_or_die(sizeof(*stack));

    *stack = (struct stack){.port = port};
    if ((size_t)snprintf(stack->dir, sizeof(stack->dir), "%s", dir) >= sizeof(stack->dir))
        give_up(dir, "too deep for a socket");
    read_key(stack);
    connect_database(stack);
    return stack;
}

void stack_close(struct stack *stack)
{
    mysql_close(stack->mysql);
    free(stack);
}

/* The rows of a SELECT, in which %s is the owner, quoted. Owners here need no escaping. */
static MYSQL_RES *select_rows(struct stack *stack, const char *format, struct text owner)
{
    MYSQL_RES *result;
    struct buf sql;

    buf_init(&sql, 4096);
    for (const char *at = format; *at != '\0'; at++) {
        if (strncmp(at, "%s", 2) != 0) {
            buf_add_char(&sql, *at);
            continue;
        }
        buf_printf(&sql, "'%.*s'", TEXT_ARG(owner));
        at++;
    }
    buf_add_char(&sql, '\0');
    run_sql(stack, sql.data);
    result = mysql_store_result(stack->mysql);
    if (result == NULL)
        give_up(sql.data, mysql_error(stack->mysql));
    buf_release(&sql);
    return result;
}

static struct text cell_text(MYSQL_RES *result, MYSQL_ROW row, unsigned column)
{
    const unsigned long *lengths = mysql_fetch_lengths(result);

    return row[column] == NULL ? (struct text){0} : (struct text){row[column], lengths[column]};
}

/* A column's value as the JSON that a phone would have written. */
static struct text cell_json(const struct field *field, struct text cell, struct arena *arena)
{
    struct buf json;
    struct text copy;

    if (cell.ptr == NULL)
        return TEXT_LITERAL("null");
    if (!world_is_string(field))
        return arena_text(arena, cell);
    buf_init(&json, 4096);
    buf_printf(&json, "\"%.*s\"", TEXT_ARG(cell));
    copy = arena_text(arena, buf_text(&json));
    buf_release(&json);
    return copy;
}

static void add_select(struct buf *select, const struct model *model)
{
    if (world_select(model) != NULL) {
        buf_add_str(select, world_select(model));
    } else {
        buf_add_str(select, "SELECT id");
        for (size_t f = 0; f < model->field_count; f++)
            buf_printf(select, ", %.*s", TEXT_ARG(model->fields[f].column));
        buf_printf(select, " FROM %.*s WHERE owner_id = %%s", TEXT_ARG(model->table));
    }
    buf_add_char(select, '\0');
}

static void read_model_rows(struct stack *stack, const struct model *model, struct text owner,
                            struct cells rows[WORLD_OBJECTS], struct arena *arena)
{
    struct buf select;
    MYSQL_RES *result;
    MYSQL_ROW row;

    buf_init(&select, 4096);
    add_select(&select, model);
    result = select_rows(stack, select.data, owner);
    while ((row = mysql_fetch_row(result)) != NULL) {
        size_t number = world_object_number(model, cell_text(result, row, 0));

        if (number == WORLD_OBJECTS)
            give_up("a row of no object in this world", row[0]);
        rows[number].live = true;
        for (unsigned f = 0; f < model->field_count; f++)
            rows[number].json[f] =
                cell_json(&model->fields[f], cell_text(result, row, f + 1), arena);
    }
    mysql_free_result(result);
    buf_release(&select);
}

void stack_read_rows(struct stack *stack, struct text owner, struct cells rows[WORLD_OBJECTS],
                     struct arena *arena)
{
    const struct mapping *mapping = world_mapping();

    for (size_t i = 0; i < WORLD_OBJECTS; i++)
        cells_clear(&rows[i]);
    for (size_t m = 0; m < mapping->model_count; m++)
        read_model_rows(stack, &mapping->models[m], owner, rows, arena);
}

static int64_t select_number(struct stack *stack, const char *select, struct text owner)
{
    MYSQL_RES *result = select_rows(stack, select, owner);
    MYSQL_ROW row = mysql_fetch_row(result);
    int64_t number = row == NULL || row[0] == NULL ? 0 : strtoll(row[0], NULL, 10);

    mysql_free_result(result);
    return number;
}

static int64_t next_clock_of(struct stack *stack, struct text owner)
{
    return select_number(stack, "SELECT next_clock FROM mobync_owners WHERE owner = %s", owner);
}

static struct text copied_cell(MYSQL_RES *result, MYSQL_ROW row, unsigned column,
                               struct arena *arena)
{
    return arena_text(arena, cell_text(result, row, column));
}

void stack_read_stored(struct stack *stack, struct text owner, struct server_stored *stored_out,
                       struct arena *arena)
{
    MYSQL_RES *result =
        select_rows(stack,
                    "SELECT id, logical_clock, `utc_timestamp`, type, model, object_id, json_data "
                    "FROM diffs WHERE owner = %s ORDER BY logical_clock, seq",
                    owner);
    struct diff_list *list = &stored_out->diffs;
    MYSQL_ROW row;

    *list = (struct diff_list){
        .items = ARENA_ARRAY(arena, (size_t)mysql_num_rows(result) + 1, struct diff)};
    while ((row = mysql_fetch_row(result)) != NULL) {
        struct diff *diff = &list->items[list->count++];

        *diff = (struct diff){.id = copied_cell(result, row, 0, arena),
                              .clock = strtoll(row[1], NULL, 10),
                              .time_ms = strtoll(row[2], NULL, 10),
                              .model = mapping_find(world_mapping(), cell_text(result, row, 4)),
                              .object_id = copied_cell(result, row, 5, arena),
                              .json_data = copied_cell(result, row, 6, arena)};
        if (!diff_type_parse(cell_text(result, row, 3), &diff->type))
            give_up("type of a stored diff", row[3]);
    }
    mysql_free_result(result);
    stored_out->next_clock = next_clock_of(stack, owner);
    stored_out->waits =
        select_number(stack, "SELECT EXISTS (SELECT 1 FROM mobync_changes WHERE owner = %s)",
                      owner) != 0;
}

static void dump_select(struct stack *stack, const char *select, struct text owner, struct buf *buf)
{
    MYSQL_RES *result = select_rows(stack, select, owner);
    MYSQL_ROW row;

    while ((row = mysql_fetch_row(result)) != NULL) {
        for (unsigned column = 0; column < mysql_num_fields(result); column++)
            buf_printf(buf, "%s|", row[column] == NULL ? "(null)" : row[column]);
        buf_add_char(buf, '\n');
    }
    mysql_free_result(result);
}

struct text stack_dump(struct stack *stack, struct text owner, struct arena *arena)
{
    /* The first one waits for whoever holds the owner's row. */
    static const char *const SELECTS[] = {
        "SELECT * FROM mobync_owners WHERE owner = %s FOR UPDATE",
        "SELECT * FROM diffs WHERE owner = %s ORDER BY logical_clock, seq",
        "SELECT * FROM mobync_changes WHERE owner = %s ORDER BY seq",
        "SELECT * FROM mobync_known WHERE owner = %s ORDER BY id",
        "SELECT * FROM mobync_rejects WHERE owner = %s ORDER BY id",
    };
    const struct mapping *mapping = world_mapping();
    struct buf buf;
    struct text dump;

    buf_init(&buf, (size_t)1 << 24);
    run_sql(stack, "START TRANSACTION");
    for (size_t i = 0; i < ARRAY_LEN(SELECTS); i++)
        dump_select(stack, SELECTS[i], owner, &buf);
    for (size_t m = 0; m < mapping->model_count; m++) {
        char select[256];

        snprintf(select, sizeof(select), "SELECT * FROM %.*s WHERE owner_id = %%s ORDER BY 1, 2, 3",
                 TEXT_ARG(mapping->models[m].table));
        dump_select(stack, select, owner, &buf);
    }
    run_sql(stack, "ROLLBACK");
    dump = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return dump;
}

/* An owner whose rows were there before has a clock of theirs (9.4). */
#define GIVEN_CLOCKS                                                                               \
    "(SELECT logical_clock FROM diffs WHERE owner = %s UNION "                                     \
    "SELECT logical_clock FROM mobync_known WHERE owner = %s UNION "                               \
    "SELECT 0 FROM mobync_owners WHERE owner = %s AND adopted AND next_clock > 0) AS given"

bool stack_clocks_have_no_gap(struct stack *stack, struct text owner, struct buf *violation)
{
    int64_t next_clock = next_clock_of(stack, owner);
    int64_t given = select_number(
        stack, "SELECT COUNT(*) FROM " GIVEN_CLOCKS " WHERE logical_clock >= 0", owner);
    int64_t highest =
        select_number(stack, "SELECT COALESCE(MAX(logical_clock), -1) FROM " GIVEN_CLOCKS, owner);

    if (given == next_clock && highest == next_clock - 1)
        return true;
    buf_printf(violation, "next_clock is %lld, but %lld clocks up to %lld were given (4)",
               (long long)next_clock, (long long)given, (long long)highest);
    return false;
}

/* ---- Processes ---- */

static long parent_of(const char *pid)
{
    char path[300], line[512];
    const char *after_name = NULL;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%s/stat", pid);
    file = fopen(path, "r");
    if (file == NULL)
        return -1;
    if (fgets(line, sizeof(line), file) != NULL)
        after_name = strrchr(line, ')');
    fclose(file);
    return after_name == NULL ? -1 : strtol(after_name + strlen(") S "), NULL, 10);
}

static long master_pid(const struct stack *stack)
{
    char path[128], line[32] = "";
    FILE *file;

    snprintf(path, sizeof(path), "%s/mobync.pid", stack->dir);
    file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof(line), file) == NULL)
        give_up(path, "cannot be read");
    fclose(file);
    return strtol(line, NULL, 10);
}

pid_t stack_worker(const struct stack *stack, struct random *random)
{
    long master = master_pid(stack);
    pid_t workers[MAX_WORKERS];
    size_t count = 0;
    DIR *proc = opendir("/proc");
    const struct dirent *entry;

    while (proc != NULL && (entry = readdir(proc)) != NULL && count < MAX_WORKERS)
        if (isdigit((unsigned char)entry->d_name[0]) && parent_of(entry->d_name) == master)
            workers[count++] = (pid_t)strtol(entry->d_name, NULL, 10);
    if (proc != NULL)
        closedir(proc);
    return count == 0 ? 0 : workers[random_below(random, (uint32_t)count)];
}

bool stack_kill(pid_t worker)
{
    return worker > 0 && kill(worker, SIGKILL) == 0;
}

/* ---- A line ---- */

void line_open(struct line *line, const struct stack *stack, struct text owner, struct arena *arena)
{
    *line = (struct line){.owner = owner, .token = make_token(stack, owner, arena)};
    http_init(&line->http, stack->port);
}

void line_close(struct line *line)
{
    http_close(&line->http);
}

bool line_send(struct line *line, const struct server_call *call, struct arena *arena)
{
    struct server_call mine = *call;

    mine.diffs.items = ARENA_ARRAY(arena, call->diffs.count + 1, struct diff);
    for (size_t i = 0; i < call->diffs.count; i++) {
        mine.diffs.items[i] = call->diffs.items[i];
        mine.diffs.items[i].owner = line->owner;
    }
    return http_send_post(&line->http, "/sync", line->token, server_request_text(&mine, arena));
}

/* What stands behind "key": in a body, up to its end; empty if it is not there. */
static struct text value_behind(struct text body, const char *key)
{
    const char *at = body.len == 0 ? NULL : memmem(body.ptr, body.len, key, strlen(key));

    if (at == NULL)
        return (struct text){0};
    at += strlen(key);
    return text_trim((struct text){at, body.len - (size_t)(at - body.ptr)});
}

static struct text string_behind(struct text body, const char *key)
{
    struct text value = value_behind(body, key);
    const char *end = value.len > 1 ? memchr(value.ptr + 1, '"', value.len - 1) : NULL;

    return end == NULL ? (struct text){0}
                       : (struct text){value.ptr + 1, (size_t)(end - value.ptr - 1)};
}

static enum fail_code code_behind(struct text body)
{
    struct text name = string_behind(body, "\"code\":");

    for (enum fail_code code = FAIL_INTERNAL; code < FAIL_CODES; code++)
        if (text_is(name, fail_code_name(code)))
            return code;
    return FAIL_INTERNAL;
}

static struct server_reply refusal(struct text body, struct arena *arena)
{
    return (struct server_reply){.rc = RC_REJECTED,
                                 .code = code_behind(body),
                                 .diff_id = arena_text(arena, string_behind(body, "\"diff_id\":"))};
}

/* Inside a JSON string the quotes of these would be escaped. */
static void read_rejects(struct text body, struct server_reply *reply, struct arena *arena)
{
    static const char ENTRY[] = "{\"id\":";
    struct text rest = value_behind(body, "\"rejected\":");

    reply->rejects = ARENA_ARRAY(arena, rest.len / sizeof(ENTRY) + 1, struct server_reject);
    while ((rest = value_behind(rest, ENTRY)).len > 0) {
        const char *end = memchr(rest.ptr + 1, '"', rest.len - 1);

        if (end == NULL)
            return;
        reply->rejects[reply->reject_count++] = (struct server_reject){
            .id = arena_text(arena, (struct text){rest.ptr + 1, (size_t)(end - rest.ptr - 1)}),
            .code = code_behind(rest),
            .any_field = true};
    }
}

/* A response has the form of a request, with two keys more. */
static struct server_reply success(const struct line *line, struct arena *arena)
{
    struct diff_rules rules = {.mapping = world_wire_mapping(),
                               .columns = world_columns(),
                               .max_diffs = 10000,
                               .owner = line->owner};
    struct server_reply reply = {.rc = RC_FATAL};
    struct request_body *body;
    struct fail fail = {0};
    struct text said = value_behind(line->http.body, "\"success\":");

    if (said.len < 4 || memcmp(said.ptr, "true", 4) != 0 ||
        request_parse(arena_text(arena, line->http.body), arena, &body, &fail) != RC_OK ||
        request_clock(body, &reply.next_clock, &fail) != RC_OK ||
        request_diffs(body, &rules, arena, &reply.diffs, NULL, &fail) != RC_OK) {
        fprintf(stderr, "no answer of docs/protocol.md 3: %.*s\n", TEXT_ARG(line->http.body));
        return reply;
    }
    read_rejects(line->http.body, &reply, arena);
    reply.rc = RC_OK;
    return reply;
}

struct server_reply line_receive(struct line *line, struct arena *arena)
{
    if (!http_read_answer(&line->http) || line->http.status >= 500)
        return (struct server_reply){.rc = RC_UNCERTAIN};
    return line->http.status == 200 ? success(line, arena) : refusal(line->http.body, arena);
}

struct server_reply line_sync(struct line *line, const struct server_call *call,
                              struct arena *arena)
{
    if (!line_send(line, call, arena))
        return (struct server_reply){.rc = RC_UNCERTAIN};
    return line_receive(line, arena);
}
