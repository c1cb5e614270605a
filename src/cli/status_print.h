/* status_print.h: the two forms in which `mobync status` prints the master's reports and what
 *          the database holds.
 * Owns:    nothing.
 * Holds:   rates are per second, between two reports of one master. */
#ifndef MOBYNC_STATUS_PRINT_H
#define MOBYNC_STATUS_PRINT_H

#include "status_report.h"
#include "synchronizer.h"

struct status {
    struct status_report before;
    struct status_report now;
    struct status_report_worker *workers; /* of now */
    struct outbox_size outbox;
    bool outbox_known; /* the database has told it */
    struct history_size history;
    bool history_known;
    struct history_terms terms; /* of the config */
    bool has_shards;
    struct owner_survey survey; /* of its database */
    bool survey_known;
    const struct versions *versions; /* of the app; NULL: the config has none */
};

void status_print_tables(const struct status *status);
void status_print_json(const struct status *status);

#endif
