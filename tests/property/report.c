/* Makes a history that fails smaller, prints it, and the sums of the run. */
#include "report.h"

struct failure {
    struct sim *sim;
    char section[16]; /* of the protocol, as the violation ends: a smaller history breaks it too */
};

static void section_of(const struct sim *sim, char section_out[16])
{
    const char *at = strrchr(sim_violation(sim), '(');

    snprintf(section_out, 16, "%s", at == NULL ? "" : at);
}

static bool fails(void *context, const struct scenario *history)
{
    struct failure *failure = context;
    char section[16];

    if (sim_play(failure->sim, history, NULL))
        return false;
    section_of(failure->sim, section);
    return strcmp(section, failure->section) == 0;
}

int report_failure(struct sim *sim, struct scenario *history)
{
    struct failure failure = {.sim = sim};

    section_of(sim, failure.section);
    history_shrink(history, fails, &failure);
    printf("# a history that breaks the protocol, as small as it gets:\n");
    history_write(history, stdout);
    printf("# told step by step:\n");
    if (sim_play(sim, history, stdout))
        printf("# it holds when played again: the run is not deterministic\n");
    printf("# %s\n", sim_violation(sim));
    return 1;
}

void report_stats(const struct sim *sim, int64_t took_us)
{
    const struct sim_stats *stats = sim_stats(sim);

    printf("%llu histories, %llu syncs (%llu as request text), each answer and row compared with "
           "the oracle's, the stored history after %llu of them; %llu faults; %.1f s\n",
           (unsigned long long)stats->histories, (unsigned long long)stats->syncs,
           (unsigned long long)stats->as_text, (unsigned long long)stats->histories_compared,
           (unsigned long long)stats->faults, (double)took_us / 1e6);
    if (stats->statements > 0)
        printf("%llu statements of other SQL, %llu of them in the middle of a sync; %llu fields "
               "judged by time\n",
               (unsigned long long)stats->statements, (unsigned long long)stats->middles,
               (unsigned long long)stats->timed);
    if (stats->compactions > 0)
        printf("%llu steps of compaction; %llu syncs at a clock below the horizon, %llu of devices "
               "that started anew\n",
               (unsigned long long)stats->compactions, (unsigned long long)stats->old,
               (unsigned long long)stats->restarts);
    if (stats->quarantined > 0)
        printf("%llu of them in quarantine mode: %llu of %llu new diffs refused, %llu of them "
               "applied later by an operator\n",
               (unsigned long long)stats->quarantined, (unsigned long long)stats->refused,
               (unsigned long long)stats->written, (unsigned long long)stats->retried);
}
