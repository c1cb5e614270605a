/* db_synchronizer.h: the synchronizer on MariaDB or MySQL, driven by the mapping's tables.
 * Process: one connection; made in the worker, never inherited over fork. It connects when first
 *          used, and again after the link was lost; timeouts are always set.
 * Owns:    the connection and its prepared statements; db_synchronizer_free() closes all.
 * Units:   as synchronizer.h.
 * Fails:   as synchronizer.h says. A database that is away is RC_RETRY with SERVER_BUSY.
 * Holds:   what the contract of tests/synchronizer says, with bulk statements and without. */
#ifndef MOBYNC_DB_SYNCHRONIZER_H
#define MOBYNC_DB_SYNCHRONIZER_H

#include "db_settings.h"
#include "synchronizer.h"

/* Settings and mapping must outlive it. Does not connect yet. */
struct synchronizer *db_synchronizer_new(const struct db_settings *settings);
void db_synchronizer_free(struct synchronizer *s);

#endif
