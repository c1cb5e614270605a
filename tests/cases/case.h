/* case.h: one story in a file: requests, the answers that they must get, and the rows afterwards.
 * Format:  {"about": "…", "config": {…}, "steps": [{"request": {…}, "status": 200, "answer": {…},
 *          "rows": {"model": {"id": {"field": value}}}}]}
 *          request: owner (who nginx says it is; absent: nobody), body (JSON) or raw (text), and
 * where they differ from a usual sync method, path, content_type, authorization, hex (raw bytes).
 *          answer: every key given must be equal; "*" stands for any value.
 *          rows: all rows of the request's owner in that model, every field.
 *          config: stamp_owner, ignore_unknown_fields, max_diffs, sql (statements to run before, on
 *          MariaDB alone; such a case is skipped in memory).
 * Fails:   prints where answer and expectation part; the runner ends with 1. */
#ifndef MOBYNC_TEST_CASE_H
#define MOBYNC_TEST_CASE_H

#include <json-c/json.h>

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
