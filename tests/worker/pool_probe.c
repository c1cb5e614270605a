/* pool_probe.c: serve_run() with a handler and a config of the tests' own.
 * Usage: pool_probe CONFIG, a file of "key value" lines that is read again at every HUP. Keys: the
 * members of struct serve_settings, max_body, tag (what /tag answers), load, check, start,
 * stop, keep (what those hooks do; see below), owner_requests (if set, a body names the owner, of
 * whom so many requests may be in flight). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "http.h"
#include "metrics.h"
#include "serve.h"

#define VALUE_MAX 200
/* Longer than any test waits. */
#define STUCK_MS 120000L

struct probe_config {
    char listen[VALUE_MAX];
    char tag[VALUE_MAX];
    char load[VALUE_MAX];  /* ok, faulty */
    char check[VALUE_MAX]; /* ok, faulty, stuck, crash; a path: as long as this file is there */
    char start[VALUE_MAX]; /* ok, crash, hopeless */
    char stop[VALUE_MAX];  /* ok, stuck */
    char keep[VALUE_MAX];  /* how the housekeeper does: ok, crash, hopeless, stuck; empty: none */
    char control[VALUE_MAX];
    long max_body;
    long owner_requests;
};

struct probe {
    const char *path;
};

/* The worker's own. */
struct probe_app {
    struct http_handler handler;
    const struct probe_config *config;
    const struct scoreboard *scoreboard;
    struct scoreboard_slot *slot;
    long handled;
};

static void nap_ms(long ms)
{
    const struct timespec nap = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&nap, NULL);
}

static void set_key(struct probe_config *config, struct serve_settings *settings, const char *key,
                    const char *value)
{
    const struct {
        const char *key;
        char *into;
    } TEXTS[] = {{"listen", config->listen}, {"tag", config->tag},        {"load", config->load},
                 {"check", config->check},   {"start", config->start},    {"stop", config->stop},
                 {"keep", config->keep},     {"control", config->control}};
    long number = strtol(value, NULL, 10);

    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++)
        if (strcmp(key, TEXTS[i].key) == 0)
            snprintf(TEXTS[i].into, VALUE_MAX, "%s", value);
    if (strcmp(key, "workers") == 0)
        settings->workers = (unsigned)number;
    if (strcmp(key, "max_requests") == 0)
        settings->max_requests = (uint64_t)number;
    if (strcmp(key, "request_timeout_ms") == 0)
        settings->request_timeout_ms = number;
    if (strcmp(key, "stop_timeout_ms") == 0)
        settings->stop_timeout_ms = number;
    if (strcmp(key, "max_body") == 0)
        config->max_body = number;
    if (strcmp(key, "owner_requests") == 0)
        config->owner_requests = number;
}

static bool load(void *context, struct serve_generation *generation_out)
{
    const struct probe *probe = context;
    struct probe_config *config = calloc(1, sizeof(*config));
    FILE *file = fopen(probe->path, "r");
    char key[32], value[VALUE_MAX];

    if (config == NULL || file == NULL)
        abort();
    config->max_body = 8L * 1024 * 1024;
    generation_out->settings = (struct serve_settings){
        .workers = 1,
        .request_timeout_ms = 60000,
        .stop_timeout_ms = 60000,
        .log_level = LOG_LEVEL_INFO,
    };
    while (fscanf(file, "%31s %199s", key, value) == 2)
        set_key(config, &generation_out->settings, key, value);
    fclose(file);
    log_info("loaded");
    generation_out->settings.listen = config->listen;
    generation_out->settings.control = config->control;
    generation_out->config = config;
    if (strcmp(config->load, "faulty") != 0)
        return true;
    log_error("the config is faulty");
    free(config);
    return false;
}

static void unload(void *context, struct serve_generation *generation)
{
    struct probe_config *config = generation->config;

    (void)context;
    log_info("unloaded %s", config->tag);
    free(config);
}

static int check(void *context, const struct serve_generation *generation, bool at_start)
{
    const struct probe_config *config = generation->config;

    (void)context;
    log_info("checking %s", at_start ? "at the start" : "for a reload");
    while (config->check[0] == '/' && access(config->check, F_OK) == 0)
        nap_ms(5);
    if (strcmp(config->check, "stuck") == 0)
        nap_ms(STUCK_MS);
    if (strcmp(config->check, "crash") == 0)
        raise(SIGKILL);
    return strcmp(config->check, "faulty") == 0 ? 1 : 0;
}

static enum http_verdict reply_text(struct http_reply *reply, const char *text)
{
    buf_add_str(reply->body, text);
    return HTTP_GO_ON;
}

static enum http_verdict reply_number(struct http_reply *reply, long number)
{
    buf_add_int(reply->body, number);
    return HTTP_GO_ON;
}

/* "/sleep/250" is the path "/sleep" with the argument 250. */
struct call {
    const struct probe_app *app;
    const struct http_request *request;
    struct http_reply *reply;
    struct http_facts *facts;
    long argument;
};

static enum http_verdict do_echo(struct call *call)
{
    buf_add_text(call->reply->body, call->request->body);
    return HTTP_GO_ON;
}

static enum http_verdict do_tag(struct call *call)
{
    return reply_text(call->reply, call->app->config->tag);
}

static enum http_verdict do_pid(struct call *call)
{
    return reply_number(call->reply, getpid());
}

static enum http_verdict do_handled(struct call *call)
{
    return reply_number(call->reply, call->app->handled);
}

static enum http_verdict do_sleep(struct call *call)
{
    nap_ms(call->argument);
    return reply_text(call->reply, "slept");
}

static enum http_verdict do_crash(struct call *call)
{
    (void)call;
    raise(SIGKILL);
    return HTTP_LEAVE;
}

static enum http_verdict do_leave(struct call *call)
{
    call->reply->status = 500;
    (void)reply_number(call->reply, getpid());
    return HTTP_LEAVE;
}

static enum http_verdict do_params(struct call *call)
{
    const struct http_request *r = call->request;

    buf_printf(call->reply->body, "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s", TEXT_ARG(r->method),
               TEXT_ARG(r->path), TEXT_ARG(r->content_type), TEXT_ARG(r->authorization),
               TEXT_ARG(r->trusted_owner), TEXT_ARG(r->request_id));
    return HTTP_GO_ON;
}

static enum http_verdict do_busy(struct call *call)
{
    call->reply->status = 503;
    call->reply->retry_after_s = 7;
    call->reply->allow = "POST";
    call->reply->accept_encoding = "gzip";
    call->facts->code = "SERVER_BUSY";
    call->facts->counts.errors[FAIL_SERVER_BUSY]++;
    return HTTP_GO_ON;
}

static enum http_verdict do_nothing(struct call *call)
{
    call->reply->status = 204;
    call->reply->content_type = NULL;
    call->reply->cors = (struct cors){TEXT_LITERAL("https://a.example"), true, "POST"};
    return HTTP_GO_ON;
}

static enum http_verdict do_facts(struct call *call)
{
    call->facts->route = "facts";
    call->facts->owner = TEXT_LITERAL("alice");
    call->facts->clock_in = 3;
    call->facts->clock_out = 4;
    call->facts->diffs_in = 5;
    call->facts->diffs_out = 6;
    call->facts->rejected = 2;
    call->facts->database_us = 1234;
    return HTTP_GO_ON;
}

static enum http_verdict do_metrics(struct call *call)
{
    struct stats sum;

    scoreboard_sum(call->app->scoreboard, &sum);
    metrics_write(call->reply->body, &sum, "1.2.3");
    return HTTP_GO_ON;
}

/* How many slots tell of an owner. */
static enum http_verdict do_owners(struct call *call)
{
    const struct scoreboard_slot *slot = call->app->scoreboard->slots;
    long count = 0;

    for (; atomic_load(&slot->stage_and_since) != 0; slot++)
        count += atomic_load(&slot->owner) != 0;
    return reply_number(call->reply, count);
}

static bool is_let_in(const struct probe_app *app, struct text owner)
{
    return app->config->owner_requests == 0 || owner.len == 0 ||
           scoreboard_enter_owner(app->scoreboard, app->slot, owner,
                                  (size_t)app->config->owner_requests);
}

static enum http_verdict handle(void *app_ptr, const struct http_request *request,
                                struct arena *arena, struct http_reply *reply,
                                struct http_facts *facts)
{
    static const struct {
        const char *path;
        enum http_verdict (*run)(struct call *);
    } ROUTES[] = {{"/echo", do_echo},       {"/tag", do_tag},         {"/pid", do_pid},
                  {"/sleep", do_sleep},     {"/crash", do_crash},     {"/leave", do_leave},
                  {"/busy", do_busy},       {"/handled", do_handled}, {"/facts", do_facts},
                  {"/nothing", do_nothing}, {"/metrics", do_metrics}, {"/owners", do_owners}};
    struct probe_app *app = app_ptr;
    const char *path = arena_text(arena, request->path).ptr;
    struct call call = {.app = app, .request = request, .reply = reply, .facts = facts};

    app->handled++;
    if (!is_let_in(app, request->body)) {
        reply->status = 429;
        return HTTP_GO_ON;
    }
    for (size_t i = 0; i < ARRAY_LEN(ROUTES); i++) {
        size_t len = strlen(ROUTES[i].path);

        if (strncmp(path, ROUTES[i].path, len) != 0 || (path[len] != '\0' && path[len] != '/'))
            continue;
        call.argument = path[len] == '/' ? strtol(path + len + 1, NULL, 10) : 0;
        return ROUTES[i].run(&call);
    }
    return do_params(&call);
}

static void refuse(void *app, const struct http_request *request, const struct fail *fail,
                   struct http_reply *reply)
{
    (void)app;
    (void)request;
    reply->status = fail_code_status(fail->code);
    buf_printf(reply->body, "%s: %s", fail_code_name(fail->code), fail->message);
}

static struct http_handler *worker_start(void *context, const struct serve_generation *generation,
                                         const struct scoreboard *scoreboard,
                                         struct scoreboard_slot *slot)
{
    const struct probe_config *config = generation->config;
    struct probe_app *app;

    (void)context;
    if (strcmp(config->start, "crash") == 0)
        raise(SIGKILL);
    if (strcmp(config->start, "hopeless") == 0)
        return NULL;
    app = calloc(1, sizeof(*app));
    if (app == NULL)
        abort();
    app->config = config;
    app->scoreboard = scoreboard;
    app->slot = slot;
    log_info("started");
    app->handler = (struct http_handler){.app = app,
                                         .max_body_bytes = (size_t)config->max_body,
                                         .trusted_param = "MOBYNC_OWNER",
                                         .handle = handle,
                                         .refuse = refuse};
    return &app->handler;
}

static void worker_stop(void *context, struct http_handler *handler)
{
    const struct probe_app *app = handler->app;

    (void)context;
    if (strcmp(app->config->stop, "stuck") == 0)
        nap_ms(STUCK_MS);
    free(handler->app);
}

/* It says so with each step, and that its first round is over. */
static void *keep_start(void *context, const struct serve_generation *generation)
{
    const struct probe_config *config = generation->config;

    (void)context;
    if (config->keep[0] == '\0' || strcmp(config->keep, "hopeless") == 0)
        return NULL;
    log_info("keeping house %s pid %d", config->tag, (int)getpid());
    return generation->config;
}

static void keep_step(void *context, void *housekeeper, struct serve_step *step_out)
{
    const struct probe_config *config = housekeeper;

    (void)context;
    if (strcmp(config->keep, "crash") == 0)
        raise(SIGKILL);
    if (strcmp(config->keep, "stuck") == 0)
        nap_ms(STUCK_MS);
    *step_out = (struct serve_step){
        .more = {.housekeeping_rounds = 1}, .elected = true, .pause_us = 60L * 1000 * 1000};
}

static void keep_stop(void *context, void *housekeeper)
{
    const struct probe_config *config = housekeeper;

    (void)context;
    log_info("house left %s", config->tag);
}

static const struct serve_helper_hooks HOUSEKEEPING = {
    .start = keep_start,
    .step = keep_step,
    .stop = keep_stop,
};

int main(int argc, char **argv)
{
    struct probe probe = {.path = argc == 2 ? argv[1] : "/dev/null"};
    const struct serve_hooks hooks = {.context = &probe,
                                      .version = "1.2.3",
                                      .load = load,
                                      .unload = unload,
                                      .check = check,
                                      .worker_start = worker_start,
                                      .worker_stop = worker_stop,
                                      .housekeeping = &HOUSEKEEPING};

    return serve_run(&hooks);
}
