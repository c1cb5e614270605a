/* The server's own tables as rows of SCHEMA_OWN_TABLES, and which of their keys a database has.
 * Names, DDL and shared column lists come from db_tables.h. */
#include "schema_own_tables.h"

#include <assert.h>

#include "db_result.h"
#include "db_tables.h"

const struct schema_own_table SCHEMA_OWN_TABLES[DB_TABLES] = {
    {
        .table = DB_TABLE_OWNERS,
        .name = DB_OWNERS_TABLE,
        .columns = {{"owner", NULL},
                    {"next_clock", NULL},
                    {"written_at", DB_WRITTEN_AT_TYPE},
                    {"flushes", DB_FLUSHES_TYPE},
                    {"reconciled", DB_RECONCILED_TYPE},
                    {"adopted", DB_ADOPTED_TYPE},
                    {"compacted_below", DB_COMPACTED_TYPE},
                    {"forgotten_below", DB_COMPACTED_TYPE},
                    {"oldest_deleted_at", DB_DELETED_AT_TYPE}},
        .keys = {{"owner"}},
        .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_UPDATE] = true},
    },
    {
        .table = DB_TABLE_DIFFS,
        .name_offset = offsetof(struct db_settings, diffs_table),
        .columns = {{"owner", NULL},
                    {"logical_clock", NULL},
                    {"seq", NULL},
                    {"id", NULL},
                    {"utc_timestamp", NULL},
                    {"type", NULL},
                    {"model", NULL},
                    {"object_id", NULL},
                    {"json_data", NULL},
                    {"field_times", "LONGTEXT NULL"},
                    {"schema_version", DB_SCHEMA_VERSION_TYPE},
                    {"stored_at", DB_STORED_AT_TYPE}},
        .keys = {{"owner", "logical_clock", "seq"}, {"owner", "id"}},
        .index = DB_OBJECT_KEY,
        .index_columns = DB_OBJECT_KEY_COLUMNS,
        .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_DELETE] = true},
    },
    {
        .table = DB_TABLE_KNOWN,
        .name = DB_KNOWN_TABLE,
        .columns = {{"owner", NULL},
                    {"id", NULL},
                    {"logical_clock", NULL},
                    {"rejected", DB_REJECTED_TYPE}},
        .keys = {{"owner", "id"}},
        .verbs = {[SCHEMA_SELECT] = true,
                  [SCHEMA_INSERT] = true,
                  [SCHEMA_UPDATE] = true,
                  [SCHEMA_DELETE] = true},
    },
    {
        .table = DB_TABLE_REJECTS,
        .name = DB_REJECTS_TABLE,
        .columns = {{"owner", NULL},
                    {"id", NULL},
                    {"logical_clock", NULL},
                    {"seq", NULL},
                    {"created_ms", NULL},
                    {"request_id", NULL},
                    {"code", NULL},
                    {"message", NULL},
                    {"field", NULL},
                    {"detail", NULL},
                    {"diff", NULL}},
        .keys = {{"owner", "id"}},
        .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_DELETE] = true},
    },
    {
        .table = DB_TABLE_LINEAGE,
        .name = DB_LINEAGE_TABLE,
        .columns = {{"slot", NULL},
                    {"epoch", NULL},
                    {"lineage", NULL},
                    {"generation", DB_GENERATION_TYPE}},
        .keys = {{"slot"}},
        .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_UPDATE] = true},
        .fill = db_tables_fill_lineage,
    },
    {
        .table = DB_TABLE_FORKS,
        .name = DB_FORKS_TABLE,
        .columns = {{"owner", NULL}, {"epoch", NULL}, {"head", NULL}, {"base", NULL}},
        .keys = {{"owner", "epoch"}},
        .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true},
    },
    {
        .table = DB_TABLE_CHANGES,
        .name = DB_CHANGES_TABLE,
        .columns = {{"owner", NULL},
                    {"seq", NULL},
                    {"model", NULL},
                    {"object_id", NULL},
                    {"op", NULL},
                    {"own", NULL},
                    {"fields", NULL},
                    {"ms", NULL}},
        .keys = {{"owner", "seq", "object_id", "model"}},
        .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_DELETE] = true},
    },
    {
        .table = DB_TABLE_SUMMARIES,
        .name = DB_SUMMARIES_TABLE,
        .columns = {{"owner", NULL},
                    {"model", NULL},
                    {"object_id", NULL},
                    {"first_clock", NULL},
                    {"created_clock", NULL},
                    {"created_ms", NULL},
                    {"deleted_clock", NULL},
                    {"deleted_ms", NULL},
                    {"last_clock", NULL},
                    {"last_seq", NULL},
                    {"fields", NULL},
                    {"deleted_at", NULL}},
        .keys = {{"owner", "model", "object_id"}},
        .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_DELETE] = true},
    },
    {
        .table = DB_TABLE_MOVES,
        .name_offset = offsetof(struct db_settings, moves_table),
        .columns = {{"owner", NULL},
                    {"place", NULL},
                    {"shard", NULL},
                    {"next_clock", NULL},
                    {"adopted", DB_ADOPTED_TYPE}},
        .keys = {{"owner"}},
        .verbs = {[SCHEMA_SELECT] = true},
    },
    {
        .table = DB_TABLE_TOKENS,
        .name_offset = offsetof(struct db_settings, tokens_table),
        .columns = {{"hash", NULL},
                    {"id", NULL},
                    {"owner", NULL},
                    {"created_ms", NULL},
                    {"expires_ms", NULL},
                    {"last_use_ms", "BIGINT NOT NULL DEFAULT 0"},
                    {"revoked", NULL}},
        .keys = {{"hash"}, {"id"}},
        .index = DB_TOKEN_OWNER_KEY,
        .index_columns = DB_TOKEN_OWNER_KEY_COLUMNS,
        .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_UPDATE] = true},
    },
};

struct text schema_own_tables_name(const struct schema_own_table *own,
                                   const struct db_settings *settings)
{
    struct text name;

    if (own->name != NULL)
        return text_of(own->name);
    memcpy(&name, (const char *)settings + own->name_offset, sizeof(name));
    return name;
}

/* A TEXT or a BLOB goes into a key by a prefix alone. */
static bool fits_in_key(const struct catalog_column *column)
{
    return column != NULL && strstr(column->data_type.ptr, "text") == NULL &&
           strstr(column->data_type.ptr, "blob") == NULL;
}

size_t schema_own_tables_keys(const struct schema_own_table *own, const struct catalog_table *table,
                              struct schema_own_key keys_out[SCHEMA_OWN_KEYS_MAX])
{
    size_t count = 0;

    for (; count < SCHEMA_OWN_KEYS_MAX && own->keys[count][0] != NULL; count++) {
        struct schema_own_key *key = &keys_out[count];

        *key = (struct schema_own_key){.addable = true};
        for (const char *const *name = own->keys[count]; *name != NULL; name++) {
            key->columns[key->count] = text_of(*name);
            key->addable &= fits_in_key(catalog_column(table, key->columns[key->count++]));
        }
        key->there = catalog_has_unique(table, key->columns, key->count);
    }
    return count;
}

/* Are these the columns that SQL lists so, each of them whole? */
static bool has_columns(const struct catalog_key *key, const char *list)
{
    const char *at = list;

    for (size_t i = 0; i < key->column_count; i++) {
        const struct text name = {at, strcspn(at, ",")};

        if (!text_equal_nocase(key->columns[i], name))
            return false;
        at += name.len;
        at += strspn(at, ", ");
    }
    return key->whole && *at == '\0';
}

enum schema_own_index schema_own_tables_index(const struct schema_own_table *own,
                                              const struct catalog_table *table)
{
    struct schema_own_key keys[SCHEMA_OWN_KEYS_MAX];
    const size_t count = schema_own_tables_keys(own, table, keys);

    for (size_t i = 0; i < count; i++)
        if (!keys[i].there && !keys[i].addable)
            return SCHEMA_OWN_INDEX_FITS;
    for (size_t i = 0; own->index != NULL && i < table->key_count; i++)
        if (text_equal_nocase(table->keys[i].name, text_of(own->index)))
            return has_columns(&table->keys[i], own->index_columns) ? SCHEMA_OWN_INDEX_FITS
                                                                    : SCHEMA_OWN_INDEX_OTHER;
    return own->index == NULL ? SCHEMA_OWN_INDEX_FITS : SCHEMA_OWN_INDEX_MISSING;
}

enum rc schema_own_tables_filled(struct db_link *link, const struct schema_own_table *own,
                                 struct arena *arena, bool *filled_out, struct fail *fail)
{
    struct db_result result = {.rows = 0};
    enum rc rc;

    *filled_out = true;
    if (own->fill == NULL)
        return RC_OK;
    assert(strcmp(own->name, DB_LINEAGE_TABLE) == 0);
    rc = db_result_read(link,
                        TEXT_LITERAL("SELECT 1 FROM " DB_LINEAGE_TABLE " WHERE " DB_LINEAGE_NOW),
                        "read the lineage", arena, &result, fail);
    *filled_out = rc != RC_OK || result.rows > 0;
    return rc;
}
