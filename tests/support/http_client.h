/* http_client.h: a blocking HTTP/1.1 client with one kept connection, for tests that need to break
 * off where they like.
 * Owns:    its connection and the last response; http_close() gives both back.
 * Units:   every blocking call gives up after HTTP_PATIENCE_MS.
 * Fails:   with false: no connection, or no whole response. The connection is closed then.
 * Holds:   a kept connection that the server closed meanwhile is opened again before a request is
 *          sent, never after: no request goes out twice by itself. */
#ifndef MOBYNC_HTTP_CLIENT_H
#define MOBYNC_HTTP_CLIENT_H

#include "buf.h"
#include "text.h"

#define HTTP_PATIENCE_MS 30000

struct http_client {
    uint16_t port; /* on 127.0.0.1 */
    int fd;        /* -1: not connected */
    struct buf received;
    int status;
    struct text body; /* of the last answer, until the next request */
};

void http_init(struct http_client *client, uint16_t port);
void http_close(struct http_client *client);

/* A POST of JSON. The token may be empty. */
bool http_send_post(struct http_client *client, const char *path, struct text token,
                    struct text body);
/* The response to what was sent: in client->status and client->body. */
bool http_read_answer(struct http_client *client);
/* Goes away without waiting for a response. */
void http_hang_up(struct http_client *client);

#endif
