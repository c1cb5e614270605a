/* A worker process: worker_run() waits, takes a request, serves it, until it is told to leave. TERM
 * is let in only while it waits, so a request in flight is always finished. */
#include "worker.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"
#include "fastcgi.h"
#include "log.h"

/* How long a kept connection may stay idle: as long as it does, the worker is nobody else's. */
static const struct timespec KEPT_IDLE = {.tv_sec = 1};

/* How long libfcgi waits, in its own variable, for the peer to close after the response: a web
 * server does at once, and half a second is better than the library's two. */
static const char CLOSE_WAIT_MS[] = "500";

struct worker {
    const struct worker_task *task;
    struct fastcgi fastcgi;
    FCGX_Request fcgi;
    int epoll_fd;           /* of the listener */
    sigset_t while_waiting; /* lets TERM in */
    uint64_t answered;
    int status;
    bool leaving;
};

/* A handler has no other way to say it. */
static volatile sig_atomic_t told_to_leave;

static void on_term(int signo)
{
    (void)signo;
    told_to_leave = 1;
}

/* What the kernel sends when the master is gone. */
#define MASTER_GONE SIGRTMIN

/* For on_master_gone(): how long the request in flight may still take. */
static unsigned last_request_s;

/* Nobody watches over the stages any more: a peer that stopped in mid-request would keep this
 * worker forever, and with it the listener that a new master wants. The alarm's default ends the
 * process.
 */
static void on_master_gone(int signo)
{
    (void)signo;
    alarm(last_request_s);
    raise(SIGTERM);
}

static void handle_signal(int signo, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    sigemptyset(&action.sa_mask);
    sigaction(signo, &action, NULL);
}

/* After FCGX_Init(), which puts handlers of its own where it finds none. INT, HUP and QUIT come
 * from a terminal to the whole group; what they mean is the master's to say. */
static void set_up_signals(struct worker *worker)
{
    static const int IGNORED[] = {SIGPIPE, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    sigset_t term;

    for (size_t i = 0; i < ARRAY_LEN(IGNORED); i++)
        handle_signal(IGNORED[i], SIG_IGN, 0);
    told_to_leave = 0;
    handle_signal(SIGTERM, on_term, 0); /* no SA_RESTART: ppoll must return */
    last_request_s = (unsigned)(worker->task->generation->settings.request_timeout_ms / 1000) + 1;
    handle_signal(MASTER_GONE, on_master_gone, SA_RESTART); /* the read of a request goes on */
    sigemptyset(&worker->while_waiting);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_SETMASK, &term, NULL);
    /* Until here it was TERM, which is pending if it came. */
    prctl(PR_SET_PDEATHSIG, MASTER_GONE);
}

static bool has_kept_connection(const struct worker *worker)
{
    return worker->fcgi.ipcFd >= 0;
}

static void close_kept_connection(struct worker *worker)
{
    if (has_kept_connection(worker))
        FCGX_Free(&worker->fcgi, 1);
}

/* One idle worker is woken for a new connection, not all of them, as poll() would. */
static bool watch_listener(struct worker *worker)
{
    struct epoll_event on = {.events = EPOLLIN | EPOLLEXCLUSIVE};

    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return worker->epoll_fd >= 0 &&
           epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, worker->task->listen_fd, &on) == 0;
}

static bool wait_for_connection(const struct worker *worker)
{
    struct epoll_event ready;

    return epoll_pwait(worker->epoll_fd, &ready, 1, -1, &worker->while_waiting) > 0;
}

/* False if there is nothing to take: told to leave, or a kept connection stayed idle too long. */
static bool wait_for_request(struct worker *worker)
{
    struct pollfd on = {.fd = worker->fcgi.ipcFd, .events = POLLIN};
    int ready;

    if (!has_kept_connection(worker))
        return wait_for_connection(worker);
    ready = ppoll(&on, 1, &KEPT_IDLE, &worker->while_waiting);
    if (ready == 0)
        close_kept_connection(worker);
    return ready > 0;
}

/* TERM that came while a request was in flight. Asked for after every request: under load ppoll()
 * hands out the ready descriptor first and would never let the signal in. */
static bool is_term_pending(void)
{
    const struct timespec no_wait = {0};
    sigset_t term;

    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    return sigtimedwait(&term, NULL, &no_wait) == SIGTERM;
}

static void leave(struct worker *worker, int status)
{
    worker->leaving = true;
    worker->status = status;
}

/* False if no request came of it. */
static bool take_request(struct worker *worker)
{
    int accepted;

    /* Accepting includes reading the params, where a silent peer can hold us forever. */
    scoreboard_enter(worker->task->slot, STATS_READING);
    accepted = FCGX_Accept_r(&worker->fcgi);
    if (accepted == 0)
        return true;
    scoreboard_enter(worker->task->slot, STATS_IDLE);
    /* EAGAIN: another worker was faster, or the peer went away. */
    if (accepted != -EAGAIN && accepted != -EINTR) {
        log_error("cannot accept connections: %s", strerror(-accepted));
        leave(worker, SERVE_EXIT_FAILED);
    }
    return false;
}

static void serve_request(struct worker *worker)
{
    uint64_t max_requests = worker->task->generation->settings.max_requests;

    if (fastcgi_run(&worker->fastcgi, &worker->fcgi) == HTTP_LEAVE)
        leave(worker, SERVE_EXIT_FAILED);
    scoreboard_enter(worker->task->slot, STATS_IDLE);
    worker->answered++;
    if (max_requests > 0 && worker->answered >= max_requests && !worker->leaving)
        leave(worker, SERVE_EXIT_OK);
}

/* Once nobody can connect any more, those who did before still get their answers. */
static void drain(struct worker *worker)
{
    close_kept_connection(worker);
    while (scoreboard_drain(worker->task->slot) && worker->status == SERVE_EXIT_OK &&
           take_request(worker)) {
        serve_request(worker);
        close_kept_connection(worker);
    }
}

static void loop(struct worker *worker)
{
    while (!worker->leaving && !told_to_leave) {
        if (!wait_for_request(worker) || !take_request(worker))
            continue;
        serve_request(worker);
        if (is_term_pending())
            told_to_leave = 1;
    }
    if (told_to_leave)
        drain(worker);
    close_kept_connection(worker);
}

/* What a worker waits for comes from nginx and the database. As an ordinary process it would push
 * them aside in the middle of what they do, each time that it is woken, only to wait again; a batch
 * process has the same share of the processors, and takes it when they pause. An operator's own
 * choice stands. */
static void never_preempt(void)
{
    const struct sched_param none = {0};

    if (sched_getscheduler(0) == SCHED_OTHER)
        (void)sched_setscheduler(0, SCHED_BATCH, &none);
}

static bool init_fastcgi(struct worker *worker)
{
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", CLOSE_WAIT_MS, 0);
    return FCGX_Init() == 0 &&
           FCGX_InitRequest(&worker->fcgi, worker->task->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) == 0;
}

int worker_run(const struct worker_task *task)
{
    struct worker worker = {.task = task, .status = SERVE_EXIT_OK};
    struct http_handler *handler;

    never_preempt();
    if (!init_fastcgi(&worker)) {
        log_error("cannot set up FastCGI");
        return SERVE_EXIT_FAILED;
    }
    if (!watch_listener(&worker)) {
        log_error("cannot watch the listening socket: %s", strerror(errno));
        return SERVE_EXIT_FAILED;
    }
    set_up_signals(&worker);
    handler = task->hooks->worker_start(task->hooks->context, task->generation, task->scoreboard,
                                        task->slot);
    if (handler == NULL || !sandbox_worker())
        return SERVE_EXIT_CONFIG_CANNOT;
    fastcgi_init(&worker.fastcgi, handler, task->slot);
    scoreboard_enter(task->slot, STATS_IDLE);
    loop(&worker);
    scoreboard_enter(task->slot, STATS_LEAVING);
    fastcgi_release(&worker.fastcgi);
    task->hooks->worker_stop(task->hooks->context, handler);
    return worker.status;
}
