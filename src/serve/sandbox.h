/* sandbox.h: what the processes of the pool give up before they meet anybody's bytes.
 * Process: sandbox_master() at the start of the master, for it and all its children;
 *          sandbox_worker() in a worker that is set up, sandbox_fetcher() in a process that
 *          fetches, sandbox_housekeeper() in one that keeps house, sandbox_notifier() in one
 *          that calls a webhook, before they talk to anybody; for good.
 * Holds:   a program that a worker could start would have no more rights than it; there is no core
 *          file. In a worker, system calls that serving does not need fail with EPERM, among them
 *          to open a file for writing; those that make a process, become another program or look
 *          into another process end it by SIGSYS. The master stays readable in /proc for its own
 *          user: by that, scripts know it. A fetcher can start threads, as libcurl does to
 *          resolve names; a process it cannot make either, which fails with EPERM, and it takes no
 *          connections.
 * Hazard:  a library's new version may want a system call more. The tests of e2e/sandbox walk
 *          through what a worker does; `strace -f -e status=failed` shows what was refused.
 * Fails:   false, with the reason logged: the worker must not serve then. */
#ifndef MOBYNC_SANDBOX_H
#define MOBYNC_SANDBOX_H

#include <stdbool.h>

#include "attributes.h"

NODISCARD bool sandbox_master(void);
/* Does nothing where it is built without MOBYNC_SECCOMP: sanitizers look into their process, and
 * need more system calls. */
NODISCARD bool sandbox_worker(void);
NODISCARD bool sandbox_fetcher(void);
/* As a fetcher: both talk to whom a URL names. */
NODISCARD bool sandbox_notifier(void);
/* As a worker, but it takes no requests. */
NODISCARD bool sandbox_housekeeper(void);

#endif
