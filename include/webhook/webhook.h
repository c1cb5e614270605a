/* webhook.h: tells a URL of owners' changes, for push services (docs/poke.md 5).
 * Process: one of its own, which serves nobody: it resolves names and talks to whom the URL names.
 *          libcurl starts threads to resolve names. webhook_new() before rights are given up.
 * Owns:    webhook_new() allocates; what the settings point to must outlive it.
 * Units:   clocks are owners' counters.
 * Fails:   webhook_new() with NULL and *fail; later never: what goes wrong is counted, tried again,
 *          and logged once a minute.
 * Holds:   a step waits for changes, responses, TERM, or the next attempt, whatever comes first. */
#ifndef MOBYNC_WEBHOOK_H
#define MOBYNC_WEBHOOK_H

#include "fail.h"
#include "poke_pipe.h"

struct webhook_settings {
    const char *url;
    struct text key;     /* of signatures; empty: none */
    const char *version; /* of the program, for the User-Agent */
    const struct poke_pipe *pipe;
};

struct webhook;

NODISCARD struct webhook *webhook_new(const struct webhook_settings *settings, struct fail *fail);
/* What is still to be told goes back into the pipe, for the next process. */
void webhook_free(struct webhook *webhook);

struct webhook_report {
    uint64_t calls;    /* that succeeded, in this step */
    uint64_t failures; /* that did not */
    uint64_t lost;     /* changes that are not told any more */
    uint64_t waiting;  /* owners, now */
};

void webhook_step(struct webhook *webhook, struct webhook_report *report_out);

#endif
