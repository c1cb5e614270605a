/* What `mobync check` says about a database, and what `mobync schema` makes of it, on a real one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <mysql.h>
#include <stdio.h>

#include "mariadb.h"
#include "schema_check.h"

#define DATABASE_LINE 5u
#define MODEL_LINE    20u
#define FIELD_LINE    21u
#define OTHER_LINE    40u

#define REPORTS_MAX  64
#define MODELS_MAX   2
#define FIELDS_MAX   120
#define EXPECTED_MAX 9

/* Keys as `mobync schema` makes them. */
#define KEY_COLUMN "VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL"
#define KEYS       "owner_id " KEY_COLUMN ", id " KEY_COLUMN
#define PRIMARY    "PRIMARY KEY (owner_id, id)"

struct said {
    unsigned line;
    bool warning;
    char message[1024];
};

static struct {
    struct mariadb *server;
    MYSQL *root;
    struct db_settings settings;
    struct mapping mapping;
    struct model models[MODELS_MAX];
    struct field fields[MODELS_MAX][FIELDS_MAX];
    struct said said[REPORTS_MAX];
    size_t said_count;
    size_t faults;
    struct arena arena;
    struct text *statements;
    size_t statement_count;
    struct fail fail;
} t;

static void run_sql(const char *sql)
{
    if (mysql_query(t.root, mariadb_words(sql)) != 0)
        fail_msg("%s: %s", sql, mysql_error(t.root));
}

/* Of a case in a table: what it is about is not on this server. */
static bool is_elsewhere(const char *sql)
{
    static const char *const MARIADBS[] = {"UUID", "JSON", "json_valid", "ascii_nopad", "uca1400"};

    for (size_t i = 0; mariadb_is_mysql() && i < ARRAY_LEN(MARIADBS); i++)
        if (strstr(sql, MARIADBS[i]) != NULL)
            return true;
    return false;
}

static void set_field(size_t model, size_t i, const char *column, enum field_type type)
{
    t.fields[model][i] = (struct field){
        .name = text_of(column),
        .column = text_of(column),
        .type = type,
        .index = i,
        .config_line = t.models[model].config_line + 1 + (unsigned)i,
    };
    t.models[model].field_count = i + 1;
}

static void set_model(size_t i, const char *table)
{
    t.models[i] = (struct model){
        .name = text_of(table),
        .table = text_of(table),
        .id_column = TEXT_LITERAL("id"),
        .owner_column = TEXT_LITERAL("owner_id"),
        .allow = {true, true, true},
        .fields = t.fields[i],
        .index = i,
        .config_line = i == 0 ? MODEL_LINE : OTHER_LINE,
    };
    t.mapping.model_count = i + 1;
}

static void on_report(void *context, unsigned line, bool warning, const char *message)
{
    struct said *said = &t.said[t.said_count++];

    (void)context;
    assert_true(t.said_count <= REPORTS_MAX);
    said->line = line;
    said->warning = warning;
    snprintf(said->message, sizeof(said->message), "%s", message);
}

static void check(void)
{
    t.said_count = 0;
    if (schema_check(&t.settings, DATABASE_LINE, on_report, NULL, &t.faults, &t.fail) != RC_OK)
        fail_msg("check: %s", t.fail.detail);
}

static void plan(void)
{
    if (schema_plan(&t.settings, &t.arena, &t.statements, &t.statement_count, &t.fail) != RC_OK)
        fail_msg("plan: %s", t.fail.detail);
}

static void apply(void)
{
    if (schema_apply(&t.settings, t.statements, t.statement_count, &t.fail) != RC_OK)
        fail_msg("apply: %s", t.fail.detail);
}

static void print_said(void)
{
    for (size_t i = 0; i < t.said_count; i++)
        print_message("  line %u, %s: %s\n", t.said[i].line,
                      t.said[i].warning ? "warning" : "fault", t.said[i].message);
}

static bool was_said(unsigned line, bool warning, const char *part)
{
    for (size_t i = 0; i < t.said_count; i++)
        if (t.said[i].line == line && t.said[i].warning == warning &&
            strstr(t.said[i].message, part) != NULL)
            return true;
    return false;
}

struct expected {
    unsigned line; /* 0: the list ends */
    bool warning;
    const char *part;
};

#define FAULT(line, part)                                                                          \
    {                                                                                              \
        line, false, part                                                                          \
    }
#define WARN(line, part)                                                                           \
    {                                                                                              \
        line, true, part                                                                           \
    }

/* Exactly these were said, each once. */
static void expect(const char *name, const struct expected *expected)
{
    size_t count = 0, faults = 0;

    for (; count < EXPECTED_MAX && expected[count].line != 0; count++) {
        faults += !expected[count].warning;
        if (was_said(expected[count].line, expected[count].warning, expected[count].part))
            continue;
        print_said();
        fail_msg("%s: not said at line %u: %s", name, expected[count].line, expected[count].part);
    }
    if (t.said_count == count && t.faults == faults)
        return;
    print_said();
    fail_msg("%s: %zu messages with %zu faults, expected %zu with %zu", name, t.said_count,
             t.faults, count, faults);
}

static int set_up(void **state)
{
    (void)state;
    mysql_query(t.root, "DROP DATABASE IF EXISTS app");
    run_sql("CREATE DATABASE app CHARACTER SET latin1");
    run_sql("USE app");
    t.settings.user = TEXT_LITERAL("root");
    t.settings.diffs_table = TEXT_LITERAL("diffs");
    t.settings.tokens_table = TEXT_LITERAL("mobync_tokens");
    t.mapping.model_count = 0;
    plan();
    apply();
    set_model(0, "tasks");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_clear(&t.arena);
    return 0;
}

struct column_case {
    const char *sql; /* the column's type and what else it has */
    enum field_type type;
    bool required;
    size_t max_length;
    struct expected expected[EXPECTED_MAX];
};

#define FITS(sql, type)                                                                            \
    {                                                                                              \
        sql, type, false, 0,                                                                       \
        {                                                                                          \
            {                                                                                      \
                0                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }
#define SAYS(sql, type, ...)                                                                       \
    {                                                                                              \
        sql, type, false, 0,                                                                       \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const struct column_case COLUMN_CASES[] = {
    FITS("LONGTEXT CHARACTER SET utf8mb4", FIELD_STRING),
    FITS("MEDIUMTEXT CHARACTER SET utf8mb4", FIELD_STRING),
    SAYS("TEXT CHARACTER SET utf8mb4", FIELD_STRING, WARN(FIELD_LINE, "set max_length: 16383")),
    SAYS("VARCHAR(20) CHARACTER SET utf8mb4", FIELD_STRING,
         WARN(FIELD_LINE, "set max_length: 20,")),
    SAYS("CHAR(20) CHARACTER SET utf8mb4", FIELD_STRING, WARN(FIELD_LINE, "drops trailing spaces"),
         WARN(FIELD_LINE, "set max_length: 20,")),
    {"VARCHAR(20) CHARACTER SET utf8mb4", FIELD_STRING, false, 20, {{0}}},
    {"VARCHAR(20) CHARACTER SET utf8mb4",
     FIELD_STRING,
     false,
     21,
     {FAULT(FIELD_LINE, "holds at most 20 characters, but max_length is 21: set max_length: 20, or "
                        "widen the column")}},
    {"TINYTEXT CHARACTER SET utf8mb4", FIELD_STRING, false, 63, {{0}}},
    {"TINYTEXT CHARACTER SET utf8mb4",
     FIELD_STRING,
     false,
     64,
     {FAULT(FIELD_LINE, "holds at most 63 characters")}},
    SAYS("TEXT CHARACTER SET latin1", FIELD_STRING, WARN(FIELD_LINE, "set max_length: 65535"),
         WARN(FIELD_LINE, "make it text CHARACTER SET utf8mb4 if its data allow that, or map")),
    SAYS("TEXT CHARACTER SET utf8mb3", FIELD_STRING, WARN(FIELD_LINE, "set max_length: 21845"),
         WARN(FIELD_LINE, "utf8mb3")),
    SAYS("CHAR(20) CHARACTER SET latin1", FIELD_STRING, WARN(FIELD_LINE, "set max_length: 20"),
         WARN(FIELD_LINE,
              "column `tasks`.`x` has the character set latin1, so strings with other "
              "characters are rejected during sync; it drops trailing spaces: make it "
              "VARCHAR(20) CHARACTER SET utf8mb4 if its data allow that, or map another "
              "column")),
    SAYS("LONGTEXT CHARACTER SET latin1", FIELD_STRING,
         WARN(FIELD_LINE, "latin1, so strings with other characters are rejected")),
    SAYS("LONGTEXT CHARACTER SET utf8mb3", FIELD_STRING,
         WARN(FIELD_LINE, "make it longtext CHARACTER SET utf8mb4")),
    SAYS("JSON", FIELD_STRING,
         FAULT(FIELD_LINE,
               "rejects strings that are not valid JSON: set type: json, or make it LONGTEXT")),
    SAYS("LONGTEXT CHARACTER SET utf8mb4 CHECK (json_valid(x))", FIELD_STRING,
         FAULT(FIELD_LINE, "set type: json")),
    {"VARCHAR(20) CHARACTER SET utf8mb4 CHECK (json_valid(x))",
     FIELD_STRING,
     false,
     20,
     {FAULT(FIELD_LINE, "set type: json")}},
    SAYS("VARBINARY(100)", FIELD_STRING, FAULT(FIELD_LINE, "cannot store every string")),
    SAYS("INT", FIELD_STRING, FAULT(FIELD_LINE, "make it VARCHAR or TEXT")),
    SAYS("ENUM('a', 'b')", FIELD_STRING, FAULT(FIELD_LINE, "cannot store every string")),

    FITS("BIGINT", FIELD_INTEGER),
    FITS("BIGINT UNSIGNED", FIELD_INTEGER),
    FITS("INT", FIELD_INTEGER),
    FITS("SMALLINT UNSIGNED", FIELD_INTEGER),
    FITS("BIT(64)", FIELD_INTEGER),
    FITS("YEAR", FIELD_INTEGER),
    SAYS("DECIMAL(20, 0)", FIELD_INTEGER,
         FAULT(FIELD_LINE, "cannot store every integer: set type: decimal, or make it BIGINT")),
    SAYS("DOUBLE", FIELD_INTEGER, FAULT(FIELD_LINE, "make it BIGINT")),
    SAYS("VARCHAR(20)", FIELD_INTEGER, FAULT(FIELD_LINE, "make it BIGINT")),

    FITS("DOUBLE", FIELD_FLOAT),
    FITS("REAL", FIELD_FLOAT),
    SAYS("DOUBLE(10, 2)", FIELD_FLOAT,
         FAULT(FIELD_LINE, "rounds values: make it DOUBLE without digits")),
    SAYS("DOUBLE UNSIGNED", FIELD_FLOAT, WARN(FIELD_LINE, "negative numbers are rejected")),
    SAYS("FLOAT", FIELD_FLOAT, WARN(FIELD_LINE, "about 7 digits")),
    SAYS("FLOAT(10, 2)", FIELD_FLOAT, FAULT(FIELD_LINE, "rounds values"),
         WARN(FIELD_LINE, "about 7 digits")),
    SAYS("DECIMAL(10, 2)", FIELD_FLOAT, FAULT(FIELD_LINE, "make it DOUBLE")),
    SAYS("BIGINT", FIELD_FLOAT, FAULT(FIELD_LINE, "make it DOUBLE")),

    FITS("DATETIME(3)", FIELD_DATETIME),
    FITS("DATETIME(6)", FIELD_DATETIME),
    SAYS("DATETIME", FIELD_DATETIME, WARN(FIELD_LINE, "keeps no thousandths of a second")),
    SAYS("TIMESTAMP(6) NULL", FIELD_DATETIME,
         FAULT(FIELD_LINE,
               "cannot store every datetime: set type: timestamp, or make it DATETIME(6)")),
    FITS("TIMESTAMP(3) NULL", FIELD_TIMESTAMP),
    SAYS("DATETIME(3)", FIELD_TIMESTAMP, FAULT(FIELD_LINE, "make it TIMESTAMP(6)")),
    FITS("DATETIME(3)", FIELD_DATETIME_MS),
    FITS("BIGINT", FIELD_DATETIME_MS),
    SAYS("DATETIME(6)", FIELD_DATETIME_MS, WARN(FIELD_LINE, "which devices are not sent")),
    SAYS("INT", FIELD_DATETIME_MS, FAULT(FIELD_LINE, "make it DATETIME(3)")),
    FITS("DATE", FIELD_DATE),
    SAYS("DATETIME", FIELD_DATE, FAULT(FIELD_LINE, "make it DATE")),
    FITS("TIME(3)", FIELD_TIME),
    SAYS("TIME", FIELD_TIME, WARN(FIELD_LINE, "set round: true")),
    FITS("DECIMAL(10,2)", FIELD_DECIMAL),
    SAYS("DECIMAL(10,2) UNSIGNED", FIELD_DECIMAL, WARN(FIELD_LINE, "negative numbers")),
    SAYS("DOUBLE", FIELD_DECIMAL, FAULT(FIELD_LINE, "make it DECIMAL")),
    FITS("ENUM('a', 'b')", FIELD_ENUM),
    SAYS("VARCHAR(20)", FIELD_ENUM, FAULT(FIELD_LINE, "takes any text: give values")),
    FITS("SET('a', 'b')", FIELD_SET),
    SAYS("ENUM('a', 'b')", FIELD_SET, FAULT(FIELD_LINE, "make it SET")),
    FITS("BINARY(16)", FIELD_UUID),
    FITS("UUID", FIELD_UUID),
    FITS("CHAR(36)", FIELD_UUID),
    SAYS("BINARY(36)", FIELD_UUID, FAULT(FIELD_LINE, "has not the 16 bytes of a UUID")),
    FITS("CHAR(32)", FIELD_UUID),
    FITS("VARCHAR(32)", FIELD_UUID),
    SAYS("CHAR(31)", FIELD_UUID, FAULT(FIELD_LINE, "map a CHAR(36) or a CHAR(32)")),
    SAYS("CHAR(33)", FIELD_UUID, FAULT(FIELD_LINE, "map a CHAR(36) or a CHAR(32)")),
    FITS("LONGBLOB", FIELD_BYTES),
    FITS("BINARY(5)", FIELD_BYTES),
    SAYS("TEXT", FIELD_BYTES, FAULT(FIELD_LINE, "make it VARBINARY or BLOB")),

    FITS("BOOLEAN", FIELD_BOOLEAN),
    FITS("INT UNSIGNED", FIELD_BOOLEAN),
    FITS("BIT(1)", FIELD_BOOLEAN),
    SAYS("CHAR(1)", FIELD_BOOLEAN, FAULT(FIELD_LINE, "make it TINYINT(1)")),

    FITS("JSON", FIELD_LIST),
    FITS("LONGTEXT CHARACTER SET utf8mb4", FIELD_LIST),
    SAYS("TEXT CHARACTER SET utf8mb4", FIELD_LIST, WARN(FIELD_LINE, "make it LONGTEXT")),
    SAYS("LONGTEXT CHARACTER SET latin1", FIELD_LIST, FAULT(FIELD_LINE, "latin1")),
    SAYS("TEXT CHARACTER SET latin1", FIELD_LIST,
         FAULT(FIELD_LINE, "make it LONGTEXT CHARACTER SET utf8mb4 if its data allow that")),
    SAYS("VARCHAR(100)", FIELD_LIST,
         FAULT(FIELD_LINE, "cannot store every list: set type: string, or make it JSON")),

    FITS("LONGTEXT CHARACTER SET utf8mb4", FIELD_JSON),
    SAYS("JSON", FIELD_JSON, WARN(FIELD_LINE, "deeper than 31 levels")),
    SAYS("MEDIUMTEXT CHARACTER SET utf8mb4", FIELD_JSON, WARN(FIELD_LINE, "make it LONGTEXT")),
    SAYS("BLOB", FIELD_JSON,
         FAULT(FIELD_LINE, "cannot store every json: set type: bytes, or make it LONGTEXT")),

    SAYS("BIGINT GENERATED ALWAYS AS (1) VIRTUAL", FIELD_INTEGER, FAULT(FIELD_LINE, "generated")),
    SAYS("BIGINT GENERATED ALWAYS AS (1) STORED", FIELD_INTEGER, FAULT(FIELD_LINE, "generated")),
    SAYS("BIGINT NOT NULL AUTO_INCREMENT, KEY (x)", FIELD_INTEGER,
         FAULT(FIELD_LINE, "no device receives: set read_only: true, or remove")),
    SAYS("BIGINT NOT NULL", FIELD_INTEGER, FAULT(FIELD_LINE, "creates without field x fail")),
    SAYS("BIGINT NOT NULL DEFAULT 0", FIELD_INTEGER, WARN(FIELD_LINE, "a null in field x")),
    {"BIGINT NOT NULL", FIELD_INTEGER, true, 0, {{0}}},
    {"BIGINT NULL", FIELD_INTEGER, true, 0, {{0}}},
    FITS("BIGINT NULL DEFAULT 3", FIELD_INTEGER),
    {"BIGINT NULL DEFAULT 3", FIELD_INTEGER, true, 0, {{0}}},
    FITS("BIGINT NULL DEFAULT NULL", FIELD_INTEGER),
    {"VARCHAR(8) CHARACTER SET utf8mb4 NOT NULL DEFAULT ''",
     FIELD_STRING,
     false,
     8,
     {WARN(FIELD_LINE, "a null in field x")}},
};

static void check_column(const struct column_case *c)
{
    char sql[512];

    run_sql("DROP TABLE IF EXISTS tasks");
    snprintf(sql, sizeof(sql), "CREATE TABLE tasks (" KEYS ", x %s, " PRIMARY ")", c->sql);
    run_sql(sql);
    set_field(0, 0, "x", c->type);
    t.fields[0][0].required = c->required;
    t.fields[0][0].max_length = c->max_length;
    check();
    expect(c->sql, c->expected);
}

static void test_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(COLUMN_CASES); i++)
        if (!is_elsewhere(COLUMN_CASES[i].sql))
            check_column(&COLUMN_CASES[i]);
}

/* MySQL's JSON is a type. In lower case it is none of mariadb_words(). */
static void test_columns_of_mysql(void **state)
{
    static const struct column_case CASES[] = {
        SAYS("json", FIELD_JSON, WARN(FIELD_LINE, "reorders keys and rounds large numbers")),
        FITS("json", FIELD_LIST),
        SAYS("json", FIELD_STRING, FAULT(FIELD_LINE, "cannot store every string: set type: json")),
        SAYS("bigint unsigned", FIELD_STRING, FAULT(FIELD_LINE, "set type: integer")),
    };

    (void)state;
    if (!mariadb_is_mysql())
        skip();
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        check_column(&CASES[i]);
}

static void test_wall_clocks(void **state)
{
    static const struct expected LOCAL[EXPECTED_MAX] = {
        WARN(MODEL_LINE, "column `tasks`.`a` is a DATETIME that takes the present time"),
        WARN(MODEL_LINE, "column `tasks`.`b` is a DATETIME that takes the present time"),
    };
    static const struct expected UTC[EXPECTED_MAX] = {{0}};

    (void)state;
    run_sql("CREATE TABLE tasks (" KEYS
            ", a DATETIME DEFAULT CURRENT_TIMESTAMP, b DATETIME(3) NULL "
            "ON UPDATE CURRENT_TIMESTAMP(3), c TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE "
            "CURRENT_TIMESTAMP, d DATETIME, e DATETIME DEFAULT '2026-11-29', " PRIMARY ")");
    t.models[0].field_count = 0;
    run_sql("SET GLOBAL time_zone = '+02:00'");
    check();
    expect("local", LOCAL);
    run_sql("SET GLOBAL time_zone = '+00:00'");
    check();
    expect("UTC", UTC);
}

static void test_values(void **state)
{
    static struct text values[] = {{"a", 1}, {"b'\\", 3}};

    (void)state;
    set_field(0, 0, "e", FIELD_ENUM);
    set_field(0, 1, "s", FIELD_SET);
    set_field(0, 2, "any", FIELD_ENUM);
    t.fields[0][0].values = t.fields[0][1].values = values;
    t.fields[0][0].value_count = t.fields[0][1].value_count = ARRAY_LEN(values);
    plan();
    apply();
    check();
    expect("created of values",
           (struct expected[EXPECTED_MAX]){FAULT(FIELD_LINE + 2, "give values")});
    values[1] = TEXT_LITERAL("c");
    check();
    expect("other values",
           (struct expected[EXPECTED_MAX]){FAULT(FIELD_LINE, "lacks one of values"),
                                           FAULT(FIELD_LINE + 1, "lacks one of values"),
                                           FAULT(FIELD_LINE + 2, "give values")});
}

struct table_case {
    const char *name;
    const char *sql[3];
    struct expected expected[EXPECTED_MAX];
};

#define ID(type) "CREATE TABLE tasks (owner_id " KEY_COLUMN ", id " type " NOT NULL, " PRIMARY ")"
#define OWNER(type)                                                                                \
    "CREATE TABLE tasks (owner_id " type " NOT NULL, id " KEY_COLUMN ", " PRIMARY ")"
#define WITH(more) "CREATE TABLE tasks (" KEYS ", " more ")"

/* The mapping has no fields here: it is the rest of the table that is in question. */
static const struct table_case TABLE_CASES[] = {
    {"clean", {WITH(PRIMARY)}, {{0}}},
    {"missing", {NULL}, {FAULT(MODEL_LINE, "table `tasks` does not exist: run `mobync schema")}},
    {"view",
     {"CREATE TABLE real_tasks (" KEYS ", " PRIMARY ")",
      "CREATE VIEW tasks AS SELECT * FROM real_tasks"},
     {FAULT(MODEL_LINE, "`tasks` is a VIEW")}},
    {"no id",
     {"CREATE TABLE tasks (owner_id " KEY_COLUMN ")"},
     {FAULT(MODEL_LINE, "column `tasks`.`id` does not exist: run `mobync schema --apply`")}},
    {"no owner",
     {"CREATE TABLE tasks (id " KEY_COLUMN " PRIMARY KEY)"},
     {FAULT(MODEL_LINE, "column `tasks`.`owner_id` does not exist")}},
    {"owner misspelt",
     {"CREATE TABLE tasks (id " KEY_COLUMN
      " PRIMARY KEY, ownr_id BIGINT NOT NULL, n INT NOT NULL)"},
     {FAULT(MODEL_LINE, "column `tasks`.`owner_id` does not exist; did you mean `ownr_id`?"),
      FAULT(MODEL_LINE, "column `tasks`.`n` is NOT NULL without a default")}},
    {"owner of another name",
     {"CREATE TABLE tasks (id " KEY_COLUMN " PRIMARY KEY, user_id BIGINT NOT NULL)"},
     {FAULT(MODEL_LINE, "column `tasks`.`owner_id` does not exist; did you mean `user_id`?")}},
    {"id of another name",
     {"CREATE TABLE tasks (owner_id " KEY_COLUMN ", code " KEY_COLUMN
      ", PRIMARY KEY (owner_id, code))"},
     {FAULT(MODEL_LINE, "column `tasks`.`id` does not exist; did you mean `code`?")}},
    {"id beside a number",
     {"CREATE TABLE tasks (owner_id " KEY_COLUMN ", task INT AUTO_INCREMENT PRIMARY KEY)"},
     {FAULT(MODEL_LINE, "column `tasks`.`id` does not exist: run `mobync schema --apply`")}},
    {"name of another case",
     {"CREATE TABLE Tasks (" KEYS ", " PRIMARY ")"},
     {FAULT(MODEL_LINE, "table `tasks` does not exist; did you mean `Tasks`? Correct its name, or "
                        "run `mobync schema --apply` to create it")}},
    {"columns of another case",
     {"CREATE TABLE tasks (Owner_ID " KEY_COLUMN ", ID " KEY_COLUMN ", " PRIMARY ")"},
     {{0}}},

    {"id is a number",
     {ID("BIGINT")},
     {FAULT(MODEL_LINE, "set id: { column: id, type: integer }")}},
    {"id is a uuid", {ID("UUID")}, {FAULT(MODEL_LINE, "set id: { column: id, type: uuid }")}},
    {"id of 16 bytes",
     {ID("BINARY(16)")},
     {FAULT(MODEL_LINE, "set id: { column: id, type: uuid }")}},
    {"id is a text", {ID("DATE")}, {FAULT(MODEL_LINE, "name another column in the config")}},
    {"id without case",
     {ID("VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")},
     {WARN(MODEL_LINE, "collations that ignore case or trailing spaces: column `tasks`.`id`. Rows "
                       "are found by their bytes all the same")}},
    {"id that pads",
     {ID("VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")},
     {WARN(MODEL_LINE, "trailing spaces: column `tasks`.`id`")}},
    {"id as char",
     {ID("CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")},
     {WARN(MODEL_LINE, "trailing spaces: column `tasks`.`id`")}},
    {"id of the digits of a UUID",
     {ID("CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")},
     {WARN(MODEL_LINE, "if it holds UUIDs without them, set id: { column: id, type: uuid }; else"),
      WARN(MODEL_LINE, "trailing spaces: column `tasks`.`id`")}},
    {"id in ascii",
     {ID("VARCHAR(40) CHARACTER SET ascii COLLATE ascii_nopad_bin")},
     {WARN(MODEL_LINE, "has the character set ascii, so ids with other")}},
    {"id by cs",
     {ID("VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_nopad_as_cs")},
     {{0}}},
    {"id without accents",
     {ID("VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_nopad_ai_cs")},
     {WARN(MODEL_LINE, "trailing spaces: column `tasks`.`id`")}},
    {"id and owner without case",
     {"CREATE TABLE tasks (owner_id VARCHAR(40) NOT NULL, id VARCHAR(40) NOT NULL, " PRIMARY
      ") CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"},
     {WARN(MODEL_LINE, "trailing spaces: columns `tasks`.`id`, `tasks`.`owner_id`")}},
    {"id as varbinary", {ID("VARBINARY(128)")}, {{0}}},
    {"id as binary", {ID("BINARY(36)")}, {WARN(MODEL_LINE, "pads shorter values with zero bytes")}},
    {"short id",
     {ID("VARCHAR(35) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")},
     {WARN(MODEL_LINE, "too short for a UUID")}},
    {"owner is a number",
     {OWNER("INT")},
     {FAULT(MODEL_LINE, "set owner: { column: owner_id, type: integer }")}},
    {"owner without case",
     {OWNER("VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")},
     {WARN(MODEL_LINE, "trailing spaces: column `tasks`.`owner_id`")}},
    {"owner that pads",
     {OWNER("VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")},
     {WARN(MODEL_LINE, "trailing spaces: column `tasks`.`owner_id`")}},

    {"no key",
     {WITH("KEY (owner_id, id)")},
     {FAULT(MODEL_LINE, "no unique key (`owner_id`, `id`), so one object can have two rows: make "
                        "the pair unique")}},
    {"prefix key", {WITH("UNIQUE KEY (owner_id, id(10))")}, {FAULT(MODEL_LINE, "no unique key")}},
    {"wider key",
     {WITH("n INT NOT NULL DEFAULT 0, UNIQUE KEY (owner_id, id, n)")},
     {FAULT(MODEL_LINE, "no unique key")}},
    {"key the other way round", {WITH("UNIQUE KEY (id, owner_id)")}, {{0}}},
    {"key on the id", {WITH("PRIMARY KEY (id)")}, {WARN(MODEL_LINE, "OBJECT_EXISTS")}},
    {"keys on both", {WITH(PRIMARY ", UNIQUE KEY (id)")}, {WARN(MODEL_LINE, "OBJECT_EXISTS")}},

    {"engine",
     {ID("VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin") " ENGINE=MyISAM"},
     {FAULT(MODEL_LINE, "engine MyISAM, which has no transactions: convert it to InnoDB")}},
    {"a column that nobody fills",
     {WITH("n INT NOT NULL, " PRIMARY)},
     {FAULT(MODEL_LINE, "column `tasks`.`n` is NOT NULL without a default and is not mapped")}},
    {"columns that fill themselves",
     {WITH("a INT NULL, b INT NOT NULL DEFAULT 0, c INT NOT NULL AUTO_INCREMENT, UNIQUE KEY (c), "
           "d TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, e INT AS (1) STORED, " PRIMARY)},
     {{0}}},
    {"a parent that is not mapped",
     {"CREATE TABLE parents (p INT PRIMARY KEY)",
      WITH("p INT, FOREIGN KEY (p) REFERENCES parents (p) ON DELETE CASCADE, " PRIMARY)},
     {{0}}},
    {"cascade in the table itself",
     {WITH("up VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin, " PRIMARY
           ", FOREIGN KEY (owner_id, up) REFERENCES tasks (owner_id, id) ON DELETE CASCADE")},
     {{0}}},
    {"restrict in the table itself",
     {WITH("up VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin, " PRIMARY
           ", FOREIGN KEY (owner_id, up) REFERENCES tasks (owner_id, id) ON DELETE RESTRICT")},
     {{0}}},
};

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(TABLE_CASES); i++) {
        const struct table_case *c = &TABLE_CASES[i];

        if (c->sql[0] != NULL && is_elsewhere(c->sql[0]))
            continue;
        run_sql("DROP VIEW IF EXISTS tasks");
        run_sql("DROP TABLE IF EXISTS tasks, Tasks, real_tasks, parents");
        for (size_t k = 0; k < ARRAY_LEN(c->sql) && c->sql[k] != NULL; k++)
            run_sql(c->sql[k]);
        check();
        expect(c->name, c->expected);
    }
}

struct key_case {
    const char *key;
    const char *says; /* NULL: nothing */
};

/* x is a field, n is not mapped. */
static const struct key_case KEY_CASES[] = {
    {"UNIQUE KEY k (x)",
     "table `tasks` has the unique key `k` (`x`) without `owner_id`, so a rejection tells one "
     "owner what another has: add `owner_id` to the key"},
    {"UNIQUE KEY k (x, n)", "the unique key `k` (`x`, `n`) without"},
    {"UNIQUE KEY k (id, x)", "the unique key `k` (`id`, `x`) without"},
    {"UNIQUE KEY k (s(5))", "the unique key `k` (`s`) without"},
    {"UNIQUE KEY k (OWNER_ID, x)", NULL},
    {"UNIQUE KEY k (x, owner_id)", NULL},
    {"UNIQUE KEY k (n)", NULL},
    {"KEY k (x)", NULL},
};

static void test_keys_across_owners(void **state)
{
    (void)state;
    set_field(0, 0, "x", FIELD_INTEGER);
    set_field(0, 1, "s", FIELD_STRING);
    for (size_t i = 0; i < ARRAY_LEN(KEY_CASES); i++) {
        const char *says = KEY_CASES[i].says;
        const struct expected expected[2] = {{says == NULL ? 0 : MODEL_LINE, true, says}};
        char sql[512];

        run_sql("DROP TABLE IF EXISTS tasks");
        snprintf(sql, sizeof(sql),
                 WITH("x BIGINT, s LONGTEXT CHARACTER SET utf8mb4, n INT, %s, " PRIMARY),
                 KEY_CASES[i].key);
        run_sql(sql);
        check();
        expect(KEY_CASES[i].key, expected);
    }
}

static const struct key_case REFERENCE_CASES[] = {
    {"FOREIGN KEY f (up) REFERENCES tasks (id)",
     "table `notes` has a foreign key to `tasks` without the owner columns, so an owner can refer "
     "to another owner's row: make it (`owner_id`, …) REFERENCES `tasks` (`owner_id`, …)"},
    {"FOREIGN KEY f (owner_id, up) REFERENCES tasks (owner_id, id)", NULL},
    {"FOREIGN KEY f (up, owner_id) REFERENCES tasks (id, owner_id)", NULL},
    {"FOREIGN KEY f (up, owner_id) REFERENCES tasks (owner_id, id)", "without the owner columns"},
    {"FOREIGN KEY f (owner_id, up) REFERENCES tasks (owner_id, id), "
     "FOREIGN KEY g (up) REFERENCES tasks (id)",
     "without the owner columns"},
    {"FOREIGN KEY f (up) REFERENCES others (id)", NULL},
};

static void test_references_across_owners(void **state)
{
    (void)state;
    set_model(1, "notes");
    if (mariadb_is_mysql())
        run_sql("SET SESSION restrict_fk_on_non_standard_key = OFF");
    run_sql(WITH("KEY (id), KEY (id, owner_id), " PRIMARY));
    run_sql("CREATE TABLE others (id " KEY_COLUMN " PRIMARY KEY)");
    for (size_t i = 0; i < ARRAY_LEN(REFERENCE_CASES); i++) {
        const char *says = REFERENCE_CASES[i].says;
        const struct expected expected[2] = {{says == NULL ? 0 : OTHER_LINE, true, says}};
        char sql[512];

        run_sql("DROP TABLE IF EXISTS notes");
        snprintf(sql, sizeof(sql),
                 "CREATE TABLE notes (" KEYS ", up " KEY_COLUMN " DEFAULT '', %s, " PRIMARY ")",
                 REFERENCE_CASES[i].key);
        run_sql(sql);
        check();
        expect(REFERENCE_CASES[i].key, expected);
    }
}

static void test_columns_matter_as_far_as_allowed(void **state)
{
    static const struct expected NONE[1] = {{0}};
    static const struct expected NULLS[2] = {WARN(FIELD_LINE, "a null in field x")};

    (void)state;
    run_sql(WITH("n INT NOT NULL, x BIGINT NOT NULL, " PRIMARY));
    t.models[0].allow[DIFF_CREATE] = false;
    check();
    expect("an unmapped column without creates", NONE);
    set_field(0, 0, "x", FIELD_INTEGER);
    check();
    expect("a NOT NULL column without creates", NULLS);
}

static void test_missing_field(void **state)
{
    static const struct expected EXPECTED[2] = {
        FAULT(FIELD_LINE + 1, "column `tasks`.`y` does not exist: run `mobync schema --apply`")};

    (void)state;
    run_sql(WITH("x BIGINT, " PRIMARY));
    set_field(0, 0, "x", FIELD_INTEGER);
    set_field(0, 1, "y", FIELD_INTEGER);
    check();
    expect("missing field", EXPECTED);
}

static void test_did_you_mean(void **state)
{
    static const struct expected COLUMN[2] = {FAULT(
        FIELD_LINE, "column `tasks`.`titlx` does not exist; did you mean `Title`? Correct its "
                    "name, or run `mobync schema --apply` to add it")};
    static const struct expected TABLE[2] = {
        FAULT(MODEL_LINE, "table `tsaks` does not exist; did you mean `tasks`? Correct")};
    static const struct expected NEITHER[2] = {
        FAULT(MODEL_LINE, "table `invoices` does not exist: run `mobync schema --apply`, or")};

    (void)state;
    run_sql(WITH("titles BIGINT, Title BIGINT, " PRIMARY));
    set_field(0, 0, "titlx", FIELD_INTEGER);
    set_field(0, 1, "titles", FIELD_INTEGER); /* taken */
    check();
    expect("a column's name", COLUMN);
    t.models[0].table = TEXT_LITERAL("tsaks");
    check();
    expect("a table's name", TABLE);
    t.models[0].table = TEXT_LITERAL("invoices");
    check();
    expect("no name like it", NEITHER);
}

/* Existing tables whose columns the config does not fit. `insert` works before, and works after
 * whatever check and schema print was run. */
struct advice_case {
    const char *sql[3];
    const char *insert;
    const char *says;
};

static const struct advice_case ADVICE_CASES[] = {
    {{"CREATE TABLE tasks (id INT AUTO_INCREMENT PRIMARY KEY, owner_id INT NOT NULL DEFAULT 7, x "
      "VARCHAR(20) NOT NULL DEFAULT 'a' COMMENT 'c')"},
     "INSERT INTO tasks (x) VALUES ('b')",
     "map a second column (id: { column: sync_id, type: uuid }), which `mobync schema --apply` "
     "adds"},
    {{"CREATE TABLE users (id BIGINT AUTO_INCREMENT PRIMARY KEY, name TEXT)",
      "INSERT INTO users VALUES (1, 'u')",
      "CREATE TABLE tasks (id CHAR(36) CHARACTER SET latin1 PRIMARY KEY, owner_id BIGINT NOT NULL, "
      "x INT, FOREIGN KEY (owner_id) REFERENCES users (id))"},
     "INSERT INTO tasks (id, owner_id, x) VALUES (UUID(), 1, 5)",
     "set owner: { column: owner_id, type: integer }"},
    {{"CREATE TABLE tasks (id VARCHAR(40) CHARACTER SET latin1 PRIMARY KEY, owner_id VARCHAR(40) "
      "NOT "
      "NULL DEFAULT 'me', x INT NOT NULL DEFAULT 3, UNIQUE KEY (x))",
      "CREATE TABLE parts (task VARCHAR(40) CHARACTER SET latin1 NOT NULL, n INT, x INT, FOREIGN "
      "KEY "
      "(task) REFERENCES tasks (id), FOREIGN KEY (x) REFERENCES tasks (x))"},
     "INSERT INTO tasks (id, x) SELECT UUID(), COALESCE(MAX(x), 0) + 1 FROM tasks",
     "together with the columns that its foreign keys tie to it"},
    {{"CREATE TABLE tasks (id TEXT NOT NULL, x DECIMAL(30, 2))"},
     "INSERT INTO tasks (id, x) VALUES ('same', 1.25)",
     "make it BIGINT if its data allow that"},
    {{"CREATE TABLE tasks (id VARCHAR(1000) CHARACTER SET utf8mb4 NOT NULL, x VARCHAR(3))"},
     "INSERT INTO tasks (id, x) VALUES ('same', 'no')",
     "cannot store every integer"},
    {{"CREATE TABLE tasks (owner_id VARCHAR(40), id VARCHAR(40), x BIGINT) ENGINE=MyISAM"},
     "INSERT INTO tasks (owner_id, id, x) VALUES ('a', 'same', 1)",
     "make the pair unique, once no two rows share it"},
    {{"CREATE TABLE tasks (n INT, id INT NOT NULL AUTO_INCREMENT, owner_id VARCHAR(40) NOT NULL, x "
      "TINYINT UNSIGNED, PRIMARY KEY (owner_id, id)) ENGINE=MyISAM"},
     "INSERT INTO tasks (owner_id, x) VALUES ('a', 255)",
     "convert it to InnoDB"},
};

static void run_printed_sql(const char *message)
{
    static const char *const VERBS[] = {"ALTER TABLE", "CREATE ", "DROP ", "UPDATE ", "INSERT "};

    for (size_t i = 0; i < ARRAY_LEN(VERBS); i++)
        if (strstr(message, VERBS[i]) != NULL)
            run_sql(strstr(message, VERBS[i]));
}

/* The rows of the columns id and x, in any order. */
static void read_rows(char rows_out[1024])
{
    MYSQL_RES *result;

    run_sql("SET SESSION group_concat_max_len = 1000");
    run_sql("SELECT GROUP_CONCAT(CONCAT_WS('|', id, x) ORDER BY id, x) FROM tasks");
    result = mysql_store_result(t.root);
    snprintf(rows_out, 1024, "%s", mysql_fetch_row(result)[0]);
    mysql_free_result(result);
}

static void test_advice_is_safe_to_paste(void **state)
{
    char before[1024], after[1024];

    (void)state;
    set_field(0, 0, "x", FIELD_INTEGER);
    set_field(0, 1, "added", FIELD_STRING);
    for (size_t i = 0; i < ARRAY_LEN(ADVICE_CASES); i++) {
        const struct advice_case *c = &ADVICE_CASES[i];
        bool said = false;

        run_sql("DROP TABLE IF EXISTS parts, tasks, users");
        for (size_t k = 0; k < ARRAY_LEN(c->sql) && c->sql[k] != NULL; k++)
            run_sql(c->sql[k]);
        run_sql(c->insert);
        run_sql(c->insert);
        read_rows(before);
        check();
        for (size_t k = 0; k < t.said_count; k++) {
            said |= strstr(t.said[k].message, c->says) != NULL;
            run_printed_sql(t.said[k].message);
        }
        if (!said) {
            print_said();
            fail_msg("not said: %s", c->says);
        }
        plan();
        assert_int_not_equal(t.statement_count, 0);
        for (size_t k = 0; k < t.statement_count; k++)
            run_sql(t.statements[k].ptr);
        read_rows(after);
        assert_string_equal(after, before);
        run_sql(c->insert);
    }
}

static void test_key_without_owners(void **state)
{
    static const struct expected EXPECTED[2] = {
        WARN(OTHER_LINE, "table `notes` has a foreign key to `tasks` without the owner columns")};

    (void)state;
    set_model(1, "notes");
    run_sql(WITH("n INT, UNIQUE KEY (n), " PRIMARY));
    run_sql("CREATE TABLE notes (" KEYS ", n INT, " PRIMARY
            ", FOREIGN KEY (n) REFERENCES tasks (n) ON DELETE SET NULL)");
    check();
    expect("a foreign key", EXPECTED);
}

struct function_case {
    const char *sql;
    struct expected expected[EXPECTED_MAX];
};

static const struct function_case FUNCTION_CASES[] = {
    {"CREATE FUNCTION ok(a TEXT, b TEXT, c TEXT) RETURNS BOOLEAN DETERMINISTIC RETURN TRUE", {{0}}},
    {"CREATE PROCEDURE ok(a TEXT, b TEXT, c TEXT) SELECT 1",
     {FAULT(MODEL_LINE, "function `ok` does not exist: create it")}},
    {"CREATE FUNCTION ok(a TEXT, b TEXT) RETURNS BOOLEAN DETERMINISTIC RETURN TRUE",
     {FAULT(MODEL_LINE, "function `ok` has 2 parameters")}},
    {"CREATE FUNCTION ok(a TEXT, b TEXT, c TEXT) RETURNS TEXT DETERMINISTIC RETURN ''",
     {FAULT(MODEL_LINE, "function `ok` returns text: make it RETURNS BOOLEAN")}},
};

static void test_functions(void **state)
{
    (void)state;
    run_sql(WITH(PRIMARY));
    t.models[0].validate = TEXT_LITERAL("ok");
    for (size_t i = 0; i < ARRAY_LEN(FUNCTION_CASES); i++) {
        run_sql("DROP FUNCTION IF EXISTS ok");
        run_sql("DROP PROCEDURE IF EXISTS ok");
        run_sql(FUNCTION_CASES[i].sql);
        check();
        expect(FUNCTION_CASES[i].sql, FUNCTION_CASES[i].expected);
    }
}

struct own_case {
    const char *sql;
    struct expected expected[EXPECTED_MAX];
};

static const struct own_case OWN_CASES[] = {
    {"DROP TABLE mobync_owners",
     {FAULT(DATABASE_LINE, "table `mobync_owners` does not exist: run `mobync schema")}},
    {"DROP TABLE diffs", {FAULT(DATABASE_LINE, "table `diffs` does not exist")}},
    {"DROP TABLE mobync_known", {FAULT(DATABASE_LINE, "table `mobync_known` does not exist")}},
    {"DROP TABLE mobync_rejects", {FAULT(DATABASE_LINE, "table `mobync_rejects` does not exist")}},
    {"ALTER TABLE diffs DROP KEY owner_object",
     {FAULT(DATABASE_LINE, "table `diffs` lacks the key owner_object")}},
    {"ALTER TABLE diffs DROP KEY owner_object, ADD KEY owner_object (owner, model, object_id, "
     "logical_clock)",
     {FAULT(DATABASE_LINE, "table `diffs` lacks the key owner_object (owner, model, object_id, "
                           "logical_clock, seq)")}},
    {"ALTER TABLE mobync_known DROP COLUMN rejected",
     {FAULT(DATABASE_LINE, "table `mobync_known` lacks column rejected: run `mobync schema")}},
    {"ALTER TABLE mobync_owners DROP COLUMN written_at",
     {FAULT(DATABASE_LINE, "table `mobync_owners` lacks column written_at: run `mobync schema")}},
    {"DROP TABLE mobync_changes", {FAULT(DATABASE_LINE, "table `mobync_changes` does not exist")}},
    {"ALTER TABLE mobync_changes DROP COLUMN own",
     {FAULT(DATABASE_LINE, "table `mobync_changes` lacks column own, which")}},
    {"ALTER TABLE mobync_owners DROP COLUMN reconciled",
     {FAULT(DATABASE_LINE, "table `mobync_owners` lacks column reconciled: run `mobync schema")}},
    {"ALTER TABLE mobync_lineage DROP COLUMN generation",
     {FAULT(DATABASE_LINE, "table `mobync_lineage` lacks column generation: run `mobync schema")}},
    {"DROP TABLE mobync_summaries",
     {FAULT(DATABASE_LINE, "table `mobync_summaries` does not exist")}},
    {"ALTER TABLE mobync_owners DROP COLUMN compacted_below",
     {FAULT(DATABASE_LINE, "table `mobync_owners` lacks column compacted_below: run `mobync")}},
    {"ALTER TABLE diffs DROP COLUMN stored_at",
     {FAULT(DATABASE_LINE, "table `diffs` lacks column stored_at: run `mobync schema")}},
    {"ALTER TABLE mobync_rejects DROP COLUMN diff",
     {FAULT(DATABASE_LINE, "table `mobync_rejects` lacks column diff, which")}},
    {"DROP TABLE mobync_tokens", {FAULT(DATABASE_LINE, "table `mobync_tokens` does not exist")}},
    {"ALTER TABLE diffs DROP COLUMN field_times",
     {FAULT(DATABASE_LINE, "table `diffs` lacks column field_times")}},
    {"ALTER TABLE diffs DROP KEY owner_id",
     {FAULT(DATABASE_LINE, "table `diffs` lacks the unique key (owner, id)")}},
    {"ALTER TABLE mobync_owners ENGINE=MyISAM",
     {FAULT(DATABASE_LINE, "table `mobync_owners` has the engine MyISAM")}},
    {"CREATE TABLE diffs (id VARCHAR(36) PRIMARY KEY, owner TEXT, logical_clock INT, "
     "`utc_timestamp` INT, type TEXT, model TEXT, seq INT, object_id TEXT, field_times TEXT, "
     "schema_version INT, stored_at INT)",
     {FAULT(DATABASE_LINE, "table `diffs` lacks column json_data"),
      FAULT(DATABASE_LINE, "unique key (owner, logical_clock, seq)"),
      FAULT(DATABASE_LINE, "unique key (owner, id)")}},
};

static void test_own_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(OWN_CASES); i++) {
        set_up(NULL);
        t.mapping.model_count = 0;
        if (strncmp(OWN_CASES[i].sql, "CREATE", 6) == 0)
            run_sql("DROP TABLE diffs");
        run_sql(OWN_CASES[i].sql);
        check();
        expect(OWN_CASES[i].sql, OWN_CASES[i].expected);
    }
}

static void expect_planned_clean(const char *name)
{
    static const struct expected NONE[1] = {{0}};

    check();
    expect(name, NONE);
    plan();
    assert_int_equal(t.statement_count, 0);
}

struct mend_case {
    const char *sql[2];
    size_t statements;
    size_t diagnostics_left;
    const char *left; /* NULL: nothing */
};

/* What schema repairs is gone after it; check does not recommend it for what remains. */
static const struct mend_case MEND_CASES[] = {
    {{"ALTER TABLE diffs DROP COLUMN field_times"}, 1, 0, NULL},
    {{"ALTER TABLE diffs DROP KEY owner_id"}, 1, 0, NULL},
    {{"ALTER TABLE diffs DROP PRIMARY KEY, DROP KEY owner_id, DROP COLUMN field_times"},
     1,
     0,
     NULL},
    {{"ALTER TABLE mobync_owners DROP PRIMARY KEY"}, 1, 0, NULL},
    {{"ALTER TABLE mobync_known DROP PRIMARY KEY, ADD PRIMARY KEY (id, owner, logical_clock)"},
     1,
     0,
     NULL},
    {{"ALTER TABLE mobync_tokens DROP COLUMN last_use_ms", "DROP TABLE mobync_known"}, 2, 0, NULL},
    {{"ALTER TABLE diffs DROP KEY owner_object"}, 1, 0, NULL},
    {{"ALTER TABLE diffs DROP KEY owner_object, ADD KEY owner_object (owner, model, object_id, "
      "logical_clock)"},
     1,
     0,
     NULL},
    {{"ALTER TABLE diffs DROP KEY owner_object, ADD KEY owner_object (owner, model(8), object_id, "
      "logical_clock, seq)"},
     1,
     0,
     NULL},
    {{"ALTER TABLE mobync_tokens DROP KEY token_owner"}, 1, 0, NULL},
    {{"ALTER TABLE mobync_known DROP COLUMN rejected", "DROP TABLE mobync_rejects"}, 2, 0, NULL},
    {{"ALTER TABLE mobync_rejects DROP PRIMARY KEY, DROP KEY created_ms"}, 1, 0, NULL},
    {{"DROP TABLE mobync_lineage", "DROP TABLE mobync_forks"}, 3, 0, NULL},
    {{"DELETE FROM mobync_lineage"}, 1, 0, NULL},
    {{"ALTER TABLE mobync_owners DROP COLUMN reconciled, DROP COLUMN adopted",
      "ALTER TABLE mobync_lineage DROP COLUMN generation"},
     2,
     0,
     NULL},
    {{"DROP TABLE mobync_summaries", "ALTER TABLE mobync_owners DROP COLUMN forgotten_below"},
     2,
     0,
     NULL},
    {{"DROP TABLE mobync_changes"}, 2, 0, NULL}, /* and the generation is raised */
    {{"ALTER TABLE mobync_changes DROP PRIMARY KEY"}, 1, 0, NULL},
    {{"ALTER TABLE mobync_tokens DROP COLUMN revoked"}, 0, 1, "lacks column revoked, which"},
    {{"ALTER TABLE mobync_tokens DROP COLUMN expires_ms"}, 0, 1, "lacks column expires_ms, which"},
    {{"ALTER TABLE diffs DROP COLUMN json_data"}, 0, 1, "lacks column json_data, which"},
    {{"ALTER TABLE mobync_owners DROP PRIMARY KEY, MODIFY owner TEXT NOT NULL"},
     0,
     1,
     "lacks the unique key (owner), which its columns do not allow"},
    {{"ALTER TABLE diffs DROP KEY owner_id, DROP COLUMN id"}, 0, 2, "(owner, id), which"},
};

static void test_check_and_schema_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(MEND_CASES); i++) {
        const struct mend_case *c = &MEND_CASES[i];

        set_up(NULL);
        t.mapping.model_count = 0;
        for (size_t k = 0; k < ARRAY_LEN(c->sql) && c->sql[k] != NULL; k++)
            run_sql(c->sql[k]);
        check();
        assert_int_not_equal(t.faults, 0);
        for (size_t k = 0; k < t.said_count; k++)
            if ((strstr(t.said[k].message, ": run `mobync schema --apply`") != NULL) !=
                (c->left == NULL))
                fail_msg("%s: %s", c->sql[0], t.said[k].message);
        plan();
        assert_int_equal(t.statement_count, c->statements);
        apply();
        check();
        assert_int_equal(t.faults, c->diagnostics_left);
        if (c->left != NULL && !was_said(DATABASE_LINE, false, c->left))
            fail_msg("%s: not said: %s", c->sql[0], c->left);
    }
}

/* What a release before rejects left behind: its rows stay, none of them rejected. */
static void test_older_known_gets_its_column(void **state)
{
    (void)state;
    t.mapping.model_count = 0;
    run_sql("DROP TABLE mobync_rejects, mobync_known");
    run_sql("CREATE TABLE mobync_known (owner VARCHAR(128) NOT NULL, "
            "id VARCHAR(128) NOT NULL, logical_clock BIGINT NOT NULL, PRIMARY KEY (owner, id), "
            "KEY owner_clock (owner, logical_clock)) CHARACTER SET utf8mb4 "
            "COLLATE utf8mb4_nopad_bin");
    run_sql("INSERT INTO mobync_known VALUES ('alice', 'd1', 7)");
    plan();
    assert_int_equal(t.statement_count, 2);
    apply();
    expect_planned_clean("older");
    /* Matches that one row, or nothing. */
    run_sql("DELETE FROM mobync_known WHERE owner = 'alice' AND id = 'd1' AND logical_clock = 7 "
            "AND NOT rejected");
    assert_int_equal(mysql_affected_rows(t.root), 1);
}

/* What a release before those columns left behind: its clocks stay, and count as young. */
static void test_older_owners_get_their_columns(void **state)
{
    (void)state;
    t.mapping.model_count = 0;
    run_sql("ALTER TABLE mobync_owners DROP COLUMN written_at, DROP COLUMN flushes");
    run_sql("INSERT INTO mobync_owners (owner, next_clock) VALUES ('alice', 7)");
    plan();
    assert_int_equal(t.statement_count, 1);
    apply();
    expect_planned_clean("older");
    run_sql("DELETE FROM mobync_owners WHERE owner = 'alice' AND next_clock = 7 AND flushes = 0 "
            "AND UNIX_TIMESTAMP(written_at) > UNIX_TIMESTAMP() - 300");
    assert_int_equal(mysql_affected_rows(t.root), 1);
}

/* What a release before lineages left behind: nobody's clock changes, and there is one lineage. */
static void test_older_database_gets_its_lineage(void **state)
{
    (void)state;
    t.mapping.model_count = 0;
    run_sql("DROP TABLE mobync_lineage");
    run_sql("DROP TABLE mobync_forks");
    run_sql("INSERT INTO mobync_owners (owner, next_clock) VALUES ('alice', 7)");
    plan();
    assert_int_equal(t.statement_count, 3);
    apply();
    expect_planned_clean("older");
    run_sql("DELETE FROM mobync_owners WHERE owner = 'alice' AND next_clock = 7");
    assert_int_equal(mysql_affected_rows(t.root), 1);
    run_sql("UPDATE mobync_lineage SET epoch = 3 WHERE slot = 0 AND epoch = 0 AND lineage <> ''");
    assert_int_equal(mysql_affected_rows(t.root), 1);
    /* Run again, it stays what it is. */
    plan();
    assert_int_equal(t.statement_count, 0);
}

/* What a release before the outbox left behind: nobody's tables were compared with the history. */
static void test_older_database_gets_its_outbox(void **state)
{
    (void)state;
    t.mapping.model_count = 0;
    run_sql("DROP TABLE mobync_changes");
    run_sql("ALTER TABLE mobync_owners DROP COLUMN reconciled, DROP COLUMN adopted");
    run_sql("ALTER TABLE mobync_lineage DROP COLUMN generation");
    run_sql("INSERT INTO mobync_owners (owner, next_clock) VALUES ('alice', 7)");
    plan();
    assert_int_equal(t.statement_count, 4);
    apply();
    expect_planned_clean("older");
    run_sql("DELETE o FROM mobync_owners o JOIN mobync_lineage l ON l.slot = 0 "
            "AND o.reconciled < l.generation WHERE o.owner = 'alice' AND NOT o.adopted");
    assert_int_equal(mysql_affected_rows(t.root), 1);
    /* Entries of one moment are in the order in which they were written. */
    for (const char *id = "abc"; *id != '\0'; id++) {
        char sql[160];

        snprintf(sql, sizeof(sql),
                 "INSERT INTO mobync_changes (owner, model, object_id, op, ms) "
                 "VALUES ('alice', 'tasks', '%c', 'I', 1)",
                 *id);
        run_sql(sql);
    }
    run_sql("DELETE FROM mobync_changes WHERE owner = 'alice' AND object_id = 'a' ORDER BY seq "
            "LIMIT 1");
    assert_int_equal(mysql_affected_rows(t.root), 1);
    run_sql("DELETE FROM mobync_changes WHERE (SELECT GROUP_CONCAT(object_id ORDER BY seq) "
            "FROM (SELECT object_id, seq FROM mobync_changes) m) = 'b,c'");
    assert_int_equal(mysql_affected_rows(t.root), 2);
}

/* What a release before compaction left behind: nothing is compacted, and what is stored counts as
 * stored now. */
static void test_older_database_gets_its_summaries(void **state)
{
    (void)state;
    t.mapping.model_count = 0;
    run_sql("DROP TABLE mobync_summaries");
    run_sql("ALTER TABLE mobync_owners DROP COLUMN compacted_below, DROP COLUMN forgotten_below, "
            "DROP COLUMN oldest_deleted_at");
    run_sql("ALTER TABLE diffs DROP COLUMN stored_at");
    run_sql("INSERT INTO mobync_owners (owner, next_clock) VALUES ('alice', 7)");
    run_sql("INSERT INTO diffs (owner, logical_clock, seq, id, `utc_timestamp`, type, model, "
            "object_id, json_data) VALUES ('alice', 6, 0, 'd', 1, 'delete', 'tasks', 'x', '{}')");
    plan();
    assert_int_equal(t.statement_count, 3);
    apply();
    expect_planned_clean("older");
    run_sql("DELETE FROM mobync_owners WHERE owner = 'alice' AND compacted_below = 0 "
            "AND forgotten_below = 0");
    assert_int_equal(mysql_affected_rows(t.root), 1);
    run_sql("DELETE FROM diffs WHERE owner = 'alice' "
            "AND UNIX_TIMESTAMP(stored_at) > UNIX_TIMESTAMP() - 300");
    assert_int_equal(mysql_affected_rows(t.root), 1);
}

static void test_two_that_apply_at_once(void **state)
{
    (void)state;
    run_sql("ALTER TABLE diffs DROP KEY owner_id");
    run_sql("ALTER TABLE mobync_tokens DROP COLUMN last_use_ms");
    run_sql("DROP TABLE mobync_known");
    set_field(0, 0, "x", FIELD_INTEGER);
    set_model(1, "notes");
    set_field(1, 0, "x", FIELD_INTEGER);
    run_sql("CREATE TABLE notes (" KEYS ", " PRIMARY ")");
    plan();
    assert_int_equal(t.statement_count, 5);
    apply();
    apply(); /* as the one who planned before the other was done */
    expect_planned_clean("twice");
}

static void test_no_tokens_table_needed(void **state)
{
    static const struct expected NONE[1] = {{0}};

    (void)state;
    run_sql("DROP TABLE mobync_tokens");
    t.mapping.model_count = 0;
    t.settings.tokens_table = (struct text){NULL, 0};
    check();
    expect("without tokens", NONE);
    plan();
    assert_int_equal(t.statement_count, 0);
}

static const struct {
    struct catalog_server server;
    const char *part; /* NULL: nothing is wrong */
    bool warning;
} SERVER_CASES[] = {
    {{.mariadb = true, .version = 101119}, NULL, false},
    {{.mariadb = true, .version = 100600}, NULL, false},
    {{.mariadb = true, .version = 100599}, "upgrade it to MariaDB 10.6, MySQL 8.0.17", false},
    {{.mariadb = false, .version = 80017}, NULL, false},
    {{.mariadb = false, .version = 80016}, "is too old", false},
    {{.mariadb = true, .version = 110402, .read_only = true}, "configure the primary", true},
};

static void test_servers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(SERVER_CASES); i++) {
        struct schema_session c = {.server = SERVER_CASES[i].server, .report = on_report};

        c.server.version_text = TEXT_LITERAL("x");
        t.said_count = 0;
        schema_check_server(&c, DATABASE_LINE);
        assert_int_equal(t.said_count, SERVER_CASES[i].part != NULL);
        assert_int_equal(c.faults, SERVER_CASES[i].warning ? 0 : t.said_count);
        if (SERVER_CASES[i].part != NULL)
            assert_true(was_said(DATABASE_LINE, SERVER_CASES[i].warning, SERVER_CASES[i].part));
    }
}

static void connect_root(void)
{
    t.root = mysql_init(NULL);
    if (mysql_real_connect(t.root, NULL, "root", NULL, NULL, 0, t.settings.hosts[0].socket.ptr,
                           0) == NULL)
        fail_msg("connect: %s", mysql_error(t.root));
    assert_int_equal(mysql_set_character_set(t.root, "utf8mb4"), 0);
}

/* NULL: as it was at first. */
static void restart(const char *option)
{
    mysql_close(t.root);
    if (option != NULL)
        mariadb_restart_with(t.server, option);
    else
        mariadb_restart(t.server);
    connect_root();
    run_sql("USE app");
}

static void test_binary_log_of_statements(void **state)
{
    static const struct expected STATEMENT[2] = {
        FAULT(DATABASE_LINE, "binlog_format = STATEMENT, so every push fails: set binlog_format = "
                             "ROW or MIXED")};
    static const struct expected NONE[1] = {{0}};

    (void)state;
    run_sql(WITH(PRIMARY));
    restart("--log-bin=binlog");
    check();
    expect("a binary log", NONE);
    run_sql("SET GLOBAL binlog_format = 'STATEMENT'");
    check();
    expect("of statements", STATEMENT);
    restart(NULL);
}

static void test_names_in_lower_case(void **state)
{
    static const struct expected ONE[2] = {
        FAULT(OTHER_LINE, "so `TASKS` and `tasks` (line 20) are one table with two models")};

    (void)state;
    if (mariadb_is_mysql()) /* whose data are made so, or not */
        skip();
    run_sql(WITH(PRIMARY));
    set_model(1, "TASKS");
    restart("--lower-case-table-names=1");
    check();
    expect("names in lower case", ONE);
    restart(NULL);
}

static void test_small_packets(void **state)
{
    static const struct expected SMALL[2] = {
        WARN(DATABASE_LINE, "max_allowed_packet is 1048576 bytes, less than limits.body, so larger "
                            "diffs are rejected with TOO_LARGE: set it to at least 8388608")};

    (void)state;
    run_sql(WITH(PRIMARY));
    t.settings.body_bytes = (size_t)8 * 1024 * 1024;
    run_sql("SET GLOBAL max_allowed_packet = 1048576");
    check();
    run_sql("SET GLOBAL max_allowed_packet = 16777216");
    expect("small packets", SMALL);
    check();
    assert_int_equal(t.said_count, 0);
    t.settings.body_bytes = 0;
}

struct trigger_case {
    const char *trigger; /* behind CREATE TRIGGER t */
    struct expected expected[EXPECTED_MAX];
};

#define UNFILLED FAULT(MODEL_LINE, "`n` is NOT NULL without a default and is not mapped, so every")
#define SETS(event, column)                                                                        \
    WARN(MODEL_LINE, "has the trigger `t` BEFORE " event ", which sets the mapped column " column)

static const struct trigger_case TRIGGER_CASES[] = {
    {"BEFORE INSERT ON tasks FOR EACH ROW SET NEW.n = 1", {{0}}},
    {"BEFORE INSERT ON tasks FOR EACH ROW BEGIN IF NEW.x = 1 THEN SET @a = (SELECT 1, 2) IS NULL, "
     "`new`.`n` := NEW.x; END IF; END",
     {{0}}},
    {"BEFORE INSERT ON tasks FOR EACH ROW BEGIN /* NEW.x */ SET NEW . N = ';'; SET /* it's */ "
     "NEW.id "
     "= 1; END",
     {SETS("INSERT", "`id`")}},
    {"BEFORE UPDATE ON tasks FOR EACH ROW SET NEW.n = 1, NEW.x = IF(1, 2, 3), NEW.id = 'a'",
     {UNFILLED, SETS("UPDATE", "`id`")}},
    {"BEFORE INSERT ON tasks FOR EACH ROW BEGIN SET @x = 'SET NEW.n = 1'; -- SET NEW.n = 1\n SET "
     "@y "
     "= NEW.n = 1; UPDATE log SET n = NEW.x; END",
     {UNFILLED}},
    {"AFTER INSERT ON tasks FOR EACH ROW UPDATE log SET n = 1", {UNFILLED}},
    /* As `mobync map` proposes it: what a device's row has stays. */
    {"BEFORE INSERT ON tasks FOR EACH ROW SET NEW.n = 1, NEW.`id` = COALESCE(NEW.`id`, (SELECT 1 "
     "FROM log LIMIT 1))",
     {{0}}},
    {"BEFORE INSERT ON tasks FOR EACH ROW BEGIN SET NEW.n := 1; SET NEW.id := IFNULL(NEW.id, "
     "UUID()); "
     "END",
     {{0}}},
    {"BEFORE INSERT ON tasks FOR EACH ROW SET NEW.n = 1, NEW.id = COALESCE(NEW.id, 1) + 1",
     {SETS("INSERT", "`id`")}},
    {"BEFORE INSERT ON tasks FOR EACH ROW SET NEW.n = 1, NEW.id = COALESCE(NEW.n, NEW.id)",
     {SETS("INSERT", "`id`")}},
};

static void test_triggers(void **state)
{
    (void)state;
    set_field(0, 0, "x", FIELD_INTEGER);
    run_sql("CREATE TABLE log (n INT)");
    run_sql(WITH("x BIGINT, n INT NOT NULL, " PRIMARY));
    for (size_t i = 0; i < ARRAY_LEN(TRIGGER_CASES); i++) {
        char sql[1024];

        run_sql("DROP TRIGGER IF EXISTS t");
        snprintf(sql, sizeof(sql), "CREATE TRIGGER t %s", TRIGGER_CASES[i].trigger);
        run_sql(sql);
        check();
        expect(sql, TRIGGER_CASES[i].expected);
    }
}

/* An account without the privilege TRIGGER does not see them: no fault, which would keep `serve`
 * from starting. */
static void test_triggers_out_of_sight(void **state)
{
    static const struct expected PERHAPS[2] = {WARN(
        MODEL_LINE, "unless a BEFORE INSERT trigger fills it, which account 'blind'@'localhost' "
                    "cannot see")};

    (void)state;
    run_sql(WITH("x BIGINT, n INT NOT NULL, " PRIMARY));
    run_sql("DROP USER IF EXISTS blind@localhost");
    run_sql("CREATE USER blind@localhost");
    run_sql("GRANT SELECT, INSERT, UPDATE, DELETE ON app.* TO blind@localhost");
    t.settings.user = TEXT_LITERAL("blind");
    check();
    expect("out of sight", PERHAPS);
    run_sql("DROP USER blind@localhost");
}

static void test_read_only_server(void **state)
{
    static const struct expected EXPECTED[2] = {WARN(DATABASE_LINE, "is read-only")};

    (void)state;
    run_sql(WITH(PRIMARY));
    run_sql("SET GLOBAL read_only = 1");
    check();
    run_sql("SET GLOBAL read_only = 0");
    expect("read_only", EXPECTED);
}

static void test_read_only_innodb(void **state)
{
    static const struct expected EXPECTED[2] = {
        WARN(DATABASE_LINE, "runs with innodb_read_only, so pushes fail: start it without")};

    (void)state;
    run_sql(WITH(PRIMARY));
    restart("--innodb-read-only=1");
    check();
    expect("innodb_read_only", EXPECTED);
    restart(NULL);
}

struct grant_case {
    const char *name;
    const char *sql[4];
    bool allow[DIFF_TYPES];
    struct expected expected[EXPECTED_MAX];
};

#define TO " TO 'o\\'neil'@'localhost'"

static const struct grant_case GRANT_CASES[] = {
    {"the whole database", {"GRANT ALL ON app.*" TO}, {true, true, true}, {{0}}},
    {"by a role",
     {"GRANT ALL ON app.* TO clerk", "GRANT clerk" TO,
      "SET DEFAULT ROLE clerk FOR "
      "'o''neil'@'localhost'"},
     {true, true, true},
     {{0}}},
    {"select alone",
     {"GRANT SELECT ON app.tasks" TO, "GRANT EXECUTE ON FUNCTION app.ok" TO},
     {true, true, true},
     {FAULT(MODEL_LINE, "GRANT INSERT, UPDATE, DELETE ON `app`.`tasks`" TO)}},
    {"all but delete",
     {"GRANT SELECT, INSERT, UPDATE ON app.tasks" TO, "GRANT EXECUTE ON FUNCTION app.ok" TO},
     {true, true, true},
     {FAULT(MODEL_LINE, "GRANT DELETE ON `app`.`tasks`" TO)}},
    {"delete is not allowed to anybody",
     {"GRANT SELECT, INSERT, UPDATE ON app.tasks" TO, "GRANT EXECUTE ON FUNCTION app.ok" TO},
     {true, true, false},
     {{0}}},
    {"only updates",
     {"GRANT SELECT, UPDATE ON app.tasks" TO, "GRANT EXECUTE ON FUNCTION app.ok" TO},
     {false, true, false},
     {{0}}},
    {"the fields alone may be updated",
     {"GRANT SELECT, INSERT, DELETE, UPDATE (x) ON app.tasks" TO,
      "GRANT EXECUTE ON FUNCTION app.ok" TO},
     {true, true, true},
     {{0}}},
    {"the owner may not be read",
     {"GRANT SELECT (id, x), INSERT, UPDATE, DELETE ON app.tasks" TO,
      "GRANT EXECUTE ON FUNCTION app.ok" TO},
     {true, true, true},
     {FAULT(MODEL_LINE, "GRANT SELECT ON `app`.`tasks`" TO)}},
    {"the owner may not be seen",
     {"GRANT SELECT (id, x), DELETE ON app.tasks" TO, "GRANT EXECUTE ON FUNCTION app.ok" TO},
     {false, false, true},
     {FAULT(MODEL_LINE, "GRANT SELECT ON `app`.`tasks`" TO)}},
    {"no select",
     {"GRANT INSERT, UPDATE, DELETE ON app.tasks" TO, "GRANT EXECUTE ON FUNCTION app.ok" TO},
     {true, true, true},
     {FAULT(MODEL_LINE, "GRANT SELECT ON `app`.`tasks`" TO)}},
    {"nothing on the table",
     {"GRANT EXECUTE ON FUNCTION app.ok" TO},
     {true, false, false},
     {FAULT(MODEL_LINE, "GRANT SELECT, INSERT, UPDATE ON `app`.`tasks`" TO)}},
    {"no execute",
     {"GRANT SELECT, INSERT, UPDATE, DELETE ON app.tasks" TO},
     {true, true, true},
     {FAULT(MODEL_LINE, "GRANT EXECUTE ON FUNCTION `app`.`ok`" TO)}},
};

static void grant_own_tables(void)
{
    run_sql("GRANT SELECT, INSERT, UPDATE ON app.mobync_owners" TO);
    run_sql("GRANT SELECT, INSERT, DELETE ON app.diffs" TO);
    run_sql("GRANT SELECT, INSERT, UPDATE, DELETE ON app.mobync_known" TO);
    run_sql("GRANT SELECT, INSERT, DELETE ON app.mobync_rejects" TO);
    run_sql("GRANT SELECT, INSERT, UPDATE ON app.mobync_lineage" TO);
    run_sql("GRANT SELECT, INSERT ON app.mobync_forks" TO);
    run_sql("GRANT SELECT, INSERT, DELETE ON app.mobync_changes" TO);
    run_sql("GRANT SELECT, INSERT, DELETE ON app.mobync_summaries" TO);
    run_sql("GRANT SELECT, INSERT, UPDATE ON app.mobync_tokens" TO);
}

static void make_account(void)
{
    run_sql("DROP USER IF EXISTS 'o''neil'@'localhost'");
    run_sql("DROP ROLE IF EXISTS clerk");
    run_sql("CREATE USER 'o''neil'@'localhost'");
    run_sql("CREATE ROLE clerk");
    t.settings.user = TEXT_LITERAL("o'neil");
}

static void test_grants(void **state)
{
    (void)state;
    run_sql(WITH("x BIGINT, " PRIMARY));
    run_sql("CREATE FUNCTION ok(a TEXT, b TEXT, c TEXT) RETURNS BOOLEAN DETERMINISTIC RETURN TRUE");
    set_field(0, 0, "x", FIELD_INTEGER);
    t.models[0].validate = TEXT_LITERAL("ok");
    for (size_t i = 0; i < ARRAY_LEN(GRANT_CASES); i++) {
        const struct grant_case *c = &GRANT_CASES[i];

        make_account();
        grant_own_tables();
        for (size_t k = 0; k < ARRAY_LEN(c->sql) && c->sql[k] != NULL; k++)
            run_sql(c->sql[k]);
        memcpy(t.models[0].allow, c->allow, sizeof(c->allow));
        check();
        expect(c->name, c->expected);
    }
}

static void test_grants_on_own_tables(void **state)
{
    static const struct expected EXPECTED[EXPECTED_MAX] = {
        FAULT(DATABASE_LINE, "GRANT SELECT, INSERT, UPDATE ON `app`.`mobync_owners`" TO),
        FAULT(DATABASE_LINE, "GRANT INSERT, DELETE ON `app`.`diffs`" TO),
        FAULT(DATABASE_LINE, "GRANT SELECT, INSERT, UPDATE, DELETE ON `app`.`mobync_known`" TO),
        FAULT(DATABASE_LINE, "GRANT SELECT, INSERT, DELETE ON `app`.`mobync_rejects`" TO),
        FAULT(DATABASE_LINE, "GRANT SELECT, INSERT, UPDATE ON `app`.`mobync_lineage`" TO),
        FAULT(DATABASE_LINE, "GRANT SELECT, INSERT ON `app`.`mobync_forks`" TO),
        FAULT(DATABASE_LINE, "GRANT SELECT, INSERT, DELETE ON `app`.`mobync_changes`" TO),
        FAULT(DATABASE_LINE, "GRANT SELECT, INSERT, DELETE ON `app`.`mobync_summaries`" TO),
        FAULT(DATABASE_LINE, "GRANT UPDATE ON `app`.`mobync_tokens`" TO),
    };

    (void)state;
    make_account();
    t.mapping.model_count = 0;
    run_sql("GRANT SELECT ON app.diffs" TO);
    run_sql("GRANT SELECT, INSERT ON app.mobync_tokens" TO);
    check();
    expect("own tables", EXPECTED);
}

/* What was granted as told is enough. */
static void test_grant_lines_work_as_pasted(void **state)
{
    static const struct expected NONE[1] = {{0}};

    (void)state;
    run_sql(WITH("x BIGINT, " PRIMARY));
    run_sql("CREATE FUNCTION ok(a TEXT, b TEXT, c TEXT) RETURNS BOOLEAN DETERMINISTIC RETURN TRUE");
    set_field(0, 0, "x", FIELD_INTEGER);
    t.models[0].validate = TEXT_LITERAL("ok");
    make_account();
    run_sql("GRANT USAGE ON *.*" TO);
    run_sql("GRANT CREATE ROUTINE ON app.*" TO);
    check();
    assert_int_equal(t.faults, 11);
    for (size_t i = 0; i < t.said_count; i++) {
        const char *grant = strstr(t.said[i].message, "GRANT ");

        assert_non_null(grant);
        run_sql(grant);
    }
    check();
    expect("as pasted", NONE);
}

/* One field of every type, required and not. */
static void set_all_types(size_t model)
{
    static const char *const NAMES[FIELD_TYPES][2] = {
        [FIELD_STRING] = {"s1", "s2"},        [FIELD_INTEGER] = {"i1", "i2"},
        [FIELD_FLOAT] = {"f1", "f2"},         [FIELD_BOOLEAN] = {"b1", "b2"},
        [FIELD_LIST] = {"l1", "l2"},          [FIELD_JSON] = {"j1", "j2"},
        [FIELD_DATETIME] = {"dt1", "dt2"},    [FIELD_TIMESTAMP] = {"ts1", "ts2"},
        [FIELD_DATETIME_MS] = {"ms1", "ms2"}, [FIELD_DATE] = {"d1", "d2"},
        [FIELD_TIME] = {"t1", "t2"},          [FIELD_DECIMAL] = {"n1", "n2"},
        [FIELD_ENUM] = {"e1", "e2"},          [FIELD_SET] = {"set1", "set2"},
        [FIELD_UUID] = {"u1", "u2"},          [FIELD_BYTES] = {"y1", "y2"},
        [FIELD_REFERENCE] = {"r1", "r2"},
    };
    static struct text values[] = {{"a", 1}, {"b", 1}};

    for (size_t type = 0; type < FIELD_TYPES; type++)
        for (size_t k = 0; k < 2; k++) {
            set_field(model, type * 2 + k, NAMES[type][k], (enum field_type)type);
            t.fields[model][type * 2 + k].required = k == 1;
            if (type == FIELD_REFERENCE)
                t.fields[model][type * 2 + k].parent = &t.models[model];
            if (field_type_takes((enum field_type)type, FIELD_VALUES)) {
                t.fields[model][type * 2 + k].values = values;
                t.fields[model][type * 2 + k].value_count = ARRAY_LEN(values);
            }
        }
}

static void check_durable(void)
{
    t.said_count = 0;
    if (schema_check_durable(&t.settings, DATABASE_LINE, on_report, NULL, &t.fail) != RC_OK)
        fail_msg("check: %s", t.fail.detail);
}

static void run_all(const char *sql)
{
    char one[512];

    for (size_t len = strcspn(sql, ";"); len > 0; len = strcspn(sql, ";")) {
        snprintf(one, sizeof(one), "%.*s", (int)len, sql);
        run_sql(one);
        sql += len + (sql[len] == ';');
    }
}

/* Without RELOAD the account cannot make the procedure; what it is told to have run is enough. */
static void test_procedure_that_the_account_may_not_make(void **state)
{
    struct text sql;

    (void)state;
    t.mapping.model_count = 0;
    run_sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
    run_sql("DROP PROCEDURE IF EXISTS mobync_flush");
    make_account();
    run_sql("GRANT ALL ON app.*" TO);
    plan();
    assert_int_equal(t.statement_count, 0);
    check_durable();
    assert_int_equal(t.said_count, 1);
    assert_true(was_said(DATABASE_LINE, true, "an administrator run DROP PROCEDURE IF EXISTS"));
    run_all(strstr(t.said[0].message, "DROP PROCEDURE"));
    check_durable();
    assert_int_equal(t.said_count, 0);
    /* One that the account has made itself flushes nothing. */
    run_sql("DROP PROCEDURE mobync_flush");
    run_sql("CREATE DEFINER = 'o''neil'@'localhost' PROCEDURE mobync_flush() "
            "SQL SECURITY DEFINER FLUSH LOCAL ENGINE LOGS");
    assert_int_equal(schema_plan_admin(&t.settings, &t.arena, &sql, &t.fail), RC_OK);
    assert_true(sql.len > 0);
    run_all(arena_text(&t.arena, sql).ptr);
    assert_int_equal(schema_plan_admin(&t.settings, &t.arena, &sql, &t.fail), RC_OK);
    assert_int_equal(sql.len, 0);
}

static void test_settings_that_lose_syncs(void **state)
{
    (void)state;
    run_sql("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    check_durable();
    assert_true(was_said(DATABASE_LINE, false, "SET GLOBAL innodb_flush_log_at_trx_commit = 1"));
    run_sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1, GLOBAL sync_binlog = 0");
    check_durable();
    assert_int_equal(t.said_count, 0); /* there is no binary log */
}

static void check_cluster(void)
{
    t.said_count = 0;
    if (schema_check_cluster(&t.settings, DATABASE_LINE, on_report, NULL, &t.fail) != RC_OK)
        fail_msg("check: %s", t.fail.detail);
}

static void test_replicas_that_lack_pushes(void **state)
{
    (void)state;
    if (mariadb_is_mysql())
        return; /* a plugin there */
    t.mapping.model_count = 0;
    check_cluster();
    assert_int_equal(t.said_count, 0);
    run_sql("SET GLOBAL rpl_semi_sync_master_enabled = 1");
    check_cluster();
    assert_int_equal(t.said_count, 1);
    assert_true(
        was_said(DATABASE_LINE, true, "SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC'"));
    run_sql("SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC'");
    check_cluster();
    assert_int_equal(t.said_count, 1);
    assert_true(was_said(DATABASE_LINE, true, "rpl_semi_sync_master_timeout is 10000 ms"));
    run_sql("SET GLOBAL rpl_semi_sync_master_timeout = 3600000");
    check_cluster();
    assert_int_equal(t.said_count, 0);
    run_sql("SET GLOBAL rpl_semi_sync_master_enabled = 0");
}

static void restart_with(const char *option)
{
    mysql_close(t.root);
    mariadb_restart_with(t.server, option);
    connect_root();
    run_sql("USE app");
}

static void test_node_of_a_cluster(void **state)
{
    (void)state;
    if (mariadb_is_mysql())
        return;
    run_sql(
        "CREATE TABLE keyless (owner_id VARCHAR(128), id VARCHAR(128), UNIQUE KEY (owner_id, id))");
    set_model(0, "keyless");
    check_cluster();
    assert_int_equal(t.said_count, 0);
    restart_with("--wsrep-on=ON");
    check_cluster();
    assert_int_equal(t.said_count, 1);
    assert_true(was_said(t.models[0].config_line, true, "table `keyless` has no primary key"));
    run_sql("SET GLOBAL wsrep_OSU_method = 'RSU'");
    check_cluster();
    assert_int_equal(t.said_count, 2);
    assert_true(was_said(DATABASE_LINE, true, "wsrep_OSU_method is RSU"));
    restart_with(NULL);
}

static bool is_planned_compressed(void)
{
    for (size_t i = 0; i < t.statement_count; i++)
        if (strstr(t.statements[i].ptr, "mobync_summaries") != NULL)
            return strstr(t.statements[i].ptr, "ROW_FORMAT=COMPRESSED") != NULL;
    fail_msg("mobync_summaries is not planned");
    return false;
}

/* Summaries are compressed where the server writes such tables; both forms are clean. */
static void test_compressed_summaries(void **state)
{
    static const char *const OPTIONS[] = {NULL, "--innodb-file-per-table=OFF",
                                          "--innodb-read-only-compressed=ON"};

    (void)state;
    t.mapping.model_count = 0;
    for (size_t i = 0; i < (mariadb_is_mysql() ? 2 : ARRAY_LEN(OPTIONS)); i++) {
        restart_with(OPTIONS[i]);
        run_sql("DROP TABLE mobync_summaries");
        plan();
        assert_int_equal(is_planned_compressed(), OPTIONS[i] == NULL);
        apply();
        expect_planned_clean("summaries");
        run_sql("INSERT INTO mobync_summaries (owner, model, object_id, last_clock, last_seq, "
                "fields) VALUES ('alice', 'tasks', 'x', 1, 0, '[]')");
    }
    restart_with(NULL);
}

static void test_plan_makes_a_clean_schema(void **state)
{
    (void)state;
    run_sql("DROP DATABASE app");
    run_sql("CREATE DATABASE app CHARACTER SET latin1");
    run_sql("USE app");
    set_all_types(0);
    set_model(1, "notes");
    set_field(1, 0, "title", FIELD_STRING);
    t.fields[1][0].max_length = 255;
    check();
    assert_int_equal(t.faults, 11);
    plan();
    assert_int_equal(t.statement_count, 13); /* and the procedure */
    apply();
    expect_planned_clean("all types");
}

static void test_plan_adds_columns(void **state)
{
    (void)state;
    run_sql("CREATE TABLE tasks (n INT NULL, id " KEY_COLUMN " PRIMARY KEY)");
    run_sql("INSERT INTO tasks VALUES (1, 'a'), (2, 'b')");
    set_all_types(0);
    plan();
    assert_int_equal(t.statement_count, 1);
    apply();
    check();
    assert_int_equal(t.faults, 0);
    plan();
    assert_int_equal(t.statement_count, 0);
    /* Nothing was made up for the rows that were there. */
    run_sql("DELETE FROM tasks WHERE owner_id IS NULL AND i2 IS NULL AND s2 IS NULL");
    assert_int_equal(mysql_affected_rows(t.root), 2);
}

static long long number(const char *sql)
{
    MYSQL_RES *result;
    long long number;

    run_sql(sql);
    result = mysql_store_result(t.root);
    assert_non_null(result);
    number = strtoll(mysql_fetch_row(result)[0], NULL, 10);
    mysql_free_result(result);
    return number;
}

/* An application's tables as they are: numbered, tied to each other, with rows. */
static void make_numbered_tables(void)
{
    run_sql("CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, name TEXT)");
    run_sql("CREATE TABLE tasks (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL, name "
            "VARCHAR(40) CHARACTER SET utf8mb4, parent_id INT, updated_at DATETIME NULL ON UPDATE "
            "CURRENT_TIMESTAMP, "
            "FOREIGN KEY (user_id) REFERENCES users (id), "
            "FOREIGN KEY (parent_id) REFERENCES tasks (id))");
    run_sql("CREATE TABLE notes (task_id INT NOT NULL, tag VARCHAR(20) CHARACTER SET utf8mb4 "
            "COLLATE utf8mb4_nopad_bin NOT NULL, user_id INT NOT NULL, PRIMARY KEY (task_id, tag), "
            "FOREIGN KEY (task_id) REFERENCES tasks (id))");
    run_sql("INSERT INTO users VALUES (1, 'a'), (2, 'b')");
    run_sql("INSERT INTO tasks (user_id, name, parent_id, updated_at) VALUES "
            "(1, 'one', NULL, '2001-02-03'), (2, 'two', 1, '2001-02-03'), "
            "(1, 'three', 2, '2001-02-03')");
    run_sql("INSERT INTO notes VALUES (1, 'x', 1), (3, 'x', 1)");
}

static struct id_part note_parts[2];

static void map_numbered_tables(void)
{
    t.models[0].id_column = TEXT_LITERAL("sync_id");
    t.models[0].id_type = KEY_UUID;
    t.models[0].owner_column = TEXT_LITERAL("user_id");
    t.models[0].owner_type = KEY_INTEGER;
    set_field(0, 0, "name", FIELD_STRING);
    t.fields[0][0].max_length = 40;
    set_field(0, 1, "parent_id", FIELD_REFERENCE);
    t.fields[0][1].parent = &t.models[0];
    set_model(1, "notes");
    note_parts[0] = (struct id_part){
        .column = TEXT_LITERAL("task_id"), .type = KEY_REFERENCE, .parent = &t.models[0]};
    note_parts[1] = (struct id_part){.column = TEXT_LITERAL("tag")};
    t.models[1].id_column = note_parts[0].column;
    t.models[1].id_parts = note_parts;
    t.models[1].id_part_count = 2;
    t.models[1].owner_column = TEXT_LITERAL("user_id");
    t.models[1].owner_type = KEY_INTEGER;
    set_field(1, 0, "added", FIELD_INTEGER);
}

static void test_second_ids(void **state)
{
    static const struct expected MISSING[] = {
        FAULT(MODEL_LINE, "column `tasks`.`sync_id` does not exist"),
        FAULT(OTHER_LINE + 1, "column `notes`.`added` does not exist"),
        {0},
    };

    (void)state;
    make_numbered_tables();
    map_numbered_tables();
    check();
    expect("before", MISSING);
    plan();
    assert_int_equal(t.statement_count, 4);
    apply();
    expect_planned_clean("after");
    assert_int_equal(number("SELECT COUNT(DISTINCT sync_id) FROM tasks WHERE sync_id RLIKE "
                            "'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'"),
                     3);
    assert_int_equal(number("SELECT COUNT(*) FROM tasks WHERE updated_at = '2001-02-03'"), 3);
    /* The application goes on as before. */
    run_sql("INSERT INTO tasks (user_id, name, parent_id) VALUES (1, 'four', 3)");
    run_sql("INSERT INTO notes (task_id, tag, user_id) VALUES (LAST_INSERT_ID(), 'x', 1)");
    run_sql("UPDATE tasks SET name = 'changed' WHERE id = 1");
    assert_int_equal(number("SELECT COUNT(DISTINCT sync_id) FROM tasks"), 4);
    assert_int_equal(number("SELECT MAX(id) FROM tasks"), 4);
}

/* Each step can be the last that ran. */
static void test_second_ids_in_steps(void **state)
{
    (void)state;
    make_numbered_tables();
    map_numbered_tables();
    plan();
    for (size_t steps = 1; steps < 4; steps++) {
        t.statement_count = 1;
        apply();
        run_sql("INSERT INTO tasks (user_id) VALUES (1)");
        plan();
    }
    for (size_t steps = 0; t.statement_count > 0 && steps < 3; steps++) {
        apply();
        plan();
    }
    assert_int_equal(t.statement_count, 0);
    assert_int_equal(number("SELECT COUNT(DISTINCT sync_id) FROM tasks"), 6);
    expect_planned_clean("in steps");
}

static void try_second_ids_of(const char *type, const char *are_such)
{
    char sql[200];

    make_numbered_tables();
    map_numbered_tables();
    snprintf(sql, sizeof(sql),
             "ALTER TABLE tasks ADD sync_id %s NULL, ADD UNIQUE KEY (user_id, sync_id)", type);
    run_sql(sql);
    check();
    assert_true(was_said(MODEL_LINE, true, "may be NULL and has no default"));
    plan();
    apply();
    expect_planned_clean(type);
    run_sql("INSERT INTO tasks (user_id) VALUES (1)");
    snprintf(sql, sizeof(sql), "SELECT COUNT(DISTINCT HEX(sync_id)) FROM tasks WHERE %s", are_such);
    assert_int_equal(number(sql), 4);
}

static void test_second_ids_of_16_bytes(void **state)
{
    (void)state;
    try_second_ids_of("BINARY(16)", "TRUE");
}

static void test_second_ids_of_32_digits(void **state)
{
    (void)state;
    try_second_ids_of("CHAR(32)", "sync_id RLIKE '^[0-9a-f]{32}$'");
}

/* What refers to a table that is there has the type of its key. */
static void test_columns_of_references(void **state)
{
    (void)state;
    make_numbered_tables();
    map_numbered_tables();
    run_sql("DROP TABLE notes");
    run_sql("ALTER TABLE tasks DROP FOREIGN KEY tasks_ibfk_2, DROP COLUMN parent_id");
    plan();
    apply();
    expect_planned_clean("made");
    assert_int_equal(number("SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = "
                            "'app' AND (table_name, column_name) IN (('tasks', 'parent_id'), "
                            "('notes', 'task_id')) AND data_type = 'int'"),
                     2);
    run_sql("ALTER TABLE tasks ADD FOREIGN KEY (parent_id) REFERENCES tasks (id)");
    run_sql("ALTER TABLE notes ADD FOREIGN KEY (task_id) REFERENCES tasks (id)");
}

static void test_reference_to_another_type(void **state)
{
    (void)state;
    make_numbered_tables();
    map_numbered_tables();
    run_sql("ALTER TABLE tasks DROP FOREIGN KEY tasks_ibfk_2, MODIFY parent_id VARCHAR(20)");
    plan();
    apply();
    check();
    assert_int_equal(t.faults, 1);
    assert_true(was_said(MODEL_LINE + 2, false,
                         "column `tasks`.`parent_id` is varchar(20), but what it refers to, "
                         "`tasks`.`id`, is int"));
}

static void test_integer_ids(void **state)
{
    (void)state;
    make_numbered_tables();
    map_numbered_tables();
    t.mapping.model_count = 1;
    t.models[0].id_column = TEXT_LITERAL("id");
    t.models[0].id_type = KEY_INTEGER;
    check();
    assert_int_equal(t.faults, 1);
    assert_true(was_said(MODEL_LINE, false, "is AUTO_INCREMENT, so the database makes the ids"));
    t.models[0].allow[DIFF_CREATE] = false;
    expect_planned_clean("updates and deletes");
}

/* What a table has, and what is filled in it. */
struct fill_case {
    const char *sql;  /* the columns beside x, which is an INT */
    const char *type; /* of x, if not INT */
    struct field x;   /* its access and fill alone */
    struct filled_column filled;
    struct text deleted_column;
    const char *deleted_value;
    const char *live_value; /* NULL: not said */
    struct expected expected[EXPECTED_MAX];
};

#define READ_ONLY         .x = {.access = FIELD_READ_ONLY}
#define X_GETS(v)         .x = {.fill = {.on_create = {v, sizeof(v) - 1}}}
#define N_GETS(v)         .filled = {{"n", 1}, {.on_create = {v, sizeof(v) - 1}}}
#define DELETED_N(v)      .deleted_column = {"n", 1}, .deleted_value = v
#define LIVE_N(v)         .live_value = v
#define NONE              .expected = {{0}}
#define MODEL_FAULT(part) .expected = {FAULT(MODEL_LINE, part)}
#define FIELD_FAULT(part) .expected = {FAULT(FIELD_LINE, part)}

static const struct fill_case FILL_CASES[] = {
    {.type = "BIGINT AS (1) STORED", READ_ONLY, NONE},
    {.type = "INT NOT NULL AUTO_INCREMENT, KEY (x)", READ_ONLY, NONE},
    {.type = "INT NOT NULL DEFAULT 5", READ_ONLY, NONE},
    {.type = "INT NOT NULL",
     READ_ONLY,
     FIELD_FAULT("creates without field x fail: set its default")},
    {.type = "INT NOT NULL",
     X_GETS("5"),
     .expected = {WARN(FIELD_LINE, "so a null in field x is rejected during sync")}},
    {.type = "INT NULL DEFAULT 3", X_GETS("3"), NONE},
    {.type = "INT", X_GETS("a word"), FIELD_FAULT("which holds numbers: give a number")},
    {.type = "INT", X_GETS("now"), FIELD_FAULT("which holds no times: give now_s or now_ms")},
    {.type = "INT", X_GETS("now_s"), NONE},
    {.type = "INT", X_GETS("now_ms"), FIELD_FAULT("which cannot count milliseconds")},
    {.type = "SMALLINT", X_GETS("now_s"), FIELD_FAULT("which cannot count seconds")},
    {.type = "BIGINT", X_GETS("now_ms"), NONE},
    {.type = "BIGINT AS (1) STORED",
     X_GETS("1"),
     .expected = {FAULT(FIELD_LINE, "is generated"), FAULT(MODEL_LINE, "is generated")}},

    {.sql = "n DATETIME NOT NULL",
     MODEL_FAULT("map it, let the server fill it (fill: [{ column: n, default: now }]), or give it "
                 "a default in the database")},
    {.sql = "n VARCHAR(9) NOT NULL", MODEL_FAULT("default: empty }]")},
    {.sql = "n DATETIME NOT NULL", N_GETS("now"), NONE},
    {.sql = "n TIME(3) NOT NULL", N_GETS("now"), NONE},
    {.sql = "n DATE NOT NULL", N_GETS("2026-01-01"), NONE},
    {.sql = "n DATE NOT NULL", N_GETS("soon"), MODEL_FAULT("which holds times: give now, or one")},
    {.sql = "n VARCHAR(4) NOT NULL", N_GETS("note"), NONE},
    {.sql = "n VARCHAR(3) NOT NULL", N_GETS("note"), MODEL_FAULT("too short for it")},
    {.sql = "n TEXT NOT NULL", N_GETS("empty"), NONE},
    {.sql = "n INT NOT NULL", N_GETS("empty"), MODEL_FAULT("which holds no texts")},
    {.sql = "n BIT(1) NOT NULL", N_GETS("true"), NONE},
    {.sql = "n ENUM ('a', 'b') NOT NULL", N_GETS("b"), NONE},
    {.sql = "n ENUM ('a', 'b') NOT NULL", N_GETS("c"), MODEL_FAULT("which lacks it")},
    {.sql = "o INT", N_GETS("1"), MODEL_FAULT("column `tasks`.`n` does not exist: run")},

    {.sql = "n DATETIME", DELETED_N("now"), NONE},
    {.sql = "n INT UNSIGNED NULL", DELETED_N("now_s"), NONE},
    {.sql = "n DATETIME NOT NULL",
     DELETED_N("now"),
     MODEL_FAULT("is NOT NULL, so that no row is told from a deleted one")},
    {.sql = "n DATETIME NULL DEFAULT '2000-01-01'", DELETED_N("now"), MODEL_FAULT("has a default")},
    {.sql = "n BOOLEAN NOT NULL DEFAULT 0", DELETED_N("1"), NONE},
    {.sql = "n BOOLEAN NOT NULL", DELETED_N("1"), MODEL_FAULT("but has no default")},
    {.sql = "n ENUM ('on', 'off') NOT NULL DEFAULT 'on'", DELETED_N("off"), NONE},
    {.sql = "n INT UNSIGNED NOT NULL DEFAULT 0", DELETED_N("now_s"), LIVE_N("0"), NONE},
    {.sql = "n INT UNSIGNED DEFAULT 0", DELETED_N("now_s"), LIVE_N("0"), NONE},
    {.sql = "n INT NOT NULL", DELETED_N("now_s"), LIVE_N("0"), NONE},
    {.sql = "n INT NOT NULL DEFAULT 0",
     DELETED_N("now_s"),
     MODEL_FAULT("is NOT NULL, so that no row is told from a deleted one: make it NULL by default, "
                 "or say in delete.live what a live row has")},
    {.sql = "n INT",
     DELETED_N("now_s"),
     LIVE_N("0"),
     .expected = {WARN(MODEL_LINE, "is NULL by default, not '0' as delete.live says")}},
    {.sql = "n INT NOT NULL DEFAULT 0",
     DELETED_N("now_s"),
     LIVE_N("never"),
     MODEL_FAULT("delete.live of column `tasks`.`n` is 'never', but the column is int")},
};

static void test_what_the_server_fills(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(FILL_CASES); i++) {
        const struct fill_case *c = &FILL_CASES[i];
        struct filled_column filled = c->filled;
        char sql[512];

        run_sql("DROP TABLE IF EXISTS tasks");
        snprintf(sql, sizeof(sql), "CREATE TABLE tasks (" KEYS ", x %s, %s%s" PRIMARY ")",
                 c->type != NULL ? c->type : "INT", c->sql != NULL ? c->sql : "",
                 c->sql != NULL ? ", " : "");
        run_sql(sql);
        set_model(0, "tasks");
        set_field(0, 0, "x", FIELD_INTEGER);
        t.fields[0][0].access = c->x.access;
        t.fields[0][0].fill = c->x.fill;
        t.models[0].filled = &filled;
        t.models[0].filled_count = filled.column.len > 0;
        t.models[0].deleted_column = c->deleted_column;
        t.models[0].deleted_value = text_of(c->deleted_value != NULL ? c->deleted_value : "");
        t.models[0].live_value = text_of(c->live_value != NULL ? c->live_value : "");
        check();
        expect(sql, c->expected);
    }
}

static void test_plan_makes_what_is_filled(void **state)
{
    static struct filled_column filled[] = {
        {{"made", 4}, {.on_create = {"now", 3}}},
        {{"kind", 4}, {.on_create = {"note", 4}}},
        {{"count", 5}, {.on_update = {"now_ms", 6}}},
    };

    (void)state;
    for (int there = 0; there < 2; there++) {
        run_sql("DROP TABLE IF EXISTS tasks");
        if (there)
            run_sql(WITH("x BIGINT, " PRIMARY));
        set_model(0, "tasks");
        set_field(0, 0, "x", FIELD_INTEGER);
        t.models[0].filled = filled;
        t.models[0].filled_count = ARRAY_LEN(filled);
        t.models[0].deleted_column = TEXT_LITERAL("gone");
        t.models[0].deleted_value = there ? TEXT_LITERAL("1") : TEXT_LITERAL("now");
        plan();
        assert_int_equal(t.statement_count, 1);
        apply();
        check();
        expect("made", (const struct expected[]){{0}});
        plan();
        assert_int_equal(t.statement_count, 0);
    }
}

static void test_plan_leaves_wrong_tables_alone(void **state)
{
    (void)state;
    run_sql("CREATE TABLE tasks (owner_id INT, id INT, x FLOAT)");
    set_model(1, "notes");
    run_sql("CREATE VIEW notes AS SELECT * FROM tasks");
    set_field(0, 0, "x", FIELD_STRING);
    plan();
    assert_int_equal(t.statement_count, 0);
}

struct width_case {
    size_t fields;
    size_t max_length;
};

/* More text than a row or a page takes as VARCHARs, in both ways of exceeding them. */
static const struct width_case WIDTH_CASES[] = {
    {1, 16383}, {1, 16384}, {2, 16383}, {1, 5000000}, {120, 255}, {120, 63}, {120, 4}, {30, 1000},
};

static void test_plan_keeps_within_a_row(void **state)
{
    static char names[FIELDS_MAX][24];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(WIDTH_CASES); i++) {
        for (int existing = 0; existing < 2; existing++) {
            set_up(NULL);
            if (existing)
                run_sql(WITH("w VARCHAR(15000) CHARACTER SET utf8mb4, " PRIMARY));
            for (size_t k = 0; k < WIDTH_CASES[i].fields; k++) {
                snprintf(names[k], sizeof(names[k]), "c%zu", k);
                set_field(0, k, names[k], FIELD_STRING);
                t.fields[0][k].max_length = WIDTH_CASES[i].max_length;
            }
            plan();
            apply();
            expect_planned_clean("width");
        }
    }
}

static void test_hostile_names(void **state)
{
    (void)state;
    run_sql("CREATE FUNCTION `my ``fn\\?`(a TEXT, b TEXT, c TEXT) RETURNS BOOLEAN DETERMINISTIC "
            "RETURN TRUE");
    set_model(0, "a `tablé`; 'DROP\\ -- ?");
    t.models[0].id_column = TEXT_LITERAL("the `id\\' ?");
    t.models[0].owner_column = TEXT_LITERAL("select");
    t.models[0].validate = TEXT_LITERAL("my `fn\\?");
    set_field(0, 0, "order by `x` %s ? '", FIELD_STRING);
    set_field(0, 1, "größe 'é", FIELD_JSON);
    t.fields[0][0].max_length = 10;
    check();
    assert_int_equal(t.faults, 1);
    assert_true(was_said(MODEL_LINE, false, "table `a ``tablé``; 'DROP\\ -- ?` does not exist"));
    plan();
    assert_int_equal(t.statement_count, 1);
    apply();
    expect_planned_clean("hostile");
    run_sql("ALTER TABLE `a ``tablé``; 'DROP\\ -- ?` DROP COLUMN `order by ``x`` %s ? '`");
    check();
    assert_int_equal(t.faults, 1);
    assert_true(was_said(FIELD_LINE, false, "`.`order by ``x`` %s ? '` does not exist"));
    plan();
    assert_int_equal(t.statement_count, 1);
    apply();
    expect_planned_clean("hostile column");
}

static void test_apply_says_which_and_why(void **state)
{
    struct text statements[] = {
        TEXT_LITERAL("CREATE TABLE first (a INT)"),
        TEXT_LITERAL("CREATE TABLE second (a NOTYPE)"),
        TEXT_LITERAL("CREATE TABLE third (a INT)"),
    };

    (void)state;
    assert_int_not_equal(schema_apply(&t.settings, statements, 3, &t.fail), RC_OK);
    assert_non_null(strstr(t.fail.detail, "statement 2 of 3, CREATE TABLE second"));
    assert_non_null(strstr(t.fail.detail, "NOTYPE"));
    run_sql("SELECT a FROM first");
    mysql_free_result(mysql_store_result(t.root));
    assert_int_not_equal(mysql_query(t.root, "SELECT a FROM third"), 0);
}

static void test_no_connection(void **state)
{
    struct db_settings settings = t.settings;

    (void)state;
    settings.hosts[0].socket = TEXT_LITERAL("/nonexistent/mysql.sock");
    assert_int_equal(schema_check(&settings, DATABASE_LINE, on_report, NULL, &t.faults, &t.fail),
                     RC_RETRY);
    assert_non_null(strstr(t.fail.detail, "/nonexistent/mysql.sock"));
    assert_int_equal(t.faults, 0);
    settings = t.settings;
    settings.database = TEXT_LITERAL("nowhere");
    assert_int_equal(schema_plan(&settings, &t.arena, &t.statements, &t.statement_count, &t.fail),
                     RC_FATAL);
    assert_non_null(strstr(t.fail.detail, "nowhere"));
    assert_int_equal(t.statement_count, 0);
}

static void expect_suspect(const struct db_settings *settings, enum schema_key suspect,
                           const char *says)
{
    enum schema_key found = SCHEMA_DATABASE;

    assert_int_not_equal(schema_connect(settings, &found, &t.fail), RC_OK);
    assert_int_equal(found, suspect);
    if (strstr(t.fail.detail, says) == NULL || strstr(t.fail.detail, "run `mobync") != NULL)
        fail_msg("%s, expected %s", t.fail.detail, says);
}

static void test_connection_faults_name_the_key(void **state)
{
    const struct db_settings good = t.settings;
    enum schema_key none;
    struct db_settings bad = good;

    (void)state;
    assert_int_equal(schema_connect(&good, &none, &t.fail), RC_OK);
    bad.hosts[0].socket = TEXT_LITERAL("/nonexistent/mysql.sock");
    expect_suspect(&bad, SCHEMA_SOCKET, "/nonexistent/mysql.sock");
    bad = good;
    bad.user = TEXT_LITERAL("nobody_here");
    expect_suspect(&bad, SCHEMA_USER, "check user and password_file");
    bad = good;
    bad.password = TEXT_LITERAL("wrong");
    expect_suspect(&bad, SCHEMA_USER, "Access denied");
    bad = good;
    bad.database = TEXT_LITERAL("nowhere");
    expect_suspect(&bad, SCHEMA_NAME, "Unknown database 'nowhere'");
    make_account();
    bad = good;
    bad.user = TEXT_LITERAL("o'neil");
    expect_suspect(&bad, SCHEMA_NAME, "GRANT");
    bad = good;
    bad.hosts[0].socket = (struct text){NULL, 0};
    bad.hosts[0].host = TEXT_LITERAL("127.0.0.1");
    bad.hosts[0].port = 1;
    expect_suspect(&bad, SCHEMA_HOST, "check host and port");
    bad.hosts[1] = (struct db_host){.socket = TEXT_LITERAL("/nonexistent/mysql.sock")};
    bad.host_count = 2;
    expect_suspect(&bad, SCHEMA_HOSTS, "127.0.0.1:1: ");
    expect_suspect(&bad, SCHEMA_HOSTS, "; /nonexistent/mysql.sock: ");
    bad = good;
    bad.writable = true;
    assert_int_equal(schema_connect(&bad, &none, &t.fail), RC_OK);
    run_sql("SET GLOBAL read_only = 1");
    expect_suspect(&bad, SCHEMA_REQUIRE, "read-only (read_only = 1): configure the primary");
    run_sql("SET GLOBAL read_only = 0");
}

static int start_server(void **state)
{
    (void)state;
    t.server = mariadb_start();
    t.settings = (struct db_settings){
        .hosts = {{.socket = text_of(mariadb_socket(t.server))}},
        .host_count = 1,
        .database = TEXT_LITERAL("app"),
        .mapping = &t.mapping,
    };
    t.mapping.models = t.models;
    arena_init(&t.arena);
    connect_root();
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    mysql_close(t.root);
    mysql_library_end();
    arena_release(&t.arena);
    mariadb_stop(t.server);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_columns),
        TEST(test_columns_of_mysql),
        TEST(test_wall_clocks),
        TEST(test_values),
        TEST(test_tables),
        TEST(test_keys_across_owners),
        TEST(test_columns_matter_as_far_as_allowed),
        TEST(test_missing_field),
        TEST(test_did_you_mean),
        TEST(test_advice_is_safe_to_paste),
        TEST(test_key_without_owners),
        TEST(test_references_across_owners),
        TEST(test_functions),
        TEST(test_own_tables),
        TEST(test_check_and_schema_agree),
        TEST(test_older_known_gets_its_column),
        TEST(test_older_database_gets_its_summaries),
        TEST(test_older_owners_get_their_columns),
        TEST(test_older_database_gets_its_lineage),
        TEST(test_older_database_gets_its_outbox),
        TEST(test_two_that_apply_at_once),
        TEST(test_no_tokens_table_needed),
        TEST(test_servers),
        TEST(test_read_only_server),
        TEST(test_read_only_innodb),
        TEST(test_binary_log_of_statements),
        TEST(test_names_in_lower_case),
        TEST(test_small_packets),
        TEST(test_triggers),
        TEST(test_triggers_out_of_sight),
        TEST(test_grants),
        TEST(test_grants_on_own_tables),
        TEST(test_grant_lines_work_as_pasted),
        TEST(test_procedure_that_the_account_may_not_make),
        TEST(test_settings_that_lose_syncs),
        TEST(test_replicas_that_lack_pushes),
        TEST(test_node_of_a_cluster),
        TEST(test_compressed_summaries),
        TEST(test_plan_makes_a_clean_schema),
        TEST(test_plan_adds_columns),
        TEST(test_second_ids),
        TEST(test_second_ids_in_steps),
        TEST(test_second_ids_of_16_bytes),
        TEST(test_second_ids_of_32_digits),
        TEST(test_columns_of_references),
        TEST(test_reference_to_another_type),
        TEST(test_integer_ids),
        TEST(test_what_the_server_fills),
        TEST(test_plan_makes_what_is_filled),
        TEST(test_plan_leaves_wrong_tables_alone),
        TEST(test_plan_keeps_within_a_row),
        TEST(test_hostile_names),
        TEST(test_apply_says_which_and_why),
        TEST(test_no_connection),
        TEST(test_connection_faults_name_the_key),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
