#include "crew.h"

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

static void give_back_slots(struct crew *crew)
{
    for (unsigned i = 0; i < crew->seat_count; i++)
        if (crew->seats[i].slot != NULL)
            board_give_back(crew->board, crew->seats[i].slot);
}

static void release(struct crew *crew)
{
    give_back_slots(crew);
    free(crew->seats);
    free(crew);
}

static bool take_slots(struct crew *crew)
{
    for (unsigned i = 0; i < crew->seat_count; i++) {
        crew->seats[i] = (struct crew_seat){.kill_at_us = NEVER_US};
        crew->seats[i].slot = board_take(crew->board);
        if (crew->seats[i].slot == NULL) {
            crew->seat_count = i;
            return false;
        }
    }
    return true;
}

struct crew *crew_new(const struct serve_hooks *hooks, struct board *board,
                      const struct serve_generation *generation, int listen_fd)
{
    unsigned workers = generation->settings.workers;
    struct crew *crew;

    if (workers == 0 || workers > SERVE_MAX_WORKERS) {
        log_error("workers: %u is not between 1 and %u", workers, SERVE_MAX_WORKERS);
        return NULL;
    }
    crew = alloc_or_die(sizeof(*crew));
    *crew = (struct crew){.hooks = hooks,
                          .board = board,
                          .generation = *generation,
                          .listen_fd = listen_fd,
                          .master_fd = -1,
                          .seat_count = workers};
    crew->seats = alloc_or_die(workers * sizeof(*crew->seats));
    if (!take_slots(crew)) {
        log_error("too many workers of earlier configs are still leaving: try again later");
        release(crew);
        return NULL;
    }
    return crew;
}

void crew_free(struct crew *crew)
{
    assert(crew_is_empty(crew));
    crew->hooks->unload(crew->hooks->context, &crew->generation);
    release(crew);
}

static void log_seat(const struct crew *crew, const struct crew_seat *seat, enum log_level level,
                     const char *msg)
{
    struct board_state state = board_look(seat->slot);
    struct log_record record;

    log_begin(&record, level, msg);
    log_add_int(&record, "worker", seat->pid);
    log_add_int(&record, "slot", (int64_t)board_index(crew->board, seat->slot));
    log_add(&record, "stage", text_of(board_stage_name(state.stage)));
    log_add_int(&record, "age_ms", (clock_monotonic_us() - state.since_us) / 1000);
    log_end(&record);
}

static bool has_served(const struct crew_seat *seat)
{
    return board_requests(seat->slot) > seat->requests_before;
}

static void back_off(struct crew_seat *seat, int64_t now_us)
{
    int64_t delay_ms = seat->backoff_ms == 0 ? BACKOFF_FIRST_MS : seat->backoff_ms * 2;

    seat->backoff_ms = delay_ms < BACKOFF_LAST_MS ? delay_ms : BACKOFF_LAST_MS;
    seat->start_at_us = now_us + seat->backoff_ms * 1000;
    log_info("the next worker of this slot starts in %lld ms", (long long)seat->backoff_ms);
}

static void seat_start(struct crew *crew, struct crew_seat *seat, int64_t now_us)
{
    const struct worker_task task = {.hooks = crew->hooks,
                                     .generation = &crew->generation,
                                     .listen_fd = crew->listen_fd,
                                     .board = crew->board,
                                     .slot = seat->slot};
    pid_t pid;

    seat->requests_before = board_requests(seat->slot);
    pid = child_fork("worker");
    if (pid == 0) {
        if (crew->master_fd >= 0)
            close(crew->master_fd);
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

static void seat_tell(struct crew_seat *seat, int64_t kill_at_us)
{
    kill(seat->pid, SIGTERM);
    seat->kill_at_us = sooner(seat->kill_at_us, kill_at_us);
}

static void seat_kill(const struct crew *crew, struct crew_seat *seat)
{
    bool busy = board_is_busy(board_look(seat->slot).stage);

    log_seat(crew, seat, LOG_LEVEL_ERROR,
             busy ? "killing a worker: its request may be lost" : "killing a worker");
    kill(seat->pid, SIGKILL);
    seat->kill_at_us = NEVER_US;
}

/* When the stage that the worker is in, or one that starts this very moment, will have lasted too
 * long. */
static int64_t seat_overdue_at_us(const struct crew *crew, const struct crew_seat *seat,
                                  int64_t now_us)
{
    struct board_state state = board_look(seat->slot);
    int64_t since_us = board_is_timed(state.stage) ? state.since_us : now_us;

    return since_us + crew->generation.settings.request_timeout_ms * 1000;
}

static void seat_watch(const struct crew *crew, struct crew_seat *seat, int64_t now_us)
{
    if (!seat->overdue && seat_overdue_at_us(crew, seat, now_us) <= now_us) {
        seat->overdue = true;
        log_seat(crew, seat, LOG_LEVEL_WARN, "too long in one stage: the worker has to leave");
        seat_tell(seat, now_us + KILL_GRACE_US);
    }
    if (seat->kill_at_us <= now_us)
        seat_kill(crew, seat);
}

static bool seat_wants_worker(const struct crew *crew, const struct crew_seat *seat)
{
    return seat->pid == 0 && !seat->retired && !crew->leaving;
}

void crew_tick(struct crew *crew, int64_t now_us)
{
    for (unsigned i = 0; i < crew->seat_count; i++) {
        struct crew_seat *seat = &crew->seats[i];

        if (seat->pid != 0)
            seat_watch(crew, seat, now_us);
        else if (seat_wants_worker(crew, seat) && seat->start_at_us <= now_us)
            seat_start(crew, seat, now_us);
    }
}

static int64_t seat_deadline_us(const struct crew *crew, const struct crew_seat *seat,
                                int64_t now_us)
{
    if (seat_wants_worker(crew, seat))
        return seat->start_at_us;
    if (seat->pid == 0)
        return NEVER_US;
    if (seat->overdue)
        return seat->kill_at_us;
    return sooner(seat->kill_at_us, seat_overdue_at_us(crew, seat, now_us));
}

int64_t crew_deadline_us(const struct crew *crew, int64_t now_us)
{
    int64_t deadline_us = NEVER_US;

    for (unsigned i = 0; i < crew->seat_count; i++)
        deadline_us = sooner(deadline_us, seat_deadline_us(crew, &crew->seats[i], now_us));
    return deadline_us;
}

static void log_death(const struct crew *crew, const struct crew_seat *seat, int wait_status)
{
    bool busy = board_is_busy(board_look(seat->slot).stage);
    char msg[96];

    if (WIFSIGNALED(wait_status))
        snprintf(msg, sizeof(msg), "a worker was ended by signal %d%s", WTERMSIG(wait_status),
                 busy ? ": its request may be lost" : "");
    else
        snprintf(msg, sizeof(msg), "a worker ended with status %d%s", WEXITSTATUS(wait_status),
                 busy ? ": its request may be lost" : "");
    log_seat(crew, seat, wait_status == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, msg);
}

/* Throttled is what dies before it has served anything. Once a seat has proven itself, a worker
 * that dies of a request is replaced at once, else whoever can crash one request stops everybody.
 */
static void seat_plan_next(struct crew_seat *seat, int64_t now_us)
{
    bool died_of_request = board_is_busy(board_look(seat->slot).stage);

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

static enum tally_restart restart_of(const struct crew *crew, const struct crew_seat *seat,
                                     int wait_status)
{
    if (crew->leaving)
        return TALLY_RELOAD;
    if (seat->overdue)
        return TALLY_TIMEOUT;
    if (WIFSIGNALED(wait_status))
        return TALLY_CRASHED;
    return WEXITSTATUS(wait_status) == SERVE_EXIT_OK ? TALLY_MAX_REQUESTS : TALLY_FAILED;
}

static void count_restart(const struct crew *crew, const struct crew_seat *seat, int wait_status)
{
    struct tally more = {0};

    more.restarts[restart_of(crew, seat, wait_status)] = 1;
    board_count(crew->board->master, &more);
}

static void seat_ended(const struct crew *crew, struct crew_seat *seat, int wait_status,
                       int64_t now_us)
{
    log_death(crew, seat, wait_status);
    count_restart(crew, seat, wait_status);
    seat->pid = 0;
    if (is_config_hopeless(wait_status)) {
        seat->retired = true;
        log_error("this config cannot work: this slot's worker is not started again");
    } else if (!crew->leaving) {
        seat_plan_next(seat, now_us);
    }
    /* What the dead worker left here would be taken for its successor's. */
    board_vacate(seat->slot);
}

bool crew_reap(struct crew *crew, pid_t pid, int wait_status, int64_t now_us)
{
    for (unsigned i = 0; i < crew->seat_count; i++) {
        if (crew->seats[i].pid != pid)
            continue;
        seat_ended(crew, &crew->seats[i], wait_status, now_us);
        return true;
    }
    return false;
}

void crew_leave(struct crew *crew, bool drain, int64_t now_us)
{
    int64_t kill_at_us = now_us + crew->generation.settings.stop_timeout_ms * 1000;

    crew->leaving = true;
    for (unsigned i = 0; i < crew->seat_count; i++) {
        if (crew->seats[i].pid == 0)
            continue;
        board_set_drain(crew->seats[i].slot, drain);
        seat_tell(&crew->seats[i], kill_at_us);
    }
}

bool crew_is_ready(const struct crew *crew)
{
    for (unsigned i = 0; i < crew->seat_count; i++)
        if (crew->seats[i].pid != 0 && board_look(crew->seats[i].slot).stage != BOARD_VACANT)
            return true;
    return false;
}

bool crew_is_empty(const struct crew *crew)
{
    for (unsigned i = 0; i < crew->seat_count; i++)
        if (crew->seats[i].pid != 0)
            return false;
    return true;
}

bool crew_is_retired(const struct crew *crew)
{
    for (unsigned i = 0; i < crew->seat_count; i++)
        if (!crew->seats[i].retired)
            return false;
    return true;
}
