/* The report of `mobync status` at both of its ends: status_report_make() in the master,
 * status_report_read() in the command, which trusts no size that it is told. */
#include "status_report.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "listen.h"
#include "worker_group.h"

_Static_assert(sizeof(struct status_report_worker) == 6 * sizeof(uint64_t),
               "nothing lies in between");
_Static_assert(STATUS_REPORT_LISTEN_BYTES > LISTENER_ADDRESS_MAX, "an address fits");
_Static_assert(sizeof(struct status_report) % sizeof(uint64_t) == 0, "nothing lies in between");

static const char FORM[] = "mobync report 1";
static const char UNIX_PREFIX[] = "unix:";

#define TIMEOUT_S               5
#define STATUS_REPORT_MAX_BYTES ((size_t)1024 * 1024)

/* The clock is read after the state, which may begin at any moment: no age is negative. */
static void add_workers(const struct status_report_source *source, const struct worker_group *group,
                        struct buf *into, uint64_t *count_inout)
{
    for (unsigned i = 0; i < group->slot_count; i++) {
        const struct worker_slot *slot = &group->slots[i];
        const struct scoreboard_state state = scoreboard_look(slot->scoreboard_slot);
        const struct status_report_worker worker = {
            .pid = slot->pid,
            .slot = scoreboard_index(source->scoreboard, slot->scoreboard_slot),
            .stage = state.stage,
            .leaving = group->leaving,
            .age_us = clock_monotonic_us() - state.since_us,
            .requests = scoreboard_requests(slot->scoreboard_slot),
        };

        if (group->leaving && slot->pid == 0)
            continue;
        buf_add(into, &worker, sizeof(worker));
        ++*count_inout;
    }
}

void status_report_make(const struct status_report_source *source, struct buf *into)
{
    struct status_report report = {
        .head_bytes = sizeof(struct status_report),
        .worker_bytes = sizeof(struct status_report_worker),
        .now_ms = clock_now_ms(),
        .master_pid = getpid(),
        .housekeeper_pid = source->housekeeper_pid,
        .notifier_pid = source->notifier_pid,
    };

    memcpy(report.form, FORM, sizeof(FORM));
    snprintf(report.version, sizeof(report.version), "%s", source->version);
    snprintf(report.listen, sizeof(report.listen), "%s", source->listen);
    snprintf(report.database, sizeof(report.database), "%s", source->database);
    scoreboard_sum(source->scoreboard, &report.sum);
    report.error_count = scoreboard_errors(source->scoreboard, report.errors, STATUS_REPORT_ERRORS);
    buf_clear(into);
    buf_add(into, &report, sizeof(report));
    if (source->current != NULL)
        add_workers(source, source->current, into, &report.worker_count);
    for (const struct worker_group *group = source->leaving; group != NULL; group = group->next)
        add_workers(source, group, into, &report.worker_count);
    memcpy(into->data, &report, sizeof(report)); /* now that the workers are counted */
}

static enum rc cannot(struct fail *fail, const char *address, const char *why)
{
    return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "%s: %s", address, why);
}

static enum rc connect_to(const char *address, int *fd_out, struct fail *fail)
{
    const struct timeval timeout = {.tv_sec = TIMEOUT_S};
    const char *path = address + strlen(UNIX_PREFIX);
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd;

    if (strncmp(address, UNIX_PREFIX, strlen(UNIX_PREFIX)) != 0 ||
        strlen(path) >= sizeof(sa.sun_path))
        return cannot(fail, address, "is not unix:/path");
    memcpy(sa.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return cannot(fail, address, strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)); /* of connect(), too */
    if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) != 0) {
        enum rc rc = cannot(fail, address, strerror(errno));

        close(fd);
        return rc;
    }
    *fd_out = fd;
    return RC_OK;
}

static enum rc read_all(int fd, struct buf *into, const char *address, struct fail *fail)
{
    char chunk[8192];
    ssize_t got;

    while ((got = read(fd, chunk, sizeof(chunk))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cannot(fail, address, errno == EAGAIN ? "no response" : strerror(errno));
        buf_add(into, chunk, (size_t)got);
    }
    return RC_OK;
}

static enum rc parse(struct text bytes, const char *address, struct arena *arena,
                     struct status_report *report_out, struct status_report_worker **workers_out,
                     struct fail *fail)
{
    size_t rest = bytes.len - sizeof(*report_out);

    if (bytes.len < sizeof(*report_out))
        return cannot(fail, address,
                      bytes.len == 0 ? "no response" : "the response is not a status report");
    memcpy(report_out, bytes.ptr, sizeof(*report_out));
    if (memcmp(report_out->form, FORM, sizeof(FORM)) != 0 ||
        report_out->head_bytes != sizeof(*report_out) ||
        report_out->worker_bytes != sizeof(**workers_out) ||
        report_out->error_count > STATUS_REPORT_ERRORS)
        return cannot(fail, address, "the server runs another version: restart it");
    if (rest % sizeof(**workers_out) != 0 ||
        rest / sizeof(**workers_out) != report_out->worker_count)
        return cannot(fail, address, "the response is truncated");
    *workers_out = ARENA_ARRAY(arena, report_out->worker_count, struct status_report_worker);
    memcpy(*workers_out, bytes.ptr + sizeof(*report_out), rest);
    return RC_OK;
}

enum rc status_report_read(const char *address, struct arena *arena,
                           struct status_report *report_out,
                           struct status_report_worker **workers_out, struct fail *fail)
{
    struct buf bytes;
    int fd = -1;
    enum rc rc = connect_to(address, &fd, fail);

    if (rc != RC_OK)
        return rc;
    buf_init(&bytes, STATUS_REPORT_MAX_BYTES);
    rc = read_all(fd, &bytes, address, fail);
    close(fd);
    if (rc == RC_OK)
        rc = parse(buf_text(&bytes), address, arena, report_out, workers_out, fail);
    buf_release(&bytes);
    return rc;
}
