/* Rights given up for good: sandbox_master() by all processes; sandbox_worker() by workers,
 * sandbox_fetcher() by fetchers, sandbox_notifier() by notifiers, sandbox_housekeeper() by
 * housekeepers, whose system calls are
 * filtered where MOBYNC_SECCOMP is defined. */
#include "sandbox.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "log.h"

#define PRIVATE_UMASK 077

static bool cannot(const char *doing, int error)
{
    log_error("cannot %s: %s", doing, strerror(error));
    return false;
}

bool sandbox_master(void)
{
    const struct rlimit no_core = {0};

    umask(PRIVATE_UMASK);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return cannot("give up new privileges", errno);
    if (setrlimit(RLIMIT_CORE, &no_core) != 0)
        return cannot("do without core files", errno);
    return true;
}

#ifdef MOBYNC_SECCOMP

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* What all do: talk to somebody whom they find themselves (names, TLS, plugins of libraries), log,
 * wait, end. Numbers that a machine does not have are skipped by libseccomp. */
static const int ALLOWED[] = {
    /* memory */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    /* descriptors; openat and open are below */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    SCMP_SYS(lseek),
    SCMP_SYS(fcntl),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(statx),
    SCMP_SYS(fstatfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    SCMP_SYS(getdents64),
    /* waiting */
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    /* connections; socket is below */
    SCMP_SYS(connect),
    SCMP_SYS(shutdown),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    /* clocks and random bytes */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    /* signals; tgkill is below */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(alarm),
    SCMP_SYS(setitimer),
    /* the process itself */
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
};

/* To take requests. */
static const int ALLOWED_WORKER[] = {
    SCMP_SYS(accept),     SCMP_SYS(accept4),     SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
};

/* To start threads and to wake them, and to end a file that is open. */
static const int ALLOWED_FETCHER[] = {
    SCMP_SYS(set_robust_list), SCMP_SYS(rseq),  SCMP_SYS(socketpair), SCMP_SYS(pipe2),
    SCMP_SYS(eventfd2),        SCMP_SYS(fsync), SCMP_SYS(ftruncate),
};

/* Nothing asks for these by mistake: whoever does is not our program any more. */
static const int DEADLY[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(seccomp),
    SCMP_SYS(bpf),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(mount),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(keyctl),
};

/* The same of workers and housekeepers, which have one thread. */
static const int DEADLY_WORKER[] = {SCMP_SYS(clone), SCMP_SYS(clone3)};

/* Allowed where the argument's bits under the mask are these. */
struct condition {
    int syscall;
    unsigned argument; /* from 0 */
    scmp_datum_t mask;
    scmp_datum_t bits;
};

#define WHOLE       (~(scmp_datum_t)0)
#define OPEN_WRITES ((scmp_datum_t)(O_ACCMODE | O_CREAT | O_TRUNC))
#define WRITE_EXEC  ((scmp_datum_t)(PROT_WRITE | PROT_EXEC))

/* Never both to write and to execute; to execute at all for the plugins of client libraries, which
 * are loaded when the database asks for one. */
static const struct condition CONDITIONS[] = {
    {SCMP_SYS(openat), 2, OPEN_WRITES, O_RDONLY},
    {SCMP_SYS(open), 1, OPEN_WRITES, O_RDONLY},
    {SCMP_SYS(mmap), 2, WRITE_EXEC, 0},
    {SCMP_SYS(mmap), 2, WRITE_EXEC, PROT_WRITE},
    {SCMP_SYS(mmap), 2, WRITE_EXEC, PROT_EXEC},
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
    {SCMP_SYS(socket), 0, WHOLE, AF_UNIX},
    {SCMP_SYS(socket), 0, WHOLE, AF_INET},
    {SCMP_SYS(socket), 0, WHOLE, AF_INET6},
    {SCMP_SYS(ioctl), 1, WHOLE, FIONREAD},
    {SCMP_SYS(ioctl), 1, WHOLE, FIONBIO},
    {SCMP_SYS(prlimit64), 2, WHOLE, 0}, /* sets nothing */
};

/* A thread, and no process. What clone3 asks for lies in memory, where no filter sees it: libc then
 * falls back on clone. */
#define OF_THREAD ((scmp_datum_t)(CLONE_THREAD | CLONE_VM))
static const struct condition CONDITIONS_FETCHER[] = {
    {SCMP_SYS(clone), 0, OF_THREAD, OF_THREAD},
};

static int add_condition(scmp_filter_ctx filter, const struct condition *condition)
{
    return seccomp_rule_add(
        filter, SCMP_ACT_ALLOW, condition->syscall, 1,
        SCMP_CMP(condition->argument, SCMP_CMP_MASKED_EQ, condition->mask, condition->bits));
}

static int add_all(scmp_filter_ctx filter, uint32_t action, const int *syscalls, size_t count)
{
    int error = 0;

    for (size_t i = 0; error == 0 && i < count; i++)
        error = seccomp_rule_add(filter, action, syscalls[i], 0);
    return error;
}

static int add_conditions(scmp_filter_ctx filter, const struct condition *conditions, size_t count)
{
    int error = 0;

    for (size_t i = 0; error == 0 && i < count; i++)
        error = add_condition(filter, &conditions[i]);
    return error;
}

/* What every process of the pool may do, and may not; as the next two, 0, or a negative errno as
 * libseccomp gives it. */
static int fill(scmp_filter_ctx filter)
{
    /* raise() and abort(): signals to itself, and to nobody else. */
    const struct condition itself = {SCMP_SYS(tgkill), 0, WHOLE, (scmp_datum_t)getpid()};
    int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

    if (error == 0) /* a tree: the hundredth system call costs as little as the first */
        error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (error == 0)
        error = add_all(filter, SCMP_ACT_ALLOW, ALLOWED, ARRAY_LEN(ALLOWED));
    if (error == 0)
        error = add_all(filter, SCMP_ACT_KILL_PROCESS, DEADLY, ARRAY_LEN(DEADLY));
    if (error == 0)
        error = add_condition(filter, &itself);
    return error != 0 ? error : add_conditions(filter, CONDITIONS, ARRAY_LEN(CONDITIONS));
}

static int fill_worker(scmp_filter_ctx filter)
{
    int error = add_all(filter, SCMP_ACT_ALLOW, ALLOWED_WORKER, ARRAY_LEN(ALLOWED_WORKER));

    return error != 0
               ? error
               : add_all(filter, SCMP_ACT_KILL_PROCESS, DEADLY_WORKER, ARRAY_LEN(DEADLY_WORKER));
}

static int fill_fetcher(scmp_filter_ctx filter)
{
    int error = add_all(filter, SCMP_ACT_ALLOW, ALLOWED_FETCHER, ARRAY_LEN(ALLOWED_FETCHER));

    if (error == 0)
        error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return error != 0 ? error
                      : add_conditions(filter, CONDITIONS_FETCHER, ARRAY_LEN(CONDITIONS_FETCHER));
}

static int fill_housekeeper(scmp_filter_ctx filter)
{
    return add_all(filter, SCMP_ACT_KILL_PROCESS, DEADLY_WORKER, ARRAY_LEN(DEADLY_WORKER));
}

static bool filter_system_calls(int (*fill_more)(scmp_filter_ctx filter))
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int error = filter == NULL ? -ENOMEM : fill(filter);

    if (error == 0)
        error = fill_more(filter);
    if (error == 0)
        error = seccomp_load(filter);
    seccomp_release(filter);
    return error == 0 || cannot("filter system calls (seccomp)", -error);
}

/* Also where cores go to a program, which no limit keeps from it. And no other process of this user
 * can look at the requests. */
static bool become_unreadable(void)
{
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 || cannot("become unreadable to others", errno);
}

bool sandbox_worker(void)
{
    return become_unreadable() && filter_system_calls(fill_worker);
}

bool sandbox_fetcher(void)
{
    return become_unreadable() && filter_system_calls(fill_fetcher);
}

bool sandbox_notifier(void)
{
    return sandbox_fetcher();
}

bool sandbox_housekeeper(void)
{
    return become_unreadable() && filter_system_calls(fill_housekeeper);
}

#else

bool sandbox_worker(void)
{
    return true;
}

bool sandbox_fetcher(void)
{
    return true;
}

bool sandbox_notifier(void)
{
    return true;
}

bool sandbox_housekeeper(void)
{
    return true;
}

#endif
