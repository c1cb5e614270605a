/* HTTP/1.1 over a TCP socket: a request is written as it is given, a response is read whole. */
#include "http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_MAX_BYTES ((size_t)64 << 20)
#define READ_BYTES       ((size_t)1 << 16)

void http_init(struct http_client *client, uint16_t port)
{
    *client = (struct http_client){.port = port, .fd = -1};
    buf_init(&client->received, ANSWER_MAX_BYTES);
}

void http_hang_up(struct http_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

void http_close(struct http_client *client)
{
    http_hang_up(client);
    buf_release(&client->received);
}

static bool fails(struct http_client *client)
{
    http_hang_up(client);
    return false;
}

static bool open_connection(struct http_client *client)
{
    const struct timeval patience = {.tv_sec = HTTP_PATIENCE_MS / 1000};
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(client->port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;

    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        return false;
    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(client->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        return fails(client);
    return true;
}

/* An idle connection has nothing to read, unless the other side closed it. */
static bool is_open(const struct http_client *client)
{
    struct pollfd poll_fd = {.fd = client->fd, .events = POLLIN};

    return client->fd >= 0 && poll(&poll_fd, 1, 0) == 0;
}

static bool send_all(struct http_client *client, struct text bytes)
{
    size_t sent = 0;

    while (sent < bytes.len) {
        ssize_t n = send(client->fd, bytes.ptr + sent, bytes.len - sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fails(client);
        sent += (size_t)n;
    }
    return true;
}

bool http_send_post(struct http_client *client, const char *path, struct text token,
                    struct text body)
{
    struct buf request;
    bool sent;

    if (!is_open(client)) {
        http_hang_up(client);
        if (!open_connection(client))
            return false;
    }
    buf_init(&request, ANSWER_MAX_BYTES);
    buf_printf(&request,
               "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
               "Content-Length: %zu\r\n",
               path, body.len);
    if (token.len > 0)
        buf_printf(&request, "Authorization: Bearer %.*s\r\n", TEXT_ARG(token));
    buf_add_str(&request, "\r\n");
    buf_add_text(&request, body);
    sent = send_all(client, buf_text(&request));
    buf_release(&request);
    return sent;
}

/* ---- The response ---- */

/* At least one byte more of it. */
static bool receive(struct http_client *client)
{
    char *room = buf_reserve(&client->received, READ_BYTES);
    ssize_t n;

    if (room == NULL)
        return false;
    do
        n = recv(client->fd, room, READ_BYTES, 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return false;
    client->received.len += (size_t)n;
    return true;
}

static bool receive_until(struct http_client *client, size_t len)
{
    while (client->received.len < len)
        if (!receive(client))
            return false;
    return true;
}

/* Where the line that starts at `from` ends, behind its CR LF; 0 if it never does. */
static size_t line_end(struct http_client *client, size_t from)
{
    for (;;) {
        const char *data = client->received.data;
        const char *at = client->received.len > from
                             ? memmem(data + from, client->received.len - from, "\r\n", 2)
                             : NULL;

        if (at != NULL)
            return (size_t)(at - data) + 2;
        if (!receive(client))
            return 0;
    }
}

struct head {
    size_t end; /* where the body starts */
    uint64_t length;
    bool chunked;
    bool closes;
};

static void read_header(struct text line, struct head *head)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    struct text name, value;

    if (colon == NULL)
        return;
    name = (struct text){line.ptr, (size_t)(colon - line.ptr)};
    value = text_trim((struct text){colon + 1, line.len - name.len - 1});
    if (text_equal_nocase(name, TEXT_LITERAL("content-length")) &&
        !text_to_uint(value, ANSWER_MAX_BYTES, &head->length))
        head->length = 0;
    if (text_equal_nocase(name, TEXT_LITERAL("transfer-encoding")))
        head->chunked = text_equal_nocase(value, TEXT_LITERAL("chunked"));
    if (text_equal_nocase(name, TEXT_LITERAL("connection")))
        head->closes = text_equal_nocase(value, TEXT_LITERAL("close"));
}

static bool read_head(struct http_client *client, struct head *head_out)
{
    size_t start = line_end(client, 0), end;

    *head_out = (struct head){0};
    if (start < strlen("HTTP/1.1 200\r\n"))
        return false;
    client->status = (int)strtol(client->received.data + strlen("HTTP/1.1 "), NULL, 10);
    while ((end = line_end(client, start)) > start + 2) {
        read_header((struct text){client->received.data + start, end - start - 2}, head_out);
        start = end;
    }
    head_out->end = end;
    return end > 0;
}

/* Moves the chunks together, so that they are the body. */
static bool read_chunks(struct http_client *client, size_t start)
{
    size_t at = start, end = start;

    for (;;) {
        size_t line = line_end(client, at);
        size_t size;

        if (line == 0)
            return false;
        size = strtoul(client->received.data + at, NULL, 16);
        if (size > ANSWER_MAX_BYTES || !receive_until(client, line + size + 2))
            return false;
        memmove(client->received.data + end, client->received.data + line, size);
        end += size;
        at = line + size + 2;
        if (size == 0)
            break;
    }
    client->body = (struct text){client->received.data + start, end - start};
    return true;
}

static bool read_body(struct http_client *client, const struct head *head)
{
    if (head->chunked)
        return read_chunks(client, head->end);
    if (!receive_until(client, head->end + head->length))
        return false;
    client->body = (struct text){client->received.data + head->end, head->length};
    return true;
}

bool http_read_answer(struct http_client *client)
{
    struct head head;

    buf_clear(&client->received);
    client->status = 0;
    if (client->fd < 0 || !read_head(client, &head) || !read_body(client, &head))
        return fails(client);
    if (head.closes)
        http_hang_up(client);
    return true;
}
