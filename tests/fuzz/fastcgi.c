/* FastCGI records → requests → answers: whatever a web server sends, serve answers what it can
 * read with one well-formed answer each, and hands over nothing that is not whole.
 *
 * Input: what a web server sends; behind the record that ends a body it takes another connection.
 */
#include "fastcgi.h"

#include <assert.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app.h"
#include "fcgi_client.h"
#include "fd.h"
#include "fuzz.h"
#include "log.h"
#include "memory_synchronizer.h"

#define MAX_INPUT_BYTES ((size_t)64 * 1024) /* what a socket holds though nobody reads */
#define MAX_BODY_BYTES  ((size_t)16 * 1024)
#define TRUSTED_PARAM   "MOBYNC_OWNER"

#define RECORD_HEADER_BYTES 8u
#define FCGI_STDIN_RECORD   5

struct stage {
    struct synchronizer *synchronizer;
    struct http_handler *app;
    struct http_handler handler;
    struct scoreboard_slot slot;
    struct fastcgi fastcgi;
    FCGX_Request fcgi;
    jmp_buf given_up;
    unsigned answered; /* not on the stack: longjmp() may lose what is there */
    int listener;      /* nobody ever connects to it */
};

static struct stage stage;

static enum http_verdict handle(void *app, const struct http_request *request, struct arena *arena,
                                struct http_reply *reply, struct http_facts *facts)
{
    fuzz_check(request->body.len <= MAX_BODY_BYTES, "a body keeps to its limit");
    fuzz_check(request->request_id.len >= 1 && request->request_id.len <= 64,
               "a request has an id of 1 to 64 characters");
    for (size_t i = 0; i < request->request_id.len; i++)
        fuzz_check(request->request_id.ptr[i] > ' ' && request->request_id.ptr[i] < 0x7F,
                   "a request id can stand in a header");
    return stage.app->handle(app, request, arena, reply, facts);
}

/* At an address of the kernel's choice, which nobody is told. */
static void make_listener(void)
{
    const struct sockaddr nowhere = {.sa_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    fuzz_check(fd >= 0 && bind(fd, &nowhere, sizeof(sa_family_t)) == 0 && listen(fd, 1) == 0,
               "there is a listener");
    stage.listener = fd;
}

static void make_app(void)
{
    const struct auth_settings auth = {.trusted_param = true};
    struct http_app_settings settings = {
        .mapping = fuzz_mapping(false),
        .max_body_bytes = MAX_BODY_BYTES,
        .max_diffs = 100,
        .clock_skew_ms = 1000,
        .stamp_owner = true,
        .trusted_param = TRUSTED_PARAM,
    };

    stage.synchronizer = memory_synchronizer_new(settings.mapping);
    settings.synchronizer = stage.synchronizer;
    settings.auth = auth_new(&auth, NULL);
    stage.app = http_app_new(&settings);
    stage.handler = *stage.app;
    stage.handler.handle = handle;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    log_set_level(LOG_LEVEL_ERROR);
    make_app();
    fastcgi_init(&stage.fastcgi, &stage.handler, &stage.slot);
    make_listener();
    fuzz_check(FCGX_Init() == 0, "libfcgi begins");
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

/* libfcgi forgets 48 bytes for each management record of a type that it does not know; web servers
 * send none. LeakSanitizer asks. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfcgi.so\n";
}

/* Room for what a param announces is asked for before it has come. AddressSanitizer asks. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1:max_allocation_size_mb=256";
}

/* libfcgi asserts that there is memory for a param as long as it says that it is: whoever may
 * connect to the socket can end a worker, which the master replaces. Takes the place of libc's. */
void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function)
{
    if (strcmp(file, "fcgiapp.c") == 0)
        longjmp(stage.given_up, 1);
    fprintf(stderr, "%s:%u: %s: %s\n", file, line, function, assertion);
    abort();
}

/* As the worker does: one request after the other, as long as the connection is kept. */
static void serve_all(void)
{
    while (stage.fcgi.ipcFd >= 0 && FCGX_Accept_r(&stage.fcgi) == 0) {
        fastcgi_run(&stage.fastcgi, &stage.fcgi);
        stage.answered++;
    }
}

static unsigned serve(int fd)
{
    stage.answered = 0;
    fuzz_check(FCGX_InitRequest(&stage.fcgi, stage.listener, FCGI_FAIL_ACCEPT_ON_INTR) == 0,
               "libfcgi takes a request");
    stage.fcgi.ipcFd = fd; /* as if it had been accepted, and kept */
    stage.fcgi.keepConnection = 1;
    if (setjmp(stage.given_up) == 0)
        serve_all();
    FCGX_Free(&stage.fcgi, 1);
    return stage.answered;
}

static void check_answer(const struct fcgi_answer *answer)
{
    char length[32] = "";
    const char *line;

    fuzz_check(answer->head != NULL, "a response has a head and a body");
    fuzz_check(answer->status >= 200 && answer->status < 600, "a response has a status");
    line = strstr(answer->head, "Content-Length: ");
    fuzz_check(line != NULL, "a response says its length");
    snprintf(length, sizeof(length), "%zu\r\n", answer->body_len);
    fuzz_check(strncmp(line + strlen("Content-Length: "), length, strlen(length)) == 0,
               "a response is as long as it says");
    fuzz_check(fuzz_is_json((struct text){answer->body, answer->body_len}),
               "a response is strict JSON");
}

/* What an aborted or a half-read request leaves behind need not be whole; but there is no more than
 * was answered. */
static void read_answers(int fd, unsigned answered)
{
    struct fcgi_answer answer;
    unsigned complete = 0;

    while (fcgi_read_answer(fd, &answer)) {
        if (answer.raw_len > 0) {
            check_answer(&answer);
            complete++;
        }
        fcgi_answer_release(&answer);
    }
    fcgi_answer_release(&answer);
    fuzz_check(complete <= answered, "one request has one answer");
}

static void converse(const uint8_t *data, size_t size)
{
    unsigned answered;
    int ends[2];

    fuzz_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "there are sockets");
    fuzz_check(fd_write_all(ends[0], data, size) == 0 && shutdown(ends[0], SHUT_WR) == 0,
               "the input is sent");
    answered = serve(ends[1]);
    read_answers(ends[0], answered);
    close(ends[0]);
}

/* Up to behind the record that ends a request's body, or all of it. */
static size_t first_request(const uint8_t *data, size_t size)
{
    size_t at = 0;

    while (size - at >= RECORD_HEADER_BYTES) {
        const uint8_t *header = data + at;
        size_t content = (size_t)header[4] << 8 | header[5];
        size_t record = RECORD_HEADER_BYTES + content + header[6];

        at += record < size - at ? record : size - at;
        if (header[1] == FCGI_STDIN_RECORD && content == 0)
            return at;
    }
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > MAX_INPUT_BYTES)
        return 0;
    memory_synchronizer_reset(stage.synchronizer);
    while (size > 0) {
        size_t part = first_request(data, size);

        converse(data, part);
        data += part;
        size -= part;
    }
    return 0;
}
