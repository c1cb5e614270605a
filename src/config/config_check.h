/* config_check.h: every fault of a document that the key table or the checks of its rows find.
 * Reads:   the key and password files, whose contents go into the config, in its memory.
 * Owns:    nothing.
 * Fails:   every fault is added with its line. Each check looks at what is there, whatever else is
 *          wrong in the file, so that one run finds all. */
#ifndef MOBYNC_CONFIG_CHECK_H
#define MOBYNC_CONFIG_CHECK_H

#include "config_key.h"
#include "yaml_tree.h"

struct config_check {
    const struct config_key *table;
    struct yaml_tree *tree;
    struct diagnostics *faults;
    struct config *config; /* for what is read from files */
};

/* The prefix of the names of the server's own tables. */
#define CONFIG_CHECK_OWN_PREFIX "mobync_"

void config_check(struct config_check *check);

/* What the file has at a path that goes through no list; node NULL: not set. */
struct yaml_place config_check_find(struct config_check *check, const char *path);
/* The text of what was found for a path, or its default. */
struct text config_check_text(struct config_check *check, struct yaml_place at, const char *path);

/* Single values: config_check_values.c. */
config_check_run config_check_listen, config_check_control, config_check_socket;
config_check_run config_check_name, config_check_model_name, config_check_field_name;
config_check_run config_check_trusted_param, config_check_owner_requests;
config_check_run config_check_origin, config_check_origins;
config_check_run config_check_rejected_diffs, config_check_poke_publish, config_check_poke_webhook;
config_check_run config_check_history;

/* Files that are read, and what they hold: config_check_files.c. */
config_check_run config_check_readable, config_check_password;
config_check_run config_check_poke, config_check_poke_key, config_check_poke_webhook_key;
config_check_run config_check_key_file, config_check_key_dir, config_check_jwks_file;
config_check_run config_check_jwt, config_check_jwks_url, config_check_jwks_cache;

/* Values that must fit each other: config_check_database.c. */
config_check_run config_check_database, config_check_host, config_check_hosts;
config_check_run config_check_tls, config_check_auth;
config_check_run config_check_tokens_table, config_check_diffs_table, config_check_own_tables;

/* Shards: config_check_shards.c. */
config_check_run config_check_shards, config_check_shard_name, config_check_shard_hash;
void config_check_own_shard(struct config_check *check, const struct yaml_place *file);

/* The mapping: config_check_models.c. */
config_check_run config_check_allow, config_check_field, config_check_model, config_check_models;
config_check_run config_check_field_values;
config_check_run config_check_column, config_check_id_columns;
/* What the server fills: config_check_fill.c. */
config_check_run config_check_fill, config_check_read_only;
void config_check_filled_columns(struct config_check *check, const yaml_node_t *model);
/* Where the name of a model's table stands: its name, if it says nothing else. */
struct yaml_place config_check_table_of(struct config_check *check, const yaml_node_t *model);

#endif
