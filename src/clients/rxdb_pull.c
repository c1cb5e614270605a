/* A page of documents behind a checkpoint: rxdb_pull(). A collection that is new gets the rows of
 * the table first, as they are, and then what was touched since it began with them.
 * Invariant: the checkpoint of a last page lags LAG clocks behind. RxDB drops a pull that was
 * answered while it pushed, but keeps its checkpoint; what comes again, it skips. */
#include "rxdb.h"

#include "rxdb_ask.h"
#include "rxdb_device.h"
#include "rxdb_document.h"
#include "touched_walk.h"

#define LAG ((int64_t)4)

struct pull {
    struct synchronizer *s;
    const struct rxdb_pull *ask;
    struct text owner;
    struct rxdb_schema schema;
    struct client_out *out;
    struct arena *arena;
    struct rxdb_checkpoint from;
    int64_t limit;
    bool began_anew; /* its checkpoint is not of this history */
    struct rxdb_facts *facts;
};

static void begin_document(struct pull *pull)
{
    if (pull->facts->documents++ > 0)
        buf_add_char(pull->out->body, ',');
}

static void end(struct pull *pull, const struct rxdb_checkpoint *next)
{
    buf_add_str(pull->out->body, "],\"checkpoint\":");
    rxdb_checkpoint_write(pull->out->body, next);
    buf_add_char(pull->out->body, '}');
}

static void end_last(struct pull *pull, int64_t clock)
{
    /* mutant: rx_no_lag */
    const struct rxdb_checkpoint next = {.at = touched_walk_from(clock > LAG ? clock - LAG : 0)};

    end(pull, &next);
}

/* Has the device pushed before its first pull? Then it may have what is gone by now. */
static enum rc has_pushed(const struct pull *pull, bool *pushed_out, struct fail *fail)
{
    char from[ID_UUID_LEN + 2], to[ID_UUID_LEN + 2];
    const struct id_range range = {{from, ID_UUID_LEN + 1}, {to, ID_UUID_LEN + 1}};

    *pushed_out = false;
    rxdb_device_id(pull->ask->device, from);
    if (from[0] == '\0') /* mutant: rx_pushed_before */
        return RC_OK;
    memcpy(to, from, ID_UUID_LEN);
    from[ID_UUID_LEN] = '-';
    to[ID_UUID_LEN] = '-' + 1;
    return pull->s->ops->has_ids(pull->s, pull->owner, &range, pushed_out, fail);
}

/* The clock from which on changes are told behind the rows. */
static enum rc find_begin(const struct pull *pull, int64_t next_clock, int64_t *began_out,
                          struct fail *fail)
{
    bool anew = pull->began_anew;
    enum rc rc = RC_OK;

    *began_out = pull->from.at.clock;
    if (pull->from.place.len > 0)
        return RC_OK;
    if (!anew)
        rc = has_pushed(pull, &anew, fail);
    *began_out = anew ? 0 : next_clock; /* mutant: rx_forgets_what_is_gone */
    return rc;
}

/* Rows that change meanwhile have diffs behind the clock at which the walk began. */
static enum rc write_rows(struct pull *pull, int64_t next_clock, struct fail *fail)
{
    const struct model *model = pull->ask->model;
    struct row_walk walk = {
        .owner = pull->owner,
        .model = model,
        .limit = (size_t)pull->limit,
        .place = pull->from.place,
        .more = true,
        .arena = pull->arena,
    };
    struct object_row_list rows = {0};
    int64_t began;
    enum rc rc = find_begin(pull, next_clock, &began, fail);

    while (rc == RC_OK && walk.more && pull->facts->documents < (size_t)pull->limit) {
        walk.limit = (size_t)pull->limit - pull->facts->documents;
        rc = pull->s->ops->changes->read_rows(pull->s, &walk, pull->arena, &rows, fail);
        for (size_t i = 0; rc == RC_OK && i < rows.count; i++) {
            begin_document(pull);
            rxdb_document_write_row(pull->out->body, &pull->schema, rows.items[i].id,
                                    rows.items[i].values);
            rc = client_out_step(pull->out, fail);
        }
    }
    if (rc != RC_OK)
        return rc;
    if (walk.more)
        end(pull, &(struct rxdb_checkpoint){true, walk.place, touched_walk_from(began)});
    else
        end_last(pull, began);
    return RC_OK;
}

static enum rc read_gone(struct pull *pull, const struct touched_page *page,
                         struct rxdb_last_known **known_out, struct fail *fail)
{
    const size_t count = page->touched.count;
    struct text *ids = ARENA_ARRAY(pull->arena, count, struct text);
    struct rxdb_last_known *known = ARENA_ARRAY(pull->arena, count, struct rxdb_last_known);
    size_t gone = 0;

    for (size_t i = 0; i < count; i++)
        if (!page->rows[i].live)
            ids[gone++] = page->touched.items[i].id;
    *known_out = known;
    return rxdb_last_known_read(pull->s, (struct owner_model){pull->owner, pull->ask->model},
                                (struct id_list){ids, gone}, pull->arena, known, fail);
}

static enum rc write_page(struct pull *pull, const struct touched_page *page, struct fail *fail)
{
    struct rxdb_last_known *known;
    enum rc rc = read_gone(pull, page, &known, fail);

    for (size_t i = 0; rc == RC_OK && i < page->touched.count; i++) {
        const struct text id = page->touched.items[i].id;

        begin_document(pull);
        if (page->rows[i].live)
            rxdb_document_write_row(pull->out->body, &pull->schema, id, page->rows[i].values);
        else
            rxdb_document_write_gone(pull->out->body, &pull->schema, id,
                                     &known[pull->facts->deleted++], NULL);
        rc = client_out_step(pull->out, fail);
    }
    return rc;
}

static enum rc write_touched(struct pull *pull, int64_t next_clock, struct fail *fail)
{
    const struct touched_query query = {
        .of = {pull->owner, pull->ask->model},
        .after = pull->from.at,
        .limit = (size_t)pull->limit,
    };
    struct touched_page page;
    enum rc rc = touched_walk_next(pull->s, &query, pull->arena, &page, fail);

    if (rc == RC_OK)
        rc = write_page(pull, &page, fail);
    if (rc != RC_OK)
        return rc;
    if (page.touched.count < (size_t)pull->limit)
        end_last(pull, next_clock);
    else
        end(pull, &(struct rxdb_checkpoint){.at = page.touched.items[page.touched.count - 1].at});
    return RC_OK;
}

static void begin(struct pull *pull)
{
    pull->schema.columns = pull->s->columns; /* of the connection of now */
    buf_clear(pull->out->body);
    buf_add_str(pull->out->body, "{\"documents\":[");
    pull->facts->documents = pull->facts->deleted = 0;
}

static enum rc read_documents(void *context, int64_t next_clock, struct fail *fail)
{
    struct pull *pull = context;
    enum rc rc;

    begin(pull);
    rc = pull->from.rows ? write_rows(pull, next_clock, fail)
                         : write_touched(pull, next_clock, fail);
    return client_out_result(pull->out, rc, fail);
}

/* Of documents that are gone more must be read, and of a full page where it ends. */
static bool is_last_page_of_rows(const struct pull *pull, const struct touched_page *page)
{
    for (size_t i = 0; i < page->touched.count; i++)
        if (!page->rows[i].live)
            return false;
    return page->touched.count < (size_t)pull->limit;
}

/* Nothing is sent before it is clear that all of it fits. */
static enum rc read_told(void *context, const struct diff_list *diffs, int64_t next_clock,
                         bool *taken_out, struct fail *fail)
{
    const struct touched_told told = {diffs, next_clock};
    struct pull *pull = context;
    const struct owner_model of = {pull->owner, pull->ask->model};
    struct client_out *out = pull->out;
    struct client_out whole = {.body = out->body};
    struct touched_page page;
    enum rc rc = touched_walk_told(pull->s, of, &told, pull->arena, &page, taken_out, fail);

    *taken_out = rc == RC_OK && *taken_out && is_last_page_of_rows(pull, &page);
    if (!*taken_out)
        return rc;
    begin(pull);
    pull->out = &whole;
    rc = write_page(pull, &page, fail);
    if (rc == RC_OK)
        end_last(pull, next_clock);
    pull->out = out;
    return client_out_result(out, rc, fail);
}

static enum rc look(struct pull *pull, const struct sync_request *request, struct fail *fail)
{
    const bool at_clock = !pull->from.rows && pull->from.at.seq < 0;
    const struct sync_look look = {
        .context = pull, .read_told = at_clock ? read_told : NULL, .read = read_documents};
    struct sync_request own = *request;

    own.clock = pull->from.at.clock;
    return sync_look(pull->s, &own, &look, pull->arena, &pull->facts->clock_out, fail);
}

enum rc rxdb_pull(struct synchronizer *s, const struct rxdb_pull *ask,
                  const struct sync_request *request, struct client_out *out, struct arena *arena,
                  struct rxdb_facts *facts_out, struct fail *fail)
{
    struct pull pull = {
        .s = s,
        .ask = ask,
        .owner = request->owner,
        .schema = {.model = ask->model, .version = request->version},
        .out = out,
        .arena = arena,
        .facts = facts_out,
    };
    struct rxdb_ask asked;
    enum rc rc = rxdb_ask_read(ask, arena, &asked, fail);

    *facts_out = (struct rxdb_facts){0};
    if (rc != RC_OK)
        return rc;
    pull.from = asked.from;
    pull.limit = asked.limit;
    facts_out->clock_in = pull.from.at.clock;
    rc = look(&pull, request, fail);
    /* It cannot be told to forget what it has: it gets all rows, and all that is gone. */
    if (rc == RC_REJECTED && fail->code == FAIL_INVALID_CLOCK) {
        pull.began_anew = true;
        pull.from = (struct rxdb_checkpoint){.rows = true, .at = touched_walk_from(0)};
        rc = look(&pull, request, fail);
    }
    return client_out_result(out, rc, fail);
}
