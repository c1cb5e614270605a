/* case.h: one story in a file: requests, the responses that they must get, and the rows afterwards.
 * Format:  case_file.h. A request comes from nginx as the owner's; every key of the expected
 *          response must be equal; rows are read field by field.
 * Fails:   prints where response and expectation differ; the runner exits with 1. */
#ifndef MOBYNC_TEST_CASE_H
#define MOBYNC_TEST_CASE_H

#include <json-c/json.h>

#include "http.h"
#include "synchronizer.h"

/* What other SQL does to a row. */
struct case_write {
    enum diff_type type;
    struct text owner;
    const struct model *model;
    struct text id;
    struct json_object *fields; /* NULL: a delete */
};

/* Where a case is run: on a synchronizer that starts without data. */
struct case_ground {
    struct synchronizer *synchronizer;
    struct mapping *mapping;
    bool has_sql;
    /* Runs one statement of the customer's own; false if it failed. */
    bool (*run_sql)(void *context, const char *sql);
    /* … while devices sync, noted by triggers. */
    bool (*run_other_sql)(void *context, const char *sql);
    /* Other SQL, whose changes triggers note in the outbox; false if it failed. NULL: there are no
     * triggers. */
    bool (*write_row)(void *context, const struct case_write *write);
    void *context;
};

/* The mapping that all cases speak of: model1, tasks, notes and more, see case.c. */
void case_mapping(struct mapping *mapping_out);

/* True if the story went as written. */
bool case_run(const char *path, const struct case_ground *ground);

#endif
