/* What a worker and a fetcher can no longer do once their filters are installed, each in a child of
 * its own: what is refused, what kills, and that serving goes on. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"

/* How a child says that something went otherwise than its test wants. */
#define UNEXPECTED 9

typedef void act_fn(void);

static void want(bool good)
{
    if (!good)
        _exit(UNEXPECTED);
}

typedef bool confine_fn(void);

/* Both, for what neither may do. */
static confine_fn *const CONFINED[] = {sandbox_worker, sandbox_fetcher};

/* The wait status of a process that acts, sandboxed like a worker or a fetcher, or, by NULL, not at
 * all. */
static int status_of(act_fn *act, confine_fn *confine)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        want(confine == NULL || (sandbox_master() && confine()));
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void expect_good(act_fn *act, confine_fn *confine)
{
    int status = status_of(act, confine);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void expect_all_good(act_fn *act)
{
    for (size_t i = 0; i < ARRAY_LEN(CONFINED); i++)
        expect_good(act, CONFINED[i]);
}

static void look_at_itself(void)
{
    struct rlimit core;

    want(sandbox_master());
    want(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    want(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0);
    want(umask(0) == 077);
}

static void test_master(void **state)
{
    (void)state;
    expect_good(look_at_itself, NULL);
}

static void find_and_talk(void)
{
    const struct addrinfo stream = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char bytes[16];
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

    want(fd >= 0 && read(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes) && close(fd) == 0);
    want(getrandom(bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes));
    want(getaddrinfo("localhost", "3306", &stream, &found) == 0);
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        want(fd >= 0 && close(fd) == 0);
    }
    freeaddrinfo(found);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    want(fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && close(fd) == 0);
    free(memset(malloc(64 << 20), 1, 64 << 20));
    poll(NULL, 0, 1);
    want(fprintf(stderr, "[a line of the log]\n") > 0);
}

static void test_serving_goes_on(void **state)
{
    (void)state;
    expect_all_good(find_and_talk);
}

#ifdef MOBYNC_SECCOMP

static char scratch[] = "/tmp/mobync-sandbox.XXXXXX";
static int scratch_fd;

static void is_unreadable(void)
{
    want(syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0) == -1 && errno == EPERM);
}

static void test_stays_unreadable(void **state)
{
    (void)state;
    expect_all_good(is_unreadable);
}

static void write_files(void)
{
    static const int WAYS[] = {O_WRONLY, O_RDWR, O_WRONLY | O_CREAT, O_RDONLY | O_CREAT,
                               O_RDONLY | O_TRUNC};

    for (size_t i = 0; i < ARRAY_LEN(WAYS); i++)
        want(open(scratch, WAYS[i], 0600) == -1 && errno == EPERM);
    want(creat(scratch, 0600) == -1 && errno == EPERM);
    want(unlink(scratch) == -1 && errno == EPERM);
    want(rename(scratch, "/tmp/elsewhere") == -1 && errno == EPERM);
    want(chmod(scratch, 0777) == -1 && errno == EPERM);
}

static void test_files_are_read_alone(void **state)
{
    int fd = mkstemp(scratch);
    struct stat file;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "kept", 4), 4);
    close(fd);
    expect_all_good(write_files);
    assert_int_equal(stat(scratch, &file), 0);
    assert_int_equal(file.st_size, 4);
    assert_int_equal(file.st_mode & 0777, 0600);
    unlink(scratch);
}

static void reach_out(void)
{
    const size_t page = 4096;
    struct sockaddr_in anywhere = {.sin_family = AF_INET};
    int tcp = socket(AF_INET, SOCK_STREAM, 0);
    void *written = mmap(NULL, page, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    want(tcp >= 0 && written != MAP_FAILED);
    want(socket(AF_NETLINK, SOCK_RAW, 0) == -1 && errno == EPERM);
    want(socket(AF_PACKET, SOCK_RAW, 0) == -1 && errno == EPERM);
    want(bind(tcp, (struct sockaddr *)&anywhere, sizeof(anywhere)) == -1 && errno == EPERM);
    want(listen(tcp, 1) == -1 && errno == EPERM);
    want(kill(getppid(), 0) == -1 && errno == EPERM);
    want(syscall(SYS_tgkill, getppid(), getppid(), 0) == -1 && errno == EPERM);
    want(setuid(0) == -1 && errno == EPERM);
    want(mmap(NULL, page, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
             MAP_FAILED &&
         errno == EPERM);
    want(mprotect(written, page, PROT_READ | PROT_EXEC) == -1 && errno == EPERM);
}

static void test_no_other_process_and_no_other_socket(void **state)
{
    (void)state;
    expect_all_good(reach_out);
}

static void try_exec(void)
{
    char program[] = "/bin/true";
    char *argv[] = {program, NULL};

    execv(program, argv);
}

static void try_fork(void)
{
    (void)!fork();
}

static void try_vfork_exec(void)
{
    (void)!system("true");
}

static void try_ptrace(void)
{
    ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void try_reading_the_master(void)
{
    char byte;
    struct iovec to = {&byte, 1}, from = {&byte, 1};

    process_vm_readv(getppid(), &to, 1, &from, 1, 0);
}

static void try_namespaces(void)
{
    unshare(CLONE_NEWUSER);
}

static void expect_deadly(act_fn *act, confine_fn *confine)
{
    int status = status_of(act, confine);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void test_deadly(void **state)
{
    static act_fn *const ACTS[] = {try_exec, try_ptrace, try_reading_the_master, try_namespaces};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ACTS); i++)
        for (size_t j = 0; j < ARRAY_LEN(CONFINED); j++)
            expect_deadly(ACTS[i], CONFINED[j]);
    expect_deadly(try_fork, sandbox_worker);
    expect_deadly(try_vfork_exec, sandbox_worker);
}

static void *count_up(void *counter)
{
    ++*(int *)counter;
    return NULL;
}

/* libcurl resolves names in a thread, and the file for the cache is open before. */
static void fetch_like_a_fetcher(void)
{
    int counter = 0;
    pthread_t thread;

    want(pthread_create(&thread, NULL, count_up, &counter) == 0);
    want(pthread_join(thread, NULL) == 0 && counter == 1);
    want(ftruncate(scratch_fd, 0) == 0 && write(scratch_fd, "fetched", 7) == 7);
    want(fsync(scratch_fd) == 0);
    /* Threads, but no process, nor anybody's connection. */
    want(fork() == -1 && errno == EPERM);
    want(system("true") != 0);
    want(accept(0, NULL, NULL) == -1 && errno == EPERM);
}

static void test_a_fetcher_has_threads_and_its_file(void **state)
{
    struct stat file;

    (void)state;
    memcpy(strrchr(scratch, '.'), ".XXXXXX", 8);
    scratch_fd = mkstemp(scratch);
    assert_true(scratch_fd >= 0);
    expect_good(fetch_like_a_fetcher, sandbox_fetcher);
    assert_int_equal(fstat(scratch_fd, &file), 0);
    assert_int_equal(file.st_size, 7);
    close(scratch_fd);
    unlink(scratch);
}

/* What an assertion and an overrun of a buffer end with. */
static void test_abort_is_told(void **state)
{
    int status = status_of(abort, sandbox_worker);

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_false(WCOREDUMP(status));
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_master),
        cmocka_unit_test(test_serving_goes_on),
#ifdef MOBYNC_SECCOMP
        cmocka_unit_test(test_stays_unreadable),
        cmocka_unit_test(test_files_are_read_alone),
        cmocka_unit_test(test_no_other_process_and_no_other_socket),
        cmocka_unit_test(test_deadly),
        cmocka_unit_test(test_a_fetcher_has_threads_and_its_file),
        cmocka_unit_test(test_abort_is_told),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
