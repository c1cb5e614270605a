/* config_check.h: what a table cannot say: ranges, names, files, and values that must fit each
 * other. Reads:   the key and password files, whose contents go into the config, in its memory.
 * Fails:   every fault is added with its line. Each rule looks at what is there, whatever else is
 *          wrong in the file, so that one run finds all. */
#ifndef MOBYNC_CONFIG_CHECK_H
#define MOBYNC_CONFIG_CHECK_H

#include "yaml_tree.h"
#include "units.h"

struct check {
    struct yaml_tree *document;
    struct diagnostics *faults;
    struct config *config; /* for what is read from files */
};

struct check_rule;
typedef void check_run(struct check *check, const struct check_rule *rule, const struct place *at);

/* A row of the table in check.c: what is asked of the values at one path. */
struct check_rule {
    const char *path;
    check_run *run;
    enum units units;
    const char *least; /* of a measure, written as users write it */
    const char *most;
};

/* How the names of the server's own tables begin. */
#define CHECK_OWN_PREFIX "mobync_"

/* The structure by the schema, then every rule. */
void check_document(struct yaml_tree *document, struct config *config, struct diagnostics *faults);

/* For the test that every rule's path is one of the schema. */
const struct check_rule *check_rules(size_t *count_out);

/* Single values: config_check_values.c. */
check_run check_listen, check_control, check_socket, check_measure, check_name, check_trusted_param;
check_run check_algorithm, check_model_name, check_field_name, check_field_type, check_allow_type;
check_run check_owner_requests;

/* Files that are read, and what they hold: config_check_files.c. */
check_run check_readable, check_password, check_key_file, check_key_dir, check_jwt;

/* Values that must fit each other: config_check_database.c. */
check_run check_database, check_tls, check_auth, check_own_tables, check_diffs_table;
check_run check_tokens_table;

/* The mapping: config_check_models.c. */
check_run check_allow, check_field, check_model, check_models;
/* Where the name of a model's table stands: its name, if it says nothing else. */
struct place check_table_of(struct check *check, const yaml_node_t *model);

#endif
