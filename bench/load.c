/* load: many keep-alive connections to a server on this machine, each sending its next request when
 * it has its response, from one thread. Checks the status and logical clock of every response; the
 * first one that is wrong ends the run. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "clock.h"
#include "fd.h"
#include "histogram.h"
#include "http_client.h"
#include "id.h"
#include "json_write.h"
#include "jwt.h"
#include "workload.h"

#define OWNER_BYTES     64u
#define TOKEN_BYTES     ((size_t)1024)
#define BODY_BYTES      ((size_t)8 * 1024 * 1024)
#define DRAIN_US        ((int64_t)30 * 1000000)
#define EVENTS          64
#define SHOWN_BYTES     400
#define CLOCK_KEY       "\"logical_clock\": "
#define ANSWERED_DIFF   "{\"id\":\""
#define CLOCKS_IN_SIGHT 64

/* What is known of an owner's clock: clocks below `next` were taken by pushes that are answered,
 * and those of `seen`, bit by bit from `next` on. */
struct owner {
    int64_t next;
    uint64_t seen;
    int64_t begun; /* `next` once all pushes that were sent are answered */
    int64_t devices[WORKLOAD_DEVICES_MAX];
};

struct connection {
    struct http_client client;
    unsigned number;
    unsigned watched; /* which of the client's connects epoll knows */
    char owner_name[OWNER_BYTES];
    struct owner *owner;
    struct buf token;
    uint64_t requests;
    bool push;
    int64_t clock;     /* that it named */
    int64_t owner_had; /* `next` of its owner when it was sent */
    int64_t sent_us;
    bool busy;
};

struct load {
    struct workload workload;
    uint16_t port;
    struct buf key;
    int64_t ceiling_bytes; /* of the constant responses; -1: a server that syncs */
    int epoll;
    struct owner *owners;
    struct connection *connections;
    struct buf body;
    uint64_t random;
    struct histogram times;
    struct workload_result result;
    bool counting;
    unsigned busy;
};

static void add_diff(struct load *load, const struct connection *connection)
{
    struct buf *body = &load->body;
    struct workload_task task;

    workload_make_task(&load->random, &task);
    buf_add_str(body, "{\"id\":\"");
    buf_add_str(body, task.diff_id);
    buf_add_str(body, "\",\"owner\":\"");
    buf_add_str(body, connection->owner_name);
    buf_add_str(body, "\",\"logical_clock\":");
    buf_add_int(body, connection->clock);
    buf_add_str(body, ",\"utc_timestamp\":");
    buf_add_int(body, clock_now_ms());
    buf_add_str(body, ",\"type\":\"create\",\"model\":\"tasks\",\"json_data\":");
    json_write_string(body, (struct text){task.json_data, task.json_len});
    buf_add_char(body, '}');
}

static void write_request(struct load *load, struct connection *connection, unsigned diffs)
{
    struct buf *request = &connection->client.request;

    buf_clear(&load->body);
    buf_printf(&load->body, "{\"logical_clock\":%lld,\"diffs\":[", (long long)connection->clock);
    for (unsigned i = 0; i < diffs; i++) {
        if (i > 0)
            buf_add_char(&load->body, ',');
        add_diff(load, connection);
    }
    buf_add_str(&load->body, "]}");
    buf_clear(request);
    buf_add_str(request, "POST /sync");
    if (load->ceiling_bytes >= 0)
        buf_printf(request, "?response=%lld", (long long)load->ceiling_bytes);
    buf_printf(request,
               " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
               "Content-Length: %zu\r\nAuthorization: Bearer ",
               load->body.len);
    buf_add_text(request, buf_text(&connection->token));
    buf_add_str(request, "\r\n\r\n");
    buf_add_text(request, buf_text(&load->body));
}

static void choose_owner(struct load *load, struct connection *connection)
{
    size_t index = workload_owner(&load->workload, connection->number, &load->random);

    if (connection->owner == &load->owners[index])
        return;
    connection->owner = &load->owners[index];
    workload_owner_name(&load->workload, index, connection->owner_name, OWNER_BYTES);
    buf_clear(&connection->token);
    jwt_write(&connection->token, buf_text(&load->key), connection->owner_name);
}

static NORETURN void wrong(const struct connection *connection, const char *what)
{
    struct text body = http_client_body(&connection->client);

    if (body.len > SHOWN_BYTES)
        body.len = SHOWN_BYTES;
    workload_die("%s: connection %u, owner %s, clock %lld sent, status %d: %.*s", what,
                 connection->number, connection->owner_name, (long long)connection->clock,
                 connection->client.status, TEXT_ARG(body));
}

/* The clock of the response; the whole body ends with a NUL. */
static int64_t response_clock(const struct connection *connection)
{
    const char *at = strstr(http_client_body(&connection->client).ptr, CLOCK_KEY);

    if (connection->client.status != 200 || at == NULL)
        wrong(connection, "the request failed");
    return strtoll(at + strlen(CLOCK_KEY), NULL, 10);
}

static uint64_t response_diffs(const struct connection *connection)
{
    const char *at = http_client_body(&connection->client).ptr;
    uint64_t count = 0;

    for (; (at = strstr(at, ANSWERED_DIFF)) != NULL; at += strlen(ANSWERED_DIFF))
        count++;
    return count;
}

/* Each push takes one clock, and no two the same. */
static void take_clock(const struct connection *connection, int64_t clock)
{
    struct owner *owner = connection->owner;
    int64_t place = clock - 1 - owner->next;

    if (place < 0 || place >= CLOCKS_IN_SIGHT || (owner->seen >> place & 1) != 0)
        wrong(connection, "a push took a clock out of turn");
    owner->seen |= UINT64_C(1) << place;
    for (; (owner->seen & 1) != 0; owner->seen >>= 1)
        owner->next++;
}

static void check_clock(const struct load *load, const struct connection *connection, int64_t clock)
{
    const struct owner *owner = connection->owner;

    if (clock < connection->owner_had || clock > owner->begun)
        wrong(connection, "the clock is not the owner's");
    if (load->workload.devices == 1 && clock != owner->begun)
        wrong(connection, "the clock is not the next one");
}

static void check_diffs(const struct load *load, const struct connection *connection,
                        uint64_t diffs)
{
    const struct workload *workload = &load->workload;
    const bool asked = !connection->push && workload_pull_clock(workload) >= 0;

    if (asked && diffs != workload->mode->pull_diffs)
        wrong(connection, "not the diffs that were pushed");
    if (!asked && workload->devices == 1 && diffs > 0)
        wrong(connection, "diffs that are the device's own");
}

static uint64_t check_response(const struct load *load, const struct connection *connection)
{
    int64_t clock = response_clock(connection);
    uint64_t diffs;

    if (load->ceiling_bytes >= 0) {
        if ((int64_t)connection->client.body_len != load->ceiling_bytes)
            wrong(connection, "not the response's size");
        return 0;
    }
    check_clock(load, connection, clock);
    if (connection->push)
        take_clock(connection, clock);
    diffs = response_diffs(connection);
    check_diffs(load, connection, diffs);
    connection->owner->devices[workload_device(&load->workload, connection->number)] = clock;
    return diffs;
}

static void watch(const struct load *load, struct connection *connection)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};

    if (connection->watched == connection->client.connects)
        return;
    connection->watched = connection->client.connects;
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->client.fd, &event) != 0)
        workload_die("epoll_ctl: %s", strerror(errno));
}

static void send_next(struct load *load, struct connection *connection)
{
    const struct workload *workload = &load->workload;
    const int64_t pull_clock = workload_pull_clock(workload);

    choose_owner(load, connection);
    connection->push = workload_is_push(workload, connection->requests++);
    connection->clock =
        connection->push || pull_clock < 0
            ? connection->owner->devices[workload_device(workload, connection->number)]
            : pull_clock;
    connection->owner_had = connection->owner->next;
    connection->owner->begun += connection->push;
    write_request(load, connection, connection->push ? workload->mode->push_diffs : 0);
    connection->sent_us = clock_monotonic_us();
    if (http_client_start(&connection->client) == HTTP_CLIENT_BROKEN)
        wrong(connection, connection->client.fault);
    watch(load, connection);
    connection->busy = true;
    load->busy++;
}

static void take_response(struct load *load, struct connection *connection)
{
    int64_t us = clock_monotonic_us() - connection->sent_us;
    uint64_t diffs = check_response(load, connection);

    connection->busy = false;
    load->busy--;
    if (!load->counting)
        return;
    histogram_add(&load->times, us);
    load->result.bytes_sent += connection->client.request.len;
    load->result.bytes_received += connection->client.body_len;
    load->result.diffs += diffs;
}

static void go_on(struct load *load, struct connection *connection, bool more)
{
    enum http_client_state state;

    if (!connection->busy)
        return;
    state = http_client_go_on(&connection->client);
    if (state == HTTP_CLIENT_BROKEN)
        wrong(connection, connection->client.fault);
    if (state == HTTP_CLIENT_WAITS)
        return;
    take_response(load, connection);
    if (more)
        send_next(load, connection);
}

/* Until that time; without more requests also until all that were sent are answered. */
static void run_until(struct load *load, int64_t end_us, bool more)
{
    struct epoll_event events[EVENTS];
    int64_t now_us;

    while ((now_us = clock_monotonic_us()) < end_us && (more || load->busy > 0)) {
        int timeout_ms = (int)((end_us - now_us + 999) / 1000);
        int count = epoll_wait(load->epoll, events, EVENTS, timeout_ms);

        if (count < 0 && errno != EINTR)
            workload_die("epoll_wait: %s", strerror(errno));
        for (int i = 0; i < count; i++)
            go_on(load, events[i].data.ptr, more);
    }
}

static void check_drained(const struct load *load)
{
    size_t owners = workload_owner_count(&load->workload);

    if (load->busy > 0)
        workload_die("%u requests were not answered", load->busy);
    for (size_t i = 0; i < owners && load->ceiling_bytes < 0; i++)
        if (load->owners[i].seen != 0 || load->owners[i].next != load->owners[i].begun)
            workload_die("owner %zu: clocks up to %lld were promised, %lld is reached", i,
                         (long long)load->owners[i].begun, (long long)load->owners[i].next);
}

static void measure(struct load *load)
{
    struct workload *workload = &load->workload;
    int64_t start_us = clock_monotonic_us();

    assert(load->connections != NULL);
    for (unsigned i = 0; i < workload->connections; i++)
        send_next(load, &load->connections[i]);
    run_until(load, start_us + workload->warmup_us, true);
    workload_cpu_start(workload);
    start_us = clock_monotonic_us();
    load->counting = true;
    run_until(load, start_us + workload->run_us, true);
    load->counting = false;
    load->result.elapsed_us = clock_monotonic_us() - start_us;
    workload_cpu_stop(workload);
    run_until(load, clock_monotonic_us() + DRAIN_US, false);
    check_drained(load);
}

/* The owner's first objects, by the connection's own device. */
static void prepare(struct load *load, struct connection *connection)
{
    unsigned diffs;

    choose_owner(load, connection);
    connection->push = true;
    for (unsigned push = 0; (diffs = workload_preparation(&load->workload, push)) > 0; push++) {
        connection->clock = connection->owner->next;
        connection->owner_had = connection->owner->next;
        connection->owner->begun++;
        write_request(load, connection, diffs);
        if (http_client_exchange(&connection->client) != HTTP_CLIENT_DONE)
            wrong(connection, connection->client.fault);
        take_clock(connection, response_clock(connection));
    }
    for (size_t i = 0; i < WORKLOAD_DEVICES_MAX; i++)
        connection->owner->devices[i] = connection->owner->next;
}

static void set_up_owners(struct load *load)
{
    const struct workload *workload = &load->workload;
    size_t count = workload_owner_count(workload);

    load->owners = calloc(count, sizeof(*load->owners));
    if (load->owners == NULL)
        workload_die("no memory for %zu owners", count);
    for (size_t i = 0; i < count && workload->pool_owners > 0; i++) {
        load->owners[i].next = load->owners[i].begun = workload->pool_clock;
        for (size_t k = 0; k < WORKLOAD_DEVICES_MAX; k++)
            load->owners[i].devices[k] = workload->pool_clock;
    }
}

static void set_up(struct load *load)
{
    const struct workload *workload = &load->workload;

    id_random_bytes(&load->random, sizeof(load->random));
    buf_init(&load->body, BODY_BYTES);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->connections = calloc(workload->connections, sizeof(*load->connections));
    if (load->epoll < 0 || load->connections == NULL)
        workload_die("cannot set up %u connections", workload->connections);
    set_up_owners(load);
    for (unsigned i = 0; i < workload->connections; i++) {
        struct connection *connection = &load->connections[i];

        connection->number = i;
        http_client_init(&connection->client, load->port);
        buf_init(&connection->token, TOKEN_BYTES);
        if (load->ceiling_bytes < 0 && workload_prepares(workload, i))
            prepare(load, connection);
    }
}

static void release(struct load *load)
{
    for (unsigned i = 0; i < load->workload.connections; i++) {
        http_client_release(&load->connections[i].client);
        buf_release(&load->connections[i].token);
    }
    free(load->connections);
    free(load->owners);
    buf_release(&load->body);
    buf_release(&load->key);
}

/* One newline at its end is not part of the key. */
static void read_key(struct load *load, const char *path)
{
    struct fail fail;

    if (fd_read_file(path, &load->key, &fail) != RC_OK)
        workload_die("%s", fail.message);
    if (load->key.len > 0 && load->key.data[load->key.len - 1] == '\n')
        load->key.len--;
}

static NORETURN void usage(void)
{
    fprintf(stderr,
            "usage: load --port N --key FILE [OPTION VALUE]...\n"
            "  --ceiling BYTES       responses are constant, of that size, and no syncs\n%s",
            WORKLOAD_USAGE);
    exit(2);
}

static void take_option(struct load *load, const char *name, const char *value)
{
    if (strcmp(name, "port") == 0)
        load->port = (uint16_t)workload_number(name, value, 1, UINT16_MAX);
    else if (strcmp(name, "key") == 0)
        read_key(load, value);
    else if (strcmp(name, "ceiling") == 0)
        load->ceiling_bytes = (int64_t)workload_number(name, value, 0, INT32_MAX);
    else if (!workload_option(&load->workload, name, value))
        usage();
}

int main(int argc, char **argv)
{
    static struct load load = {.ceiling_bytes = -1};

    buf_init(&load.key, TOKEN_BYTES);
    for (int i = 1; i < argc; i += 2) {
        if (strncmp(argv[i], "--", 2) != 0 || i + 1 == argc)
            usage();
        take_option(&load, argv[i] + 2, argv[i + 1]);
    }
    if (load.port == 0 || load.key.len == 0)
        usage();
    workload_settle(&load.workload);
    set_up(&load);
    measure(&load);
    load.result.times = &load.times;
    workload_print(&load.workload, &load.result);
    release(&load);
    return 0;
}
