/* Readings: where PROTOCOL.md leaves a choice, the one taken here is the one under which section 7
 * holds. 9 to 13 depart from its letter, for the reason that each gives.
 *
 *  1 (4, 7.4)   Known ids whose clock is below the client's play no part in the answer. Of two
 *               diffs with one id in a request the second plays no part either.
 *
 *  2 (5)        A run that may be reordered is the diffs of one object that follow each other in
 *               the request (those of other objects do not part them) with equal clock and
 *               timestamp. An order is possible when every create meets an absent object and every
 *               update and delete a present one.
 *
 *  3 (5)        DELETE and then a delete is the later delete: it absorbs what came before it.
 *
 *  4 (5, 6)     An update without fields is void: it is known, never stored, never part of a merged
 *               diff. As l it is still an UPDATE: NO_SUCH_OBJECT and its column's answers hold.
 *
 *  5 (6)        "It never existed" means that no stored diff is about it. A create and a delete
 *               that cancelled each other never existed.
 *
 *  6 (6)        "Every field of the row" is every mapped field, null where the row has none.
 *
 *  7 (6, 7.7)   A merged diff has the id of the last diff of which a field survives; an update also
 *               its clock and time, a create the clock and time of its first diff. A create over a
 *               live row that is stored as an update follows the rule for updates.
 *
 *  8 (6)        CANCELLED as l with a live row brings the whole row whatever s is: the client has
 *               nothing. Where others' diffs stand behind it (s is not –) it goes by reading 7,
 *               else the server makes it. When the two are resent: whole, or as it was sent.
 *
 *  9 (7.4)      An own diff acts on s as it was stored: an update takes out the fields that it won,
 *               not those that it lost; a create stored as an update acts as that update. By what
 *               was sent the client would keep values that lost.
 *
 * 10 (7.4)      An own update takes its fields out of an UPDATE alone, and only if the client had
 *               the object when it wrote it. Else (the app updated an object that the phone lacked,
 *               or the answer will make the object anew) it is laid over s like another's, save
 *               that it lends no id: the phone has nowhere to keep the fields. If the client sends
 *               a void create too, nobody can tell which came first: they may be left out.
 *
 * 11 (7.4)      "Whether the client has the object is judged after its own earlier diffs": from
 *               what was live below the client's clock, then by clock: first the own diffs of that
 *               clock that were void, folded without their updates (CANCELLED changes nothing,
 *               CREATE: has it, DELETE: lacks it), then the stored ones (create: has it, delete:
 *               lacks it, update: has it if the client sends it as a create, which is how it
 *               received or wrote it). The order of the request does not tell: what a died client
 *               received is mixed with its own.
 *
 * 12 (7.4)      A resent create that is void or stored as an update (the client wrote it over a row
 *               that it did not know, or received a merged create that has an update's id): from
 *               there on s is an UPDATE of the fields that are left. What was deleted before is no
 *               news to a client that made or received the object after it, and an update that it
 *               sends next is no update of the deleted object. A resent delete of an absent row
 *               empties s like one that was stored.
 *
 * 13 (6, 7.4)   A create of a live row brings the client every field of the row that it did not
 *               set. After a lost answer the resent create may bring them again, and must where
 *               nothing of S(c) does (¹); here such fields always are in S(c), and are left out.
 *               They must not come under an id that the server then forgets: a client that dies
 *               sends it back as a new diff, behind its own newer ones.
 *
 * 14 (7.7)      Ids that the server makes count as known, also after a request that held nothing
 *               new: it can tell them by the diff that caused them.
 *
 * 15 (6)        ² for a resent update alone: nothing. The object went before the client's clock, so
 *               the client does not have it.
 *
 * 16 (7.2, 7.3) A delete of an object that the client lacks does nothing there. It may be left out
 *               where the table asks for it, and be there where the table does not.
 *
 * 17 (7.9)      The order that foreign keys ask for is no part of this: see keys.h.
 *
 * 18 (7.3, 7.4) A value that a resent diff of the client itself has may be left out of an update:
 *               if the client had another one since, it is not at one with the server afterwards,
 *               which is looked at anyhow. */
#include "oracle.h"

#include <assert.h>

enum net_kind { NOTHING, CREATE, UPDATE, DELETE, REPLACE, CANCELLED, NET_KINDS };

/* The net effect of some diffs on one object. */
struct net {
    enum net_kind kind;
    const struct oracle_diff *removed; /* DELETE, REPLACE: the delete */
    const struct oracle_diff *first;   /* CREATE, UPDATE, REPLACE: the first diff of the content */
    const struct oracle_diff *last;    /* … and the last */
    size_t diffs;                      /* how many diffs made the content */
    struct oracle_part parts[WORLD_FIELDS];
    size_t part_count;
    bool thinned; /* no longer what its diffs say: own ones took fields out, or their fields are in
                   it; or the row's other fields came in */
};

struct known {
    struct text id;
    int64_t clock;
};

struct row {
    const struct model *model;
    struct text id;
    struct cells cells;
};

struct owner {
    struct text name;
    int64_t next_clock;
    struct oracle_list stored;
    struct known *known;
    size_t known_count;
    struct row *rows;
    size_t row_count;
};

struct oracle {
    struct arena arena;
    struct owner *owners;
    size_t owner_count;
};

/* One request being played. */
struct play {
    struct oracle *oracle;
    struct owner *owner;
    const struct oracle_request *request;
    struct oracle_list fresh;  /* L: ids that are new */
    struct oracle_list resent; /* K: ids that are known, as they were sent */
    struct oracle_list store;  /* U */
    struct oracle_outcome outcome;
};

/* One object of a request. */
struct object_play {
    const struct model *model;
    struct text id;
    bool has; /* the client, after its own earlier diffs */
    bool existed;
    bool refill; /* reading 13 */
    struct row *row;
    struct net s;
    struct net l;
};

static void *grown(void *items, size_t count, size_t size)
{
    return realloc_or_die(items, (count + 1) * size);
}

static struct oracle_diff *list_add(struct oracle_list *list, const struct oracle_diff *diff)
{
    list->items = grown(list->items, list->count, sizeof(*diff));
    list->items[list->count] = *diff;
    return &list->items[list->count++];
}

static void owner_release(struct owner *owner)
{
    free(owner->stored.items);
    free(owner->known);
    free(owner->rows);
}

struct oracle *oracle_new(void)
{
    struct oracle *oracle = alloc_or_die(sizeof(*oracle));

    *oracle = (struct oracle){0};
    arena_init(&oracle->arena);
    return oracle;
}

void oracle_reset(struct oracle *oracle)
{
    for (size_t i = 0; i < oracle->owner_count; i++)
        owner_release(&oracle->owners[i]);
    free(oracle->owners);
    oracle->owners = NULL;
    oracle->owner_count = 0;
    arena_clear(&oracle->arena);
}

void oracle_free(struct oracle *oracle)
{
    oracle_reset(oracle);
    arena_release(&oracle->arena);
    free(oracle);
}

static struct owner *owner_find(struct oracle *oracle, struct text name)
{
    for (size_t i = 0; i < oracle->owner_count; i++)
        if (text_equal(oracle->owners[i].name, name))
            return &oracle->owners[i];
    oracle->owners = grown(oracle->owners, oracle->owner_count, sizeof(struct owner));
    oracle->owners[oracle->owner_count] = (struct owner){.name = name};
    return &oracle->owners[oracle->owner_count++];
}

static struct row *row_find(struct owner *owner, const struct model *model, struct text id)
{
    for (size_t i = 0; i < owner->row_count; i++)
        if (owner->rows[i].model == model && text_equal(owner->rows[i].id, id))
            return &owner->rows[i];
    owner->rows = grown(owner->rows, owner->row_count, sizeof(struct row));
    owner->rows[owner->row_count] = (struct row){.model = model, .id = id};
    cells_clear(&owner->rows[owner->row_count].cells);
    return &owner->rows[owner->row_count++];
}

/* The clock at which the id was taken; -1: never. */
static int64_t known_at(const struct owner *owner, struct text id)
{
    for (size_t i = 0; i < owner->known_count; i++)
        if (text_equal(owner->known[i].id, id))
            return owner->known[i].clock;
    return -1;
}

static void known_add(struct owner *owner, struct text id, int64_t clock)
{
    owner->known = grown(owner->known, owner->known_count, sizeof(struct known));
    owner->known[owner->known_count++] = (struct known){id, clock};
}

static const struct oracle_diff *list_find(const struct oracle_list *list, struct text id)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i].id, id))
            return &list->items[i];
    return NULL;
}

static bool about(const struct oracle_diff *diff, const struct object_play *object)
{
    return diff->model == object->model && text_equal(diff->object_id, object->id);
}

void oracle_know(struct oracle *oracle, struct text owner, struct text id, int64_t clock)
{
    struct owner *found = owner_find(oracle, owner);

    if (known_at(found, id) < 0)
        known_add(found, id, clock);
}

int64_t oracle_next_clock(struct oracle *oracle, struct text owner)
{
    return owner_find(oracle, owner)->next_clock;
}

struct cells oracle_row(struct oracle *oracle, struct text owner, const struct model *model,
                        struct text object_id)
{
    return row_find(owner_find(oracle, owner), model, object_id)->cells;
}

struct oracle_list oracle_stored(struct oracle *oracle, struct text owner)
{
    return owner_find(oracle, owner)->stored;
}

/* ---- Folding (section 5) ---- */

static struct oracle_part *part_find(struct oracle_part *parts, size_t count,
                                     const struct field *field)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].field == field)
            return &parts[i];
    return NULL;
}

static void part_set(struct oracle_part *parts, size_t *count, const struct oracle_part *part)
{
    struct oracle_part *there = part_find(parts, *count, part->field);

    if (there != NULL)
        *there = *part;
    else
        parts[(*count)++] = *part;
}

static void part_remove(struct oracle_part *parts, size_t *count, const struct oracle_part *part)
{
    size_t at = (size_t)(part - parts);

    memmove(&parts[at], &parts[at + 1], (*count - at - 1) * sizeof(*parts));
    (*count)--;
}

/* The table of section 5. */
static const enum net_kind FOLD[NET_KINDS][DIFF_TYPES] = {
    /*               create   update     delete */
    [NOTHING] = {CREATE, UPDATE, DELETE},   [CREATE] = {CREATE, CREATE, CANCELLED},
    [UPDATE] = {UPDATE, UPDATE, DELETE},    [DELETE] = {REPLACE, DELETE, DELETE},
    [REPLACE] = {REPLACE, REPLACE, DELETE}, [CANCELLED] = {CREATE, CANCELLED, CANCELLED},
};

static bool has_content(enum net_kind kind)
{
    return kind == CREATE || kind == UPDATE || kind == REPLACE;
}

static void fold_content(struct net *net, const struct oracle_diff *diff)
{
    if (!has_content(net->kind)) {
        net->first = diff;
        net->part_count = 0;
        net->diffs = 0;
        net->thinned = false;
    } else if (diff->type == DIFF_UPDATE && diff->part_count == 0) {
        return;
    }
    net->last = diff;
    net->diffs++;
    for (size_t i = 0; i < diff->part_count; i++)
        part_set(net->parts, &net->part_count, &diff->parts[i]);
}

static void fold(struct net *net, const struct oracle_diff *diff)
{
    enum net_kind next = FOLD[net->kind][diff->type];

    if (has_content(next))
        fold_content(net, diff);
    else
        net->part_count = 0;
    if (diff->type == DIFF_DELETE)
        net->removed = diff;
    net->kind = next;
}

/* Another's diff on the way to a client that may have the object already (7.4). */
static void fold_others(struct net *net, const struct oracle_diff *diff, bool has)
{
    fold(net, diff);
    if (has && net->kind == CREATE)
        net->kind = UPDATE;
}

/* The client made or received the object here: what was deleted before is no news (reading 12). */
static void fold_own_create(struct net *net)
{
    net->kind = has_content(net->kind) && net->part_count > 0 ? UPDATE : NOTHING;
    net->thinned = true;
}

/* The client's own diff, met in the server's history (7.4, reading 9). */
static void fold_own(struct net *net, const struct oracle_diff *diff, enum diff_type sent_type)
{
    if (diff->type != DIFF_UPDATE) {
        *net = (struct net){0};
        return;
    }
    for (size_t i = 0; i < diff->part_count; i++) {
        struct oracle_part *part = part_find(net->parts, net->part_count, diff->parts[i].field);

        if (part != NULL)
            part_remove(net->parts, &net->part_count, part);
        net->thinned |= part != NULL;
    }
    if (sent_type == DIFF_CREATE)
        fold_own_create(net);
    if (net->kind == UPDATE && net->part_count == 0)
        *net = (struct net){0};
}

/* ---- Order within one millisecond (section 5, reading 2) ---- */

static bool present_after(enum diff_type type, bool present)
{
    return type == DIFF_UPDATE ? present : type == DIFF_CREATE;
}

static bool run_possible(const struct oracle_diff *run, size_t count, bool *present)
{
    for (size_t i = 0; i < count; i++) {
        if ((run[i].type == DIFF_CREATE) == *present)
            return false;
        *present = present_after(run[i].type, *present);
    }
    return true;
}

static void run_sort(struct oracle_diff *run, size_t count, const enum diff_type order[DIFF_TYPES])
{
    struct oracle_list sorted = {0};

    for (size_t t = 0; t < DIFF_TYPES; t++)
        for (size_t i = 0; i < count; i++)
            if (run[i].type == order[t])
                list_add(&sorted, &run[i]);
    memcpy(run, sorted.items, count * sizeof(*run));
    free(sorted.items);
}

static void run_repair(struct oracle_diff *run, size_t count, bool *present)
{
    static const enum diff_type ABSENT[] = {DIFF_CREATE, DIFF_UPDATE, DIFF_DELETE};
    static const enum diff_type PRESENT[] = {DIFF_DELETE, DIFF_CREATE, DIFF_UPDATE};
    static const enum diff_type NO_CREATE[] = {DIFF_UPDATE, DIFF_DELETE, DIFF_CREATE};
    bool creates = false, trial = *present;

    for (size_t i = 0; i < count; i++)
        creates |= run[i].type == DIFF_CREATE;
    if (count > 1 && !run_possible(run, count, &trial))
        run_sort(run, count, !creates ? NO_CREATE : *present ? PRESENT : ABSENT);
    for (size_t i = 0; i < count; i++)
        *present = present_after(run[i].type, *present);
}

/* All diffs of one object, made executable where the phone's sort shuffled them. */
static void repair(struct oracle_list *diffs, bool present)
{
    size_t start = 0;

    for (size_t i = 1; i <= diffs->count; i++) {
        const struct oracle_diff *run = &diffs->items[start];

        if (i < diffs->count && diffs->items[i].clock == run->clock &&
            diffs->items[i].time_ms == run->time_ms)
            continue;
        run_repair(&diffs->items[start], i - start, &present);
        start = i;
    }
}

static bool has_create(const struct oracle_list *diffs, size_t from)
{
    for (size_t i = from; i < diffs->count; i++)
        if (diffs->items[i].type == DIFF_CREATE)
            return true;
    return false;
}

/* A part's source is the diff itself: set once the diff has found its final place in memory. */
static void own_parts(struct oracle_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t f = 0; f < list->items[i].part_count; f++)
            list->items[i].parts[f].source = &list->items[i];
}

/* The net effect of what the client did to an object that it had or not. */
static struct net fold_client(struct oracle_list *diffs, bool present)
{
    struct net net = {0};

    repair(diffs, present);
    for (size_t i = 0; i < diffs->count; i++)
        diffs->items[i].order = i;
    own_parts(diffs);
    for (size_t i = 0; i < diffs->count; i++) {
        const struct oracle_diff *diff = &diffs->items[i];

        if (diff->type == DIFF_UPDATE && !present && has_create(diffs, i + 1))
            continue;
        fold(&net, diff);
        present = present_after(diff->type, present);
    }
    return net;
}

static struct oracle_list list_about(const struct play *play, const struct oracle_list *list,
                                     const struct object_play *object)
{
    struct oracle_list found = {
        .items = ARENA_ARRAY(&play->oracle->arena, list->count + 1, struct oracle_diff)};

    for (size_t i = 0; i < list->count; i++)
        if (about(&list->items[i], object))
            found.items[found.count++] = list->items[i];
    return found;
}

/* ---- What the client has (7.4, reading 11) ---- */

static bool live_below(const struct owner *owner, const struct object_play *object, int64_t clock)
{
    bool live = false;

    for (size_t i = 0; i < owner->stored.count; i++) {
        const struct oracle_diff *diff = &owner->stored.items[i];

        if (diff->clock < clock && about(diff, object))
            live = present_after(diff->type, live);
    }
    return live;
}

/* The resent creates and deletes of this object that were void when they came, at that clock. */
static struct oracle_list void_at(const struct play *play, const struct object_play *object,
                                  int64_t clock)
{
    struct oracle_list resent = list_about(play, &play->resent, object);
    struct oracle_list found = {.items = resent.items};

    for (size_t i = 0; i < resent.count; i++) {
        const struct oracle_diff *diff = &resent.items[i];

        if (diff->type != DIFF_UPDATE && known_at(play->owner, diff->id) == clock &&
            list_find(&play->owner->stored, diff->id) == NULL)
            found.items[found.count++] = *diff;
    }
    return found;
}

/* ---- Merging (section 6) ---- */

static int64_t capped(const struct play *play, int64_t time_ms)
{
    int64_t latest = play->request->now_ms + play->request->clock_skew_ms;

    return time_ms < latest ? time_ms : latest;
}

/* ⁴: the server's value wins only if its timestamp is strictly later. */
static bool beats(const struct play *play, const struct oracle_part *server,
                  const struct oracle_part *client)
{
    return capped(play, server->time_ms) > capped(play, client->time_ms);
}

/* The fields of one side that the other side does not beat. */
static void keep_winners(const struct play *play, struct net *mine, const struct net *theirs,
                         bool i_am_server)
{
    struct net kept = *mine;
    struct net other = *theirs;

    kept.part_count = 0;
    for (size_t i = 0; i < mine->part_count; i++) {
        const struct oracle_part *part = &mine->parts[i];
        const struct oracle_part *rival = part_find(other.parts, other.part_count, part->field);
        bool wins =
            rival == NULL || (i_am_server ? beats(play, part, rival) : !beats(play, rival, part));

        if (wins)
            kept.parts[kept.part_count++] = *part;
    }
    *mine = kept;
}

static const struct oracle_diff *last_source(const struct net *net)
{
    const struct oracle_diff *last = NULL;

    for (size_t i = 0; i < net->part_count; i++) {
        const struct oracle_diff *source = net->parts[i].source;

        if (source != NULL && (last == NULL || source->order > last->order))
            last = source;
    }
    return last;
}

/* The content of a net effect as one diff (7.7, reading 7). */
static struct oracle_diff content(struct play *play, const struct object_play *object,
                                  const struct net *net, enum diff_type type)
{
    const struct oracle_diff *source = last_source(net);
    const struct oracle_diff *named = source != NULL ? source : net->last;
    struct oracle_diff diff;
    struct field_value fields[WORLD_FIELDS] = {{0}};

    assert(named != NULL && net->first != NULL);
    diff = *named;
    diff.type = type;
    diff.loose = source == NULL && net->part_count > 0;
    diff.verbatim =
        named->verbatim && net->diffs == 1 && !net->thinned && net->part_count == named->part_count;
    if (type == DIFF_CREATE) {
        diff.clock = net->first->clock;
        diff.time_ms = net->first->time_ms;
    }
    diff.part_count = net->part_count;
    memcpy(diff.parts, net->parts, sizeof(diff.parts));
    for (size_t i = 0; i < net->part_count; i++)
        fields[i] = (struct field_value){.field = net->parts[i].field,
                                         .value = {.json = net->parts[i].json}};
    if (!diff.verbatim)
        diff.json_data = flat_write(object->id, fields, net->part_count, &play->oracle->arena);
    return diff;
}

static void store(struct play *play, struct oracle_diff diff)
{
    diff.clock = play->owner->next_clock;
    list_add(&play->store, &diff);
}

static void answer(struct play *play, const struct oracle_diff *diff)
{
    list_add(&play->outcome.answer, diff);
}

static void row_set(struct row *row, const struct net *net)
{
    for (size_t i = 0; i < net->part_count; i++)
        row->cells.json[net->parts[i].field->index] = net->parts[i].json;
}

static void store_create(struct play *play, struct object_play *object)
{
    store(play, content(play, object, &object->l, DIFF_CREATE));
    cells_clear(&object->row->cells);
    object->row->cells.live = true;
    row_set(object->row, &object->l);
}

static void store_delete(struct play *play, struct object_play *object)
{
    if (!object->row->cells.live)
        return;
    assert(object->l.removed != NULL);
    store(play, *object->l.removed);
    cells_clear(&object->row->cells);
}

/* Over a live row: what l wins. */
static void store_update(struct play *play, struct object_play *object)
{
    struct net winners = object->l;

    keep_winners(play, &winners, &object->s, false);
    if (winners.part_count > 0)
        store(play, content(play, object, &winners, DIFF_UPDATE));
    row_set(object->row, &winners);
}

static void reject(struct play *play, const struct oracle_diff *diff)
{
    if (play->outcome.rejected)
        return;
    play->outcome.rejected = true;
    play->outcome.code = FAIL_NO_SUCH_OBJECT;
    play->outcome.diff_id = diff->id;
}

static void apply_update(struct play *play, struct object_play *object)
{
    if (object->s.kind == DELETE || object->s.kind == REPLACE)
        return;
    if (object->row->cells.live)
        store_update(play, object);
    else if (!object->existed)
        reject(play, object->l.last);
}

/* U of the table. */
static void apply(struct play *play, struct object_play *object)
{
    switch (object->l.kind) {
    case CREATE:
        if (object->row->cells.live)
            store_update(play, object);
        else
            store_create(play, object);
        break;
    case UPDATE:
        apply_update(play, object);
        break;
    case DELETE:
        store_delete(play, object);
        break;
    case REPLACE:
        store_delete(play, object);
        store_create(play, object);
        break;
    case NOTHING:
    case CANCELLED:
    case NET_KINDS:
        break;
    }
}

/* Adds the row's fields that are neither in net nor in except. */
static void complete(struct object_play *object, struct net *net, const struct net *except)
{
    struct net skip = *except;

    for (size_t i = 0; i < object->model->field_count; i++) {
        const struct field *field = &object->model->fields[i];
        struct text json = object->row->cells.json[i];

        if (part_find(skip.parts, skip.part_count, field) == NULL &&
            part_find(net->parts, net->part_count, field) == NULL) {
            net->parts[net->part_count++] = (struct oracle_part){
                .field = field, .json = json, .filler = object->refill || text_is(json, "null")};
            net->thinned = true;
        }
    }
}

/* A diff that no stored one stands behind: fresh id, this push's clock, the client's latest time.
 */
static void answer_made(struct play *play, const struct object_play *object, enum diff_type type,
                        const struct net *net)
{
    struct oracle_diff made = {.type = type,
                               .model = object->model,
                               .object_id = object->id,
                               .clock = play->owner->next_clock - (play->fresh.count == 0)};
    struct field_value fields[WORLD_FIELDS] = {{0}};

    for (size_t i = 0; i < play->request->diffs.count; i++) {
        const struct diff *sent = &play->request->diffs.items[i];

        if (sent->model == object->model && text_equal(sent->object_id, object->id) &&
            sent->time_ms > made.time_ms)
            made.time_ms = sent->time_ms;
    }
    made.loose = !object->has;
    made.optional = made.loose && type == DIFF_DELETE;
    made.part_count = net->part_count;
    memcpy(made.parts, net->parts, sizeof(made.parts));
    for (size_t i = 0; i < net->part_count; i++)
        fields[i] = (struct field_value){.field = net->parts[i].field,
                                         .value = {.json = net->parts[i].json}};
    made.json_data = flat_write(object->id, fields, net->part_count, &play->oracle->arena);
    answer(play, &made);
}

/* The winning fields of s, for a client that has the object; with a create of a live row (¹, ⁴)
 * also what it did not set. */
static void answer_update(struct play *play, struct object_play *object)
{
    struct net winners = object->s;
    struct oracle_diff diff;

    keep_winners(play, &winners, &object->l, true);
    if (object->l.kind == CREATE || object->refill)
        complete(object, &winners, &object->l);
    if (winners.part_count == 0)
        return;
    if (object->s.kind == NOTHING || object->s.kind == CANCELLED) {
        answer_made(play, object, DIFF_UPDATE, &winners);
        return;
    }
    diff = content(play, object, &winners, DIFF_UPDATE);
    answer(play, &diff);
}

/* What a server may send once more (reading 13). */
static void answer_refill(struct play *play, struct object_play *object)
{
    struct net rest = {0};
    struct oracle_diff *diff;

    complete(object, &rest, &object->l);
    if (rest.part_count == 0)
        return;
    answer_made(play, object, DIFF_UPDATE, &rest);
    diff = &play->outcome.answer.items[play->outcome.answer.count - 1];
    diff->loose = true;
    diff->optional = true;
}

/* The object as it is now, for a client that has nothing of it. */
static void answer_row(struct play *play, struct object_play *object)
{
    struct net row = object->s;
    struct net none = {0};
    struct oracle_diff diff;

    keep_winners(play, &row, &object->l, true);
    for (size_t i = 0; i < row.part_count; i++)
        row.parts[i].json = object->row->cells.json[row.parts[i].field->index];
    complete(object, &row, &none);
    if (has_content(object->s.kind)) {
        diff = content(play, object, &row, DIFF_CREATE);
        diff.verbatim = false;
        answer(play, &diff);
    } else {
        row.part_count = 0;
        complete(object, &row, &none);
        answer_made(play, object, DIFF_CREATE, &row);
    }
}

static void answer_create(struct play *play, struct object_play *object)
{
    struct oracle_diff diff = content(play, object, &object->s, DIFF_CREATE);

    answer(play, &diff);
}

static void answer_delete(struct play *play, struct object_play *object)
{
    struct oracle_diff diff = *object->s.removed;

    diff.loose = !object->has;
    diff.optional = diff.loose;
    answer(play, &diff);
}

static void answer_replace(struct play *play, struct object_play *object)
{
    answer_delete(play, object);
    answer_create(play, object);
}

static void answer_nothing(struct play *play, struct object_play *object)
{
    (void)play;
    (void)object;
}

static void answer_new(struct play *play, struct object_play *object)
{
    if (object->s.thinned)
        answer_row(play, object);
    else
        answer_create(play, object);
}

/* ²: the object was deleted earlier. */
static void answer_gone(struct play *play, struct object_play *object)
{
    struct net none = {0};

    if (!object->row->cells.live && object->existed)
        answer_made(play, object, DIFF_DELETE, &none);
}

/* CANCELLED as l (reading 8). */
static void answer_if_live(struct play *play, struct object_play *object)
{
    if (object->row->cells.live)
        answer_row(play, object);
}

typedef void answer_fn(struct play *play, struct object_play *object);

#define NONE answer_nothing
/* A of the table of section 6; CANCELLED as s counts as –. */
static answer_fn *const ANSWER[NET_KINDS][NET_KINDS] = {
    /*            –              CREATE         UPDATE          DELETE REPLACE CANCELLED */
    [NOTHING] = {NONE, answer_update, answer_gone, NONE, NONE, answer_if_live},
    [CREATE] = {answer_new, answer_update, answer_row, NONE, NONE, answer_if_live},
    [UPDATE] = {answer_update, answer_update, answer_update, NONE, NONE, answer_if_live},
    [DELETE] = {answer_delete, NONE, answer_delete, NONE, NONE, NONE},
    [REPLACE] = {answer_replace, answer_update, answer_replace, NONE, NONE, answer_if_live},
    [CANCELLED] = {NONE, answer_update, answer_gone, NONE, NONE, answer_if_live},
};
#undef NONE

/* ---- One object ---- */

/* S(c) of one object on its way to this client, clock by clock. */
struct walk {
    bool has;       /* the client, so far */
    bool refill;    /* … by a create of a row that was there */
    bool cancelled; /* it made and deleted the object: CANCELLED, reading 8 */
    bool has_after; /* … after all of its own earlier diffs */
    struct net net;
};

/* An own update of an object that the client lacked: the row took it, the phone could not (reading
 * 10). It is news to the client, but lends no id. */
static void fold_own_unplaced(struct net *net, const struct oracle_diff *diff, bool has_after)
{
    for (size_t i = 0; has_content(net->kind) && i < diff->part_count; i++) {
        struct oracle_part part = diff->parts[i];

        part.source = NULL;
        part.filler = has_after;
        part_set(net->parts, &net->part_count, &part);
    }
    net->thinned = true;
}

/* Own diffs that were void: reading 11, and 12 for s. */
static void walk_void(const struct play *play, const struct object_play *object, int64_t clock,
                      struct walk *walk)
{
    struct oracle_list sent = void_at(play, object, clock);
    /* What it received since may lie before them in the history. */
    bool absent = false;
    bool present = walk->has && !run_possible(sent.items, sent.count, &absent);
    enum net_kind kind = fold_client(&sent, present).kind;

    if (kind == DELETE)
        walk->net = (struct net){0};
    if (kind == CANCELLED)
        walk->cancelled = true;
    if (kind == CREATE || kind == REPLACE) {
        fold_own_create(&walk->net);
        walk->refill = true;
    }
    if (kind == CREATE || kind == REPLACE || kind == DELETE)
        walk->has = kind != DELETE;
}

static void walk_stored(const struct play *play, const struct oracle_diff *diff, struct walk *walk)
{
    const struct oracle_diff *sent = list_find(&play->resent, diff->id);

    if (sent == NULL) {
        fold_others(&walk->net, diff, walk->has_after);
        return;
    }
    if (diff->type == DIFF_UPDATE && sent->type == DIFF_UPDATE &&
        (!walk->has || walk->net.kind == CREATE || walk->net.kind == REPLACE))
        fold_own_unplaced(&walk->net, diff, walk->has_after);
    else
        fold_own(&walk->net, diff, sent->type);
    walk->has = present_after(diff->type, walk->has) || sent->type == DIFF_CREATE;
    if (diff->type != DIFF_UPDATE)
        walk->refill = false;
    else if (sent->type == DIFF_CREATE)
        walk->refill = true;
}

static struct walk walk_history(const struct play *play, const struct object_play *object,
                                bool has_after)
{
    const struct oracle_list *stored = &play->owner->stored;
    struct walk walk = {.has = live_below(play->owner, object, play->request->clock),
                        .has_after = has_after};

    for (int64_t k = play->request->clock; k < play->owner->next_clock; k++) {
        if (play->resent.count > 0)
            walk_void(play, object, k, &walk);
        for (size_t i = 0; i < stored->count; i++)
            if (stored->items[i].clock == k && about(&stored->items[i], object))
                walk_stored(play, &stored->items[i], &walk);
    }
    return walk;
}

static bool sent_back(const struct play *play, const struct object_play *object,
                      const struct oracle_part *part)
{
    for (size_t i = 0; i < play->resent.count; i++) {
        struct oracle_diff *sent = &play->resent.items[i];
        const struct oracle_part *same = part_find(sent->parts, sent->part_count, part->field);

        if (about(sent, object) && same != NULL && text_equal(same->json, part->json))
            return true;
    }
    return false;
}

/* What the client sends back it had: its values may be left out (reading 18). */
static void spare_known_values(struct play *play, const struct object_play *object)
{
    struct oracle_list *answers = &play->outcome.answer;

    for (size_t i = 0; i < answers->count; i++) {
        struct oracle_diff *diff = &answers->items[i];

        if (!about(diff, object) || diff->type != DIFF_UPDATE)
            continue;
        for (size_t p = 0; p < diff->part_count; p++)
            diff->parts[p].filler |= sent_back(play, object, &diff->parts[p]);
    }
}

static bool lacks_after(const struct object_play *object)
{
    static const bool LACKS[NET_KINDS] = {[DELETE] = true, [CANCELLED] = true};
    bool stays = object->l.kind == NOTHING || object->l.kind == UPDATE;

    return stays ? !object->has : LACKS[object->l.kind];
}

/* A delete of what the client lacks does nothing: a server may send it, or not (reading 16). */
static void allow_idle_delete(struct play *play, const struct object_play *object)
{
    const struct oracle_list *answers = &play->outcome.answer;
    struct oracle_diff idle = {.type = DIFF_DELETE,
                               .model = object->model,
                               .object_id = object->id,
                               .loose = true,
                               .optional = true};

    if (!lacks_after(object))
        return;
    for (size_t i = 0; i < answers->count; i++)
        if (about(&answers->items[i], object) && answers->items[i].type == DIFF_DELETE)
            return;
    answer(play, &idle);
}

static bool existed(const struct owner *owner, const struct object_play *object)
{
    for (size_t i = 0; i < owner->stored.count; i++)
        if (about(&owner->stored.items[i], object))
            return true;
    return false;
}

static void play_object(struct play *play, const struct model *model, struct text id)
{
    struct object_play object = {.model = model, .id = id};
    struct oracle_list fresh = list_about(play, &play->fresh, &object);
    struct walk walk;
    size_t answers;
    bool was_live;

    object.row = row_find(play->owner, model, id);
    object.existed = existed(play->owner, &object);
    object.has = walk_history(play, &object, false).has;
    walk = walk_history(play, &object, object.has);
    object.s = walk.net;
    object.refill = walk.refill;
    object.s.thinned |= walk.cancelled;
    object.l = fold_client(&fresh, object.has);
    was_live = object.row->cells.live;
    apply(play, &object);
    if (object.l.kind == CREATE && !was_live)
        return; /* ¹ and ⁴ are about a row that was there before */
    answers = play->outcome.answer.count;
    ANSWER[object.s.kind][object.l.kind](play, &object);
    if (object.refill && object.row->cells.live && play->outcome.answer.count == answers &&
        (object.l.kind == NOTHING || object.l.kind == UPDATE))
        answer_refill(play, &object);
    spare_known_values(play, &object);
    allow_idle_delete(play, &object);
}

/* ---- One request (section 4) ---- */

static struct oracle_diff as_sent(const struct diff *sent, size_t order)
{
    struct oracle_diff diff = {.id = sent->id,
                               .clock = sent->clock,
                               .order = order,
                               .time_ms = sent->time_ms,
                               .type = sent->type,
                               .model = sent->model,
                               .object_id = sent->object_id,
                               .json_data = sent->json_data,
                               .verbatim = true};

    for (size_t i = 0; i < sent->field_count; i++)
        diff.parts[diff.part_count++] = (struct oracle_part){.field = sent->fields[i].field,
                                                             .json = sent->fields[i].value.json,
                                                             .time_ms = sent->time_ms};
    return diff;
}

static void sort_out(struct play *play)
{
    const struct diff_list *diffs = &play->request->diffs;

    for (size_t i = 0; i < diffs->count; i++) {
        struct oracle_diff diff = as_sent(&diffs->items[i], i);
        int64_t known_clock = known_at(play->owner, diff.id);

        if (list_find(&play->fresh, diff.id) != NULL || list_find(&play->resent, diff.id) != NULL)
            continue;
        if (known_clock < 0)
            list_add(&play->fresh, &diff);
        else if (known_clock >= play->request->clock)
            list_add(&play->resent, &diff);
    }
    own_parts(&play->owner->stored);
}

static bool played_before(const struct oracle_list *list, size_t at, int64_t since_clock)
{
    for (size_t i = 0; i < at; i++)
        if (list->items[i].clock >= since_clock && list->items[i].model == list->items[at].model &&
            text_equal(list->items[i].object_id, list->items[at].object_id))
            return true;
    return false;
}

static bool in_history(const struct play *play, const struct oracle_diff *diff)
{
    const struct oracle_list *stored = &play->owner->stored;

    for (size_t i = 0; i < stored->count; i++)
        if (stored->items[i].clock >= play->request->clock &&
            stored->items[i].model == diff->model &&
            text_equal(stored->items[i].object_id, diff->object_id))
            return true;
    return false;
}

/* Every object of S(c), then those that the client alone speaks of. */
static void play_objects(struct play *play)
{
    const struct oracle_list *stored = &play->owner->stored;

    for (size_t i = 0; i < stored->count; i++)
        if (stored->items[i].clock >= play->request->clock &&
            !played_before(stored, i, play->request->clock))
            play_object(play, stored->items[i].model, stored->items[i].object_id);
    for (size_t i = 0; i < play->fresh.count; i++)
        if (!in_history(play, &play->fresh.items[i]) && !played_before(&play->fresh, i, 0))
            play_object(play, play->fresh.items[i].model, play->fresh.items[i].object_id);
}

static void commit(struct play *play)
{
    struct owner *owner = play->owner;

    for (size_t i = 0; i < play->fresh.count; i++)
        known_add(owner, play->fresh.items[i].id, owner->next_clock);
    for (size_t i = 0; i < play->store.count; i++) {
        struct oracle_diff *stored = list_add(&owner->stored, &play->store.items[i]);

        stored->order = owner->stored.count;
    }
    own_parts(&owner->stored);
    play->outcome.pushed = play->fresh.count > 0;
    owner->next_clock += play->outcome.pushed;
}

/* Rows are changed while the objects are played: a rejection puts them back (all or nothing). */
static struct row *rows_copy(const struct owner *owner)
{
    struct row *copy = alloc_or_die((owner->row_count + 1) * sizeof(*copy));

    if (owner->row_count > 0)
        memcpy(copy, owner->rows, owner->row_count * sizeof(*copy));
    return copy;
}

static void finish(struct play *play, struct row *before, size_t before_count)
{
    struct oracle_list *list = &play->outcome.answer;
    struct oracle_diff *kept =
        ARENA_ARRAY(&play->oracle->arena, list->count + 1, struct oracle_diff);

    if (play->outcome.rejected) {
        if (before_count > 0)
            memcpy(play->owner->rows, before, before_count * sizeof(*before));
        play->owner->row_count = before_count;
        list->count = 0;
    } else {
        commit(play);
    }
    if (list->count > 0)
        memcpy(kept, list->items, list->count * sizeof(*kept));
    free(list->items);
    list->items = kept;
    play->outcome.next_clock = play->owner->next_clock;
    free(play->fresh.items);
    free(play->resent.items);
    free(play->store.items);
    free(before);
}

struct oracle_outcome oracle_sync(struct oracle *oracle, const struct oracle_request *request)
{
    struct play play = {
        .oracle = oracle, .owner = owner_find(oracle, request->owner), .request = request};
    size_t row_count = play.owner->row_count;
    struct row *before = rows_copy(play.owner);

    if (request->clock > play.owner->next_clock) {
        play.outcome.rejected = true;
        play.outcome.code = FAIL_INVALID_CLOCK;
    } else {
        sort_out(&play);
        play_objects(&play);
    }
    finish(&play, before, row_count);
    return play.outcome;
}
