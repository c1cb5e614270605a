/* Starts a process for each fetch, and takes note of how it ended: fetcher_start(), fetcher_end().
 */
#include "fetcher.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "log.h"
#include "sandbox.h"

/* More than a fetch may take. The alarm's default ends the process. */
#define LIFE_S 30u

int64_t fetcher_due_us(const struct fetcher *fetcher, const struct serve_generation *generation)
{
    const struct serve_fetch_hooks *fetch = fetcher->hooks->fetch;

    if (fetch == NULL || fetcher->pid != 0)
        return INT64_MAX;
    return fetch->due_us(fetcher->hooks->context, generation);
}

bool fetcher_is_first(const struct fetcher *fetcher, const struct serve_generation *generation)
{
    const struct serve_fetch_hooks *fetch = fetcher->hooks->fetch;

    return fetch != NULL && fetcher->pid == 0 &&
           fetch->is_first(fetcher->hooks->context, generation);
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

static int run(const struct serve_hooks *hooks, const struct serve_generation *generation,
               const struct fetcher_secrets *secrets)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    alarm(LIFE_S);
    close_if_open(secrets->listen_fd);
    close_if_open(secrets->control_fd);
    scoreboard_release(secrets->scoreboard);
    hooks->fetch->open(hooks->context, generation);
    if (!sandbox_fetcher())
        return EXIT_FAILURE;
    return hooks->fetch->run(hooks->context, generation);
}

bool fetcher_start(struct fetcher *fetcher, const struct serve_generation *generation,
                   const struct fetcher_secrets *secrets)
{
    const struct serve_hooks *hooks = fetcher->hooks;

    hooks->fetch->begin(hooks->context, generation);
    fetcher->pid = child_fork("fetcher");
    if (fetcher->pid == 0)
        exit(run(hooks, generation, secrets));
    if (fetcher->pid > 0)
        return true;
    log_error("cannot start a fetcher: %s", strerror(errno));
    fetcher->pid = 0;
    hooks->fetch->end(hooks->context, generation, false);
    return false;
}

static void count(struct scoreboard_slot *master_slot, bool successful)
{
    const struct stats more = {.key_fetches = successful, .key_fetches_failed = !successful};

    scoreboard_count(master_slot, &more);
    if (successful)
        scoreboard_set(master_slot, STATS_PLACE(key_fetch_time_s),
                       (uint64_t)(clock_now_ms() / 1000));
}

bool fetcher_end(struct fetcher *fetcher, const struct serve_generation *generation,
                 struct scoreboard_slot *master_slot, int wait_status)
{
    bool successful = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == EXIT_SUCCESS;

    if (WIFSIGNALED(wait_status))
        log_error("the fetcher was ended by signal %d", WTERMSIG(wait_status));
    fetcher->pid = 0;
    fetcher->hooks->fetch->end(fetcher->hooks->context, generation, successful);
    count(master_slot, successful);
    return successful;
}

void fetcher_abandon(struct fetcher *fetcher, const struct serve_generation *generation)
{
    if (fetcher->pid == 0)
        return;
    kill(fetcher->pid, SIGKILL);
    (void)waitpid(fetcher->pid, NULL, 0);
    fetcher->pid = 0;
    fetcher->hooks->fetch->end(fetcher->hooks->context, generation, false);
}
