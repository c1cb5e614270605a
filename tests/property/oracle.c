/* Readings: where docs/protocol.md leaves a choice, the one taken here is the one under which
 * section 7 holds. 9 to 13 depart from its letter, for the reason that each gives.
 *
 *  1 (4, 7.4)   Known ids whose clock is below the client's play no part in the response. Of two
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
 *               or the response will create the object again) it is laid over s like another's,
 *               except that it lends no id: the phone has nowhere to keep the fields. If the client
 *               sends a void create too, nobody can tell which came first: they may be left out.
 *
 * 11 (7.4)      "Whether the client has the object is judged after its own earlier diffs": from
 *               what was live below the client's clock, then by clock: first the own diffs of that
 *               clock that were void, folded without their updates (CANCELLED changes nothing,
 *               CREATE: has it, DELETE: lacks it), then the stored ones (create: has it, delete:
 *               lacks it, update: has it if the client sends it as a create, which is how it
 *               received or wrote it). The order of the request does not tell: what a died client
 *               received is mixed with its own. Void ones of one moment that no order explains for
 *               a client that lacked the object are reordered for one that had it, unless there was
 *               a row: a delete of it would not have been void.
 *
 * 12 (7.4)      A resent create that is void or stored as an update (the client wrote it over a row
 *               that it did not know, or received a merged create that has an update's id): from
 *               there on s is an UPDATE of the fields that are left. What was deleted before is no
 *               news to a client that made or received the object after it, and an update that it
 *               sends next is no update of the deleted object. A resent delete of an absent row
 *               empties s like one that was stored.
 *
 * 13 (6, 7.4)   A create of a live row brings the client every field of the row that it did not
 *               set. After a lost response the resent create may bring them again, and must where
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
 *               where the table asks for it, and be there where the table does not. A client that
 *               made the object and deleted it lacked it, if it sends nothing else of it.
 *
 * 17 (7.9)      The order that foreign keys ask for is no part of this: see keys.h.
 *
 * 18 (7.3, 7.4) A value that a resent diff of the client itself has may be left out of an update:
 *               if the client had another one since, it is not at one with the server afterwards,
 *               which is looked at anyhow.
 *
 * And of what `rejected_diffs: quarantine` does (Q 1 to 6: verdicts, clock, list, compensation,
 * other devices, operators):
 *
 * 19 (Q 1)     First what is wrong in a diff itself, if it cannot be told what the diff sets; then
 *              values that do not fit, where they are left in l (reading 26). Then, in the order of
 *              section 5 and not in the array's: what stands behind a refused create shares its
 *              verdict, of the rest `allow` and the validation function are asked. Then
 *              NO_SUCH_OBJECT, then a create that would be stored as an update, then the table;
 *              whichever of them refuses something changes l, and all but the first begins again.
 *
 * 20 (Q 1, 4)  What a refused diff says did happen at the phone: it counts for what the client has,
 *              and not for s and l. An update is void (section 5) by what the client had, and also
 *              for a create that is refused itself.
 *
 * 21 (Q 4)     A compensation that comes back has its place behind everything of the clock that it
 *              bears: all that was refused until then is resolved, client and server were at one (s
 *              is empty), and nothing builds on an earlier refused create any more.
 *
 * 22 (Q 1)     A create that would be stored as an update is asked about with what would be stored.
 *              Of several that are folded into it the first is refused.
 *
 * 23 (Q 1)     A diff that nobody allows, of an object that never existed: either code. What builds
 *              on a create that an operator took away: any code.
 *
 * 24 (Q 4)     Where neither client nor server has the object the delete may be left out.
 *
 * 25 (Q 6)     A retried diff has no effect if nothing of it would be stored.
 *
 * 26 (Q 1)     A value that does not fit its field is folded like any other, and so is what a
 *              create lacks of the required fields: what is left of such values in l refuses the
 *              diffs that set them, all of them at once, and l is folded again without these.
 *              What is not left does no harm. It is l that counts, not what of l wins against s.
 *              The validation function is asked about such a diff as what is stored in the end;
 *              `allow` at once. Among the first diffs of a row that its table refuses, a value
 *              that does not fit is refused like any other.
 *
 * 27 (2.6)     A reference is refused as a CHECK would refuse its row, unless the object is there
 *              when the row is written: creates and updates come after the first halves of what is
 *              replaced and before all deletes, parents first. It counts when a field is set and
 *              when a row is made, not where it stands in the row. What is replaced and refused
 *              was away when its children were looked at. A row that was deleted softly is there.
 *
 * 28 (4.1)     A pull at clock 0 is one create per live row, of every field, with an id that
 *              follows from the row's. A device that sends one back received the whole row: as with
 *              a compensation (reading 21), client and server were at one at the end of that
 *              create's clock.
 *
 * 29 (9)       What other SQL wrote is told before anything else of a request is done, and stays
 *              told if the request is refused. In the middle of a request it comes before, between
 *              that and the rest, or behind; of an object of which the request brings no news what
 *              is read of its row may be of before or behind, and the next request tells of it.
 *
 * 30 (9)       For a device at clock 0 a row that no create told of is another's create, of time 0.
 *              It has the id of reading 28 unless the request or a stored diff is about the object.
 *
 * 31 (9.2)     What a table makes of a row that the request wrote is an update of its own behind
 *              all of the request's diffs, of the fields that differ, and is laid over what the
 *              response says of the object. A field counts as written when the device set it; one
 *              that the device did not set, at the time of the last diff that went into what is
 *              stored.
 *
 * 32 (10)      Below the horizon of a client nobody asks in what order things came. Of what is told
 *              ids, clocks and times are free, and so are the fields of a create that nobody set;
 *              where the object was deleted before or came back, a delete may stand before it.
 *
 * 33 (10.3)    Ids may be forgotten below the horizon, and are taken to be when the server says so.
 *              What it made itself it still knows by the diff that caused it, if it knows that.
 *
 * 34 (10.3)    A new diff may be one that is forgotten if anything of its object was stored between
 *              the client's clock and the horizon, or if a known one of the object is in the
 *              request, too; where deletes may be forgotten, also if anything of it was stored
 *              since, or several of its diffs are new. Then its fields must be strictly later than
 *              all that was stored since the client's clock, by whomever (of what is below the
 *              horizon, the last counts); all else that it asks for is void, and the client is told
 *              to delete the object, and to make it as it is.
 *
 * 36 (10.3)    Such a diff is stored under another id than its own, which others may have received;
 *              so is all that comes from where deletes may be forgotten.
 *
 * 37 (10.3)    What has an id as the server makes them (a UUID of version 8) was received. Below
 *              the horizon it counts as known, if it is forgotten.
 *
 * 35 (10.4)    A device that starts from scratch changes what any other at its clock would
 *              change, but that an update of what never was is void. */
#include "oracle_state.h"

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

/* One request being played. */
struct play {
    struct oracle *oracle;
    struct owner *owner;
    const struct oracle_request *request;
    const struct row *before; /* the owner's first rows, as they were */
    size_t before_count;
    struct oracle_list fresh;  /* L: ids that are new */
    struct oracle_list resent; /* K: ids that are known, as they were sent */
    struct oracle_list store;  /* U */
    struct oracle_list told;   /* … and what tables made of it */
    bool anew;                 /* the device is told everything again (reading 35) */
    bool strict;               /* only what is strictly later wins (reading 34) */
    struct oracle_outcome outcome;
};

/* One object of a request. */
struct object_play {
    const struct model *model;
    struct text id;
    bool has;                       /* the client, after its own earlier diffs */
    bool has_end;                   /* … and after everything that it sent */
    const struct oracle_diff *base; /* the refused create on which an earlier diff would build */
    bool existed;
    bool refill;   /* reading 13 */
    bool lacks;    /* it made and deleted the object (reading 16) */
    bool doubtful; /* reading 34 */
    struct row *row;
    struct net s;
    struct net l;
};

void *oracle_grown(void *items, size_t count, size_t size)
{
    return realloc_or_die(items, (count + 1) * size);
}

struct oracle_diff *oracle_list_add(struct oracle_list *list, const struct oracle_diff *diff)
{
    list->items = oracle_grown(list->items, list->count, sizeof(*diff));
    list->items[list->count] = *diff;
    return &list->items[list->count++];
}

static void owner_release(struct owner *owner)
{
    free(owner->stored.items);
    free(owner->known);
    free(owner->rows);
    free(owner->outbox);
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
    oracle->generation = 0;
    arena_clear(&oracle->arena);
}

/* ---- Copies ---- */

struct oracle_copy {
    struct owner *owners;
    size_t owner_count;
    int64_t generation;
};

static void *copied(const void *items, size_t count, size_t size)
{
    void *copy = alloc_or_die((count + 1) * size);

    if (count > 0)
        memcpy(copy, items, count * size);
    return copy;
}

struct oracle_copy *oracle_copy(const struct oracle_copy *original)
{
    struct oracle_copy *copy = alloc_or_die(sizeof(*copy));

    *copy = *original;
    copy->owners = copied(original->owners, original->owner_count, sizeof(struct owner));
    for (size_t i = 0; i < copy->owner_count; i++) {
        struct owner *owner = &copy->owners[i];

        owner->stored.items =
            copied(owner->stored.items, owner->stored.count, sizeof(struct oracle_diff));
        owner->known = copied(owner->known, owner->known_count, sizeof(struct known));
        owner->rows = copied(owner->rows, owner->row_count, sizeof(struct row));
        owner->outbox = copied(owner->outbox, owner->entry_count, sizeof(struct entry));
        oracle_own_parts(&owner->stored);
    }
    return copy;
}

struct oracle_copy *oracle_save(const struct oracle *oracle)
{
    const struct oracle_copy original = {oracle->owners, oracle->owner_count, oracle->generation};

    return oracle_copy(&original);
}

static void owners_release(struct owner *owners, size_t count)
{
    for (size_t i = 0; i < count; i++)
        owner_release(&owners[i]);
    free(owners);
}

void oracle_restore(struct oracle *oracle, struct oracle_copy *copy)
{
    owners_release(oracle->owners, oracle->owner_count);
    oracle->owners = copy->owners;
    oracle->owner_count = copy->owner_count;
    oracle->generation = copy->generation;
    free(copy);
}

void oracle_forget(struct oracle_copy *copy)
{
    owners_release(copy->owners, copy->owner_count);
    free(copy);
}

void oracle_free(struct oracle *oracle)
{
    oracle_reset(oracle);
    arena_release(&oracle->arena);
    free(oracle);
}

struct owner *oracle_owner(struct oracle *oracle, struct text name)
{
    for (size_t i = 0; i < oracle->owner_count; i++)
        if (text_equal(oracle->owners[i].name, name))
            return &oracle->owners[i];
    oracle->owners = oracle_grown(oracle->owners, oracle->owner_count, sizeof(struct owner));
    oracle->owners[oracle->owner_count] = (struct owner){.name = name};
    return &oracle->owners[oracle->owner_count++];
}

struct row *oracle_row_of(struct owner *owner, const struct model *model, struct text id)
{
    for (size_t i = 0; i < owner->row_count; i++)
        if (owner->rows[i].model == model && text_equal(owner->rows[i].id, id))
            return &owner->rows[i];
    owner->rows = oracle_grown(owner->rows, owner->row_count, sizeof(struct row));
    owner->rows[owner->row_count] = (struct row){.model = model, .id = id};
    cells_clear(&owner->rows[owner->row_count].cells);
    return &owner->rows[owner->row_count++];
}

static struct known *known_find(const struct owner *owner, struct text id)
{
    for (size_t i = 0; i < owner->known_count; i++)
        if (text_equal(owner->known[i].id, id))
            return &owner->known[i];
    return NULL;
}

void oracle_known_add(struct owner *owner, const struct known *known)
{
    struct known *there = known_find(owner, known->id);

    if (there != NULL && there->forgotten) {
        *there = *known;
        return;
    }
    owner->known = oracle_grown(owner->known, owner->known_count, sizeof(*known));
    owner->known[owner->known_count++] = *known;
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

static bool is_compensated(const struct oracle_list *answer, const struct diff *diff)
{
    for (size_t i = 0; i < answer->count; i++)
        if (answer->items[i].compensation && answer->items[i].model == diff->model &&
            text_equal(answer->items[i].object_id, diff->object_id))
            return true;
    return false;
}

void oracle_know(struct oracle *oracle, struct text owner, const struct oracle_outcome *outcome,
                 const struct diff *answer)
{
    struct owner *found = oracle_owner(oracle, owner);
    const struct known *there = known_find(found, answer->id);
    struct known known = {.id = arena_text(&oracle->arena, answer->id),
                          .clock = outcome->next_clock - 1,
                          .made = true,
                          .compensation = is_compensated(&outcome->answer, answer)};

    if (there == NULL || there->forgotten)
        oracle_known_add(found, &known);
}

int64_t oracle_next_clock(struct oracle *oracle, struct text owner)
{
    return oracle_owner(oracle, owner)->next_clock;
}

struct cells oracle_row(struct oracle *oracle, struct text owner, const struct model *model,
                        struct text object_id)
{
    return oracle_row_of(oracle_owner(oracle, owner), model, object_id)->cells;
}

struct oracle_list oracle_stored(struct oracle *oracle, struct text owner)
{
    return oracle_owner(oracle, owner)->stored;
}

/* ---- Folding (section 5) ---- */

struct oracle_part *oracle_part_find(struct oracle_part *parts, size_t count,
                                     const struct field *field)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].field == field)
            return &parts[i];
    return NULL;
}

static void part_set(struct oracle_part *parts, size_t *count, const struct oracle_part *part)
{
    struct oracle_part *there = oracle_part_find(parts, *count, part->field);

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
    } else if (diff->part_count == 0) {
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
        struct oracle_part *part =
            oracle_part_find(net->parts, net->part_count, diff->parts[i].field);

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

bool oracle_present_after(enum diff_type type, bool present)
{
    return type == DIFF_UPDATE ? present : type == DIFF_CREATE;
}

static bool run_possible(const struct oracle_diff *run, size_t count, bool *present)
{
    for (size_t i = 0; i < count; i++) {
        if ((run[i].type == DIFF_CREATE) == *present)
            return false;
        *present = oracle_present_after(run[i].type, *present);
    }
    return true;
}

static void run_sort(struct oracle_diff *run, size_t count, const enum diff_type order[DIFF_TYPES])
{
    struct oracle_list sorted = {0};

    for (size_t t = 0; t < DIFF_TYPES; t++)
        for (size_t i = 0; i < count; i++)
            if (run[i].type == order[t])
                oracle_list_add(&sorted, &run[i]);
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
        *present = oracle_present_after(run[i].type, *present);
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
void oracle_own_parts(struct oracle_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t f = 0; f < list->items[i].part_count; f++)
            list->items[i].parts[f].source = &list->items[i];
}

/* An update of an object that is absent at the client is void when a create of it follows. */
static void mark_void(struct oracle_list *diffs, bool present)
{
    for (size_t i = 0; i < diffs->count; i++) {
        struct oracle_diff *diff = &diffs->items[i];

        diff->idle = diff->type == DIFF_UPDATE && !present && has_create(diffs, i + 1);
        present = oracle_present_after(diff->type, present);
    }
}

static struct net fold_marked(struct oracle_list *diffs)
{
    struct net net = {0};

    for (size_t i = 0; i < diffs->count; i++)
        diffs->items[i].order = i;
    oracle_own_parts(diffs);
    for (size_t i = 0; i < diffs->count; i++)
        if (!diffs->items[i].idle)
            fold(&net, &diffs->items[i]);
    return net;
}

/* The net effect of what the client did to an object that it had or not. */
static struct net fold_client(struct oracle_list *diffs, bool present)
{
    repair(diffs, present);
    mark_void(diffs, present);
    return fold_marked(diffs);
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

static bool live_below(struct owner *owner, const struct object_play *object, int64_t clock)
{
    bool live = oracle_began_adopted(owner, object->model, object->id);

    for (size_t i = 0; i < owner->stored.count; i++) {
        const struct oracle_diff *diff = &owner->stored.items[i];

        if (diff->clock < clock && about(diff, object))
            live = oracle_present_after(diff->type, live);
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

        if (diff->type != DIFF_UPDATE && diff->known_clock == clock && !diff->verdict.refused &&
            !diff->compensation && list_find(&play->owner->stored, diff->id) == NULL)
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
    const int64_t server_ms = capped(play, server->time_ms);
    const int64_t client_ms = capped(play, client->time_ms);

    return server_ms > client_ms || (play->strict && server_ms == client_ms);
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
        const struct oracle_part *rival =
            oracle_part_find(other.parts, other.part_count, part->field);
        bool wins =
            rival == NULL || (i_am_server ? beats(play, part, rival) : !beats(play, rival, part));

        if (play->strict && !i_am_server && part->time_ms <= 0)
            wins = false; /* what nobody set counts as set at time 0 */

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

struct text oracle_json_of(struct oracle *oracle, const struct oracle_diff *diff)
{
    struct field_value fields[WORLD_FIELDS] = {{0}};

    for (size_t i = 0; i < diff->part_count; i++)
        fields[i] = (struct field_value){.field = diff->parts[i].field,
                                         .value = {.json = diff->parts[i].json}};
    return flat_write(diff->object_id, fields, diff->part_count, &oracle->arena);
}

/* The content of a net effect as one diff (7.7, reading 7). */
static struct oracle_diff content(struct play *play, const struct net *net, enum diff_type type)
{
    const struct oracle_diff *source = last_source(net);
    const struct oracle_diff *named = source != NULL ? source : net->last;
    struct oracle_diff diff;

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
    if (!diff.verbatim)
        diff.json_data = oracle_json_of(play->oracle, &diff);
    return diff;
}

/* Another device may have the id (reading 36). */
static void store(struct play *play, struct oracle_diff diff)
{
    if (play->strict || play->request->clock < play->owner->forgotten_below)
        diff.id = oracle_late_id(play->oracle, diff.id, play->owner->next_clock);
    diff.clock = play->owner->next_clock;
    oracle_list_add(&play->store, &diff);
}

static void answer(struct play *play, const struct oracle_diff *diff)
{
    oracle_list_add(&play->outcome.answer, diff);
}

static void row_set(struct row *row, const struct net *net)
{
    for (size_t i = 0; i < net->part_count; i++)
        row->cells.json[net->parts[i].field->index] = net->parts[i].json;
}

static void store_create(struct play *play, struct object_play *object)
{
    store(play, content(play, &object->l, DIFF_CREATE));
    cells_clear(&object->row->cells);
    object->row->cells.live = true;
    object->row->hidden = false;
    row_set(object->row, &object->l);
}

static void store_delete(struct play *play, struct object_play *object)
{
    if (!object->row->cells.live)
        return;
    assert(object->l.removed != NULL);
    store(play, *object->l.removed);
    cells_clear(&object->row->cells);
    object->row->hidden = model_deletes_softly(object->model);
}

/* Over a live row: what l wins. */
static void store_update(struct play *play, struct object_play *object)
{
    struct net winners = object->l;

    keep_winners(play, &winners, &object->s, false);
    if (winners.part_count > 0)
        store(play, content(play, &winners, DIFF_UPDATE));
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
    else if (!object->existed && !play->anew)
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

        if (oracle_part_find(skip.parts, skip.part_count, field) == NULL &&
            oracle_part_find(net->parts, net->part_count, field) == NULL) {
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
    made.json_data = oracle_json_of(play->oracle, &made);
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
    diff = content(play, &winners, DIFF_UPDATE);
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
        diff = content(play, &row, DIFF_CREATE);
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
    struct oracle_diff diff = content(play, &object->s, DIFF_CREATE);

    answer(play, &diff);
}

static void answer_delete(struct play *play, struct object_play *object)
{
    struct oracle_diff diff = *object->s.removed;

    diff.loose = !object->has;
    diff.optional = diff.loose || object->lacks;
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
    bool live;                      /* the row, so far */
    bool has;                       /* the client, so far */
    bool refill;                    /* … by a create of a row that was there */
    bool cancelled;                 /* it made and deleted the object: CANCELLED, reading 8 */
    bool told;                      /* a create or delete of its own says what it has */
    bool lacks;                     /* it made and deleted the object, and nothing else is told */
    bool has_after;                 /* … after all of its own earlier diffs */
    const struct oracle_diff *base; /* a refused create, and nothing since made the object */
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
    bool present = walk->has && !walk->live && !run_possible(sent.items, sent.count, &absent);
    enum net_kind kind = fold_client(&sent, present).kind;

    if (kind == DELETE)
        walk->net = (struct net){0};
    if (kind == CANCELLED) {
        walk->cancelled = true;
        walk->lacks = !walk->told;
    }
    if (kind == CREATE || kind == REPLACE) {
        fold_own_create(&walk->net);
        walk->refill = true;
    }
    if (kind == CREATE || kind == REPLACE || kind == DELETE) {
        walk->has = kind != DELETE;
        walk->told = true;
        walk->lacks = false;
    }
}

static void walk_stored(const struct play *play, const struct oracle_diff *diff, struct walk *walk)
{
    const struct oracle_diff *sent = list_find(&play->resent, diff->id);

    walk->live = oracle_present_after(diff->type, walk->live);
    if (sent == NULL && diff->type == DIFF_DELETE && !walk->has && walk->net.kind != CREATE) {
        walk->net = (struct net){0}; /* docs/merging.md 7: nothing is deleted for this client */
        return;
    }
    if (sent == NULL) {
        fold_others(&walk->net, diff, walk->has_after);
        return;
    }
    if (diff->type == DIFF_UPDATE && sent->type == DIFF_UPDATE &&
        (!walk->has || walk->net.kind == CREATE || walk->net.kind == REPLACE))
        fold_own_unplaced(&walk->net, diff, walk->has_after);
    else
        fold_own(&walk->net, diff, sent->type);
    walk->has = oracle_present_after(diff->type, walk->has) || sent->type == DIFF_CREATE;
    if (diff->type != DIFF_UPDATE)
        walk->refill = false;
    else if (sent->type == DIFF_CREATE)
        walk->refill = true;
    if (diff->type == DIFF_UPDATE && sent->type == DIFF_UPDATE)
        return;
    walk->told = true;
    walk->lacks = false;
}

/* Refused diffs did nothing to s, but they did to the phone (reading 20). */
static void walk_refused(const struct play *play, const struct object_play *object, int64_t clock,
                         bool before, struct walk *walk)
{
    struct oracle_list own = list_about(play, &play->resent, object);
    bool refused = false;
    size_t count = 0;

    for (size_t i = 0; i < own.count; i++) {
        const struct oracle_diff *diff = &own.items[i];

        if (diff->known_clock != clock || known_find(play->owner, diff->id)->made)
            continue;
        refused |= diff->verdict.refused;
        own.items[count++] = *diff;
    }
    own.count = count;
    repair(&own, before);
    for (size_t i = 0; i < count; i++) {
        before = oracle_present_after(own.items[i].type, before);
        if (own.items[i].type == DIFF_CREATE)
            walk->base = own.items[i].verdict.refused ? &own.items[i] : NULL;
    }
    if (refused)
        walk->has = before;
}

/* With a compensation client and server were at one. */
static void walk_compensation(const struct play *play, const struct object_play *object,
                              int64_t clock, struct walk *walk)
{
    for (size_t i = 0; i < play->resent.count; i++) {
        const struct oracle_diff *sent = &play->resent.items[i];

        if (sent->compensation && sent->clock == clock && about(sent, object))
            *walk = (struct walk){
                .live = walk->live, .has = sent->type != DIFF_DELETE, .has_after = walk->has_after};
    }
}

/* For a device that has nothing yet a row that no create told of is another's create (reading 28).
 */
static void fold_adopted(const struct play *play, const struct object_play *object,
                         struct walk *walk)
{
    struct oracle_diff *create = ARENA_NEW(&play->oracle->arena, struct oracle_diff);

    *create = (struct oracle_diff){
        .id = oracle_row_id(play->oracle, object->model, object->id),
        .type = DIFF_CREATE,
        .model = object->model,
        .object_id = object->id,
        .clock = play->owner->next_clock - (play->fresh.count == 0),
        .compensation = true,
    };
    for (size_t i = 0; i < object->model->field_count; i++)
        create->parts[create->part_count++] = (struct oracle_part){
            .field = &object->model->fields[i],
            .json = object->row->cells.json[i],
            .source = create,
            .filler = text_is(object->row->cells.json[i], "null"),
        };
    create->json_data = oracle_json_of(play->oracle, create);
    fold(&walk->net, create);
    walk->net.thinned = true;
}

static struct walk walk_history(const struct play *play, const struct object_play *object,
                                bool has_after)
{
    const struct oracle_list *stored = &play->owner->stored;
    bool live = live_below(play->owner, object, play->request->clock);
    struct walk walk = {
        .live = live, .has = live && play->request->clock > 0, .has_after = has_after};

    if (live && !walk.has && object->row->cells.live)
        fold_adopted(play, object, &walk);
    for (int64_t k = play->request->clock; k < play->owner->next_clock; k++) {
        bool before = walk.has;

        if (play->resent.count > 0)
            walk_void(play, object, k, &walk);
        for (size_t i = 0; i < stored->count; i++)
            if (stored->items[i].clock == k && about(&stored->items[i], object))
                walk_stored(play, &stored->items[i], &walk);
        if (play->resent.count > 0) {
            walk_refused(play, object, k, before, &walk);
            walk_compensation(play, object, k, &walk);
        }
    }
    /* Other SQL took the row away after the drain. */
    if (live && !walk.has && !object->row->cells.live && walk.net.kind == UPDATE)
        walk.net = (struct net){0};
    return walk;
}

static bool sent_back(const struct play *play, const struct object_play *object,
                      const struct oracle_part *part)
{
    for (size_t i = 0; i < play->resent.count; i++) {
        struct oracle_diff *sent = &play->resent.items[i];
        const struct oracle_part *same =
            oracle_part_find(sent->parts, sent->part_count, part->field);

        if (!sent->verdict.refused && about(sent, object) && same != NULL &&
            cell_equal(part->field, same->json, part->json))
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
    return object->row->hidden;
}

/* ---- Verdicts (quarantine.md 1) ---- */

static bool is_readable(const struct oracle_diff *diff)
{
    struct diff plain = {.type = diff->type, .model = diff->model, .json_data = diff->json_data};

    return world_readable(&plain);
}

static void refuse(struct oracle_diff *diff, enum fail_code code)
{
    if (!diff->verdict.refused)
        diff->verdict = (struct oracle_verdict){.refused = true, .code = code};
}

static bool is_allowed(const struct play *play, const struct oracle_diff *diff, enum diff_type type)
{
    return diff->model->allow[type] &&
           world_validates(play->request->rules, diff->model, type, diff->json_data);
}

/* As it was sent (reading 26). */
static bool may_be_sent(const struct play *play, const struct oracle_diff *diff)
{
    return diff->flawed ? diff->model->allow[diff->type] : is_allowed(play, diff, diff->type);
}

/* a: what is wrong in the diff itself. */
static void refuse_unreadable(struct oracle_list *fresh)
{
    for (size_t i = 0; i < fresh->count; i++) {
        const struct oracle_diff *diff = &fresh->items[i];

        if (!world_parses(&(struct diff){.model = diff->model, .json_data = diff->json_data}))
            refuse(&fresh->items[i], FAIL_INVALID_DATA);
    }
}

/* e: what builds on a refused create; and b, for what does not (readings 19, 23), if asked for. */
static void refuse_in_order(const struct play *play, const struct object_play *object,
                            struct oracle_list *fresh, bool ask)
{
    const struct oracle_diff *base = object->base;

    for (size_t i = 0; i < fresh->count; i++) {
        struct oracle_diff *diff = &fresh->items[i];

        if (diff->type != DIFF_CREATE && base != NULL) {
            refuse(diff, base->verdict.code);
            diff->verdict.any_code |= base->verdict.any_code;
        } else if (ask && !may_be_sent(play, diff)) {
            refuse(diff, FAIL_FORBIDDEN);
            diff->verdict.any_code |= !object->row->cells.live && !object->existed;
        }
        if (diff->type == DIFF_CREATE)
            base = diff->verdict.refused ? diff : NULL;
    }
}

static struct oracle_list accepted_of(const struct play *play, const struct oracle_list *fresh)
{
    struct oracle_list accepted = {
        .items = ARENA_ARRAY(&play->oracle->arena, fresh->count + 1, struct oracle_diff)};

    for (size_t i = 0; i < fresh->count; i++)
        if (!fresh->items[i].verdict.refused)
            accepted.items[accepted.count++] = fresh->items[i];
    return accepted;
}

static bool meets_delete(const struct object_play *object)
{
    return object->s.kind == DELETE || (object->s.kind == REPLACE && !object->doubtful);
}

/* What of l goes over a live row. */
static struct net winners_over_row(const struct play *play, const struct object_play *object,
                                   const struct net *l)
{
    struct net winners = {0};

    if (object->row->cells.live &&
        (l->kind == CREATE || (l->kind == UPDATE && !meets_delete(object)))) {
        winners = *l;
        keep_winners(play, &winners, &object->s, false);
    }
    return winners;
}

/* What l writes into the table. */
struct written {
    bool anew; /* a row that was not there */
    struct net net;
    struct cells cells; /* the row that it comes to */
};

static bool writes(const struct play *play, const struct object_play *object, const struct net *l,
                   struct written *written_out)
{
    struct written written = {
        .anew = !object->doubtful &&
                (l->kind == REPLACE || (l->kind == CREATE && !object->row->cells.live)),
        .net = winners_over_row(play, object, l),
    };
    struct row row = *object->row;

    if (written.anew) {
        written.net = *l;
        cells_clear(&row.cells);
        row.cells.live = true;
    }
    row_set(&row, &written.net);
    written.cells = row.cells;
    *written_out = written;
    return written.anew || written.net.part_count > 0;
}

/* Parents are played before their children (reading 27). */
static bool is_there(const struct play *play, size_t number)
{
    const struct owner *owner = play->owner;
    struct world_object parent;

    if (number == WORLD_PLACES)
        return false; /* another spelling, or a name that nothing has */
    parent = world_object(number);
    for (size_t i = 0; i < owner->row_count; i++) {
        const struct row *row = &owner->rows[i];

        if (row->model == parent.model && text_equal(row->id, parent.id))
            return row->cells.live || row->hidden ||
                   (i < play->before_count && play->before[i].cells.live && !row->replaced);
    }
    return false;
}

static bool lacks_parent(const struct play *play, const struct object_play *object,
                         const struct written *written, struct text *field_out)
{
    size_t number = world_object_number(object->model, object->id);

    *field_out = TEXT_LITERAL("id");
    for (size_t i = 0; written->anew && i < WORLD_RELATIONS; i++) {
        size_t parent = world_id_parent(world_relation(i), number);

        if (parent < WORLD_PLACES && !is_there(play, parent))
            return true;
    }
    for (size_t i = 0; i < written->net.part_count; i++) {
        const struct oracle_part *part = &written->net.parts[i];

        *field_out = part->field->name;
        if (part->field->parent != NULL && !text_is(part->json, "null") &&
            !is_there(play, world_parent(part->field, part->json)))
            return true;
    }
    return false;
}

static bool table_refuses(const struct play *play, const struct object_play *object,
                          const struct oracle_list *accepted, size_t count, struct text *field_out)
{
    struct oracle_list prefix = {
        .items = ARENA_ARRAY(&play->oracle->arena, count + 1, struct oracle_diff), .count = count};
    struct written written;
    struct net l;

    memcpy(prefix.items, accepted->items, count * sizeof(*prefix.items));
    l = fold_marked(&prefix);
    if (!writes(play, object, &l, &written))
        return false;
    for (size_t i = 0; i < l.part_count; i++)
        if (l.parts[i].flawed) {
            *field_out = l.parts[i].field->name;
            return true;
        }
    return lacks_parent(play, object, &written, field_out) ||
           !world_row_fits(play->request->rules, object->model, &written.cells, field_out);
}

static struct oracle_diff *item_of(struct oracle_list *list, struct text id)
{
    size_t i = 0;

    while (!text_equal(list->items[i].id, id))
        i++;
    return &list->items[i];
}

/* a, of values (reading 26). */
static bool refuse_flawed(const struct object_play *object, struct oracle_list *fresh)
{
    bool any = false;

    for (size_t i = 0; i < object->l.part_count; i++) {
        const struct oracle_part *part = &object->l.parts[i];
        struct oracle_diff *diff;

        if (!part->flawed)
            continue;
        diff = item_of(fresh, part->source->id);
        any = true;
        if (diff->verdict.refused)
            continue;
        refuse(diff, FAIL_INVALID_DATA);
        diff->verdict.field = part->field->name;
    }
    return any;
}

/* c */
static bool refuse_unborn(const struct play *play, const struct object_play *object,
                          struct oracle_list *fresh)
{
    if (object->l.kind != UPDATE || meets_delete(object) || object->row->cells.live ||
        object->existed || object->doubtful || play->anew)
        return false;
    for (size_t i = 0; i < fresh->count; i++)
        refuse(&fresh->items[i], FAIL_NO_SUCH_OBJECT);
    return true;
}

/* From that diff on; NULL if there is none. */
static struct oracle_diff *first_create(struct oracle_list *fresh, struct text from)
{
    struct oracle_diff *end = fresh->items + fresh->count;

    for (struct oracle_diff *diff = item_of(fresh, from); diff < end; diff++)
        if (diff->type == DIFF_CREATE && !diff->verdict.refused)
            return diff;
    return NULL;
}

/* b, for a create that would be stored as an update (reading 22). */
static bool refuse_as_update(struct play *play, const struct object_play *object,
                             struct oracle_list *fresh)
{
    struct net winners = winners_over_row(play, object, &object->l);
    struct oracle_diff stored, *create;

    if (winners.part_count == 0)
        return false;
    stored = content(play, &winners, DIFF_UPDATE);
    if (is_allowed(play, &stored, DIFF_UPDATE))
        return false;
    create = first_create(fresh, object->l.first->id);
    if (create != NULL)
        refuse(create, FAIL_FORBIDDEN);
    return create != NULL;
}

/* A flawed diff that is part of what is stored: the create, or the last one with a field left. */
static const struct oracle_diff *flawed_part(const struct net *net, bool created)
{
    const struct oracle_diff *last = NULL;

    if (created && net->first->flawed)
        return net->first;
    for (size_t i = 0; i < net->part_count; i++) {
        const struct oracle_diff *source = net->parts[i].source;

        if (source->flawed && (last == NULL || source->order > last->order))
            last = source;
    }
    return last;
}

/* b, for what was flawed at first (reading 26). */
static bool refuse_repaired(struct play *play, const struct object_play *object,
                            struct oracle_list *fresh)
{
    bool created = !object->doubtful && (object->l.kind == REPLACE ||
                                         (object->l.kind == CREATE && !object->row->cells.live));
    struct net net = created ? object->l : winners_over_row(play, object, &object->l);
    const struct oracle_diff *flawed;
    struct oracle_diff stored;

    if (!created && net.part_count == 0)
        return false;
    flawed = flawed_part(&net, created);
    if (flawed == NULL)
        return false;
    stored = content(play, &net, created ? DIFF_CREATE : DIFF_UPDATE);
    if (is_allowed(play, &stored, stored.type))
        return false;
    refuse(item_of(fresh, flawed->id), FAIL_FORBIDDEN);
    return true;
}

/* d */
static bool refuse_culprit(const struct play *play, const struct object_play *object,
                           struct oracle_list *fresh)
{
    struct oracle_list accepted = accepted_of(play, fresh);
    struct oracle_diff *culprit;
    struct text field, shorter;
    size_t p = accepted.count;

    if (p == 0 || !table_refuses(play, object, &accepted, p, &field))
        return false;
    for (; p > 1 && table_refuses(play, object, &accepted, p - 1, &shorter); p--)
        field = shorter;
    culprit = item_of(fresh, accepted.items[p - 1].id);
    refuse(culprit, FAIL_INVALID_DATA);
    culprit->verdict.field = field;
    return true;
}

static void reach_verdicts(struct play *play, struct object_play *object, struct oracle_list *fresh)
{
    bool again = true, ask = false;

    repair(fresh, object->has);
    mark_void(fresh, object->has);
    refuse_unreadable(fresh);
    while (again) {
        struct oracle_list accepted;

        refuse_in_order(play, object, fresh, ask);
        accepted = accepted_of(play, fresh);
        object->l = fold_marked(&accepted);
        if (refuse_flawed(object, fresh))
            continue;
        again = !ask || refuse_unborn(play, object, fresh) ||
                refuse_as_update(play, object, fresh) || refuse_repaired(play, object, fresh);
        if (!again) {
            object->row->replaced |= object->l.kind == REPLACE && !object->doubtful;
            again = refuse_culprit(play, object, fresh);
        }
        ask = true;
    }
    for (size_t i = 0; i < fresh->count; i++)
        item_of(&play->fresh, fresh->items[i].id)->verdict = fresh->items[i].verdict;
}

/* ---- Compensation (quarantine.md 4) ---- */

/* What the client may have wrong. */
struct doubt {
    bool any;
    bool whole;       /* all of the object */
    struct text last; /* id of the last refused diff */
    bool field[WORLD_FIELDS];
};

static void add_doubt(struct doubt *doubt, const struct oracle_diff *diff)
{
    doubt->any = true;
    doubt->last = diff->id;
    doubt->whole |= diff->type != DIFF_UPDATE || !is_readable(diff);
    for (size_t i = 0; i < diff->part_count; i++)
        doubt->field[diff->parts[i].field->index] = true;
}

/* Did the client receive a compensation since? (reading 21) */
static bool came_right(const struct play *play, const struct object_play *object,
                       const struct oracle_diff *refused)
{
    for (size_t i = 0; i < play->resent.count; i++) {
        const struct oracle_diff *sent = &play->resent.items[i];

        if (sent->compensation && about(sent, object) && sent->clock >= refused->known_clock)
            return true;
    }
    return false;
}

static struct doubt doubt_of(const struct play *play, const struct object_play *object)
{
    struct oracle_list resent = list_about(play, &play->resent, object);
    struct oracle_list fresh = list_about(play, &play->fresh, object);
    struct doubt doubt = {0};

    for (size_t i = 0; i < resent.count; i++)
        if (resent.items[i].verdict.refused && !came_right(play, object, &resent.items[i]))
            add_doubt(&doubt, &resent.items[i]);
    for (size_t i = 0; i < fresh.count; i++)
        if (fresh.items[i].verdict.refused)
            add_doubt(&doubt, &fresh.items[i]);
    return doubt;
}

/* What A would be without refusals goes into the one diff. */
static void add_plain_answer(struct play *play, size_t from, struct doubt *doubt, struct net *net)
{
    for (size_t i = from; i < play->outcome.answer.count; i++) {
        const struct oracle_diff *plain = &play->outcome.answer.items[i];

        doubt->whole |= plain->type == DIFF_CREATE;
        for (size_t p = 0; plain->type == DIFF_UPDATE && p < plain->part_count; p++)
            part_set(net->parts, &net->part_count, &plain->parts[p]);
    }
    play->outcome.answer.count = from;
}

static void add_row_fields(const struct object_play *object, const struct doubt *doubt,
                           struct net *net)
{
    for (size_t i = 0; i < object->model->field_count; i++) {
        struct oracle_part part = {.field = &object->model->fields[i],
                                   .json = object->row->cells.json[i]};

        if (doubt->whole || doubt->field[i])
            part_set(net->parts, &net->part_count, &part);
    }
}

static void compensate(struct play *play, struct object_play *object, size_t from,
                       struct doubt doubt)
{
    bool live = object->row->cells.live;
    enum diff_type type = !live ? DIFF_DELETE : object->has_end ? DIFF_UPDATE : DIFF_CREATE;
    struct net net = {0};
    struct oracle_diff *made;

    add_plain_answer(play, from, &doubt, &net);
    doubt.whole |= type == DIFF_CREATE;
    if (live)
        add_row_fields(object, &doubt, &net);
    if (type == DIFF_UPDATE && net.part_count == 0)
        return;
    if (!live)
        net.part_count = 0;
    answer_made(play, object, type, &net);
    made = &play->outcome.answer.items[from];
    made->compensation = true;
    made->because = doubt.last;
    made->loose = object->model->unmapped; /* its place among the foreign keys */
    made->optional = !live && !object->has_end;
    for (size_t i = 0; type == DIFF_CREATE && i < made->part_count; i++)
        made->parts[i].filler = text_is(made->parts[i].json, "null");
}

/* ---- All of one object ---- */

/* A, had nothing been refused. */
static void answer_plainly(struct play *play, struct object_play *object, bool was_live)
{
    size_t answers = play->outcome.answer.count;

    if (object->l.kind == CREATE && !was_live)
        return; /* ¹ and ⁴ are about a row that was there before */
    assert(object->s.kind < NET_KINDS && object->l.kind < NET_KINDS);
    ANSWER[object->s.kind][object->l.kind](play, object);
    if (object->refill && object->row->cells.live && play->outcome.answer.count == answers &&
        (object->l.kind == NOTHING || object->l.kind == UPDATE))
        answer_refill(play, object);
    spare_known_values(play, object);
    allow_idle_delete(play, object);
}

/* A row that no create told of stands behind it, but the device needs it for another reason than
 * that (reading 28). */
static void name_anew(struct play *play, size_t from)
{
    for (size_t i = from; i < play->outcome.answer.count; i++) {
        struct oracle_diff *diff = &play->outcome.answer.items[i];

        diff->loose = true;
        diff->compensation = false;
        if (text_equal(diff->id, oracle_row_id(play->oracle, diff->model, diff->object_id)))
            diff->id = (struct text){0};
    }
}

/* ---- What tables make of rows (reading 31) ---- */

/* When what nobody set counts as written. */
static int64_t blame_time(const struct oracle_diff *stored)
{
    const struct oracle_diff *last = NULL;

    for (size_t i = 0; i < stored->part_count; i++)
        if (last == NULL || stored->parts[i].source->order > last->order)
            last = stored->parts[i].source;
    return last == NULL ? stored->time_ms : last->time_ms;
}

static void add_altered(struct oracle_diff *diff, struct oracle_diff *stored,
                        const struct field *field, struct text json)
{
    const struct oracle_part *set = oracle_part_find(stored->parts, stored->part_count, field);
    const struct oracle_part part = {
        .field = field, .json = json, .time_ms = set != NULL ? set->time_ms : blame_time(stored)};

    diff->parts[diff->part_count++] = part;
    diff->time_ms = part.time_ms > diff->time_ms ? part.time_ms : diff->time_ms;
}

/* What the table made of the row for which this is stored: no part if nothing. */
static struct oracle_diff alter(struct play *play, const struct object_play *object,
                                struct oracle_diff *stored)
{
    struct oracle_diff diff = {.clock = play->owner->next_clock,
                               .type = DIFF_UPDATE,
                               .model = object->model,
                               .object_id = object->id,
                               .altered = true};
    struct cells cells = object->row->cells;
    unsigned set = 0;

    for (size_t i = 0; i < stored->part_count; i++)
        set |= 1u << stored->parts[i].field->index;
    world_before(object->model, stored->type, set, &cells);
    for (size_t i = 0; i < object->model->field_count; i++)
        if (!cell_equal(&object->model->fields[i], cells.json[i], object->row->cells.json[i]))
            add_altered(&diff, stored, &object->model->fields[i], cells.json[i]);
    object->row->cells = cells;
    diff.json_data = oracle_json_of(play->oracle, &diff);
    diff.id = oracle_fill_id(play->oracle, &diff);
    return diff;
}

static void lay_altered(struct play *play, struct oracle_diff *over, const struct oracle_diff *diff)
{
    for (size_t i = 0; i < diff->part_count; i++)
        part_set(over->parts, &over->part_count, &diff->parts[i]);
    over->optional = over->verbatim = false;
    over->json_data = oracle_json_of(play->oracle, over);
}

static void tell_altered(struct play *play, const struct oracle_diff *diff, size_t from)
{
    if (diff->part_count == 0)
        return;
    oracle_list_add(&play->told, diff);
    for (size_t i = from; i < play->outcome.answer.count; i++)
        if (play->outcome.answer.items[i].type != DIFF_DELETE) {
            lay_altered(play, &play->outcome.answer.items[i], diff);
            return;
        }
    answer(play, diff);
}

static bool is_sent(const struct play *play, const struct object_play *object)
{
    return list_about(play, &play->fresh, object).count > 0 ||
           list_about(play, &play->resent, object).count > 0;
}

/* ---- Below the horizon (readings 32 to 34) ---- */

static bool is_old(const struct play *play)
{
    return play->request->clock < play->owner->compacted_below;
}

static bool stored_between(const struct play *play, const struct object_play *object)
{
    const struct oracle_list *stored = &play->owner->stored;
    bool between = false;

    for (size_t i = 0; i < stored->count; i++) {
        const struct oracle_diff *diff = &stored->items[i];

        if (!about(diff, object) || diff->clock < play->request->clock)
            continue;
        between |= play->request->clock < play->owner->forgotten_below ||
                   diff->clock < play->owner->compacted_below;
        if (diff->type == DIFF_DELETE && diff->clock < play->owner->forgotten_below)
            between = false; /* whether the server has forgotten it already or not */
    }
    return between;
}

static bool is_doubtful(const struct play *play, const struct object_play *object)
{
    return (is_old(play) || play->anew) && is_sent(play, object) &&
           (stored_between(play, object) || list_about(play, &play->resent, object).count > 0 ||
            (play->request->clock < play->owner->forgotten_below &&
             list_about(play, &play->fresh, object).count > 1));
}

static struct net all_since(const struct play *play, const struct object_play *object)
{
    const struct oracle_list *stored = &play->owner->stored;
    struct net net = {0};

    for (size_t i = 0; i < stored->count; i++) {
        const struct oracle_diff *diff = &stored->items[i];
        struct net before = net;

        if (!about(diff, object) || diff->clock < play->request->clock)
            continue;
        fold(&net, diff);
        for (size_t k = 0; diff->clock >= play->owner->compacted_below && k < net.part_count; k++) {
            struct oracle_part *now = &net.parts[k];
            const struct oracle_part *was =
                oracle_part_find(before.parts, before.part_count, now->field);

            if (was != NULL && was->time_ms > now->time_ms)
                now->time_ms = was->time_ms;
        }
    }
    return net;
}

/* Does the last diff say that devices have it? */
static bool is_told(const struct play *play, const struct object_play *object)
{
    const struct oracle_list *stored = &play->owner->stored;
    bool told = object->row->cells.live;

    for (size_t i = 0; i < stored->count; i++)
        if (about(&stored->items[i], object))
            told = stored->items[i].type != DIFF_DELETE;
    return told;
}

static void answer_loosely(struct play *play, struct object_play *object, enum diff_type type)
{
    const struct net none = {0};
    struct oracle_diff *diff;

    answer_made(play, object, type, &none);
    diff = &play->outcome.answer.items[play->outcome.answer.count - 1];
    diff->loose = true;
    diff->optional = false;
    for (size_t i = 0; type == DIFF_CREATE && i < object->model->field_count; i++)
        diff->parts[diff->part_count++] =
            (struct oracle_part){.field = &object->model->fields[i],
                                 .json = object->row->cells.json[i],
                                 .filler = text_is(object->row->cells.json[i], "null")};
    diff->json_data = oracle_json_of(play->oracle, diff);
}

static bool in_history_of(const struct play *play, const struct object_play *object)
{
    return all_since(play, object).kind != NOTHING;
}

static void play_doubtful(struct play *play, struct object_play *object, struct oracle_list *fresh)
{
    const size_t answers = play->outcome.answer.count, stored = play->store.count;
    struct oracle_diff altered = {.part_count = 0};
    struct doubt doubt;

    const struct walk walk = walk_history(play, object, false);
    const bool changed = in_history_of(play, object);

    object->existed = true;
    object->has = changed || walk.has;
    object->base = walk.base;
    object->s = all_since(play, object);
    object->doubtful = changed;
    play->strict = true;
    if (play->request->rules->quarantine)
        reach_verdicts(play, object, fresh);
    else
        object->l = fold_client(fresh, object->has);
    if (!changed && is_told(play, object) == object->row->cells.live)
        apply(play, object);
    else if (changed && object->row->cells.live && is_told(play, object) &&
             (object->l.kind == CREATE || object->l.kind == UPDATE))
        store_update(play, object);
    play->strict = false;
    answer_loosely(play, object, DIFF_DELETE);
    play->outcome.answer.items[answers].optional = !changed && !object->row->cells.live;
    if (object->row->cells.live)
        answer_loosely(play, object, DIFF_CREATE);
    doubt = doubt_of(play, object);
    for (size_t i = answers; i < play->outcome.answer.count; i++) {
        play->outcome.answer.items[i].compensation = doubt.any;
        play->outcome.answer.items[i].because = doubt.last;
    }
    if (play->store.count > stored)
        altered = alter(play, object, &play->store.items[play->store.count - 1]);
    tell_altered(play, &altered, answers);
}

/* Anything of the row may be in a create. */
static void loosen_fields(const struct object_play *object, struct oracle_diff *diff)
{
    for (size_t i = 0; i < object->model->field_count; i++) {
        const struct field *field = &object->model->fields[i];
        struct oracle_part *part = oracle_part_find(diff->parts, diff->part_count, field);

        if (part != NULL)
            part->json = object->row->cells.json[i];
        else if (diff->type == DIFF_CREATE)
            diff->parts[diff->part_count++] = (struct oracle_part){
                .field = field, .json = object->row->cells.json[i], .filler = true};
    }
}

/* What is told of an object that the request does not name. */
static void loosen(struct play *play, const struct object_play *object, size_t from)
{
    struct oracle_list *answers = &play->outcome.answer;
    struct oracle_diff idle = {.type = DIFF_DELETE,
                               .model = object->model,
                               .object_id = object->id,
                               .loose = true,
                               .optional = true};
    bool updates = false, deletes = false;

    for (size_t i = from; i < answers->count; i++) {
        struct oracle_diff *diff = &answers->items[i];

        diff->loose = true;
        diff->verbatim = false;
        diff->id = (struct text){0};
        updates |= diff->type == DIFF_UPDATE;
        deletes |= diff->type == DIFF_DELETE;
        if (diff->type != DIFF_DELETE)
            loosen_fields(object, diff);
    }
    if (!updates && !deletes)
        answer(play, &idle);
}

static void play_object(struct play *play, const struct model *model, struct text id)
{
    struct object_play object = {.model = model, .id = id};
    struct oracle_list fresh = list_about(play, &play->fresh, &object);
    const size_t answers = play->outcome.answer.count, stored = play->store.count;
    struct oracle_diff altered = {.part_count = 0};
    struct walk walk;
    struct doubt doubt;
    bool was_live;

    object.row = oracle_row_of(play->owner, model, id);
    object.existed = existed(play->owner, &object);
    object.doubtful = is_doubtful(play, &object);
    if (object.doubtful) {
        play_doubtful(play, &object, &fresh);
        return;
    }
    object.has = walk_history(play, &object, false).has;
    walk = walk_history(play, &object, object.has);
    object.s = walk.net;
    object.base = walk.base;
    object.refill = walk.refill;
    object.lacks = walk.lacks;
    object.s.thinned |= walk.cancelled;
    if (play->request->rules->quarantine)
        reach_verdicts(play, &object, &fresh);
    else
        object.l = fold_client(&fresh, object.has);
    object.has_end = object.has;
    for (size_t i = 0; i < fresh.count; i++)
        object.has_end = oracle_present_after(fresh.items[i].type, object.has_end);
    was_live = object.row->cells.live;
    apply(play, &object);
    answer_plainly(play, &object, was_live);
    if (play->request->clock == 0 && oracle_began_adopted(play->owner, model, id) &&
        (object.existed || is_sent(play, &object)))
        name_anew(play, answers);
    if (play->store.count > stored && object.row->cells.live)
        altered = alter(play, &object, &play->store.items[play->store.count - 1]);
    doubt = doubt_of(play, &object);
    if (doubt.any)
        compensate(play, &object, answers, doubt);
    tell_altered(play, &altered, answers);
    if (is_old(play) && !is_sent(play, &object))
        loosen(play, &object, answers);
}

/* ---- One request (section 4) ---- */

/* What a create lacks of the required fields counts as a null that does not fit (reading 26). */
static void add_part(struct oracle_diff *diff, const struct field *field, struct text json)
{
    struct oracle_part part = {.field = field,
                               .json = json,
                               .time_ms = diff->time_ms,
                               .flawed = !world_value_fits(field, json)};

    diff->flawed |= part.flawed;
    diff->parts[diff->part_count++] = part;
}

/* Did the device receive it as the create of a row? */
static bool is_row_id(const struct play *play, const struct diff *sent)
{
    return sent->type == DIFF_CREATE && sent->clock < play->owner->next_clock &&
           text_equal(sent->id, oracle_row_id(play->oracle, sent->model, sent->object_id));
}

bool oracle_knows(struct oracle *oracle, struct text owner, const struct diff *diff)
{
    const struct play play = {.oracle = oracle, .owner = oracle_owner(oracle, owner)};

    const struct known *known = known_find(play.owner, diff->id);

    return (known != NULL && !known->forgotten) || is_row_id(&play, diff);
}

static bool is_caused(const struct play *play, struct text id);

/* … whatever of it is forgotten. */
static bool is_known(const struct play *play, const struct diff *sent)
{
    const struct known *known = known_find(play->owner, sent->id);

    if (is_row_id(play, sent))
        return sent->clock >= play->request->clock;
    return known != NULL && known->clock >= play->request->clock &&
           (!known->forgotten || is_caused(play, sent->id));
}

/* Is it one that the server made because of another diff of the request, which it knows? */
static bool is_caused(const struct play *play, struct text id)
{
    const struct diff_list *diffs = &play->request->diffs;

    for (size_t i = 0; i < diffs->count; i++)
        if (text_equal(oracle_derived_id(play->oracle, diffs->items[i].id), id) &&
            is_known(play, &diffs->items[i]))
            return true;
    return false;
}

/* When it came, if that can be. */
static int64_t made_clock(const struct play *play, const struct diff *sent)
{
    const int64_t latest = play->owner->next_clock - 1;

    return sent->clock >= play->request->clock && sent->clock < latest ? sent->clock : latest;
}

static struct oracle_diff as_sent(const struct play *play, const struct diff *sent, size_t order)
{
    struct oracle_diff diff = {.id = sent->id,
                               .clock = sent->clock,
                               .order = order,
                               .time_ms = sent->time_ms,
                               .type = sent->type,
                               .model = sent->model,
                               .object_id = sent->object_id,
                               .json_data = sent->json_data,
                               .verbatim = !world_rewrites(sent),
                               .known_clock = -1};
    const struct known *known = known_find(play->owner, sent->id);

    if (known != NULL && known->forgotten && !is_caused(play, sent->id))
        known = NULL;
    if (known == NULL && is_row_id(play, sent)) {
        diff.known_clock = sent->clock;
        diff.compensation = true;
    }
    if (known == NULL && diff.known_clock < 0 && is_old(play) && sent->id.len == 36 &&
        sent->id.ptr[14] == '8')
        diff.known_clock = made_clock(play, sent); /* reading 37 */
    if (known != NULL) {
        diff.known_clock = known->clock;
        diff.verdict = known->verdict;
        diff.verdict.any_code |= !known->kept;
        diff.kept = known->kept;
        /* Once it may have been told of a row that went meanwhile; what the device has is later. */
        diff.compensation = known->compensation || is_row_id(play, sent);
    }
    for (size_t i = 0; i < sent->field_count; i++)
        add_part(&diff, sent->fields[i].field, sent->fields[i].value.json);
    for (size_t i = 0; diff.type == DIFF_CREATE && i < diff.model->field_count; i++)
        if (diff.model->fields[i].required &&
            oracle_part_find(diff.parts, diff.part_count, &diff.model->fields[i]) == NULL)
            add_part(&diff, &diff.model->fields[i], TEXT_LITERAL("null"));
    return diff;
}

static void sort_out(struct play *play)
{
    const struct diff_list *diffs = &play->request->diffs;

    for (size_t i = 0; i < diffs->count; i++) {
        struct oracle_diff diff = as_sent(play, &diffs->items[i], i);

        if (list_find(&play->fresh, diff.id) != NULL || list_find(&play->resent, diff.id) != NULL)
            continue;
        if (diff.known_clock < 0)
            oracle_list_add(&play->fresh, &diff);
        else if (diff.known_clock >= play->request->clock)
            oracle_list_add(&play->resent, &diff);
    }
    oracle_own_parts(&play->owner->stored);
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

static bool is_named(const struct oracle_list *list, size_t count, const struct oracle_diff *diff)
{
    for (size_t i = 0; i < count; i++)
        if (list->items[i].model == diff->model &&
            text_equal(list->items[i].object_id, diff->object_id))
            return true;
    return false;
}

static void play_if_of(struct play *play, size_t model, const struct oracle_diff *diff)
{
    if (diff->model->index == model)
        play_object(play, diff->model, diff->object_id);
}

/* A row that no diff tells of, for a device that has nothing yet. */
static void play_untold(struct play *play, size_t model, size_t number,
                        const struct oracle_list *refused)
{
    const struct row *row = &play->before[number];
    struct oracle_diff about_it = {.model = row->model, .object_id = row->id};

    if (row->cells.live && !oracle_comes_later(play->owner, row->model, row->id) &&
        !in_history(play, &about_it) && !is_named(&play->fresh, play->fresh.count, &about_it) &&
        !is_named(refused, refused->count, &about_it))
        play_if_of(play, model, &about_it);
}

/* Every object of S(c), then those that the client alone speaks of, then those of which it sends
 * nothing but what was refused before, then rows that no diff tells of. */
static void play_model(struct play *play, size_t model)
{
    const struct oracle_list *stored = &play->owner->stored, *fresh = &play->fresh;
    struct oracle_list refused = {
        .items = ARENA_ARRAY(&play->oracle->arena, play->resent.count + 1, struct oracle_diff)};

    for (size_t i = 0; i < stored->count; i++)
        if (stored->items[i].clock >= play->request->clock &&
            !played_before(stored, i, play->request->clock))
            play_if_of(play, model, &stored->items[i]);
    for (size_t i = 0; i < fresh->count; i++)
        if (fresh->items[i].object_id.len == 0)
            refuse(&fresh->items[i], FAIL_INVALID_DATA); /* nobody can tell of what */
        else if (!in_history(play, &fresh->items[i]) && !is_named(fresh, i, &fresh->items[i]))
            play_if_of(play, model, &fresh->items[i]);
    for (size_t i = 0; i < play->resent.count; i++)
        if ((play->resent.items[i].verdict.refused || is_old(play)) &&
            play->resent.items[i].object_id.len > 0)
            refused.items[refused.count++] = play->resent.items[i];
    for (size_t i = 0; i < refused.count; i++)
        if (!in_history(play, &refused.items[i]) && !is_named(&refused, i, &refused.items[i]) &&
            !is_named(fresh, fresh->count, &refused.items[i]))
            play_if_of(play, model, &refused.items[i]);
    for (size_t i = 0; i < play->before_count && play->request->clock == 0; i++)
        play_untold(play, model, i, &refused);
}

/* Parents before children, and in the end what is not mapped. */
static void play_objects(struct play *play)
{
    for (size_t model = 0; model <= world_mapping()->model_count; model++)
        play_model(play, model);
}

/* ---- What is refused ---- */

static const struct diff *sent_diff(const struct play *play, struct text id)
{
    const struct diff *diff = play->request->diffs.items;

    while (!text_equal(diff->id, id))
        diff++;
    return diff;
}

static void list_rejects(struct play *play)
{
    size_t most = play->fresh.count + play->resent.count;
    struct oracle_rejects *rejects = &play->outcome.rejects;

    rejects->items = ARENA_ARRAY(&play->oracle->arena, most + 1, struct oracle_reject);
    for (size_t i = 0; i < play->fresh.count; i++)
        if (play->fresh.items[i].verdict.refused)
            rejects->items[rejects->count++] = (struct oracle_reject){
                .id = play->fresh.items[i].id, .verdict = play->fresh.items[i].verdict};
    play->outcome.new_diffs = play->fresh.count;
    play->outcome.new_rejects = rejects->count;
    for (size_t i = 0; i < play->resent.count; i++)
        if (play->resent.items[i].kept)
            rejects->items[rejects->count++] = (struct oracle_reject){
                .id = play->resent.items[i].id, .verdict = play->resent.items[i].verdict};
}

static void append(struct owner *owner, const struct oracle_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        oracle_list_add(&owner->stored, &list->items[i])->order = ++owner->last_order;
}

static void commit(struct play *play)
{
    struct owner *owner = play->owner;

    for (size_t i = 0; i < play->fresh.count; i++) {
        const struct oracle_diff *fresh = &play->fresh.items[i];

        oracle_known_add(owner, &(struct known){.id = fresh->id,
                                                .clock = owner->next_clock,
                                                .verdict = fresh->verdict,
                                                .kept = fresh->verdict.refused,
                                                .diff = *sent_diff(play, fresh->id)});
    }
    append(owner, &play->store);
    for (size_t i = 0; i < play->store.count; i++)
        if (play->store.items[i].id.len > 0 && known_find(owner, play->store.items[i].id) == NULL)
            oracle_known_add(
                owner, &(struct known){.id = play->store.items[i].id, .clock = owner->next_clock});
    append(owner, &play->told);
    for (size_t i = 0; i < play->told.count; i++)
        oracle_known_add(owner, &(struct known){.id = play->told.items[i].id,
                                                .clock = play->told.items[i].clock});
    oracle_own_parts(&owner->stored);
    play->outcome.pushed = play->fresh.count > 0;
    owner->next_clock += play->outcome.pushed;
}

/* Rows are changed while the objects are played: a rejection puts them back (all or nothing). */
static struct row *rows_copy(const struct owner *owner)
{
    struct row *copy = alloc_or_die((owner->row_count + 1) * sizeof(*copy));

    for (size_t i = 0; i < owner->row_count; i++)
        owner->rows[i].replaced = false;
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
    free(play->told.items);
    free(before);
}

/* docs/protocol.md 9.3. */
static void answer_rows(struct play *play)
{
    struct owner *owner = play->owner;

    for (size_t i = 0; i < owner->row_count; i++) {
        struct object_play object = {
            .model = owner->rows[i].model, .id = owner->rows[i].id, .row = &owner->rows[i]};
        struct walk walk = {0};

        if (!object.row->cells.live)
            continue;
        fold_adopted(play, &object, &walk);
        answer(play, walk.net.first);
    }
}

/* Of what the request leaves behind. */
static void answer_anew(struct play *play)
{
    struct oracle_list *answers = &play->outcome.answer;

    answers->count = 0;
    answer_rows(play);
    for (size_t i = 0; i < answers->count; i++)
        answers->items[i].loose = true;
    play->outcome.reset = true;
}

static struct oracle_outcome play_request(struct oracle *oracle,
                                          const struct oracle_request *request, bool retried)
{
    struct play play = {
        .oracle = oracle, .owner = oracle_owner(oracle, request->owner), .request = request};
    size_t row_count;
    struct row *before;

    play.anew =
        request->reset && request->clock > 0 && request->clock < play.owner->forgotten_below;
    if (request->clock > 0 && request->clock < play.owner->forgotten_below && !request->reset) {
        play.outcome.rejected = true;
        play.outcome.code = FAIL_INVALID_CLOCK;
        return play.outcome;
    }
    if (!request->undrained)
        oracle_drain_owner(oracle, play.owner);
    row_count = play.owner->row_count;
    before = rows_copy(play.owner);
    play.before = before;
    play.before_count = row_count;
    if (request->clock > play.owner->next_clock) {
        play.outcome.rejected = true;
        play.outcome.code = FAIL_INVALID_CLOCK;
    } else if (request->clock == 0 && request->diffs.count == 0) {
        answer_rows(&play);
    } else {
        sort_out(&play);
        play_objects(&play);
        list_rejects(&play);
        if (play.anew && !play.outcome.rejected)
            answer_anew(&play);
    }
    if (retried && (play.outcome.new_rejects > 0 || play.store.count == 0)) {
        play.outcome.rejected = true;
        play.outcome.code = play.outcome.new_rejects > 0
                                ? play.outcome.rejects.items[0].verdict.code
                                : FAIL_NO_SUCH_OBJECT;
        play.outcome.any_code =
            play.outcome.new_rejects > 0 && play.outcome.rejects.items[0].verdict.any_code;
    }
    finish(&play, before, row_count);
    return play.outcome;
}

struct oracle_outcome oracle_sync(struct oracle *oracle, const struct oracle_request *request)
{
    return play_request(oracle, request, false);
}

/* ---- Operators (quarantine.md 6) ---- */

struct oracle_rejects oracle_rejects(struct oracle *oracle, struct text owner)
{
    const struct owner *found = oracle_owner(oracle, owner);
    struct oracle_rejects rejects = {
        .items = ARENA_ARRAY(&oracle->arena, found->known_count + 1, struct oracle_reject)};

    for (size_t i = 0; i < found->known_count; i++) {
        const struct known *known = &found->known[i];

        if (known->verdict.refused)
            rejects.items[rejects.count++] = (struct oracle_reject){.id = known->id,
                                                                    .verdict = known->verdict,
                                                                    .clock = known->clock,
                                                                    .kept = known->kept};
    }
    return rejects;
}

struct oracle_outcome oracle_retry(struct oracle *oracle, const struct oracle_request *request,
                                   struct text id, struct text new_id)
{
    struct owner *owner = oracle_owner(oracle, request->owner);
    struct oracle_request retried = *request;
    struct diff *diff = ARENA_NEW(&oracle->arena, struct diff);
    struct oracle_outcome outcome;

    *diff = known_find(owner, id)->diff;
    diff->id = new_id;
    oracle_drain_owner(oracle, owner); /* it is a change of now */
    retried.clock = owner->next_clock;
    retried.diffs = (struct diff_list){diff, 1};
    outcome = play_request(oracle, &retried, true);
    if (!outcome.rejected)
        known_find(owner, id)->kept = false;
    return outcome;
}

void oracle_drop(struct oracle *oracle, struct text owner, struct text id)
{
    struct owner *found = oracle_owner(oracle, owner);

    known_find(found, id)->kept = false;
    found->next_clock++;
}
