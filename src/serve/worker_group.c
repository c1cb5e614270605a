/* The workers of one config: worker_group_tick() does whatever is due, worker_group_deadline_us()
 * says when that is. A slot that has served is never throttled. */
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

static void give_back_slots(struct worker_group *group)
{
    for (unsigned i = 0; i < group->slot_count; i++)
        if (group->slots[i].scoreboard_slot != NULL)
            scoreboard_give_back(group->scoreboard, group->slots[i].scoreboard_slot);
}

static void release(struct worker_group *group)
{
    give_back_slots(group);
    free(group->slots);
    free(group);
}

static bool take_slots(struct worker_group *group)
{
    for (unsigned i = 0; i < group->slot_count; i++) {
        group->slots[i] = (struct worker_slot){.kill_at_us = NEVER_US};
        group->slots[i].scoreboard_slot = scoreboard_take(group->scoreboard);
        if (group->slots[i].scoreboard_slot == NULL) {
            group->slot_count = i;
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
    struct worker_group *group;

    if (workers == 0 || workers > SERVE_MAX_WORKERS) {
        log_error("workers: %u is not between 1 and %u", workers, SERVE_MAX_WORKERS);
        return NULL;
    }
    group = alloc_or_die(sizeof(*group));
    *group = (struct worker_group){.hooks = hooks,
                                   .scoreboard = scoreboard,
                                   .generation = *generation,
                                   .listen_fd = listen_fd,
                                   .master_fd = -1,
                                   .slot_count = workers};
    group->slots = alloc_or_die(workers * sizeof(*group->slots));
    if (!take_slots(group)) {
        log_error("too many workers of earlier configs are still leaving: try again later");
        release(group);
        return NULL;
    }
    return group;
}

void worker_group_free(struct worker_group *group)
{
    assert(worker_group_is_empty(group));
    group->hooks->unload(group->hooks->context, &group->generation);
    release(group);
}

static void log_slot(const struct worker_group *group, const struct worker_slot *slot,
                     enum log_level level, const char *msg)
{
    struct scoreboard_state state = scoreboard_look(slot->scoreboard_slot);
    struct log_record record;

    log_begin(&record, level, msg);
    log_add_int(&record, "worker", slot->pid);
    log_add_int(&record, "slot",
                (int64_t)scoreboard_index(group->scoreboard, slot->scoreboard_slot));
    log_add(&record, "stage", text_of(stats_stage_name(state.stage)));
    log_add_int(&record, "age_ms", (clock_monotonic_us() - state.since_us) / 1000);
    log_end(&record);
}

static bool has_served(const struct worker_slot *slot)
{
    return scoreboard_requests(slot->scoreboard_slot) > slot->requests_before;
}

static void back_off(struct worker_slot *slot, int64_t now_us)
{
    int64_t delay_ms = slot->backoff_ms == 0 ? BACKOFF_FIRST_MS : slot->backoff_ms * 2;

    slot->backoff_ms = delay_ms < BACKOFF_LAST_MS ? delay_ms : BACKOFF_LAST_MS;
    slot->start_at_us = now_us + slot->backoff_ms * 1000;
    log_info("next worker of this slot starts in %lld ms", (long long)slot->backoff_ms);
}

static void slot_start(struct worker_group *group, struct worker_slot *slot, int64_t now_us)
{
    const struct worker_task task = {.hooks = group->hooks,
                                     .generation = &group->generation,
                                     .listen_fd = group->listen_fd,
                                     .scoreboard = group->scoreboard,
                                     .slot = slot->scoreboard_slot};
    pid_t pid;

    slot->requests_before = scoreboard_requests(slot->scoreboard_slot);
    pid = child_fork("worker");
    if (pid == 0) {
        if (group->master_fd >= 0)
            close(group->master_fd);
        exit(worker_run(&task));
    }
    if (pid < 0) {
        log_error("cannot start a worker: %s", strerror(errno));
        back_off(slot, now_us);
        return;
    }
    slot->pid = pid;
    slot->kill_at_us = NEVER_US;
    slot->overdue = false;
}

static void slot_tell(struct worker_slot *slot, int64_t kill_at_us)
{
    kill(slot->pid, SIGTERM);
    slot->kill_at_us = sooner(slot->kill_at_us, kill_at_us);
}

static void slot_kill(const struct worker_group *group, struct worker_slot *slot)
{
    bool busy = scoreboard_is_busy(scoreboard_look(slot->scoreboard_slot).stage);

    log_slot(group, slot, LOG_LEVEL_ERROR,
             busy ? "killing worker: its request may be lost" : "killing worker");
    kill(slot->pid, SIGKILL);
    slot->kill_at_us = NEVER_US;
}

/* When the stage that the worker is in, or one that starts this very moment, will have lasted too
 * long. */
static int64_t slot_overdue_at_us(const struct worker_group *group, const struct worker_slot *slot,
                                  int64_t now_us)
{
    struct scoreboard_state state = scoreboard_look(slot->scoreboard_slot);
    int64_t since_us = scoreboard_is_timed(state.stage) ? state.since_us : now_us;

    return since_us + group->generation.settings.request_timeout_ms * 1000;
}

static void slot_watch(const struct worker_group *group, struct worker_slot *slot, int64_t now_us)
{
    if (!slot->overdue && slot_overdue_at_us(group, slot, now_us) <= now_us) {
        slot->overdue = true;
        log_slot(group, slot, LOG_LEVEL_WARN, "worker timed out; terminating");
        slot_tell(slot, now_us + KILL_GRACE_US);
    }
    if (slot->kill_at_us <= now_us)
        slot_kill(group, slot);
}

static bool slot_wants_worker(const struct worker_group *group, const struct worker_slot *slot)
{
    return slot->pid == 0 && !slot->retired && !group->leaving;
}

void worker_group_tick(struct worker_group *group, int64_t now_us)
{
    for (unsigned i = 0; i < group->slot_count; i++) {
        struct worker_slot *slot = &group->slots[i];

        if (slot->pid != 0)
            slot_watch(group, slot, now_us);
        else if (slot_wants_worker(group, slot) && slot->start_at_us <= now_us)
            slot_start(group, slot, now_us);
    }
}

static int64_t slot_deadline_us(const struct worker_group *group, const struct worker_slot *slot,
                                int64_t now_us)
{
    if (slot_wants_worker(group, slot))
        return slot->start_at_us;
    if (slot->pid == 0)
        return NEVER_US;
    if (slot->overdue)
        return slot->kill_at_us;
    return sooner(slot->kill_at_us, slot_overdue_at_us(group, slot, now_us));
}

int64_t worker_group_deadline_us(const struct worker_group *group, int64_t now_us)
{
    int64_t deadline_us = NEVER_US;

    for (unsigned i = 0; i < group->slot_count; i++)
        deadline_us = sooner(deadline_us, slot_deadline_us(group, &group->slots[i], now_us));
    return deadline_us;
}

static void log_death(const struct worker_group *group, const struct worker_slot *slot,
                      int wait_status)
{
    bool busy = scoreboard_is_busy(scoreboard_look(slot->scoreboard_slot).stage);
    char msg[96];

    if (WIFSIGNALED(wait_status))
        snprintf(msg, sizeof(msg), "worker ended by signal %d%s", WTERMSIG(wait_status),
                 busy ? ": its request may be lost" : "");
    else
        snprintf(msg, sizeof(msg), "worker ended with status %d%s", WEXITSTATUS(wait_status),
                 busy ? ": its request may be lost" : "");
    log_slot(group, slot, wait_status == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, msg);
}

/* Throttled is what dies before it has served anything. Once a slot has proven itself, a worker
 * that dies of a request is replaced at once, else whoever can crash one request stops everybody.
 */
static void slot_plan_next(struct worker_slot *slot, int64_t now_us)
{
    bool died_of_request = scoreboard_is_busy(scoreboard_look(slot->scoreboard_slot).stage);

    if (has_served(slot)) {
        slot->proven = true;
        slot->backoff_ms = 0;
        slot->start_at_us = now_us;
    } else if (slot->proven && died_of_request) {
        slot->start_at_us = now_us;
    } else {
        back_off(slot, now_us);
    }
}

static bool is_config_hopeless(int wait_status)
{
    return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == SERVE_EXIT_CONFIG_CANNOT;
}

static enum stats_restart restart_of(const struct worker_group *group,
                                     const struct worker_slot *slot, int wait_status)
{
    if (group->leaving)
        return STATS_RELOAD;
    if (slot->overdue)
        return STATS_TIMEOUT;
    if (WIFSIGNALED(wait_status))
        return STATS_CRASHED;
    return WEXITSTATUS(wait_status) == SERVE_EXIT_OK ? STATS_MAX_REQUESTS : STATS_FAILED;
}

static void count_restart(const struct worker_group *group, const struct worker_slot *slot,
                          int wait_status)
{
    struct stats more = {0};

    more.restarts[restart_of(group, slot, wait_status)] = 1;
    scoreboard_count(group->scoreboard->master, &more);
}

static void slot_ended(const struct worker_group *group, struct worker_slot *slot, int wait_status,
                       int64_t now_us)
{
    log_death(group, slot, wait_status);
    count_restart(group, slot, wait_status);
    slot->pid = 0;
    if (is_config_hopeless(wait_status)) {
        slot->retired = true;
        log_error("this config cannot work; not restarting this slot's worker");
    } else if (!group->leaving) {
        slot_plan_next(slot, now_us);
    }
    /* What the dead worker left here would be taken for its successor's. */
    scoreboard_vacate(slot->scoreboard_slot);
}

bool worker_group_reap(struct worker_group *group, pid_t pid, int wait_status, int64_t now_us)
{
    for (unsigned i = 0; i < group->slot_count; i++) {
        if (group->slots[i].pid != pid)
            continue;
        slot_ended(group, &group->slots[i], wait_status, now_us);
        return true;
    }
    return false;
}

void worker_group_leave(struct worker_group *group, bool drain, int64_t now_us)
{
    int64_t kill_at_us = now_us + group->generation.settings.stop_timeout_ms * 1000;

    group->leaving = true;
    for (unsigned i = 0; i < group->slot_count; i++) {
        if (group->slots[i].pid == 0)
            continue;
        scoreboard_set_drain(group->slots[i].scoreboard_slot, drain);
        slot_tell(&group->slots[i], kill_at_us);
    }
}

bool worker_group_is_ready(const struct worker_group *group)
{
    for (unsigned i = 0; i < group->slot_count; i++)
        if (group->slots[i].pid != 0 &&
            scoreboard_look(group->slots[i].scoreboard_slot).stage != STATS_VACANT)
            return true;
    return false;
}

bool worker_group_is_empty(const struct worker_group *group)
{
    for (unsigned i = 0; i < group->slot_count; i++)
        if (group->slots[i].pid != 0)
            return false;
    return true;
}

bool worker_group_is_retired(const struct worker_group *group)
{
    for (unsigned i = 0; i < group->slot_count; i++)
        if (!group->slots[i].retired)
            return false;
    return true;
}
