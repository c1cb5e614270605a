/* A synchronizer and the jobs that use it: keeper_start(). */
#include "keeper.h"

#include <stdlib.h>

#include "arena.h"
#include "settings.h"

struct keeper {
    struct db_settings db;
    struct synchronizer *synchronizer;
    struct housekeeping *housekeeping;
};

struct keeper *keeper_start(const struct config *config, struct db_host_in_use *host,
                            const struct poke_pipe *pipe)
{
    struct keeper *keeper = alloc_or_die(sizeof(*keeper));
    struct housekeeping_settings settings;

    keeper->db = settings_db(config);
    keeper->db.in_use = host;
    keeper->synchronizer = db_synchronizer_new(&keeper->db);
    settings = settings_housekeeping(config, keeper->synchronizer, pipe);
    keeper->housekeeping = housekeeping_new(&settings);
    return keeper;
}

void keeper_step(struct keeper *keeper, struct serve_step *step_out)
{
    struct housekeeping_report report;

    housekeeping_step(keeper->housekeeping, &report);
    *step_out = (struct serve_step){
        .more = report.more,
        .oldest_s = report.oldest_s,
        .overdue_s = report.overdue_s,
        .elected = report.elected,
        .pause_us = report.pause_us,
    };
}

void keeper_stop(struct keeper *keeper)
{
    housekeeping_free(keeper->housekeeping);
    db_synchronizer_free(keeper->synchronizer);
    free(keeper);
}
