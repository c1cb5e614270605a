/* settings.h: turns the config into the settings of each layer; the only place that sees both.
 * Owns:    settings_load() as config_load(); the settings point into the config and live as long.
 * Units:   as in the config: milliseconds, bytes.
 * Fails:   settings_load() and _load_unmapped() alone: NULL, with every fault on standard error. */
#ifndef MOBYNC_SETTINGS_H
#define MOBYNC_SETTINGS_H

#include "app.h"
#include "config.h"
#include "db_synchronizer.h"
#include "housekeeping.h"
#include "serve.h"

NODISCARD struct config *settings_load(const char *path);
/* The same of a file that may lack its models. */
NODISCARD struct config *settings_load_unmapped(const char *path);

struct db_settings settings_db(const struct config *config);
struct shard_list settings_shards(const struct config *config);
struct history_terms settings_history(const struct config *config);
struct auth_settings settings_auth(const struct config *config);
struct http_app_settings settings_http(const struct config *config, struct auth *auth,
                                       struct synchronizer *s, const struct poke_pipe *pipe);
struct housekeeping_settings settings_housekeeping(const struct config *config,
                                                   struct synchronizer *s,
                                                   const struct poke_pipe *pipe);
struct serve_settings settings_serve(const struct config *config);

/* In this process alone, for good: whoever takes over one that talks to the internet finds nothing
 * in its memory that opens the database, and no secret that makes tokens or tickets. */
void settings_forget_secrets(const struct config *config);

#endif
