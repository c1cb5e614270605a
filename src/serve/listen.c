/* Listening sockets: inherited (listener_inherit()) or opened (listener_open()). A unix socket file
 * is unlinked only by whoever made it. */
#include "listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "fd.h"

#define BACKLOG           511
#define GROUP_MODE_MASK   0117 /* leaves 0660 */
#define PRIVATE_MODE_MASK 0177

static const char UNIX_PREFIX[] = "unix:";

void listener_init(struct listener *listener)
{
    *listener = (struct listener){.fd = -1};
}

static enum rc listen_failed(struct fail *fail, const char *address, const char *doing)
{
    return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "%s: %s: %s", address, doing, strerror(errno));
}

static bool is_listening(int fd)
{
    return sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) > 0;
}

static enum rc take(struct listener *listener, int fd, const char *from, struct fail *fail)
{
    if (fd_set_nonblocking(fd, true) != 0 || fd_set_cloexec(fd, true) != 0)
        return listen_failed(fail, from, "cannot set up the inherited socket");
    listener->fd = fd;
    listener->inherited = true;
    snprintf(listener->address, sizeof(listener->address), "%s", from);
    return RC_OK;
}

enum rc listener_inherit(struct listener *listener, struct fail *fail)
{
    /* It also unsets the variables. EBADF: they tell of sockets that are not there. */
    const int passed = sd_listen_fds(1);

    listener_init(listener);
    if (passed > 0 || passed == -EBADF) {
        if (!is_listening(SD_LISTEN_FDS_START))
            return fail_set(fail, RC_FATAL, FAIL_INTERNAL,
                            "LISTEN_FDS: descriptor %d is not a listening stream socket",
                            SD_LISTEN_FDS_START);
        return take(listener, SD_LISTEN_FDS_START, "LISTEN_FDS", fail);
    }
    if (is_listening(STDIN_FILENO))
        return take(listener, STDIN_FILENO, "descriptor 0", fail);
    return RC_OK;
}

/* Is a server behind this socket file? *alive_out is set on RC_OK. */
static enum rc probe(const struct sockaddr_un *sa, bool *alive_out, struct fail *fail)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    enum rc rc = RC_OK;

    if (fd < 0)
        return listen_failed(fail, sa->sun_path, "socket");
    /* EAGAIN: a server whose queue is full. */
    if (connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0 || errno == EAGAIN)
        *alive_out = true;
    else if (errno == ECONNREFUSED || errno == ENOENT)
        *alive_out = false;
    else
        rc = listen_failed(fail, sa->sun_path, "cannot tell whether a server uses this socket");
    close(fd);
    return rc;
}

/* A file left behind by a server that was killed would make bind() fail. Two masters that start in
 * the same instant may both find it stale; the later bind() then wins, as if it had come later. */
static enum rc remove_stale(const struct sockaddr_un *sa, struct fail *fail)
{
    const char *path = sa->sun_path;
    struct stat file;
    bool alive = false;

    if (lstat(path, &file) != 0)
        return errno == ENOENT ? RC_OK : listen_failed(fail, path, "cannot look at the socket");
    if (!S_ISSOCK(file.st_mode))
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "%s: exists and is not a socket", path);
    if (probe(sa, &alive, fail) != RC_OK)
        return RC_FATAL;
    if (alive)
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "%s: another server listens here", path);
    if (unlink(path) != 0 && errno != ENOENT)
        return listen_failed(fail, path, "cannot remove the stale socket");
    return RC_OK;
}

/* bind() creates the file, so its mode comes from the umask: never wider, not even for a moment. */
static int bind_with_mode(int fd, const struct sockaddr_un *sa, mode_t mask)
{
    mode_t before = umask(mask);
    int result = bind(fd, (const struct sockaddr *)sa, sizeof(*sa));
    int bind_errno = errno;

    umask(before);
    errno = bind_errno;
    return result;
}

static enum rc open_unix(struct listener *listener, const char *path, mode_t mask,
                         struct fail *fail)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    struct stat file;

    if (path[0] != '/' || len >= sizeof(sa.sun_path))
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL,
                        "%s: a unix socket needs an absolute path of at most %zu bytes", path,
                        sizeof(sa.sun_path) - 1);
    memcpy(sa.sun_path, path, len + 1);
    if (remove_stale(&sa, fail) != RC_OK)
        return RC_FATAL;
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->fd < 0)
        return listen_failed(fail, path, "socket");
    if (bind_with_mode(listener->fd, &sa, mask) != 0)
        return errno == ENOENT
                   ? fail_set(fail, RC_FATAL, FAIL_INTERNAL,
                              "%s: the folder does not exist: create it for this user and the "
                              "group of the web server",
                              path)
                   : listen_failed(fail, path, "bind");
    if (lstat(path, &file) == 0) {
        listener->file_device = file.st_dev;
        listener->file_inode = file.st_ino;
    }
    if (listen(listener->fd, BACKLOG) != 0)
        return listen_failed(fail, path, "listen");
    return RC_OK;
}

/* Splits "ADDRESS:PORT" and "[ADDRESS6]:PORT", NUL-terminating both parts in place. */
static bool split_address(char *address, const char **host_out, const char **port_out)
{
    char *colon = strrchr(address, ':');
    uint64_t port;

    if (colon == NULL || colon == address)
        return false;
    *colon = '\0';
    *host_out = address;
    *port_out = colon + 1;
    if (address[0] == '[' && colon[-1] == ']') {
        colon[-1] = '\0';
        *host_out = address + 1;
    } else if (strchr(address, ':') != NULL) {
        return false;
    }
    return text_to_uint(text_of(*port_out), UINT16_MAX, &port) && port > 0;
}

/* Numeric only: a name could mean several sockets, or another one tomorrow. */
static struct addrinfo *parse_tcp(const char *address)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    char parts[LISTENER_ADDRESS_MAX + 1];
    const char *host, *port;
    struct addrinfo *found = NULL;

    snprintf(parts, sizeof(parts), "%s", address);
    if (!split_address(parts, &host, &port) || getaddrinfo(host, port, &hints, &found) != 0)
        return NULL;
    return found;
}

static int bind_tcp(int fd, const struct addrinfo *to)
{
    const int on = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
        return -1;
    if (to->ai_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0)
        return -1;
    return bind(fd, to->ai_addr, to->ai_addrlen);
}

static enum rc open_tcp(struct listener *listener, const char *address, struct fail *fail)
{
    struct addrinfo *to = parse_tcp(address);
    enum rc rc = RC_OK;

    if (to == NULL)
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL,
                        "%s: must be unix:/path, ADDRESS:PORT or [ADDRESS6]:PORT "
                        "(the address in digits, the port from 1 to 65535)",
                        address);
    listener->fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->fd < 0)
        rc = listen_failed(fail, address, "socket");
    else if (bind_tcp(listener->fd, to) != 0)
        rc = listen_failed(fail, address, "bind");
    else if (listen(listener->fd, BACKLOG) != 0)
        rc = listen_failed(fail, address, "listen");
    freeaddrinfo(to);
    return rc;
}

static enum rc open_address(struct listener *listener, mode_t mask, struct fail *fail)
{
    const size_t prefix = sizeof(UNIX_PREFIX) - 1;
    const char *address = listener->address;

    if (strncmp(address, UNIX_PREFIX, prefix) == 0)
        return open_unix(listener, address + prefix, mask, fail);
    if (mask == PRIVATE_MODE_MASK)
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "%s: is not unix:/path", address);
    return open_tcp(listener, address, fail);
}

static enum rc open_masked(struct listener *listener, const char *address, mode_t mask,
                           struct fail *fail)
{
    enum rc rc;

    listener_init(listener);
    if (strlen(address) > LISTENER_ADDRESS_MAX)
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "%s: the address is too long", address);
    snprintf(listener->address, sizeof(listener->address), "%s", address);
    rc = open_address(listener, mask, fail);
    if (rc != RC_OK)
        (void)listener_withdraw(listener);
    return rc;
}

enum rc listener_open(struct listener *listener, const char *address, struct fail *fail)
{
    return open_masked(listener, address, GROUP_MODE_MASK, fail);
}

enum rc listener_open_private(struct listener *listener, const char *address, struct fail *fail)
{
    return open_masked(listener, address, PRIVATE_MODE_MASK, fail);
}

/* Not if the file is somebody else's by now. */
static bool unlink_own(const struct listener *listener)
{
    const char *path = listener->address + sizeof(UNIX_PREFIX) - 1;
    struct stat file;

    return listener->file_inode != 0 && lstat(path, &file) == 0 &&
           file.st_dev == listener->file_device && file.st_ino == listener->file_inode &&
           unlink(path) == 0;
}

bool listener_withdraw(struct listener *listener)
{
    bool withdrawn = unlink_own(listener);

    if (listener->fd >= 0)
        close(listener->fd);
    listener_init(listener);
    return withdrawn;
}
