/* Starts the housekeeping process, and again whenever it ends: housekeeper_tick(),
 * housekeeper_end(). In the process, run() takes one step after the other. */
#include "housekeeper.h"

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

void housekeeper_init(struct housekeeper *keeper, const struct serve_hooks *hooks,
                      struct scoreboard *scoreboard)
{
    *keeper =
        (struct housekeeper){.hooks = hooks, .scoreboard = scoreboard, .kill_at_us = NEVER_US};
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

static void note(struct scoreboard_slot *slot, const struct serve_step *step)
{
    scoreboard_count(slot, &step->more);
    scoreboard_set(slot, STATS_PLACE(housekeeping_elected), step->elected);
    if (step->more.housekeeping_rounds > 0)
        scoreboard_set(slot, STATS_PLACE(housekeeping_round_time_s),
                       (uint64_t)(clock_now_ms() / 1000));
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* Returns the process's exit status. */
static int run(const struct housekeeper *keeper, const struct serve_generation *generation,
               struct housekeeper_secrets secrets)
{
    const struct serve_hooks *hooks = keeper->hooks;
    const struct serve_housekeeping_hooks *housekeeping = hooks->housekeeping;
    struct serve_step step = {.pause_us = 0};
    void *housekeeper;

    prctl(PR_SET_NAME, "housekeeper"); /* for ps */
    close_if_open(secrets.listen_fd);
    close_if_open(secrets.control_fd);
    housekeeper = housekeeping->start(hooks->context, generation);
    if (housekeeper == NULL || !sandbox_housekeeper())
        return SERVE_EXIT_CONFIG_CANNOT;
    while (!is_told_to_leave(step.pause_us)) {
        housekeeping->step(hooks->context, housekeeper, &step);
        note(keeper->scoreboard->housekeeper, &step);
    }
    housekeeping->stop(hooks->context, housekeeper);
    return SERVE_EXIT_OK;
}

static void back_off(struct housekeeper *keeper, int64_t now_us)
{
    int64_t delay_ms = keeper->backoff_ms == 0 ? BACKOFF_FIRST_MS : keeper->backoff_ms * 2;

    keeper->backoff_ms = delay_ms < BACKOFF_LAST_MS ? delay_ms : BACKOFF_LAST_MS;
    keeper->start_at_us = now_us + keeper->backoff_ms * 1000;
}

static uint64_t rounds(const struct housekeeper *keeper)
{
    return scoreboard_number(keeper->scoreboard->housekeeper, STATS_PLACE(housekeeping_rounds));
}

static void start(struct housekeeper *keeper, const struct serve_generation *generation,
                  struct housekeeper_secrets secrets, int64_t now_us)
{
    pid_t pid;

    keeper->rounds_before = rounds(keeper);
    pid = child_fork("housekeeper");
    if (pid == 0)
        exit(run(keeper, generation, secrets));
    if (pid < 0) {
        log_error("cannot start a housekeeper: %s", strerror(errno));
        back_off(keeper, now_us);
        return;
    }
    keeper->pid = pid;
    keeper->leaving = false;
    keeper->kill_at_us = NEVER_US;
}

static bool wants_start(const struct housekeeper *keeper)
{
    return keeper->hooks->housekeeping != NULL && keeper->pid == 0 && !keeper->retired;
}

void housekeeper_tick(struct housekeeper *keeper, const struct serve_generation *generation,
                      struct housekeeper_secrets secrets, int64_t now_us)
{
    if (keeper->pid != 0 && keeper->kill_at_us <= now_us) {
        log_warn("killing the housekeeper: it does not leave");
        kill(keeper->pid, SIGKILL);
        keeper->kill_at_us = NEVER_US;
    }
    if (generation != NULL && wants_start(keeper) && keeper->start_at_us <= now_us)
        start(keeper, generation, secrets, now_us);
}

int64_t housekeeper_deadline_us(const struct housekeeper *keeper, bool stopping)
{
    if (keeper->pid != 0)
        return keeper->kill_at_us;
    return wants_start(keeper) && !stopping ? keeper->start_at_us : NEVER_US;
}

void housekeeper_leave(struct housekeeper *keeper, int64_t timeout_ms, int64_t now_us)
{
    keeper->retired = false;
    keeper->backoff_ms = 0;
    keeper->start_at_us = now_us;
    if (keeper->pid == 0)
        return;
    keeper->leaving = true;
    kill(keeper->pid, SIGTERM);
    if (keeper->kill_at_us == NEVER_US)
        keeper->kill_at_us = now_us + timeout_ms * 1000;
}

static void log_death(const struct housekeeper *keeper, int wait_status)
{
    if (WIFSIGNALED(wait_status))
        log_error("the housekeeper was ended by signal %d", WTERMSIG(wait_status));
    else if (WEXITSTATUS(wait_status) != SERVE_EXIT_OK)
        log_error("the housekeeper ended with status %d", WEXITSTATUS(wait_status));
    else if (!keeper->leaving)
        log_info("the housekeeper has left");
}

void housekeeper_end(struct housekeeper *keeper, int wait_status, int64_t now_us)
{
    const struct stats more = {.housekeeper_restarts = !keeper->leaving};

    log_death(keeper, wait_status);
    keeper->pid = 0;
    scoreboard_set(keeper->scoreboard->housekeeper, STATS_PLACE(housekeeping_elected), 0);
    scoreboard_count(keeper->scoreboard->master, &more);
    if (keeper->leaving) {
        keeper->start_at_us = now_us;
        return;
    }
    keeper->retired =
        WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == SERVE_EXIT_CONFIG_CANNOT;
    if (rounds(keeper) > keeper->rounds_before)
        keeper->backoff_ms = 0;
    back_off(keeper, now_us);
}
