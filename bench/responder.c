/* responder: the least that can stand behind nginx: workers that read a request and return a
 * constant of the size that the query `response=N` asks for. No server with libfcgi in that place
 * can be faster. */
#include <fcgiapp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "id.h"
#include "workload.h"

#define WORKERS_MAX    1024u
#define BACKLOG        511
#define RESPONSE_MAX   ((size_t)256 * 1024 * 1024)
#define STEP_BYTES     65536
#define RESPONSE_START "{\"success\": true, \"message\": \"\", \"logical_clock\": 0, \"diffs\": ["
#define RESPONSE_END   "]}"
#define QUERY          "response="

static size_t asked_bytes(const FCGX_Request *fcgi)
{
    const char *query = FCGX_GetParam("QUERY_STRING", fcgi->envp);
    uint64_t bytes = 0;

    if (query == NULL || strncmp(query, QUERY, strlen(QUERY)) != 0 ||
        !text_to_uint(text_of(query + strlen(QUERY)), RESPONSE_MAX, &bytes))
        return 0;
    return (size_t)bytes;
}

/* Spaces between the brackets make up the size. */
static void fill_response(struct buf *response, size_t size)
{
    const size_t least = strlen(RESPONSE_START RESPONSE_END);
    const size_t spaces = size > least ? size - least : 0;
    char *at;

    buf_clear(response);
    buf_add_str(response, RESPONSE_START);
    at = buf_reserve(response, spaces);
    if (at != NULL) {
        memset(at, ' ', spaces);
        response->len += spaces;
    }
    buf_add_str(response, RESPONSE_END);
}

static void read_body(const FCGX_Request *fcgi)
{
    char bytes[STEP_BYTES];

    while (FCGX_GetStr(bytes, sizeof(bytes), fcgi->in) == (int)sizeof(bytes))
        ;
}

static NORETURN void run_worker(int socket)
{
    FCGX_Request fcgi;
    struct buf response;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    buf_init(&response, RESPONSE_MAX);
    if (FCGX_Init() != 0 || FCGX_InitRequest(&fcgi, socket, 0) != 0)
        workload_die("cannot set up FastCGI");
    while (FCGX_Accept_r(&fcgi) == 0) {
        size_t size = asked_bytes(&fcgi);

        read_body(&fcgi);
        if (response.len == 0 || response.len != size)
            fill_response(&response, size);
        FCGX_FPrintF(fcgi.out,
                     "Status: 200 OK\r\nContent-Type: application/json\r\n"
                     "Content-Length: %d\r\nCache-Control: no-store\r\n\r\n",
                     (int)response.len);
        FCGX_PutStr(response.data, (int)response.len, fcgi.out);
        FCGX_Finish_r(&fcgi);
    }
    exit(0);
}

static void wait_for_term(const sigset_t *signals)
{
    int signo;

    while (sigwait(signals, &signo) != 0)
        ;
}

int main(int argc, char **argv)
{
    pid_t workers[WORKERS_MAX];
    sigset_t signals, before;
    size_t count;
    int socket;

    if (argc != 3)
        workload_die("usage: responder SOCKET WORKERS");
    count = (size_t)workload_number("WORKERS", argv[2], 1, WORKERS_MAX);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, &before);
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "500", 0);
    umask(0007);
    socket = FCGX_OpenSocket(argv[1], BACKLOG);
    if (socket < 0)
        workload_die("cannot listen on %s", argv[1]);
    for (size_t i = 0; i < count; i++) {
        workers[i] = fork();
        if (workers[i] == 0) {
            sigprocmask(SIG_SETMASK, &before, NULL);
            run_worker(socket);
        }
    }
    wait_for_term(&signals);
    for (size_t i = 0; i < count; i++)
        if (workers[i] > 0)
            kill(workers[i], SIGKILL);
    while (wait(NULL) > 0)
        ;
    unlink(argv[1]);
    return 0;
}
