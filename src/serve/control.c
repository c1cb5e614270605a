/* The control socket: listens, and answers each connection by one write that never waits, so that
 * nobody who connects can hold the master. */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"

/* Of the most workers that there can be, twice, with room to spare. */
#define ANSWER_MAX_BYTES ((size_t)512 * 1024)

void control_init(struct control *control)
{
    *control = (struct control){.listener = {.fd = -1}};
    buf_init(&control->answer, ANSWER_MAX_BYTES);
}

void control_release(struct control *control)
{
    (void)listener_withdraw(&control->listener);
    buf_release(&control->answer);
}

/* The signal is the process's own: children that hold a copy of the descriptor are not told. Raised
 * once for those who connected before it was asked for. */
static bool ask_for_signal(int fd)
{
    const int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && fcntl(fd, F_SETOWN, getpid()) == 0 &&
           fcntl(fd, F_SETFL, flags | O_ASYNC) == 0 && kill(getpid(), SIGIO) == 0;
}

static void open_at(struct control *control, const char *address)
{
    struct fail fail;

    if (listener_open_private(&control->listener, address, &fail) != RC_OK) {
        log_warn("`mobync status` is unavailable: %s", fail.message);
        return;
    }
    if (ask_for_signal(control->listener.fd))
        return;
    log_warn("`mobync status` is unavailable: %s: %s", address, strerror(errno));
    (void)listener_withdraw(&control->listener);
}

void control_move(struct control *control, const char *address)
{
    const bool wanted = address != NULL && address[0] != '\0';

    if (wanted && control->listener.fd >= 0 && text_is(text_of(control->listener.address), address))
        return;
    (void)listener_withdraw(&control->listener);
    if (wanted)
        open_at(control, address);
}

int control_accept(const struct control *control)
{
    int fd;

    if (control->listener.fd < 0)
        return -1;
    do
        fd = accept4(control->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
    return fd;
}

void control_send(const struct control *control, int fd)
{
    const struct text answer = buf_text(&control->answer);
    ssize_t sent = send(fd, answer.ptr, answer.len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent >= 0 && (size_t)sent < answer.len)
        log_warn("response to `mobync status` truncated to %zd of %zu bytes", sent, answer.len);
    close(fd);
}
