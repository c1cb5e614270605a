/* Which triggers a config needs, and which of them are there: schema_trigger_set_read(). */
#include "schema_trigger_set.h"

#include "id.h"
#include "schema_cascades.h"

#define SQL_MAX_BYTES       ((size_t)4 * 1024 * 1024)
#define NAME_MAX_CHARACTERS ((size_t)64)
#define HASH_CHARACTERS     ((size_t)12)

/* The first digits of a SHA-256, without the hyphen that a UUID has between them. */
static void write_hash(const struct schema_trigger *trigger, char hash_out[HASH_CHARACTERS + 1])
{
    char uuid[ID_UUID_LEN + 1];
    struct buf all;
    size_t len = 0;

    buf_init(&all, SQL_MAX_BYTES + 1024);
    buf_printf(&all, "%s %.*s\n", trigger->when, TEXT_ARG(trigger->table));
    buf_add_text(&all, trigger->body);
    id_uuid_of(buf_text(&all), uuid);
    buf_release(&all);
    for (size_t i = 0; len < HASH_CHARACTERS; i++)
        if (uuid[i] != '-')
            hash_out[len++] = uuid[i];
    hash_out[len] = '\0';
}

/* The beginning, in whole characters. */
static struct text cut(struct text text, size_t characters)
{
    size_t len = 0;

    for (size_t count = 0; len < text.len; len++) {
        const bool first = ((unsigned char)text.ptr[len] & 0xC0) != 0x80;

        if (first && count++ == characters)
            break;
    }
    return (struct text){text.ptr, len};
}

static struct text name_of(struct arena *arena, const struct schema_trigger *trigger,
                           const char *what)
{
    const size_t fixed = strlen(CATALOG_OWN_TRIGGER) + strlen(what) + HASH_CHARACTERS + 2;
    char hash[HASH_CHARACTERS + 1];
    struct text name;
    struct buf buf;

    write_hash(trigger, hash);
    buf_init(&buf, 4 * NAME_MAX_CHARACTERS + 1);
    buf_printf(&buf, CATALOG_OWN_TRIGGER "%.*s_%s_%s",
               TEXT_ARG(cut(trigger->table, NAME_MAX_CHARACTERS - fixed)), what, hash);
    name = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return name;
}

bool schema_trigger_is_own(struct text name)
{
    const size_t begin = strlen(CATALOG_OWN_TRIGGER);

    if (name.len <= begin + HASH_CHARACTERS || !text_starts_with(name, CATALOG_OWN_TRIGGER) ||
        name.ptr[name.len - HASH_CHARACTERS - 1] != '_')
        return false;
    for (size_t i = name.len - HASH_CHARACTERS; i < name.len; i++)
        if (strchr("0123456789abcdef", name.ptr[i]) == NULL)
            return false;
    return true;
}

void schema_trigger_set_add(struct schema_session *session, struct schema_trigger_set *set,
                            const struct schema_trigger *trigger, const char *what)
{
    struct schema_trigger *added;

    if (trigger->body.len == 0)
        return;
    set->wanted = ARENA_ROOM(&session->arena, set->wanted, set->count, &set->capacity);
    added = &set->wanted[set->count++];
    *added = *trigger;
    added->name = name_of(&session->arena, trigger, what);
}

static void add_captures(struct schema_session *session, struct schema_trigger_set *set,
                         const struct schema_capture *capture)
{
    static const struct {
        const char *what;
        const char *when;
    } EVENTS[SCHEMA_CAPTURE_EVENTS] = {
        [SCHEMA_ON_INSERT] = {"insert", "AFTER INSERT"},
        [SCHEMA_ON_UPDATE] = {"update", "AFTER UPDATE"},
        [SCHEMA_ON_DELETE] = {"delete", "AFTER DELETE"},
    };

    for (size_t i = 0; i < SCHEMA_CAPTURE_EVENTS; i++) {
        struct buf body;

        buf_init(&body, SQL_MAX_BYTES);
        schema_capture_add_body(&body, capture, (enum schema_capture_event)i);
        schema_trigger_set_add(session, set,
                               &(struct schema_trigger){
                                   .table = capture->model->table,
                                   .when = EVENTS[i].when,
                                   .body = arena_text(&session->arena, buf_text(&body)),
                                   .model = capture->model,
                               },
                               EVENTS[i].what);
        buf_release(&body);
    }
}

static void add_parent(struct schema_session *session, struct schema_trigger_set *set,
                       const struct schema_cascades *cascades, struct text parent)
{
    static const struct {
        const char *what;
        const char *when;
        void (*add)(struct buf *sql, const struct schema_cascades *cascades, struct text parent);
    } EVENTS[] = {
        {"parent_delete", "BEFORE DELETE", schema_cascades_add_delete},
        {"parent_update", "BEFORE UPDATE", schema_cascades_add_update},
    };

    for (size_t i = 0; i < ARRAY_LEN(EVENTS); i++) {
        struct buf body;

        buf_init(&body, SQL_MAX_BYTES);
        EVENTS[i].add(&body, cascades, parent);
        schema_trigger_set_add(session, set,
                               &(struct schema_trigger){
                                   .table = parent,
                                   .when = EVENTS[i].when,
                                   .body = arena_text(&session->arena, buf_text(&body)),
                               },
                               EVENTS[i].what);
        buf_release(&body);
    }
}

static bool is_parent_before(const struct catalog_foreign_keys *keys, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (text_equal(keys->items[i].parent, keys->items[at].parent) &&
            !keys->items[i].parent_elsewhere)
            return true;
    return false;
}

static enum rc add_parents(struct schema_session *session, struct schema_trigger_set *set,
                           const struct schema_capture_facts *facts, struct fail *fail)
{
    struct catalog_foreign_keys keys;
    const struct schema_cascades cascades = {&keys, facts, session->server.names_in_lower_case,
                                             session->server.mariadb};
    enum rc rc = catalog_read_foreign_keys(&session->link, &session->arena, &keys, fail);

    for (size_t i = 0; rc == RC_OK && i < keys.count; i++)
        if (!keys.items[i].parent_elsewhere && !is_parent_before(&keys, i))
            add_parent(session, set, &cascades, keys.items[i].parent);
    return rc;
}

static struct schema_trigger *find(const struct schema_trigger_set *set,
                                   const struct catalog_own_trigger *there)
{
    for (size_t i = 0; i < set->count; i++)
        if (text_equal(set->wanted[i].name, there->name) &&
            text_equal_nocase(set->wanted[i].table, there->table))
            return &set->wanted[i];
    return NULL;
}

static enum rc compare(struct schema_session *session, struct schema_trigger_set *set,
                       struct fail *fail)
{
    struct catalog_own_triggers there;
    struct catalog_privilege trigger;
    enum rc rc = catalog_read_own_triggers(&session->link, &session->arena, &there, fail);

    if (rc == RC_OK)
        rc = catalog_read_privilege(&session->link, session->server.account, "TRIGGER",
                                    &session->arena, &trigger, fail);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < set->count; i++)
        set->wanted[i].allowed = catalog_may(&trigger, set->wanted[i].table);
    set->stale = ARENA_ARRAY(&session->arena, there.count, struct catalog_own_trigger);
    for (size_t i = 0; i < there.count; i++) {
        struct schema_trigger *wanted = find(set, &there.items[i]);

        if (wanted != NULL)
            wanted->there = true;
        else if (schema_trigger_is_own(there.items[i].name))
            set->stale[set->stale_count++] = there.items[i];
    }
    return RC_OK;
}

enum rc schema_trigger_set_read(struct schema_session *session, struct schema_trigger_set *set_out,
                                struct fail *fail)
{
    struct schema_capture_facts facts;
    enum rc rc = schema_capture_facts_read(session, &facts, fail);

    *set_out = (struct schema_trigger_set){.count = 0};
    for (size_t i = 0; rc == RC_OK && i < facts.mapping->model_count; i++) {
        if (facts.captures[i].model != NULL)
            add_captures(session, set_out, &facts.captures[i]);
        else
            set_out->waiting++;
    }
    if (rc == RC_OK)
        rc = add_parents(session, set_out, &facts, fail);
    return rc == RC_OK ? compare(session, set_out, fail) : rc;
}
