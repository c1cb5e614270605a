/* Guesses by tables of names and by foreign keys: schema_guess_owners(), schema_guess_id(). */
#include "schema_guess.h"

#include <limits.h>

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* `name` ends in `word`, without case and underscores, and a word of it begins there: guid is no
 * uid. *whole_out: is it all? */
static bool ends_in(struct text name, const char *word, bool *whole_out)
{
    size_t at = name.len, left = strlen(word);

    while (left > 0 && at > 0) {
        at--;
        if (name.ptr[at] == '_')
            continue;
        if (text_lower(name.ptr[at]) != word[left - 1])
            return false;
        left--;
    }
    if (left > 0 || (at > 0 && name.ptr[at - 1] != '_' && !is_upper(name.ptr[at])))
        return false;
    while (at > 0 && name.ptr[at - 1] == '_')
        at--;
    *whole_out = at == 0;
    return true;
}

/* The word of the list in which the name ends, else `count`. */
static size_t find_ending(struct text name, const char *const *words, size_t count, bool whole)
{
    for (size_t i = 0; i < count; i++) {
        bool is_whole;

        if (ends_in(name, words[i], &is_whole) && (is_whole || !whole))
            return i;
    }
    return count;
}

bool schema_guess_is_named(struct text name, const char *word)
{
    return find_ending(name, &word, 1, true) == 0;
}

static const struct {
    const char *name; /* as schema_guess.h compares */
    const char *whose;
} FRAMEWORK_TABLES[] = {
    {"migrations", "Laravel"},
    {"sessions", "Laravel"},
    {"cache", "Laravel"},
    {"cachelocks", "Laravel"},
    {"jobs", "Laravel"},
    {"jobbatches", "Laravel"},
    {"failedjobs", "Laravel"},
    {"passwordresettokens", "Laravel"},
    {"personalaccesstokens", "Laravel"},
    {"schemamigrations", "Rails"},
    {"arinternalmetadata", "Rails"},
    {"djangomigrations", "Django"},
    {"djangosession", "Django"},
    {"djangocontenttype", "Django"},
    {"djangoadminlog", "Django"},
    {"authpermission", "Django"},
    {"authgrouppermissions", "Django"},
    {"authuseruserpermissions", "Django"},
    {"authusergroups", "Django"},
    {"doctrinemigrationversions", "Doctrine"},
    {"messengermessages", "Symfony"},
    {"prismamigrations", "Prisma"},
    {"hibernatesequence", "Hibernate"},
    {"flywayschemahistory", "Flyway"},
    {"databasechangelog", "Liquibase"},
    {"databasechangeloglock", "Liquibase"},
    {"sequelizemeta", "Sequelize"},
    {"knexmigrations", "Knex"},
};

const char *schema_guess_framework(struct text table)
{
    for (size_t i = 0; i < ARRAY_LEN(FRAMEWORK_TABLES); i++)
        if (schema_guess_is_named(table, FRAMEWORK_TABLES[i].name))
            return FRAMEWORK_TABLES[i].whose;
    return NULL;
}

bool schema_guess_is_people(struct text table)
{
    static const char *const PEOPLE[] = {
        "user",    "users",   "account",  "accounts", "customer", "customers", "member",
        "members", "profile", "profiles", "person",   "persons",  "people",
    };

    return find_ending(table, PEOPLE, ARRAY_LEN(PEOPLE), false) < ARRAY_LEN(PEOPLE);
}

bool schema_guess_is_uuid(const struct catalog_column *column)
{
    static const char *const NAMES[] = {"uuid", "guid"};

    return text_is(column->data_type, "uuid") || text_is(column->column_type, "binary(16)") ||
           text_is(column->column_type, "char(36)") ||
           (text_is(column->column_type, "char(32)") &&
            find_ending(column->name, NAMES, ARRAY_LEN(NAMES), false) < ARRAY_LEN(NAMES));
}

/* The likeliest first. */
static const char *const OWNER_NAMES[] = {
    "ownerid",  "owner",      "userid",   "useruuid",    "user",      "uid",       "accountid",
    "account",  "customerid", "customer", "memberid",    "memberno",  "member",    "profileid",
    "personid", "authorid",   "author",   "createdbyid", "createdby", "creatorid", "creator",
};

/* As keys of other tables are: neither a TEXT nor a flag such as is_superuser. */
static bool can_be_key(const struct catalog_column *column)
{
    static const char *const TYPES[] = {
        "smallint", "mediumint", "int", "bigint", "char", "varchar", "binary", "varbinary", "uuid",
    };

    for (size_t i = 0; i < ARRAY_LEN(TYPES); i++)
        if (text_is(column->data_type, TYPES[i]))
            return !column->generated;
    return false;
}

static bool refers_to_people(const struct catalog_table *table, struct text column)
{
    for (size_t i = 0; i < table->reference_count; i++) {
        const struct catalog_reference *reference = &table->references[i];

        if (reference->column_count == 1 && text_equal_nocase(reference->columns[0], column) &&
            schema_guess_is_people(reference->parent))
            return true;
    }
    return false;
}

/* Less is likelier; UINT_MAX: it is not the owner. A foreign key says more than a name, and a whole
 * name more than an ending: last_editor_user_id. */
static unsigned owner_rank(const struct catalog_table *table, const struct catalog_column *column)
{
    const unsigned names = ARRAY_LEN(OWNER_NAMES);
    const bool refers = refers_to_people(table, column->name);
    const unsigned name = (unsigned)find_ending(column->name, OWNER_NAMES, names, true);
    const unsigned ending = (unsigned)find_ending(column->name, OWNER_NAMES, names, false);
    unsigned rank = refers ? 0 : 3 * names + 2;

    if (!can_be_key(column) || column->auto_increment || (!refers && ending == names))
        return UINT_MAX;
    if (name < names)
        rank += name;
    else if (ending < names)
        rank += names + ending;
    else
        rank += 2 * names;
    return rank;
}

size_t schema_guess_owners(const struct catalog_table *table,
                           const struct catalog_column **columns_out)
{
    size_t count = 0;

    for (size_t i = 0; i < table->column_count; i++) {
        const struct catalog_column *column = &table->columns[i];
        const unsigned rank = owner_rank(table, column);
        size_t at = count;

        if (rank == UINT_MAX)
            continue;
        while (at > 0 && owner_rank(table, columns_out[at - 1]) > rank) {
            columns_out[at] = columns_out[at - 1];
            at--;
        }
        columns_out[at] = column;
        count++;
    }
    return count;
}

static size_t id_of_key(const struct catalog_table *table, const struct catalog_key *key,
                        const struct catalog_column *owner,
                        const struct catalog_column **columns_out)
{
    size_t count = 0;

    if (!key->unique || !key->whole)
        return 0;
    for (size_t i = 0; i < key->column_count; i++) {
        const struct catalog_column *column = catalog_column(table, key->columns[i]);

        if (column == NULL || column->nullable)
            return 0;
        if (column != owner)
            columns_out[count++] = column;
    }
    return count;
}

size_t schema_guess_id(const struct catalog_table *table, const struct catalog_column *owner,
                       const struct catalog_column **columns_out)
{
    size_t count = 0;

    for (size_t i = 0; i < table->key_count; i++)
        if (text_is(table->keys[i].name, "PRIMARY"))
            return id_of_key(table, &table->keys[i], owner, columns_out);
    for (size_t i = 0; count == 0 && i < table->key_count; i++)
        count = id_of_key(table, &table->keys[i], owner, columns_out);
    return count;
}
