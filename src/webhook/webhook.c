/* Several calls at once, on connections that are kept (libcurl's multi interface): webhook_step().
 * Whom to tell when is webhook_queue.c's business. */
#include "webhook.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "libcurl.h"
#include "log.h"
#include "webhook_call.h"
#include "webhook_queue.h"

#define CALLS_MAX        ((size_t)16)
#define CONNECT_MAX_MS   5000L
#define CALL_MAX_MS      10000L
#define RESPONSE_MAX     ((size_t)64 * 1024)
#define READ_CHANGES     ((size_t)256)
#define STEP_MOST_US     ((int64_t)60 * 1000 * 1000)
#define LOG_PAUSE_US     ((int64_t)60 * 1000 * 1000)
#define SIGNATURE_HEADER "X-Mobync-Signature: sha256="

static struct libcurl libcurl;

struct call {
    CURL *curl;
    struct webhook_entry *entry; /* NULL: the call is free */
    struct curl_slist *headers;
    struct buf body;
    size_t received_bytes;
    char error[CURL_ERROR_SIZE];
};

struct webhook {
    struct webhook_settings settings;
    struct webhook_queue queue;
    CURLM *multi;
    int term_fd; /* readable once TERM is pending */
    struct call calls[CALLS_MAX];
    char agent[64];
    int64_t logged_us; /* when the log last had it that something is wrong; 0: never */
};

static void set_number(CURL *curl, CURLoption option, long number)
{
    const CURLcode code = libcurl.easy_setopt(curl, option, number);

    assert(code == CURLE_OK);
}

static void set_pointer(CURL *curl, CURLoption option, const void *pointer)
{
    const CURLcode code = libcurl.easy_setopt(curl, option, pointer);

    assert(code == CURLE_OK);
}

/* What a response says is nobody's concern; one without end is broken off. */
static size_t ignore(char *bytes, size_t size, size_t count, void *context)
{
    struct call *call = context;

    (void)bytes;
    call->received_bytes += size * count;
    return call->received_bytes <= RESPONSE_MAX ? size * count : 0;
}

static void set_up_call(struct webhook *webhook, struct call *call)
{
    const curl_write_callback taker = ignore;

    buf_init(&call->body, WEBHOOK_BODY_MAX_BYTES);
    call->curl = libcurl.easy_init();
    assert(call->curl != NULL); /* out of memory ends the process */
    set_number(call->curl, CURLOPT_NOSIGNAL, 1);
    set_number(call->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MAX_MS);
    set_number(call->curl, CURLOPT_TIMEOUT_MS, CALL_MAX_MS);
    set_number(call->curl, CURLOPT_POST, 1);
    set_number(call->curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    set_pointer(call->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    set_pointer(call->curl, CURLOPT_URL, webhook->settings.url);
    set_pointer(call->curl, CURLOPT_USERAGENT, webhook->agent);
    set_pointer(call->curl, CURLOPT_ERRORBUFFER, call->error);
    set_pointer(call->curl, CURLOPT_PRIVATE, call);
    set_pointer(call->curl, CURLOPT_WRITEDATA, call);
    (void)libcurl.easy_setopt(call->curl, CURLOPT_WRITEFUNCTION, taker);
}

/* TERM is blocked; a step that waits must hear of it all the same. */
static int watch_term(void)
{
    sigset_t term;

    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    return signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
}

static enum rc load(struct fail *fail)
{
    enum rc rc = libcurl_load(&libcurl, fail);

    if (rc == RC_OK && libcurl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        rc = fail_set(fail, RC_FATAL, FAIL_INTERNAL, "libcurl cannot be set up");
    return rc;
}

struct webhook *webhook_new(const struct webhook_settings *settings, struct fail *fail)
{
    struct webhook *webhook;

    if (load(fail) != RC_OK)
        return NULL;
    webhook = alloc_or_die(sizeof(*webhook));
    *webhook = (struct webhook){
        .settings = *settings, .multi = libcurl.multi_init(), .term_fd = watch_term()};
    assert(webhook->multi != NULL && webhook->term_fd >= 0);
    snprintf(webhook->agent, sizeof(webhook->agent), "mobync/%s", settings->version);
    webhook_queue_init(&webhook->queue);
    for (size_t i = 0; i < CALLS_MAX; i++)
        set_up_call(webhook, &webhook->calls[i]);
    return webhook;
}

static void end_call(struct webhook *webhook, struct call *call)
{
    libcurl.multi_remove_handle(webhook->multi, call->curl);
    libcurl.slist_free_all(call->headers);
    call->headers = NULL;
    call->entry = NULL;
}

/* A call that is broken off may have arrived: it is made again. */
static void give_back(const struct webhook *webhook)
{
    for (size_t i = 0; i < webhook->queue.count; i++) {
        const struct webhook_entry *entry = webhook->queue.entries[i];
        const int64_t clock = entry->waits ? entry->clock : entry->change.clock;

        if (entry->waits || entry->in_flight)
            (void)poke_pipe_write(webhook->settings.pipe,
                                  (struct text){entry->change.owner, entry->change.owner_len},
                                  clock);
    }
}

void webhook_free(struct webhook *webhook)
{
    give_back(webhook);
    for (size_t i = 0; i < CALLS_MAX; i++) {
        struct call *call = &webhook->calls[i];

        if (call->entry != NULL)
            end_call(webhook, call);
        libcurl.easy_cleanup(call->curl);
        buf_release(&call->body);
    }
    libcurl.multi_cleanup(webhook->multi);
    close(webhook->term_fd);
    webhook_queue_release(&webhook->queue);
    free(webhook);
}

static void take_changes(struct webhook *webhook, struct webhook_report *report)
{
    struct poke_change changes[READ_CHANGES];
    const int64_t now_us = clock_monotonic_us();
    const size_t count = poke_pipe_read(webhook->settings.pipe, changes, READ_CHANGES);

    for (size_t i = 0; i < count; i++)
        report->lost += !webhook_queue_put(&webhook->queue, &changes[i], now_us);
}

static void add_header(struct call *call, const char *line)
{
    call->headers = libcurl.slist_append(call->headers, line);
    assert(call->headers != NULL);
}

static void add_signature(struct call *call, struct text key)
{
    char line[sizeof(SIGNATURE_HEADER) + WEBHOOK_SIGNATURE_LEN] = SIGNATURE_HEADER;

    if (key.len == 0)
        return;
    webhook_call_sign(key, buf_text(&call->body), line + sizeof(SIGNATURE_HEADER) - 1);
    add_header(call, line);
}

static void begin_call(struct webhook *webhook, struct call *call, struct webhook_entry *entry)
{
    CURLMcode code;

    call->entry = entry;
    call->received_bytes = 0;
    call->error[0] = '\0';
    buf_clear(&call->body);
    webhook_call_body(&call->body, &entry->change);
    assert(!call->body.overflow);
    add_header(call, "Content-Type: application/json");
    add_header(call, "Expect:");
    add_signature(call, webhook->settings.key);
    set_pointer(call->curl, CURLOPT_HTTPHEADER, call->headers);
    set_pointer(call->curl, CURLOPT_POSTFIELDS, call->body.data);
    set_number(call->curl, CURLOPT_POSTFIELDSIZE, (long)call->body.len);
    code = libcurl.multi_add_handle(webhook->multi, call->curl);
    assert(code == CURLM_OK);
}

static void begin_calls(struct webhook *webhook)
{
    const int64_t now_us = clock_monotonic_us();

    for (size_t i = 0; i < CALLS_MAX; i++) {
        struct webhook_entry *entry;

        if (webhook->calls[i].entry != NULL)
            continue;
        if ((entry = webhook_queue_take(&webhook->queue, now_us)) == NULL)
            return;
        begin_call(webhook, &webhook->calls[i], entry);
    }
}

static void log_failure(struct webhook *webhook, const struct call *call, CURLcode code,
                        long status)
{
    const int64_t now_us = clock_monotonic_us();
    const char *error = call->error[0] != '\0' ? call->error : libcurl.easy_strerror(code);

    if (webhook->logged_us != 0 && now_us - webhook->logged_us < LOG_PAUSE_US)
        return;
    webhook->logged_us = now_us;
    if (code != CURLE_OK)
        log_warn("cannot call the webhook: %s", error);
    else
        log_warn("the webhook's response has status %ld, not 2xx", status);
}

static enum webhook_outcome outcome_of(CURLcode code, long status)
{
    static const long PASSING[] = {408, 425, 429};

    if (code != CURLE_OK || status >= 500)
        return WEBHOOK_AWAY;
    for (size_t i = 0; i < ARRAY_LEN(PASSING); i++)
        if (status == PASSING[i])
            return WEBHOOK_AWAY;
    return status >= 200 && status < 300 ? WEBHOOK_DELIVERED : WEBHOOK_REFUSED;
}

static void finish_call(struct webhook *webhook, struct call *call, CURLcode code,
                        struct webhook_report *report)
{
    curl_off_t wait_s = 0;
    long status = 0;
    enum webhook_outcome outcome;

    libcurl.easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
    libcurl.easy_getinfo(call->curl, CURLINFO_RETRY_AFTER, &wait_s);
    outcome = outcome_of(code, status);
    if (outcome != WEBHOOK_DELIVERED)
        log_failure(webhook, call, code, status);
    report->calls += outcome == WEBHOOK_DELIVERED;
    report->failures += outcome != WEBHOOK_DELIVERED;
    report->lost += outcome == WEBHOOK_REFUSED;
    if (wait_s < 0 || wait_s > WEBHOOK_WAIT_MOST_US / 1000000)
        wait_s = WEBHOOK_WAIT_MOST_US / 1000000;
    webhook_queue_done(&webhook->queue, call->entry, outcome, (int64_t)wait_s * 1000000,
                       clock_monotonic_us());
    end_call(webhook, call);
}

static void finish_calls(struct webhook *webhook, struct webhook_report *report)
{
    CURLMsg *message;
    int ignored;

    while ((message = libcurl.multi_info_read(webhook->multi, &ignored)) != NULL) {
        const CURLcode code = message->data.result;
        void *call = NULL;

        libcurl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        finish_call(webhook, call, code, report);
    }
}

static int pause_ms(const struct webhook *webhook)
{
    const int64_t until_us = webhook_queue_due_us(&webhook->queue);
    const int64_t now_us = clock_monotonic_us();
    int64_t pause_us = until_us <= now_us ? 0 : until_us - now_us;

    if (webhook->queue.in_flight == CALLS_MAX || pause_us > STEP_MOST_US)
        pause_us = STEP_MOST_US; /* a response or a change comes first */
    return (int)((pause_us + 999) / 1000);
}

void webhook_step(struct webhook *webhook, struct webhook_report *report_out)
{
    struct curl_waitfd also[] = {
        {.fd = webhook->settings.pipe->read_fd, .events = CURL_WAIT_POLLIN},
        {.fd = webhook->term_fd, .events = CURL_WAIT_POLLIN},
    };
    int running;

    *report_out = (struct webhook_report){.calls = 0};
    (void)libcurl.multi_poll(webhook->multi, also, ARRAY_LEN(also), pause_ms(webhook), NULL);
    take_changes(webhook, report_out);
    report_out->lost += webhook_queue_clean(&webhook->queue, clock_monotonic_us());
    begin_calls(webhook);
    (void)libcurl.multi_perform(webhook->multi, &running);
    finish_calls(webhook, report_out);
    report_out->waiting = webhook_queue_waiting(&webhook->queue);
}
