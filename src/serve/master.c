/* The master: serve_run() waits for signals and deadlines, and acts on each. A new config is loaded
 * here, checked in a child, and put to work only if nothing is wrong with it. */
#include "serve.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plural.h"
#include "scoreboard.h"
#include "child.h"
#include "clock.h"
#include "sandbox.h"
#include "control.h"
#include "fetcher.h"
#include "helper.h"
#include "worker_group.h"
#include "listen.h"
#include "log.h"
#include "sd_notify.h"
#include "status_report.h"

/* Two generations side by side, and more as long as they are small. */
#define SCOREBOARD_SLOTS (2 * (size_t)SERVE_MAX_WORKERS)

/* A worker that becomes ready sends no signal: the scoreboard is looked at this often until one is.
 */
#define READY_LOOK_US ((int64_t)10 * 1000)

/* A generation that is read but not yet at work: its check runs in a child, and then maybe the
 * fetch that it waits for. */
struct candidate {
    pid_t check;   /* 0: none runs */
    bool fetching; /* the master's fetcher is its own; neither: there is no candidate */
    struct serve_generation generation;
};

struct master {
    const struct serve_hooks *hooks;
    struct scoreboard scoreboard;
    struct listener listener;
    struct control control;
    struct fetcher fetcher;
    struct helper housekeeper;
    struct helper notifier; /* calls poke.webhook */
    uint64_t generation;    /* how many configs were put to work */
    struct candidate candidate;
    struct worker_group *current; /* at work; NULL before the first and after the last */
    struct worker_group *leaving; /* earlier ones whose workers finish their requests */
    bool reload_wanted;           /* HUP came while a candidate was being checked */
    bool ready_owed;              /* the service manager waits to hear that requests are answered */
    bool stopping;
    int exit_status;
};

static void dismiss(struct master *master, struct worker_group *group, bool drain)
{
    worker_group_leave(group, drain, clock_monotonic_us());
    group->next = master->leaving;
    master->leaving = group;
}

static bool has_candidate(const struct master *master)
{
    return master->candidate.check != 0 || master->candidate.fetching;
}

/* Neither changes anything that lasts. */
static void abandon_candidate(struct master *master)
{
    struct candidate *candidate = &master->candidate;

    if (candidate->check != 0)
        kill(candidate->check, SIGKILL);
    if (!candidate->fetching)
        return;
    fetcher_abandon(&master->fetcher, &candidate->generation);
    master->hooks->unload(master->hooks->context, &candidate->generation);
    candidate->fetching = false;
}

/* Of the generation that it was started with. */
static void dismiss_helpers(struct master *master, const struct serve_generation *generation)
{
    const int64_t timeout_ms = generation->settings.stop_timeout_ms;

    helper_leave(&master->housekeeper, timeout_ms, clock_monotonic_us());
    helper_leave(&master->notifier, timeout_ms, clock_monotonic_us());
}

static void stop(struct master *master)
{
    bool drain;

    if (master->stopping)
        return;
    master->stopping = true;
    /* The file goes first: what has connected until now is answered, and nothing comes after. */
    drain = listener_withdraw(&master->listener);
    abandon_candidate(master);
    if (master->current != NULL) {
        dismiss_helpers(master, &master->current->generation);
        fetcher_abandon(&master->fetcher, &master->current->generation);
        notify_stopping(master->current->generation.settings.stop_timeout_ms);
        dismiss(master, master->current, drain);
    }
    master->current = NULL;
}

static void stop_on_signal(struct master *master)
{
    if (!master->stopping)
        log_info("stopping: finishing in-flight requests");
    stop(master);
}

static void stop_for_fault(struct master *master)
{
    master->exit_status = EXIT_FAILURE;
    stop(master);
}

static void count_reload(struct master *master, bool successful)
{
    const struct stats more = {.reloads = successful, .reloads_failed = !successful};

    scoreboard_count(master->scoreboard.master, &more);
    scoreboard_set(master->scoreboard.master, STATS_PLACE(reload_successful), successful);
}

/* A candidate that failed, with the reason logged: what is at work stays; without any there is
 * nothing to stay for. */
static void keep_old(struct master *master)
{
    if (master->current != NULL) {
        count_reload(master, false);
        log_error("the new config is not used; keeping the old one");
        notify_status("the new config is not used; keeping the old one: see the log");
        return;
    }
    log_error("cannot start");
    stop_for_fault(master);
}

static void begin_reload(struct master *master)
{
    const struct serve_hooks *hooks = master->hooks;
    struct candidate *candidate = &master->candidate;
    bool at_start = master->current == NULL;

    if (!at_start)
        notify_reloading();
    master->ready_owed = true;
    candidate->generation = (struct serve_generation){0};
    if (!hooks->load(hooks->context, &candidate->generation)) {
        keep_old(master);
        return;
    }
    candidate->check = child_fork("check");
    if (candidate->check == 0) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        exit(hooks->check(hooks->context, &candidate->generation, at_start));
    }
    if (candidate->check > 0)
        return;
    log_error("cannot start the check of the config: %s", strerror(errno));
    candidate->check = 0;
    hooks->unload(hooks->context, &candidate->generation);
    keep_old(master);
}

static void reload_on_signal(struct master *master)
{
    if (master->stopping)
        return;
    if (has_candidate(master))
        master->reload_wanted = true;
    else
        begin_reload(master);
}

/* What of the settings is the master's own business. */
static void take_over(struct master *master, struct worker_group *group)
{
    const struct serve_settings *settings = &group->generation.settings;
    struct scoreboard_slot *slot = master->scoreboard.master;

    log_set_level(settings->log_level);
    log_set_hash_owners(settings->log_hash_owners);
    control_move(&master->control, settings->control);
    group->master_fd = master->control.listener.fd;
    scoreboard_set(slot, STATS_PLACE(generation), ++master->generation);
    scoreboard_set(slot, STATS_PLACE(workers_wanted), group->slot_count);
    if (master->current != NULL)
        count_reload(master, true);
    else
        scoreboard_set(slot, STATS_PLACE(reload_successful), 1);
    master->current = group;
}

/* Puts the group to work, on its own listener if it brings one, and sends the old one away.
 */
static void swap(struct master *master, struct worker_group *group, const struct listener *fresh)
{
    struct worker_group *old = master->current;
    bool drain = false;

    if (old != NULL) {
        fetcher_abandon(&master->fetcher, &old->generation);
        dismiss_helpers(master, &old->generation);
    }
    if (fresh->fd >= 0) {
        drain = listener_withdraw(&master->listener);
        master->listener = *fresh;
    }
    take_over(master, group);
    worker_group_tick(group, clock_monotonic_us());
    log_info("%u workers on %s", group->slot_count, master->listener.address);
    notify_status("%u worker%s on %s", group->slot_count, plural(group->slot_count),
                  master->listener.address);
    if (old != NULL)
        dismiss(master, old, drain);
}

/* False, with the reason logged and everything as it was, if the candidate cannot be put to work.
 */
static bool adopt(struct master *master, const struct serve_generation *generation)
{
    const struct listener *current = &master->listener;
    const char *address = generation->settings.listen;
    bool stays =
        current->inherited || (current->fd >= 0 && text_is(text_of(current->address), address));
    struct listener fresh;
    struct worker_group *group;
    struct fail fail;

    listener_init(&fresh);
    if (!stays && listener_open(&fresh, address, &fail) != RC_OK) {
        log_error("cannot listen: %s", fail.message);
        return false;
    }
    group = worker_group_new(master->hooks, &master->scoreboard, generation,
                             stays ? current->fd : fresh.fd);
    if (group == NULL) {
        (void)listener_withdraw(&fresh);
        return false;
    }
    swap(master, group, &fresh);
    return true;
}

static bool is_check_passed(int wait_status)
{
    if (WIFSIGNALED(wait_status))
        log_error("the check of the config was ended by signal %d", WTERMSIG(wait_status));
    return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
}

static bool start_fetch(struct master *master, const struct serve_generation *generation)
{
    const struct fetcher_secrets secrets = {
        .scoreboard = &master->scoreboard,
        .listen_fd = master->listener.fd,
        .control_fd = master->control.listener.fd,
    };

    return fetcher_start(&master->fetcher, generation, &secrets);
}

static void decide(struct master *master, bool good)
{
    const struct serve_hooks *hooks = master->hooks;
    struct candidate *candidate = &master->candidate;

    if (!good || !adopt(master, &candidate->generation)) {
        hooks->unload(hooks->context, &candidate->generation);
        keep_old(master);
    }
    if (master->reload_wanted && !master->stopping) {
        master->reload_wanted = false;
        begin_reload(master);
    }
}

/* True if the candidate waits for a fetch, which ends in end_fetch(). */
static bool begin_first_fetch(struct master *master)
{
    struct candidate *candidate = &master->candidate;

    if (master->current != NULL)
        fetcher_abandon(&master->fetcher, &master->current->generation);
    candidate->fetching = fetcher_is_first(&master->fetcher, &candidate->generation) &&
                          start_fetch(master, &candidate->generation);
    return candidate->fetching;
}

static void end_check(struct master *master, int wait_status)
{
    struct candidate *candidate = &master->candidate;
    bool passed;

    candidate->check = 0;
    if (master->stopping) {
        master->hooks->unload(master->hooks->context, &candidate->generation);
        return;
    }
    passed = is_check_passed(wait_status);
    if (!passed || !begin_first_fetch(master))
        decide(master, passed);
}

/* At the first start nothing else is there that could serve: a fetch that failed is no reason not
 * to. */
static void end_fetch(struct master *master, int wait_status)
{
    struct candidate *candidate = &master->candidate;
    const struct serve_generation *generation =
        candidate->fetching ? &candidate->generation : &master->current->generation;
    bool successful =
        fetcher_end(&master->fetcher, generation, master->scoreboard.master, wait_status);

    if (!candidate->fetching)
        return;
    candidate->fetching = false;
    decide(master, successful || master->current == NULL);
}

static void reap_worker(struct master *master, pid_t pid, int wait_status)
{
    int64_t now_us = clock_monotonic_us();

    if (master->current != NULL && worker_group_reap(master->current, pid, wait_status, now_us))
        return;
    for (struct worker_group *group = master->leaving; group != NULL; group = group->next)
        if (worker_group_reap(group, pid, wait_status, now_us))
            return;
}

static void reap(struct master *master)
{
    int wait_status;
    pid_t pid;

    while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
        if (pid == master->candidate.check)
            end_check(master, wait_status);
        else if (pid == master->fetcher.pid)
            end_fetch(master, wait_status);
        else if (pid == master->housekeeper.pid)
            helper_end(&master->housekeeper, wait_status, clock_monotonic_us());
        else if (pid == master->notifier.pid)
            helper_end(&master->notifier, wait_status, clock_monotonic_us());
        else
            reap_worker(master, pid, wait_status);
    }
}

static void print_database(const struct master *master, char *name_out, size_t size)
{
    name_out[0] = '\0';
    if (master->hooks->database != NULL && master->current != NULL)
        master->hooks->database(master->hooks->context, &master->current->generation, name_out,
                                size);
}

static void answer_control(struct master *master)
{
    char database[STATUS_REPORT_DATABASE_BYTES];
    const struct status_report_source source = {
        .scoreboard = &master->scoreboard,
        .current = master->current,
        .leaving = master->leaving,
        .housekeeper_pid = master->housekeeper.pid,
        .notifier_pid = master->notifier.pid,
        .listen = master->listener.address,
        .database = database,
        .version = master->hooks->version,
    };
    int fd;

    print_database(master, database, sizeof(database));
    while ((fd = control_accept(&master->control)) >= 0) {
        status_report_make(&source, &master->control.answer);
        control_send(&master->control, fd);
    }
}

static void free_empty_groups(struct master *master)
{
    struct worker_group **at = &master->leaving;

    while (*at != NULL) {
        struct worker_group *group = *at;

        if (worker_group_is_empty(group)) {
            *at = group->next;
            worker_group_free(group);
        } else {
            at = &group->next;
        }
    }
}

/* Not while a candidate is being checked: ready is then the one that comes out of it. */
static bool may_become_ready(const struct master *master)
{
    return master->ready_owed && master->current != NULL && !has_candidate(master);
}

static void say_ready(struct master *master)
{
    if (!may_become_ready(master) || !worker_group_is_ready(master->current))
        return;
    notify_ready();
    master->ready_owed = false;
}

static void fetch_if_due(struct master *master, int64_t now_us)
{
    const struct serve_generation *generation = &master->current->generation;

    if (fetcher_due_us(&master->fetcher, generation) <= now_us)
        (void)start_fetch(master, generation); /* the hook says when it is due again */
}

static const struct serve_generation *generation_at_work(const struct master *master)
{
    return master->current != NULL ? &master->current->generation : NULL;
}

static void tick_helpers(struct master *master, int64_t now_us)
{
    const struct helper_secrets secrets = {master->listener.fd, master->control.listener.fd};

    helper_tick(&master->housekeeper, generation_at_work(master), secrets, now_us);
    helper_tick(&master->notifier, generation_at_work(master), secrets, now_us);
}

static void tick(struct master *master)
{
    int64_t now_us = clock_monotonic_us();

    if (master->current != NULL && worker_group_is_retired(master->current)) {
        log_error("no worker can work with this config: giving up");
        stop_for_fault(master);
    }
    if (master->current != NULL) {
        worker_group_tick(master->current, now_us);
        fetch_if_due(master, now_us);
    }
    tick_helpers(master, now_us);
    for (struct worker_group *group = master->leaving; group != NULL; group = group->next)
        worker_group_tick(group, now_us);
    free_empty_groups(master);
    say_ready(master);
}

static int64_t sooner(int64_t a_us, int64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

static int64_t deadline_us(const struct master *master, int64_t now_us)
{
    const struct worker_group *current = master->current;
    int64_t deadline = sooner(helper_deadline_us(&master->housekeeper, generation_at_work(master)),
                              helper_deadline_us(&master->notifier, generation_at_work(master)));

    for (const struct worker_group *group = master->leaving; group != NULL; group = group->next)
        deadline = sooner(deadline, worker_group_deadline_us(group, now_us));
    if (current != NULL) {
        deadline = sooner(deadline, worker_group_deadline_us(current, now_us));
        deadline = sooner(deadline, fetcher_due_us(&master->fetcher, &current->generation));
    }
    if (may_become_ready(master))
        deadline = sooner(deadline, now_us + READY_LOOK_US);
    return deadline;
}

/* The next signal, or 0 when something is due. */
static int wait_for_signal(const struct master *master)
{
    int64_t now_us = clock_monotonic_us();
    int64_t at_us = deadline_us(master, now_us);
    int64_t left_us = at_us > now_us ? at_us - now_us : 0;
    const struct timespec timeout = {.tv_sec = (time_t)(left_us / 1000000),
                                     .tv_nsec = (long)(left_us % 1000000) * 1000};
    sigset_t all;
    int signo;

    sigfillset(&all);
    signo = sigtimedwait(&all, NULL, at_us == INT64_MAX ? NULL : &timeout);
    return signo > 0 ? signo : 0;
}

static void act_on(struct master *master, int signo)
{
    static const struct {
        int signo;
        void (*act)(struct master *);
    } ACTS[] = {
        {SIGTERM, stop_on_signal}, {SIGINT, stop_on_signal}, {SIGHUP, reload_on_signal},
        {SIGCHLD, reap},           {SIGIO, answer_control},
    };

    for (size_t i = 0; i < ARRAY_LEN(ACTS); i++)
        if (ACTS[i].signo == signo)
            ACTS[i].act(master);
}

static bool is_finished(const struct master *master)
{
    return master->stopping && master->leaving == NULL && master->candidate.check == 0 &&
           master->housekeeper.pid == 0 && master->notifier.pid == 0;
}

/* They stay blocked when serve_run() returns: one that comes then has nothing left to stop. */
static void block_signals(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

static void set_up_helpers(struct master *master)
{
    const struct serve_hooks *hooks = master->hooks;
    const struct scoreboard *scoreboard = &master->scoreboard;

    master->housekeeper = (struct helper){.kind = &helper_housekeeper,
                                          .hooks = hooks,
                                          .own = hooks->housekeeping,
                                          .slot = scoreboard->housekeeper,
                                          .master_slot = scoreboard->master};
    helper_init(&master->housekeeper);
    master->notifier = (struct helper){.kind = &helper_notifier,
                                       .hooks = hooks,
                                       .own = hooks->notifying,
                                       .slot = scoreboard->notifier,
                                       .master_slot = scoreboard->master};
    helper_init(&master->notifier);
}

static bool set_up(struct master *master)
{
    struct fail fail;

    if (listener_inherit(&master->listener, &fail) != RC_OK) {
        log_error("%s", fail.message);
        return false;
    }
    if (!scoreboard_init(&master->scoreboard, SCOREBOARD_SLOTS)) {
        log_error("no memory to share with the workers: %s", strerror(errno));
        (void)listener_withdraw(&master->listener);
        return false;
    }
    control_init(&master->control);
    set_up_helpers(master);
    scoreboard_set(master->scoreboard.master, STATS_PLACE(start_time_s),
                   (uint64_t)(clock_now_ms() / 1000));
    return true;
}

int serve_run(const struct serve_hooks *hooks)
{
    struct master master = {
        .hooks = hooks, .fetcher = {.hooks = hooks}, .exit_status = EXIT_SUCCESS};

    log_set_role("master");
    log_detect_journal();
    block_signals();
    if (!sandbox_master() || !set_up(&master))
        return EXIT_FAILURE;
    begin_reload(&master);
    while (!is_finished(&master)) {
        act_on(&master, wait_for_signal(&master));
        tick(&master);
    }
    control_release(&master.control);
    scoreboard_release(&master.scoreboard);
    log_info("stopped");
    return master.exit_status;
}
