/* fcgi_client.h: the web server's side of FastCGI, record by record, so that a test can leave out,
 * cut off or delay whatever it wants.
 * Owns:    nothing; fcgi_answer_release() frees what a response holds.
 * Units:   every blocking call gives up after FCGI_PATIENCE_MS.
 * Fails:   -1 or false; a peer that closed is a failed send, never a signal. */
#ifndef MOBYNC_FCGI_CLIENT_H
#define MOBYNC_FCGI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FCGI_PATIENCE_MS 30000

struct fcgi_param {
    const char *name;
    const char *value;
};

struct fcgi_answer {
    bool complete; /* END_REQUEST came, with status 0 */
    int status;    /* of the HTTP answer; 0: there was none */
    char *head;    /* with its header lines, NUL-terminated */
    char *body;    /* NUL-terminated */
    size_t body_len;
    char *raw; /* everything that came on STDOUT */
    size_t raw_len;
};

/* "unix:/path" or "ADDRESS:PORT" as in the config. */
int fcgi_connect(const char *address);

bool fcgi_send_bytes(int fd, const void *bytes, size_t len);
bool fcgi_send_begin(int fd, uint16_t id, bool keep);
/* All params and the record that ends them. */
bool fcgi_send_params(int fd, uint16_t id, const struct fcgi_param *params, size_t count);
/* In records of at most 65,535 bytes with padding; without the record that ends the stream. */
bool fcgi_send_stdin(int fd, uint16_t id, const void *bytes, size_t len);
bool fcgi_send_stdin_end(int fd, uint16_t id);

/* BEGIN and the usual params of a POST; content_length NULL leaves that param out. */
bool fcgi_send_post(int fd, const char *path, const char *content_length, bool keep);
/* A whole request on an open connection. */
bool fcgi_send_request(int fd, const char *path, const void *body, size_t len, bool keep);

/* Up to END_REQUEST or the end of the connection. True if it is complete. */
bool fcgi_read_answer(int fd, struct fcgi_answer *answer_out);
void fcgi_answer_release(struct fcgi_answer *answer);

/* Has the peer closed, within this time, without sending a byte more? */
bool fcgi_await_close(int fd, int timeout_ms);

/* Connect, send, read, close. */
bool fcgi_post(const char *address, const char *path, const char *body,
               struct fcgi_answer *answer_out);

#endif
