/* Runs the jobs, a step at a time: housekeeping_step(). After each step it rests for four times as
 * long as that took, so that it takes little from a database that is busy. */
#include "housekeeping.h"

#include <stdlib.h>

#include "clock.h"
#include "job.h"
#include "log.h"

#define SECOND_US ((int64_t)1000 * 1000)

/* Rest after work. */
#define REST         4
#define REST_MOST_US (30 * SECOND_US)
/* How often those who wait ask whether the one that was elected is gone. */
#define ELECT_US (2 * SECOND_US)
/* After failures that follow each other. */
#define FAILED_FIRST_US SECOND_US
#define FAILED_LAST_US  (30 * SECOND_US)
/* What fails every time is logged once a minute. */
#define LOG_PAUSE_US (60 * SECOND_US)

/* To add a job, add its row; it is one step of bounded work, again and again (job.h). */
static const struct job TABLE[JOBS] = {
    /* Each machine to its own nginx. */
    {"poke", SECOND_US / 4, job_poke, true, job_poke_is_wanted},
    {"drain", 10 * SECOND_US, job_drain, false, NULL},
    {"compaction", 3600 * SECOND_US, job_compact, false, job_compact_is_wanted},
};

struct housekeeping *housekeeping_new(const struct housekeeping_settings *settings)
{
    struct housekeeping *h = alloc_or_die(sizeof(*h));

    *h = (struct housekeeping){.settings = *settings};
    poke_publisher_init(&h->publisher, settings->poke.publish_path);
    poked_init(&h->poked);
    arena_init(&h->aged_arena);
    compaction_walk_init(&h->compacting);
    arena_init(&h->scratch);
    for (size_t i = 0; i < JOBS; i++)
        if (TABLE[i].is_wanted != NULL && !TABLE[i].is_wanted(h))
            h->due_us[i] = INT64_MAX;
    return h;
}

void housekeeping_free(struct housekeeping *h)
{
    poke_publisher_release(&h->publisher);
    poked_release(&h->poked);
    arena_release(&h->aged_arena);
    arena_release(&h->compacting.arena);
    arena_release(&h->scratch);
    free(h);
}

static void log_failure(struct housekeeping *h, const char *what, enum rc rc,
                        const struct fail *fail)
{
    const int64_t now_us = clock_monotonic_us();

    if (h->logged_us != 0 && now_us - h->logged_us < LOG_PAUSE_US)
        return;
    h->logged_us = now_us;
    log_line(rc == RC_RETRY ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR,
             "housekeeping: %s failed, and is tried again: %s", what, fail_reason(fail));
}

/* How long to wait. Nothing may stay open: the next job begins a transaction of its own. */
static int64_t failed(struct housekeeping *h, const char *what, enum rc rc, const struct fail *fail)
{
    struct synchronizer *s = h->settings.synchronizer;

    s->ops->rollback(s);
    h->stats->housekeeping_failures++;
    log_failure(h, what, rc, fail);
    h->failed_us = h->failed_us == 0 ? FAILED_FIRST_US : 2 * h->failed_us;
    if (h->failed_us > FAILED_LAST_US)
        h->failed_us = FAILED_LAST_US;
    return h->failed_us;
}

static void note_elected(struct housekeeping *h, bool elected)
{
    if (elected && !h->elected)
        log_info("housekeeping: elected for this database");
    else if (!elected && h->elected)
        log_info("housekeeping: another process is elected for this database");
    h->elected = elected;
}

/* Asks whether this is the one, if it may have become so; whoever was elected asks each time, as it
 * costs nothing. */
static enum rc ask_elected(struct housekeeping *h, struct fail *fail)
{
    struct synchronizer *s = h->settings.synchronizer;
    const int64_t now_us = clock_monotonic_us();
    bool elected = false;
    enum rc rc;

    if (!h->elected && now_us < h->elect_us)
        return RC_OK;
    h->elect_us = now_us + ELECT_US;
    rc = s->ops->elect(s, &elected, fail);
    note_elected(h, elected);
    return rc;
}

static bool may_run(const struct housekeeping *h, size_t job)
{
    return h->elected || TABLE[job].everywhere;
}

/* When the next one is; *job_out: which. */
static int64_t next_due_us(const struct housekeeping *h, size_t *job_out)
{
    int64_t due_us = h->elected ? INT64_MAX : h->elect_us;

    *job_out = JOBS;
    for (size_t i = 0; i < JOBS; i++) {
        if (!may_run(h, i) || h->due_us[i] >= due_us)
            continue;
        due_us = h->due_us[i];
        *job_out = i;
    }
    return due_us;
}

static int64_t run_step(struct housekeeping *h, size_t job)
{
    const int64_t begun_us = clock_monotonic_us();
    struct fail fail = {0};
    bool more = false;
    enum rc rc;
    int64_t now_us, rest_us;

    arena_clear(&h->scratch);
    rc = TABLE[job].step(h, &more, &fail);
    now_us = clock_monotonic_us();
    if (rc != RC_OK) {
        h->due_us[job] = now_us;
        return failed(h, TABLE[job].name, rc, &fail);
    }
    h->failed_us = 0;
    h->stats->housekeeping_rounds += !more;
    h->due_us[job] = more ? now_us : now_us + TABLE[job].every_us;
    rest_us = REST * (now_us - begun_us);
    return rest_us < REST_MOST_US ? rest_us : REST_MOST_US;
}

/* How long to pause. */
static int64_t work(struct housekeeping *h)
{
    size_t job;
    const bool due = next_due_us(h, &job) <= clock_monotonic_us() && job < JOBS;
    const int64_t rest_us = due ? run_step(h, job) : 0;
    const int64_t until_us = next_due_us(h, &job) - clock_monotonic_us();

    return until_us > rest_us ? until_us : rest_us;
}

static void count_connects(struct housekeeping *h)
{
    const struct synchronizer_counts now = h->settings.synchronizer->counts;

    h->stats->connects = now.connects - h->counted.connects;
    h->stats->connects_failed = now.failed_connects - h->counted.failed_connects;
    h->counted = now;
}

void housekeeping_step(struct housekeeping *h, struct housekeeping_report *report_out)
{
    struct fail fail = {0};
    enum rc rc;

    *report_out = (struct housekeeping_report){.elected = false};
    h->report = report_out;
    h->stats = &report_out->more;
    rc = ask_elected(h, &fail);
    report_out->pause_us = rc == RC_OK ? work(h) : failed(h, "election", rc, &fail);
    report_out->elected = h->elected;
    count_connects(h);
}
