/* One HTTP request for each poke, whose responses are read when the next one is sent:
 * poke_publish(). Whatever cannot be done at once is given up. */
#include "poke_publisher.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "text.h"

#define REQUEST_MAX_BYTES 256
#define LOG_PAUSE_US      ((int64_t)60 * 1000 * 1000)
/* Responses of so many pokes are read at once, and no more. */
#define READ_STEP_BYTES 4096
#define READ_STEPS_MAX  16

void poke_publisher_init(struct poke_publisher *publisher, const char *path)
{
    *publisher = (struct poke_publisher){.path = path, .fd = -1};
}

void poke_publisher_release(struct poke_publisher *publisher)
{
    if (publisher->fd >= 0)
        close(publisher->fd);
    publisher->fd = -1;
}

/* Each push would say so while nginx is down: once a minute is enough. */
static bool give_up(struct poke_publisher *publisher, const char *why)
{
    const int64_t now_us = clock_monotonic_us();

    poke_publisher_release(publisher);
    if (publisher->logged_us == 0 || now_us - publisher->logged_us >= LOG_PAUSE_US) {
        publisher->logged_us = now_us;
        log_warn("cannot poke devices by %s: %s", publisher->path, why);
    }
    return false;
}

/* False if nginx has closed the connection, or has refused a poke. */
static bool read_responses(const struct poke_publisher *publisher, const char **why_out)
{
    static const char SUCCESS[] = "HTTP/1.1 20";
    char responses[READ_STEP_BYTES];
    ssize_t got;

    for (unsigned i = 0; i < READ_STEPS_MAX; i++) {
        got = recv(publisher->fd, responses, sizeof(responses), MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return true;
        *why_out = got < 0 ? strerror(errno) : NULL; /* nginx closes what it has kept for long */
        if (got <= 0)
            return false;
        *why_out = "nginx refuses: is there a location for publishing at this socket?";
        if (i == 0 &&
            ((size_t)got < sizeof(SUCCESS) || memcmp(responses, SUCCESS, sizeof(SUCCESS) - 1) != 0))
            return false;
    }
    *why_out = "nginx sends more than responses";
    return false;
}

static bool connect_socket(struct poke_publisher *publisher)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};

    publisher->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    snprintf(to.sun_path, sizeof(to.sun_path), "%s", publisher->path);
    return publisher->fd >= 0 &&
           connect(publisher->fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
}

bool poke_publish(struct poke_publisher *publisher, const char *channel, int64_t clock)
{
    char request[REQUEST_MAX_BYTES];
    char body[TEXT_NUMBER_MAX];
    const struct text number = text_of_int(clock, body);
    const char *why = NULL;
    int len = snprintf(request, sizeof(request),
                       "POST /publish/%s HTTP/1.1\r\nHost: mobync\r\nContent-Type: text/plain\r\n"
                       "Content-Length: %zu\r\n\r\n%.*s",
                       channel, number.len, TEXT_ARG(number));

    if (publisher->fd >= 0 && !read_responses(publisher, &why)) {
        if (why != NULL)
            return give_up(publisher, why);
        poke_publisher_release(publisher);
    }
    if (publisher->fd < 0 && !connect_socket(publisher))
        return give_up(publisher, strerror(errno));
    if (send(publisher->fd, request, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL) != len)
        return give_up(publisher, "nginx does not read");
    return true;
}
