#include "serve.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "board.h"
#include "child.h"
#include "clock.h"
#include "confine.h"
#include "control.h"
#include "crew.h"
#include "listen.h"
#include "log.h"
#include "notify.h"
#include "report.h"

/* Two generations side by side, and more as long as they are small. */
#define BOARD_SLOTS (2 * (size_t)SERVE_MAX_WORKERS)

/* A worker that becomes ready sends no signal: the board is looked at this often until one is. */
#define READY_LOOK_US ((int64_t)10 * 1000)

/* A generation that is read but not yet at work: its check runs in a child. */
struct candidate {
    pid_t check; /* 0: there is no candidate */
    struct serve_generation generation;
};

struct master {
    const struct serve_hooks *hooks;
    struct board board;
    struct listener listener;
    struct control control;
    uint64_t generation; /* how many configs were put to work */
    struct candidate candidate;
    struct crew *crew;    /* at work; NULL before the first and after the last */
    struct crew *leaving; /* earlier ones whose workers finish their requests */
    bool reload_wanted;   /* HUP came while a candidate was being checked */
    bool ready_owed;      /* the service manager waits to hear that requests are answered */
    bool stopping;
    int exit_status;
};

static void dismiss(struct master *master, struct crew *crew, bool drain)
{
    crew_leave(crew, drain, clock_monotonic_us());
    crew->next = master->leaving;
    master->leaving = crew;
}

static void stop(struct master *master)
{
    bool drain;

    if (master->stopping)
        return;
    master->stopping = true;
    /* The file goes first: what has connected until now is answered, and nothing comes after. */
    drain = listener_withdraw(&master->listener);
    if (master->candidate.check != 0)
        kill(master->candidate.check, SIGKILL); /* it changes nothing */
    if (master->crew != NULL) {
        notify_stopping(master->crew->generation.settings.stop_timeout_ms);
        dismiss(master, master->crew, drain);
    }
    master->crew = NULL;
}

static void stop_on_signal(struct master *master)
{
    if (!master->stopping)
        log_info("stopping: requests in hand are finished");
    stop(master);
}

static void stop_for_fault(struct master *master)
{
    master->exit_status = EXIT_FAILURE;
    stop(master);
}

static void count_reload(struct master *master, bool successful)
{
    const struct tally more = {.reloads = successful, .reloads_failed = !successful};

    board_count(master->board.master, &more);
    board_set(master->board.master, TALLY_PLACE(reload_successful), successful);
}

/* A candidate that failed, with the reason logged: what is at work stays; without any there is
 * nothing to stay for. */
static void keep_old(struct master *master)
{
    if (master->crew != NULL) {
        count_reload(master, false);
        log_error("the new config is not used: the old one stays");
        notify_status("the new config is not used, the old one stays: the log has its faults");
        return;
    }
    log_error("cannot start");
    stop_for_fault(master);
}

static void begin_reload(struct master *master)
{
    const struct serve_hooks *hooks = master->hooks;
    struct candidate *candidate = &master->candidate;
    bool at_start = master->crew == NULL;

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
    if (master->candidate.check != 0)
        master->reload_wanted = true;
    else
        begin_reload(master);
}

/* What of the settings is the master's own business. */
static void take_over(struct master *master, struct crew *crew)
{
    const struct serve_settings *settings = &crew->generation.settings;
    struct board_slot *slot = master->board.master;

    log_set_level(settings->log_level);
    log_set_hash_owners(settings->log_hash_owners);
    control_move(&master->control, settings->control);
    crew->master_fd = master->control.listener.fd;
    board_set(slot, TALLY_PLACE(generation), ++master->generation);
    board_set(slot, TALLY_PLACE(workers_wanted), crew->seat_count);
    if (master->crew != NULL)
        count_reload(master, true);
    else
        board_set(slot, TALLY_PLACE(reload_successful), 1);
    master->crew = crew;
}

/* Puts the crew to work, on its own listener if it brings one, and sends the old one away. */
static void swap(struct master *master, struct crew *crew, const struct listener *fresh)
{
    struct crew *old = master->crew;
    bool drain = false;

    if (fresh->fd >= 0) {
        drain = listener_withdraw(&master->listener);
        master->listener = *fresh;
    }
    take_over(master, crew);
    crew_tick(crew, clock_monotonic_us());
    log_info("%u workers on %s", crew->seat_count, master->listener.address);
    notify_status("%u workers on %s", crew->seat_count, master->listener.address);
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
    struct crew *crew;
    struct fail fail;

    listener_init(&fresh);
    if (!stays && listener_open(&fresh, address, &fail) != RC_OK) {
        log_error("cannot listen: %s", fail.message);
        return false;
    }
    crew = crew_new(master->hooks, &master->board, generation, stays ? current->fd : fresh.fd);
    if (crew == NULL) {
        (void)listener_withdraw(&fresh);
        return false;
    }
    swap(master, crew, &fresh);
    return true;
}

static bool is_check_passed(int wait_status)
{
    if (WIFSIGNALED(wait_status))
        log_error("the check of the config was ended by signal %d", WTERMSIG(wait_status));
    return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
}

static void end_candidate(struct master *master, int wait_status)
{
    struct candidate *candidate = &master->candidate;
    const struct serve_hooks *hooks = master->hooks;

    candidate->check = 0;
    if (master->stopping) {
        hooks->unload(hooks->context, &candidate->generation);
        return;
    }
    if (!is_check_passed(wait_status) || !adopt(master, &candidate->generation)) {
        hooks->unload(hooks->context, &candidate->generation);
        keep_old(master);
    }
    if (master->reload_wanted && !master->stopping) {
        master->reload_wanted = false;
        begin_reload(master);
    }
}

static void reap_worker(struct master *master, pid_t pid, int wait_status)
{
    int64_t now_us = clock_monotonic_us();

    if (master->crew != NULL && crew_reap(master->crew, pid, wait_status, now_us))
        return;
    for (struct crew *crew = master->leaving; crew != NULL; crew = crew->next)
        if (crew_reap(crew, pid, wait_status, now_us))
            return;
}

static void reap(struct master *master)
{
    int wait_status;
    pid_t pid;

    while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
        if (pid == master->candidate.check)
            end_candidate(master, wait_status);
        else
            reap_worker(master, pid, wait_status);
    }
}

static void answer_control(struct master *master)
{
    const struct report_source source = {
        .board = &master->board,
        .current = master->crew,
        .leaving = master->leaving,
        .listen = master->listener.address,
        .version = master->hooks->version,
    };
    int fd;

    while ((fd = control_accept(&master->control)) >= 0) {
        report_make(&source, &master->control.answer);
        control_send(&master->control, fd);
    }
}

static void free_empty_crews(struct master *master)
{
    struct crew **at = &master->leaving;

    while (*at != NULL) {
        struct crew *crew = *at;

        if (crew_is_empty(crew)) {
            *at = crew->next;
            crew_free(crew);
        } else {
            at = &crew->next;
        }
    }
}

/* Not while a candidate is being checked: ready is then the one that comes out of it. */
static bool may_become_ready(const struct master *master)
{
    return master->ready_owed && master->crew != NULL && master->candidate.check == 0;
}

static void say_ready(struct master *master)
{
    if (!may_become_ready(master) || !crew_is_ready(master->crew))
        return;
    notify_ready();
    master->ready_owed = false;
}

static void tick(struct master *master)
{
    int64_t now_us = clock_monotonic_us();

    if (master->crew != NULL && crew_is_retired(master->crew)) {
        log_error("no worker can work with this config: giving up");
        stop_for_fault(master);
    }
    if (master->crew != NULL)
        crew_tick(master->crew, now_us);
    for (struct crew *crew = master->leaving; crew != NULL; crew = crew->next)
        crew_tick(crew, now_us);
    free_empty_crews(master);
    say_ready(master);
}

static int64_t deadline_us(const struct master *master, int64_t now_us)
{
    int64_t deadline = master->crew != NULL ? crew_deadline_us(master->crew, now_us) : INT64_MAX;

    for (const struct crew *crew = master->leaving; crew != NULL; crew = crew->next) {
        int64_t at_us = crew_deadline_us(crew, now_us);

        deadline = at_us < deadline ? at_us : deadline;
    }
    if (may_become_ready(master) && now_us + READY_LOOK_US < deadline)
        deadline = now_us + READY_LOOK_US;
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
    return master->stopping && master->leaving == NULL && master->candidate.check == 0;
}

/* They stay blocked when serve_run() returns: one that comes then has nothing left to stop. */
static void block_signals(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

static bool set_up(struct master *master)
{
    struct fail fail;

    if (listener_inherit(&master->listener, &fail) != RC_OK) {
        log_error("%s", fail.message);
        return false;
    }
    if (!board_init(&master->board, BOARD_SLOTS)) {
        log_error("no memory to share with the workers: %s", strerror(errno));
        (void)listener_withdraw(&master->listener);
        return false;
    }
    control_init(&master->control);
    board_set(master->board.master, TALLY_PLACE(start_time_s), (uint64_t)(clock_now_ms() / 1000));
    return true;
}

int serve_run(const struct serve_hooks *hooks)
{
    struct master master = {.hooks = hooks, .exit_status = EXIT_SUCCESS};

    log_set_role("master");
    log_detect_journal();
    block_signals();
    if (!confine_master() || !set_up(&master))
        return EXIT_FAILURE;
    begin_reload(&master);
    while (!is_finished(&master)) {
        act_on(&master, wait_for_signal(&master));
        tick(&master);
    }
    control_release(&master.control);
    board_release(&master.board);
    log_info("stopped");
    return master.exit_status;
}
