/* Writes and reads FastCGI records on a socket, each when the test says so. */
#include "fcgi_client.h"

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum record_type { BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };

#define VERSION     1
#define RESPONDER   1
#define KEEP_CONN   1
#define HEADER_LEN  8u
#define CONTENT_MAX 65535u
#define REQUEST_ID  1

static int connect_unix(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int connect_tcp(const char *address)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *to = NULL;
    char host[128];
    char *colon;
    int fd;

    snprintf(host, sizeof(host), "%s", address[0] == '[' ? address + 1 : address);
    colon = strrchr(host, ':');
    if (colon == NULL)
        return -1;
    *colon = '\0';
    if (colon[-1] == ']')
        colon[-1] = '\0';
    if (getaddrinfo(host, colon + 1, &hints, &to) != 0)
        return -1;
    fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(to);
    return fd;
}

int fcgi_connect(const char *address)
{
    const struct timeval patience = {.tv_sec = FCGI_PATIENCE_MS / 1000};
    int fd = strncmp(address, "unix:", 5) == 0 ? connect_unix(address + 5) : connect_tcp(address);

    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    }
    return fd;
}

bool fcgi_send_bytes(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        at += sent;
        len -= (size_t)sent;
    }
    return true;
}

static bool send_record(int fd, enum record_type type, uint16_t id, const void *content, size_t len)
{
    const unsigned char padding[8] = {0};
    unsigned pad = (8u - len % 8u) % 8u;
    unsigned char header[HEADER_LEN] = {VERSION,
                                        (unsigned char)type,
                                        (unsigned char)(id >> 8),
                                        (unsigned char)id,
                                        (unsigned char)(len >> 8),
                                        (unsigned char)len,
                                        (unsigned char)pad,
                                        0};

    return fcgi_send_bytes(fd, header, sizeof(header)) && fcgi_send_bytes(fd, content, len) &&
           fcgi_send_bytes(fd, padding, pad);
}

bool fcgi_send_begin(int fd, uint16_t id, bool keep)
{
    const unsigned char body[8] = {0, RESPONDER, keep ? KEEP_CONN : 0};

    return send_record(fd, BEGIN_REQUEST, id, body, sizeof(body));
}

static size_t put_length(unsigned char *at, size_t len)
{
    if (len < 128) {
        at[0] = (unsigned char)len;
        return 1;
    }
    at[0] = (unsigned char)(0x80u | len >> 24);
    at[1] = (unsigned char)(len >> 16);
    at[2] = (unsigned char)(len >> 8);
    at[3] = (unsigned char)len;
    return 4;
}

static bool send_param(int fd, uint16_t id, const struct fcgi_param *param)
{
    size_t name_len = strlen(param->name), value_len = strlen(param->value);
    unsigned char pair[4096];
    size_t len;

    if (name_len + value_len + 8 > sizeof(pair))
        return false;
    len = put_length(pair, name_len);
    len += put_length(pair + len, value_len);
    memcpy(pair + len, param->name, name_len);
    memcpy(pair + len + name_len, param->value, value_len);
    return send_record(fd, PARAMS, id, pair, len + name_len + value_len);
}

bool fcgi_send_params(int fd, uint16_t id, const struct fcgi_param *params, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!send_param(fd, id, &params[i]))
            return false;
    return send_record(fd, PARAMS, id, "", 0);
}

bool fcgi_send_stdin(int fd, uint16_t id, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        size_t step = len < CONTENT_MAX ? len : CONTENT_MAX;

        if (!send_record(fd, STDIN, id, at, step))
            return false;
        at += step;
        len -= step;
    }
    return true;
}

bool fcgi_send_stdin_end(int fd, uint16_t id)
{
    return send_record(fd, STDIN, id, "", 0);
}

bool fcgi_send_post(int fd, const char *path, const char *content_length, bool keep)
{
    const struct fcgi_param params[] = {
        {"REQUEST_METHOD", "POST"},
        {"DOCUMENT_URI", path},
        {"CONTENT_TYPE", "application/json"},
        {"CONTENT_LENGTH", content_length},
    };
    size_t count = sizeof(params) / sizeof(params[0]) - (content_length == NULL ? 1 : 0);

    return fcgi_send_begin(fd, REQUEST_ID, keep) && fcgi_send_params(fd, REQUEST_ID, params, count);
}

bool fcgi_send_request(int fd, const char *path, const void *body, size_t len, bool keep)
{
    char length[24];

    snprintf(length, sizeof(length), "%zu", len);
    return fcgi_send_post(fd, path, length, keep) && fcgi_send_stdin(fd, REQUEST_ID, body, len) &&
           fcgi_send_stdin_end(fd, REQUEST_ID);
}

static bool receive(int fd, void *into, size_t len)
{
    char *at = into;

    while (len > 0) {
        ssize_t got = recv(fd, at, len, 0);

        if (got <= 0)
            return false;
        at += got;
        len -= (size_t)got;
    }
    return true;
}

/* A power of two: what grows by records of some KiB to many MiB is not copied for each of them. */
static size_t room_for(size_t len)
{
    size_t room = 1024;

    while (room < len + 1)
        room *= 2;
    return room;
}

static void append(struct fcgi_answer *answer, const unsigned char *bytes, size_t len)
{
    if (answer->raw == NULL || room_for(answer->raw_len) < room_for(answer->raw_len + len)) {
        answer->raw = realloc(answer->raw, room_for(answer->raw_len + len));
        if (answer->raw == NULL)
            abort();
    }
    memcpy(answer->raw + answer->raw_len, bytes, len);
    answer->raw_len += len;
    answer->raw[answer->raw_len] = '\0';
}

/* One record; false at the end of the connection or of the request. */
static bool read_record(int fd, struct fcgi_answer *answer)
{
    static const unsigned char all_well[5] = {0};
    unsigned char header[HEADER_LEN];
    unsigned char content[CONTENT_MAX + 256];
    size_t len;

    if (!receive(fd, header, sizeof(header)))
        return false;
    len = (size_t)header[4] << 8 | header[5];
    if (!receive(fd, content, len + header[6]))
        return false;
    if (header[1] == STDOUT)
        append(answer, content, len);
    if (header[1] == END_REQUEST)
        answer->complete = len == 8 && memcmp(content, all_well, sizeof(all_well)) == 0;
    return header[1] != END_REQUEST;
}

static void split_head(struct fcgi_answer *answer)
{
    char *end = answer->raw != NULL ? strstr(answer->raw, "\r\n\r\n") : NULL;

    if (end == NULL)
        return;
    answer->body = end + 4;
    answer->body_len = answer->raw_len - (size_t)(answer->body - answer->raw);
    end[2] = '\0'; /* the last header line keeps its line end */
    answer->head = answer->raw;
    if (strncmp(answer->head, "Status: ", 8) == 0)
        answer->status = (int)strtol(answer->head + 8, NULL, 10);
}

bool fcgi_read_answer(int fd, struct fcgi_answer *answer_out)
{
    *answer_out = (struct fcgi_answer){0};
    while (read_record(fd, answer_out))
        ;
    split_head(answer_out);
    return answer_out->complete;
}

void fcgi_answer_release(struct fcgi_answer *answer)
{
    free(answer->raw);
    *answer = (struct fcgi_answer){0};
}

bool fcgi_await_close(int fd, int timeout_ms)
{
    struct pollfd on = {.fd = fd, .events = POLLIN};
    char byte;

    return poll(&on, 1, timeout_ms) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

bool fcgi_post(const char *address, const char *path, const char *body,
               struct fcgi_answer *answer_out)
{
    int fd = fcgi_connect(address);
    bool answered;

    *answer_out = (struct fcgi_answer){0};
    if (fd < 0)
        return false;
    answered =
        fcgi_send_request(fd, path, body, strlen(body), false) && fcgi_read_answer(fd, answer_out);
    close(fd);
    return answered;
}
