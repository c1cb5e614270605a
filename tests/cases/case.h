/* case.h: one story in a file: requests, the responses that they must get, and the rows afterwards.
 * Format:  case_file.h. A request comes from nginx as the owner's; every key of the expected
 *          response must be equal; rows are read field by field.
 * Fails:   prints where response and expectation differ; the runner exits with 1. */
#ifndef MOBYNC_TEST_CASE_H
#define MOBYNC_TEST_CASE_H

#include "http.h"
#include "synchronizer.h"

/* Where a case is run: on a synchronizer that starts without data. */
struct case_ground {
    struct synchronizer *synchronizer;
    struct mapping *mapping;
    bool has_sql;
    /* Runs one statement of the customer's own; false if it failed. */
    bool (*run_sql)(void *context, const char *sql);
    void *context;
};

/* The mapping that all cases speak of: model1, tasks, notes and more, see case.c. */
void case_mapping(struct mapping *mapping_out);

/* True if the story went as written. */
bool case_run(const char *path, const struct case_ground *ground);

#endif
