/* Starts a process beside the workers, and again whenever it ends: helper_tick(), helper_end(). In
 * the process, run() takes one step after the other. The kinds are at the end. */
#include "helper.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "log.h"
#include "sandbox.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS  30000
#define NEVER_US         INT64_MAX
/* However long the hooks want to pause. */
#define PAUSE_MOST_US ((int64_t)60 * 1000 * 1000)

void helper_init(struct helper *helper)
{
    helper->kill_at_us = NEVER_US;
}

/* All signals are blocked: TERM is taken here, or it waits. The master's death sends it, too. */
static bool is_told_to_leave(int64_t pause_us)
{
    const int64_t wait_us = pause_us < PAUSE_MOST_US ? pause_us : PAUSE_MOST_US;
    const struct timespec timeout = {.tv_sec = (time_t)(wait_us / 1000000),
                                     .tv_nsec = (long)(wait_us % 1000000) * 1000};
    sigset_t term;

    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    return sigtimedwait(&term, NULL, &timeout) == SIGTERM;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* Returns the process's exit status. */
static int run(const struct helper *helper, const struct serve_generation *generation,
               struct helper_secrets secrets)
{
    const struct serve_helper_hooks *own = helper->own;
    void *context = helper->hooks->context;
    struct serve_step step = {.pause_us = 0};
    void *state;

    prctl(PR_SET_NAME, helper->kind->name); /* for ps */
    close_if_open(secrets.listen_fd);
    close_if_open(secrets.control_fd);
    state = own->start(context, generation);
    if (state == NULL || !helper->kind->confine())
        return SERVE_EXIT_CONFIG_CANNOT;
    while (!is_told_to_leave(step.pause_us)) {
        own->step(context, state, &step);
        scoreboard_count(helper->slot, &step.more);
        helper->kind->note(helper->slot, &step);
    }
    own->stop(context, state);
    return SERVE_EXIT_OK;
}

static void back_off(struct helper *helper, int64_t now_us)
{
    int64_t delay_ms = helper->backoff_ms == 0 ? BACKOFF_FIRST_MS : helper->backoff_ms * 2;

    helper->backoff_ms = delay_ms < BACKOFF_LAST_MS ? delay_ms : BACKOFF_LAST_MS;
    helper->start_at_us = now_us + helper->backoff_ms * 1000;
}

static uint64_t progress(const struct helper *helper)
{
    return scoreboard_number(helper->slot, helper->kind->progress);
}

static void start(struct helper *helper, const struct serve_generation *generation,
                  struct helper_secrets secrets, int64_t now_us)
{
    pid_t pid;

    helper->progress_before = progress(helper);
    pid = child_fork(helper->kind->name);
    if (pid == 0)
        exit(run(helper, generation, secrets));
    if (pid < 0) {
        log_error("cannot start a %s: %s", helper->kind->name, strerror(errno));
        back_off(helper, now_us);
        return;
    }
    helper->pid = pid;
    helper->leaving = false;
    helper->kill_at_us = NEVER_US;
}

static bool wants_start(const struct helper *helper, const struct serve_generation *generation)
{
    const struct serve_helper_hooks *own = helper->own;

    return generation != NULL && own != NULL && helper->pid == 0 && !helper->retired &&
           (own->is_wanted == NULL || own->is_wanted(helper->hooks->context, generation));
}

void helper_tick(struct helper *helper, const struct serve_generation *generation,
                 struct helper_secrets secrets, int64_t now_us)
{
    if (helper->pid != 0 && helper->kill_at_us <= now_us) {
        log_warn("killing the %s: it does not leave", helper->kind->name);
        kill(helper->pid, SIGKILL);
        helper->kill_at_us = NEVER_US;
    }
    if (wants_start(helper, generation) && helper->start_at_us <= now_us)
        start(helper, generation, secrets, now_us);
}

int64_t helper_deadline_us(const struct helper *helper, const struct serve_generation *generation)
{
    if (helper->pid != 0)
        return helper->kill_at_us;
    return wants_start(helper, generation) ? helper->start_at_us : NEVER_US;
}

void helper_leave(struct helper *helper, int64_t timeout_ms, int64_t now_us)
{
    helper->retired = false;
    helper->backoff_ms = 0;
    helper->start_at_us = now_us;
    if (helper->pid == 0)
        return;
    helper->leaving = true;
    kill(helper->pid, SIGTERM);
    if (helper->kill_at_us == NEVER_US)
        helper->kill_at_us = now_us + timeout_ms * 1000;
}

static void log_death(const struct helper *helper, int wait_status)
{
    const char *name = helper->kind->name;

    if (WIFSIGNALED(wait_status))
        log_error("the %s was ended by signal %d", name, WTERMSIG(wait_status));
    else if (WEXITSTATUS(wait_status) != SERVE_EXIT_OK)
        log_error("the %s ended with status %d", name, WEXITSTATUS(wait_status));
    else if (!helper->leaving)
        log_info("the %s has left", name);
}

void helper_end(struct helper *helper, int wait_status, int64_t now_us)
{
    struct stats more = {0};

    log_death(helper, wait_status);
    helper->pid = 0;
    scoreboard_set(helper->slot, helper->kind->now, 0);
    ((uint64_t *)&more)[helper->kind->restarts] = !helper->leaving;
    scoreboard_count(helper->master_slot, &more);
    if (helper->leaving) {
        helper->start_at_us = now_us;
        return;
    }
    helper->retired =
        WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == SERVE_EXIT_CONFIG_CANNOT;
    if (progress(helper) > helper->progress_before)
        helper->backoff_ms = 0;
    back_off(helper, now_us);
}

static void note_walk(struct scoreboard_slot *slot, const struct serve_step *step, uint64_t now_s)
{
    const uint64_t oldest_s = (uint64_t)step->oldest_s;

    scoreboard_set(slot, STATS_PLACE(compaction_walk_time_s), now_s);
    scoreboard_set(slot, STATS_PLACE(compaction_lag_s), (uint64_t)step->overdue_s);
    scoreboard_set(slot, STATS_PLACE(oldest_diff_time_s), oldest_s > 0 ? now_s - oldest_s : 0);
}

static void note_housekeeper(struct scoreboard_slot *slot, const struct serve_step *step)
{
    const uint64_t now_s = (uint64_t)(clock_now_ms() / 1000);

    scoreboard_set(slot, STATS_PLACE(housekeeping_elected), step->elected);
    if (step->more.housekeeping_rounds > 0)
        scoreboard_set(slot, STATS_PLACE(housekeeping_round_time_s), now_s);
    if (step->more.compaction_walks > 0)
        note_walk(slot, step, now_s);
}

const struct helper_kind helper_housekeeper = {
    .name = "housekeeper",
    .progress = STATS_PLACE(housekeeping_rounds),
    .restarts = STATS_PLACE(housekeeper_restarts),
    .now = STATS_PLACE(housekeeping_elected),
    .confine = sandbox_housekeeper,
    .note = note_housekeeper,
};

static void note_notifier(struct scoreboard_slot *slot, const struct serve_step *step)
{
    scoreboard_set(slot, STATS_PLACE(webhook_waiting), step->waiting);
}

const struct helper_kind helper_notifier = {
    .name = "notifier",
    .progress = STATS_PLACE(webhook_calls),
    .restarts = STATS_PLACE(notifier_restarts),
    .now = STATS_PLACE(webhook_waiting),
    .confine = sandbox_notifier,
    .note = note_notifier,
};
