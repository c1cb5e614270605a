#include "worker_group.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "child.h"
#include "clock.h"
#include "log.h"
#include "worker.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS  30000
#define KILL_GRACE_US    ((int64_t)1000 * 1000) /* between TERM and KILL of an overdue worker */
#define NEVER_US         INT64_MAX

static int64_t sooner(int64_t a_us, int64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

static void give_back_slots(struct worker_group *worker_group)
{
    for (unsigned i = 0; i < worker_group->seat_count; i++)
        if (worker_group->seats[i].slot != NULL)
            scoreboard_give_back(worker_group->scoreboard, worker_group->seats[i].slot);
}

static void release(struct worker_group *worker_group)
{
    give_back_slots(worker_group);
    free(worker_group->seats);
    free(worker_group);
}

static bool take_slots(struct worker_group *worker_group)
{
    for (unsigned i = 0; i < worker_group->seat_count; i++) {
        worker_group->seats[i] = (struct worker_slot){.kill_at_us = NEVER_US};
        worker_group->seats[i].slot = scoreboard_take(worker_group->scoreboard);
        if (worker_group->seats[i].slot == NULL) {
            worker_group->seat_count = i;
            return false;
        }
    }
    return true;
}

struct worker_group *worker_group_new(const struct serve_hooks *hooks,
                                      struct scoreboard *scoreboard,
                                      const struct serve_generation *generation, int listen_fd)
{
    unsigned workers = generation->settings.workers;
    struct worker_group *worker_group;

    if (workers == 0 || workers > SERVE_MAX_WORKERS) {
        log_error("workers: %u is not between 1 and %u", workers, SERVE_MAX_WORKERS);
        return NULL;
    }
    worker_group = alloc_or_die(sizeof(*worker_group));
    *worker_group = (struct worker_group){.hooks = hooks,
                                          .scoreboard = scoreboard,
                                          .generation = *generation,
                                          .listen_fd = listen_fd,
                                          .master_fd = -1,
                                          .seat_count = workers};
    worker_group->seats = alloc_or_die(workers * sizeof(*worker_group->seats));
    if (!take_slots(worker_group)) {
        log_error("too many workers of earlier configs are still leaving: try again later");
        release(worker_group);
        return NULL;
    }
    return worker_group;
}

void worker_group_free(struct worker_group *worker_group)
{
    assert(worker_group_is_empty(worker_group));
    worker_group->hooks->unload(worker_group->hooks->context, &worker_group->generation);
    release(worker_group);
}

static void log_seat(const struct worker_group *worker_group, const struct worker_slot *seat,
                     enum log_level level, const char *msg)
{
    struct scoreboard_state state = scoreboard_look(seat->slot);
    struct log_record record;

    log_begin(&record, level, msg);
    log_add_int(&record, "worker", seat->pid);
    log_add_int(&record, "slot", (int64_t)scoreboard_index(worker_group->scoreboard, seat->slot));
    log_add(&record, "stage", text_of(scoreboard_stage_name(state.stage)));
    log_add_int(&record, "age_ms", (clock_monotonic_us() - state.since_us) / 1000);
    log_end(&record);
}

static bool has_served(const struct worker_slot *seat)
{
    return scoreboard_requests(seat->slot) > seat->requests_before;
}

static void back_off(struct worker_slot *seat, int64_t now_us)
{
    int64_t delay_ms = seat->backoff_ms == 0 ? BACKOFF_FIRST_MS : seat->backoff_ms * 2;

    seat->backoff_ms = delay_ms < BACKOFF_LAST_MS ? delay_ms : BACKOFF_LAST_MS;
    seat->start_at_us = now_us + seat->backoff_ms * 1000;
    log_info("the next worker of this slot starts in %lld ms", (long long)seat->backoff_ms);
}

static void seat_start(struct worker_group *worker_group, struct worker_slot *seat, int64_t now_us)
{
    const struct worker_task task = {.hooks = worker_group->hooks,
                                     .generation = &worker_group->generation,
                                     .listen_fd = worker_group->listen_fd,
                                     .scoreboard = worker_group->scoreboard,
                                     .slot = seat->slot};
    pid_t pid;

    seat->requests_before = scoreboard_requests(seat->slot);
    pid = child_fork("worker");
    if (pid == 0) {
        if (worker_group->master_fd >= 0)
            close(worker_group->master_fd);
        exit(worker_run(&task));
    }
    if (pid < 0) {
        log_error("cannot start a worker: %s", strerror(errno));
        back_off(seat, now_us);
        return;
    }
    seat->pid = pid;
    seat->kill_at_us = NEVER_US;
    seat->overdue = false;
}

static void seat_tell(struct worker_slot *seat, int64_t kill_at_us)
{
    kill(seat->pid, SIGTERM);
    seat->kill_at_us = sooner(seat->kill_at_us, kill_at_us);
}

static void seat_kill(const struct worker_group *worker_group, struct worker_slot *seat)
{
    bool busy = scoreboard_is_busy(scoreboard_look(seat->slot).stage);

    log_seat(worker_group, seat, LOG_LEVEL_ERROR,
             busy ? "killing a worker: its request may be lost" : "killing a worker");
    kill(seat->pid, SIGKILL);
    seat->kill_at_us = NEVER_US;
}

/* When the stage that the worker is in, or one that starts this very moment, will have lasted too
 * long. */
static int64_t seat_overdue_at_us(const struct worker_group *worker_group,
                                  const struct worker_slot *seat, int64_t now_us)
{
    struct scoreboard_state state = scoreboard_look(seat->slot);
    int64_t since_us = scoreboard_is_timed(state.stage) ? state.since_us : now_us;

    return since_us + worker_group->generation.settings.request_timeout_ms * 1000;
}

static void seat_watch(const struct worker_group *worker_group, struct worker_slot *seat,
                       int64_t now_us)
{
    if (!seat->overdue && seat_overdue_at_us(worker_group, seat, now_us) <= now_us) {
        seat->overdue = true;
        log_seat(worker_group, seat, LOG_LEVEL_WARN,
                 "too long in one stage: the worker has to leave");
        seat_tell(seat, now_us + KILL_GRACE_US);
    }
    if (seat->kill_at_us <= now_us)
        seat_kill(worker_group, seat);
}

static bool seat_wants_worker(const struct worker_group *worker_group,
                              const struct worker_slot *seat)
{
    return seat->pid == 0 && !seat->retired && !worker_group->leaving;
}

void worker_group_tick(struct worker_group *worker_group, int64_t now_us)
{
    for (unsigned i = 0; i < worker_group->seat_count; i++) {
        struct worker_slot *seat = &worker_group->seats[i];

        if (seat->pid != 0)
            seat_watch(worker_group, seat, now_us);
        else if (seat_wants_worker(worker_group, seat) && seat->start_at_us <= now_us)
            seat_start(worker_group, seat, now_us);
    }
}

static int64_t seat_deadline_us(const struct worker_group *worker_group,
                                const struct worker_slot *seat, int64_t now_us)
{
    if (seat_wants_worker(worker_group, seat))
        return seat->start_at_us;
    if (seat->pid == 0)
        return NEVER_US;
    if (seat->overdue)
        return seat->kill_at_us;
    return sooner(seat->kill_at_us, seat_overdue_at_us(worker_group, seat, now_us));
}

int64_t worker_group_deadline_us(const struct worker_group *worker_group, int64_t now_us)
{
    int64_t deadline_us = NEVER_US;

    for (unsigned i = 0; i < worker_group->seat_count; i++)
        deadline_us =
            sooner(deadline_us, seat_deadline_us(worker_group, &worker_group->seats[i], now_us));
    return deadline_us;
}

static void log_death(const struct worker_group *worker_group, const struct worker_slot *seat,
                      int wait_status)
{
    bool busy = scoreboard_is_busy(scoreboard_look(seat->slot).stage);
    char msg[96];

    if (WIFSIGNALED(wait_status))
        snprintf(msg, sizeof(msg), "a worker was ended by signal %d%s", WTERMSIG(wait_status),
                 busy ? ": its request may be lost" : "");
    else
        snprintf(msg, sizeof(msg), "a worker ended with status %d%s", WEXITSTATUS(wait_status),
                 busy ? ": its request may be lost" : "");
    log_seat(worker_group, seat, wait_status == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, msg);
}

/* Throttled is what dies before it has served anything. Once a seat has proven itself, a worker
 * that dies of a request is replaced at once, else whoever can crash one request stops everybody.
 */
static void seat_plan_next(struct worker_slot *seat, int64_t now_us)
{
    bool died_of_request = scoreboard_is_busy(scoreboard_look(seat->slot).stage);

    if (has_served(seat)) {
        seat->proven = true;
        seat->backoff_ms = 0;
        seat->start_at_us = now_us;
    } else if (seat->proven && died_of_request) {
        seat->start_at_us = now_us;
    } else {
        back_off(seat, now_us);
    }
}

static bool is_config_hopeless(int wait_status)
{
    return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == SERVE_EXIT_CONFIG_CANNOT;
}

static enum stats_restart restart_of(const struct worker_group *worker_group,
                                     const struct worker_slot *seat, int wait_status)
{
    if (worker_group->leaving)
        return STATS_RELOAD;
    if (seat->overdue)
        return STATS_TIMEOUT;
    if (WIFSIGNALED(wait_status))
        return STATS_CRASHED;
    return WEXITSTATUS(wait_status) == SERVE_EXIT_OK ? STATS_MAX_REQUESTS : STATS_FAILED;
}

static void count_restart(const struct worker_group *worker_group, const struct worker_slot *seat,
                          int wait_status)
{
    struct stats more = {0};

    more.restarts[restart_of(worker_group, seat, wait_status)] = 1;
    scoreboard_count(worker_group->scoreboard->master, &more);
}

static void seat_ended(const struct worker_group *worker_group, struct worker_slot *seat,
                       int wait_status, int64_t now_us)
{
    log_death(worker_group, seat, wait_status);
    count_restart(worker_group, seat, wait_status);
    seat->pid = 0;
    if (is_config_hopeless(wait_status)) {
        seat->retired = true;
        log_error("this config cannot work: this slot's worker is not started again");
    } else if (!worker_group->leaving) {
        seat_plan_next(seat, now_us);
    }
    /* What the dead worker left here would be taken for its successor's. */
    scoreboard_vacate(seat->slot);
}

bool worker_group_reap(struct worker_group *worker_group, pid_t pid, int wait_status,
                       int64_t now_us)
{
    for (unsigned i = 0; i < worker_group->seat_count; i++) {
        if (worker_group->seats[i].pid != pid)
            continue;
        seat_ended(worker_group, &worker_group->seats[i], wait_status, now_us);
        return true;
    }
    return false;
}

void worker_group_leave(struct worker_group *worker_group, bool drain, int64_t now_us)
{
    int64_t kill_at_us = now_us + worker_group->generation.settings.stop_timeout_ms * 1000;

    worker_group->leaving = true;
    for (unsigned i = 0; i < worker_group->seat_count; i++) {
        if (worker_group->seats[i].pid == 0)
            continue;
        scoreboard_set_drain(worker_group->seats[i].slot, drain);
        seat_tell(&worker_group->seats[i], kill_at_us);
    }
}

bool worker_group_is_ready(const struct worker_group *worker_group)
{
    for (unsigned i = 0; i < worker_group->seat_count; i++)
        if (worker_group->seats[i].pid != 0 &&
            scoreboard_look(worker_group->seats[i].slot).stage != SCOREBOARD_VACANT)
            return true;
    return false;
}

bool worker_group_is_empty(const struct worker_group *worker_group)
{
    for (unsigned i = 0; i < worker_group->seat_count; i++)
        if (worker_group->seats[i].pid != 0)
            return false;
    return true;
}

bool worker_group_is_retired(const struct worker_group *worker_group)
{
    for (unsigned i = 0; i < worker_group->seat_count; i++)
        if (!worker_group->seats[i].retired)
            return false;
    return true;
}
