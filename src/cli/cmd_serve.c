/* mobync serve: what serve_run() calls back, which ties config, schema, synchronizer, auth and http
 * together. Only a worker process ever connects to the database, after the fork. */
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "db_hosts.h"
#include "issuer_keys.h"
#include "keeper.h"
#include "log.h"
#include "notifier.h"
#include "schema.h"
#include "options.h"
#include "settings.h"
#include "webhook.h"

#define PROGRAM "mobync serve"

/* What a worker process owns; the layers keep pointers to each other's settings. */
struct worker {
    struct db_settings db;
    struct synchronizer *synchronizer;
    struct auth *auth;
    struct http_handler *handler;
    const struct scoreboard *scoreboard;
    struct scoreboard_slot *slot; /* its own */
    size_t owner_requests;
};

struct server {
    const char *config_path;
    struct issuer_keys issuers;  /* those of all generations */
    struct db_host_in_use *host; /* of the database, by all workers of all generations */
    struct poke_pipe pipe;       /* to the notifier, of all generations that have one */
    struct worker worker;        /* only in a worker process */
};

static void log_config_fault(void *context, bool warning, const char *line)
{
    (void)context;
    log_line(warning ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, "%s", line);
}

/* Open from the first generation with a webhook on: without one, it would take files from each
 * process that it is handed down to. */
static bool open_pipe(struct server *server, const struct config *config)
{
    if (!notifier_is_wanted(config) || poke_pipe_is_open(&server->pipe) ||
        poke_pipe_open(&server->pipe))
        return true;
    log_error("cannot open the pipe to the notifier: %s", strerror(errno));
    return false;
}

static bool load(void *context, struct serve_generation *generation_out)
{
    struct server *server = context;
    struct config *config = config_load(server->config_path, log_config_fault, NULL);

    if (config == NULL)
        return false;
    if (!open_pipe(server, config) || !issuer_keys_take(&server->issuers, config)) {
        config_free(config);
        return false;
    }
    *generation_out = (struct serve_generation){
        .settings = settings_serve(config),
        .config = config,
    };
    return true;
}

static void unload(void *context, struct serve_generation *generation)
{
    struct server *server = context;

    issuer_keys_give_back(&server->issuers, generation->config);
    config_free(generation->config);
    generation->config = NULL;
}

static void log_schema_fault(void *context, unsigned config_line, bool warning, const char *message)
{
    const struct server *server = context;
    enum log_level level = warning ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR;

    if (config_line > 0)
        log_line(level, "%s:%u: %s", server->config_path, config_line, message);
    else
        log_line(level, "%s: %s", server->config_path, message);
}

static void log_schema_warning(void *context, unsigned config_line, bool warning,
                               const char *message)
{
    (void)warning;
    log_schema_fault(context, config_line, true, message);
}

/* A server that loses what it has acknowledged still serves, as it did before; the log says so. */
static void warn_of_losses(void *context, const struct db_settings *settings, unsigned line)
{
    struct fail fail = {0};

    if (schema_check_durable(settings, line, log_schema_warning, context, &fail) != RC_OK)
        log_schema_fault(context, line, true, fail_reason(&fail));
}

/* What was cached long ago may be no use now: at a start the issuer is asked first. */
static bool issuer_fits(const struct server *server, const struct config *config, bool at_start)
{
    struct fail fail = {0};

    if (issuer_keys_fit(&server->issuers, config, &fail))
        return true;
    log_line(at_start ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, "%s:%u: auth.jwt.jwks_url: %s",
             server->config_path, config->jwt.jwks_line, fail_reason(&fail));
    return at_start;
}

/* A database that is not up yet is not a fault: until it is, the workers respond with 503. */
static int check(void *context, const struct serve_generation *generation, bool at_start)
{
    const struct config *config = generation->config;
    struct db_settings settings = settings_db(config);
    struct fail fail = {0};
    size_t faults = 0;
    enum rc rc = schema_check(&settings, config->database.config_line, log_schema_fault, context,
                              &faults, &fail);
    bool passing = rc == RC_RETRY && at_start;

    if (!issuer_fits(context, config, at_start))
        return SERVE_EXIT_FAILED;
    if (rc == RC_OK && faults == 0)
        warn_of_losses(context, &settings, config->database.config_line);
    if (rc == RC_OK)
        return faults == 0 ? SERVE_EXIT_OK : SERVE_EXIT_FAILED;
    log_schema_fault(context, config->database.config_line, passing, fail_reason(&fail));
    return passing ? SERVE_EXIT_OK : SERVE_EXIT_FAILED;
}

static int64_t fetch_due_us(void *context, const struct serve_generation *generation)
{
    const struct server *server = context;

    return issuer_keys_due_us(&server->issuers, generation->config);
}

static bool fetch_is_first(void *context, const struct serve_generation *generation)
{
    const struct server *server = context;

    return issuer_keys_is_first(&server->issuers, generation->config);
}

static void fetch_begin(void *context, const struct serve_generation *generation)
{
    struct server *server = context;

    issuer_keys_begin(&server->issuers, generation->config);
}

static void fetch_end(void *context, const struct serve_generation *generation, bool successful)
{
    struct server *server = context;

    issuer_keys_end(&server->issuers, generation->config, successful);
}

static void fetch_open(void *context, const struct serve_generation *generation)
{
    struct server *server = context;

    issuer_keys_open(&server->issuers, generation->config);
}

static int fetch_run(void *context, const struct serve_generation *generation)
{
    struct server *server = context;

    return issuer_keys_fetch(&server->issuers, generation->config) ? SERVE_EXIT_OK
                                                                   : SERVE_EXIT_FAILED;
}

static const struct serve_fetch_hooks FETCH = {
    .due_us = fetch_due_us,
    .is_first = fetch_is_first,
    .begin = fetch_begin,
    .end = fetch_end,
    .open = fetch_open,
    .run = fetch_run,
};

static void read_scoreboard(const void *context, struct stats *sum_out)
{
    scoreboard_sum(context, sum_out);
}

static bool enter_owner(void *context, struct text owner)
{
    const struct worker *worker = context;

    return scoreboard_enter_owner(worker->scoreboard, worker->slot, owner, worker->owner_requests);
}

static struct http_handler *worker_start(void *context, const struct serve_generation *generation,
                                         const struct scoreboard *scoreboard,
                                         struct scoreboard_slot *slot)
{
    struct server *server = context;
    struct worker *worker = &server->worker;
    const struct config *config = generation->config;
    struct auth_settings auth = settings_auth(config);
    struct http_app_settings http;

    worker->db = settings_db(config);
    worker->db.in_use = server->host;
    worker->synchronizer = db_synchronizer_new(&worker->db);
    auth.jwt.issuer_keys = issuer_keys_of(&server->issuers, config);
    worker->auth = auth_new(&auth, worker->synchronizer);
    http = settings_http(config, worker->auth, worker->synchronizer, &server->pipe);
    http.metrics = (struct metrics_source){scoreboard, read_scoreboard, MOBYNC_VERSION};
    worker->scoreboard = scoreboard;
    worker->slot = slot;
    worker->owner_requests = config->limit_owner_requests;
    if (worker->owner_requests > 0)
        http.gate = (struct owner_gate){worker, enter_owner};
    worker->handler = http_app_new(&http);
    return worker->handler;
}

static void print_database(void *context, const struct serve_generation *generation, char *name_out,
                           size_t size)
{
    const struct server *server = context;
    const struct db_settings settings = settings_db(generation->config);
    struct buf name;
    size_t host;

    buf_init(&name, size);
    if (db_hosts_find(&settings, server->host, &host))
        db_hosts_print(&settings, host, &name);
    snprintf(name_out, size, "%.*s", TEXT_ARG(buf_text(&name)));
    buf_release(&name);
}

static void worker_stop(void *context, struct http_handler *handler)
{
    struct worker *worker = &((struct server *)context)->worker;

    http_app_free(handler);
    auth_free(worker->auth);
    db_synchronizer_free(worker->synchronizer);
    *worker = (struct worker){.handler = NULL};
}

static void *housekeeper_start(void *context, const struct serve_generation *generation)
{
    struct server *server = context;

    return keeper_start(generation->config, server->host, &server->pipe);
}

static void housekeeper_step(void *context, void *housekeeper, struct serve_step *step_out)
{
    (void)context;
    keeper_step(housekeeper, step_out);
}

static void housekeeper_stop(void *context, void *housekeeper)
{
    (void)context;
    keeper_stop(housekeeper);
}

static const struct serve_helper_hooks HOUSEKEEPING = {
    .start = housekeeper_start,
    .step = housekeeper_step,
    .stop = housekeeper_stop,
};

static bool is_notifier_wanted(void *context, const struct serve_generation *generation)
{
    (void)context;
    return notifier_is_wanted(generation->config);
}

static void *notifying_start(void *context, const struct serve_generation *generation)
{
    const struct server *server = context;

    return notifier_start(generation->config, &server->pipe);
}

static void notifying_step(void *context, void *notifier, struct serve_step *step_out)
{
    (void)context;
    notifier_step(notifier, step_out);
}

static void notifying_stop(void *context, void *notifier)
{
    (void)context;
    webhook_free(notifier);
}

static const struct serve_helper_hooks NOTIFYING = {
    .is_wanted = is_notifier_wanted,
    .start = notifying_start,
    .step = notifying_step,
    .stop = notifying_stop,
};

/* Whoever breaks into a worker would be root, too. */
static bool may_run_as(uid_t user, bool allow_root)
{
    if (user != 0 || allow_root)
        return true;
    fprintf(stderr, PROGRAM
            ": refuses to run as root: start it as a user of its own who may read the config "
            "and the files that it names (systemd: User=mobync; else: setpriv --reuid "
            "mobync --regid mobync --init-groups --no-new-privs " PROGRAM
            "), or give --allow-root\n");
    return false;
}

enum cli_status cmd_serve(int argc, char **argv)
{
    bool allow_root = false;
    const struct option_row rows[] = {OPTION_FLAG("allow-root", "run even as root", &allow_root)};
    const struct options options = {
        .program = PROGRAM,
        .about = "run the FastCGI worker pool in the foreground, and log to standard error. TERM "
                 "stops it, HUP reloads the configuration",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };
    struct options_read read;
    struct server server;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status != CLI_GO_ON)
        return status;
    if (!may_run_as(geteuid(), allow_root))
        return CLI_FAILED;
    server = (struct server){
        .config_path = read.config_path, .host = db_host_in_use_new(), .pipe = POKE_PIPE_CLOSED};
    if (server.host == NULL) {
        fprintf(stderr, PROGRAM ": cannot share with its processes: %s\n", strerror(errno));
        return CLI_FAILED;
    }
    return serve_run(&(struct serve_hooks){
               .context = &server,
               .version = MOBYNC_VERSION,
               .load = load,
               .unload = unload,
               .check = check,
               .worker_start = worker_start,
               .worker_stop = worker_stop,
               .database = print_database,
               .fetch = &FETCH,
               .housekeeping = &HOUSEKEEPING,
               .notifying = &NOTIFYING,
           }) == 0
               ? CLI_OK
               : CLI_FAILED;
}
