/* http_client.h: one keep-alive connection to a server on this machine, one request at a time,
 * without waiting.
 * Owns:    its socket and both buffers; http_client_release() gives them back.
 * Use:     fill `request` with a whole request, http_client_start(), then http_client_go_on()
 *          whenever the socket is ready, until it is no longer HTTP_CLIENT_WAITS.
 * Fails:   HTTP_CLIENT_BROKEN, with `fault` saying why. */
#ifndef MOBYNC_BENCH_HTTP_CLIENT_H
#define MOBYNC_BENCH_HTTP_CLIENT_H

#include "buf.h"

enum http_client_state { HTTP_CLIENT_WAITS, HTTP_CLIENT_DONE, HTTP_CLIENT_BROKEN };

struct http_client {
    int fd; /* -1: not connected */
    unsigned
        connects; /* grows each time that it connects, as when the server ended the one before */
    uint16_t port;
    struct buf request;
    size_t sent;
    struct buf response;
    size_t head_len; /* 0: not all there */
    size_t body_len;
    int status;
    bool last; /* the server closes after this response */
    const char *fault;
};

void http_client_init(struct http_client *client, uint16_t port);
void http_client_release(struct http_client *client);

/* Connects if need be, and sends what the socket takes. */
enum http_client_state http_client_start(struct http_client *client);
enum http_client_state http_client_go_on(struct http_client *client);
/* Sends and waits. */
enum http_client_state http_client_exchange(struct http_client *client);

struct text http_client_body(const struct http_client *client);

#endif
