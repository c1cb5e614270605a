/* A socket that does not block: writes the request and reads the response as far as it can. */
#include "http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"

#define MAX_BYTES   ((size_t)256 * 1024 * 1024)
#define STEP_BYTES  ((size_t)64 * 1024)
#define LONGEST_MS  30000
#define STATUS_AT   ((size_t)9) /* behind "HTTP/1.1 " */
#define LENGTH_NAME "\r\nContent-Length: "
#define CLOSE_LINE  "\r\nConnection: close"

void http_client_init(struct http_client *client, uint16_t port)
{
    *client = (struct http_client){.fd = -1, .port = port};
    buf_init(&client->request, MAX_BYTES);
    buf_init(&client->response, MAX_BYTES);
}

static void disconnect(struct http_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

void http_client_release(struct http_client *client)
{
    disconnect(client);
    buf_release(&client->request);
    buf_release(&client->response);
}

static enum http_client_state broken(struct http_client *client, const char *fault)
{
    client->fault = fault;
    return HTTP_CLIENT_BROKEN;
}

static bool connect_client(struct http_client *client)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(client->port),
        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
    };
    const int on = 1;

    client->connects++;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return client->fd >= 0 &&
           connect(client->fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
           setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
           fd_set_nonblocking(client->fd, true) == 0;
}

static enum http_client_state send_rest(struct http_client *client)
{
    while (client->sent < client->request.len) {
        ssize_t n = send(client->fd, client->request.data + client->sent,
                         client->request.len - client->sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EAGAIN)
            return HTTP_CLIENT_WAITS;
        if (n < 0)
            return broken(client, "the server does not take the request");
        client->sent += (size_t)n;
    }
    return HTTP_CLIENT_WAITS;
}

enum http_client_state http_client_start(struct http_client *client)
{
    if (client->last)
        disconnect(client);
    if (client->fd < 0 && !connect_client(client))
        return broken(client, "cannot connect");
    client->sent = client->head_len = client->body_len = 0;
    client->last = false;
    buf_clear(&client->response);
    return send_rest(client);
}

static bool read_head(struct http_client *client)
{
    const char *data = client->response.data;
    const char *end = strstr(data, "\r\n\r\n");
    const char *length, *last;

    if (end == NULL)
        return true;
    client->head_len = (size_t)(end - data) + strlen("\r\n\r\n");
    client->status = (int)strtol(data + STATUS_AT, NULL, 10);
    length = strstr(data, LENGTH_NAME);
    last = strstr(data, CLOSE_LINE);
    client->last = last != NULL && last < end;
    if (length == NULL || length > end)
        return false;
    client->body_len = strtoull(length + strlen(LENGTH_NAME), NULL, 10);
    return true;
}

static bool is_whole(const struct http_client *client)
{
    return client->head_len > 0 && client->response.len >= client->head_len + client->body_len;
}

static enum http_client_state receive_rest(struct http_client *client)
{
    while (!is_whole(client)) {
        char *at = buf_reserve(&client->response, STEP_BYTES);
        ssize_t n = at != NULL ? recv(client->fd, at, STEP_BYTES, 0) : -1;

        if (n < 0 && errno == EAGAIN)
            return HTTP_CLIENT_WAITS;
        if (n <= 0)
            return broken(client, "the server hung up");
        client->response.len += (size_t)n;
        at[n] = '\0';
        if (client->head_len == 0 && !read_head(client))
            return broken(client, "a response without Content-Length");
    }
    return HTTP_CLIENT_DONE;
}

enum http_client_state http_client_go_on(struct http_client *client)
{
    enum http_client_state state = send_rest(client);

    return state == HTTP_CLIENT_WAITS ? receive_rest(client) : state;
}

enum http_client_state http_client_exchange(struct http_client *client)
{
    enum http_client_state state = http_client_start(client);

    while (state == HTTP_CLIENT_WAITS) {
        struct pollfd on = {.fd = client->fd, .events = POLLIN};

        if (client->sent < client->request.len)
            on.events |= POLLOUT;
        if (poll(&on, 1, LONGEST_MS) <= 0)
            return broken(client, "no response came");
        state = http_client_go_on(client);
    }
    return state;
}

struct text http_client_body(const struct http_client *client)
{
    return (struct text){client->response.data + client->head_len, client->body_len};
}
