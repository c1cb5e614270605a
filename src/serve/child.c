/* child_fork(): fork() for the master, whose children end with it. */
#include "child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "log.h"

pid_t child_fork(const char *role)
{
    pid_t master = getpid();
    pid_t pid;

    fflush(NULL); /* else the child's exit() would write what is buffered a second time */
    pid = fork();
    if (pid != 0)
        return pid;
    log_set_role(role);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != master)
        exit(EXIT_FAILURE);
    return 0;
}
