/* Which columns keep when a row was made, changed or deleted, and what is set there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema_moments.h"

#define DEFAULT(kind)                                                                              \
    .has_default = true, .default_value = true, .default_##kind = true /* now, zero */
#define PLAIN    .nullable = false
#define NULLABLE .nullable = true, .has_default = true

/* Type: as SQL has it. */
static const struct moment_case {
    const char *name;
    const char *type;
    struct catalog_column column; /* the rest of it */
    enum schema_moment moment;
    bool read_only;
    const char *on_create;
    const char *on_update;
    const char *deletion;
    const char *live;
} CASES[] = {
    {"created_at", "datetime", {PLAIN}, SCHEMA_CREATED, true, "now", "", "", ""},
    {"createdAt", "timestamp", {DEFAULT(now)}, SCHEMA_CREATED, true, "", "", "", ""},
    {"created", "date", {NULLABLE}, SCHEMA_CREATED, true, "now", "", "", ""},
    {"created_at", "int", {PLAIN}, SCHEMA_CREATED, true, "now_s", "", "", ""},
    {"created_at", "bigint", {PLAIN}, SCHEMA_CREATED, false, "", "", "", ""},
    {"created", "int", {PLAIN}, SCHEMA_NO_MOMENT, false, "", "", "", ""},
    {"recreated", "datetime", {PLAIN}, SCHEMA_NO_MOMENT, false, "", "", "", ""},
    {"updatedAt", "datetime", {PLAIN}, SCHEMA_UPDATED, true, "now", "now", "", ""},
    {"updated_at", "datetime", {DEFAULT(now)}, SCHEMA_UPDATED, true, "", "now", "", ""},
    {"updated_at",
     "timestamp",
     {DEFAULT(now), .on_update = true},
     SCHEMA_UPDATED,
     true,
     "",
     "",
     "",
     ""},
    {"last_modified", "int", {DEFAULT(zero)}, SCHEMA_UPDATED, true, "now_s", "now_s", "", ""},
    {"seen", "timestamp", {.on_update = true}, SCHEMA_NO_MOMENT, true, "now", "", "", ""},
    {"seen", "timestamp", {NULLABLE, .on_update = true}, SCHEMA_NO_MOMENT, true, "", "", "", ""},
    {"total", "decimal", {.generated = true}, SCHEMA_NO_MOMENT, true, "", "", "", ""},
    {"created_at", "date", {.generated = true}, SCHEMA_CREATED, true, "", "", "", ""},
    {"pinned_at", "datetime", {NULLABLE}, SCHEMA_NO_MOMENT, false, "", "", "", ""},
    {"deleted_at", "timestamp", {NULLABLE}, SCHEMA_DELETED, false, "", "", "now", ""},
    {"deleted_at", "int", {NULLABLE}, SCHEMA_DELETED, false, "", "", "now_s", ""},
    {"deletedAt", "bigint", {NULLABLE}, SCHEMA_DELETED, false, "", "", "now_ms", ""},
    {"deleted_at",
     "bigint",
     {.nullable = true, DEFAULT(zero)},
     SCHEMA_DELETED,
     false,
     "",
     "",
     "now_ms",
     "0"},
    {"deleted_at", "int", {PLAIN, DEFAULT(zero)}, SCHEMA_DELETED, false, "", "", "now_s", "0"},
    {"deleted_at", "int", {PLAIN}, SCHEMA_DELETED, false, "", "", "", ""},
    {"deleted_at", "datetime", {PLAIN, DEFAULT(zero)}, SCHEMA_DELETED, false, "", "", "", ""},
    {"deleted_at", "datetime", {PLAIN}, SCHEMA_DELETED, false, "", "", "", ""},
    {"deleted_at", "varchar", {NULLABLE}, SCHEMA_NO_MOMENT, false, "", "", "", ""},
    {"deleted", "tinyint(1)", {DEFAULT(zero)}, SCHEMA_DELETED_FLAG, false, "", "", "1", ""},
    {"is_deleted", "bit(1)", {NULLABLE}, SCHEMA_DELETED_FLAG, false, "", "", "1", ""},
    {"isDeleted", "tinyint(1)", {PLAIN}, SCHEMA_DELETED_FLAG, false, "", "", "", ""},
    {"deleted",
     "tinyint(1)",
     {.has_default = true, .default_value = true},
     SCHEMA_DELETED_FLAG,
     false,
     "",
     "",
     "",
     ""},
    {"deleted", "tinyint(4)", {DEFAULT(zero)}, SCHEMA_NO_MOMENT, false, "", "", "", ""},
    {"is_done", "tinyint(1)", {DEFAULT(zero)}, SCHEMA_NO_MOMENT, false, "", "", "", ""},
};

static void check_case(const struct moment_case *k)
{
    struct catalog_column column = k->column;
    struct fill fill;
    struct text live;

    column.name = text_of(k->name);
    column.column_type = text_of(k->type);
    column.data_type = (struct text){k->type, strcspn(k->type, "(")};
    if (schema_moments_guess(&column) != k->moment)
        fail_msg("%s %s is guessed otherwise", k->name, k->type);
    if (schema_moments_is_read_only(&column, &fill) != k->read_only)
        fail_msg("%s %s is%s read-only", k->name, k->type, k->read_only ? " not" : "");
    if (!text_is(fill.on_create, k->on_create) || !text_is(fill.on_update, k->on_update))
        fail_msg("%s %s is filled with '%.*s', '%.*s'", k->name, k->type, TEXT_ARG(fill.on_create),
                 TEXT_ARG(fill.on_update));
    if (!text_is(schema_moments_deletion(&column, &live), k->deletion))
        fail_msg("%s %s is set by a delete otherwise than to '%s'", k->name, k->type, k->deletion);
    if (!text_is(live, k->live))
        fail_msg("%s %s of a live row is '%.*s'", k->name, k->type, TEXT_ARG(live));
}

static void test_moments(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        check_case(&CASES[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_moments)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
