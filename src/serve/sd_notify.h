/* sd_notify.h: what the service manager is told about the pool, for units of Type=notify.
 * Process: the master alone; a manager takes these from the main process.
 * Units:   stop_timeout_ms is milliseconds.
 * Fails:   never: nothing is said where NOTIFY_SOCKET is unset, and what cannot be said changes
 *          nothing for clients. */
#ifndef MOBYNC_SD_NOTIFY_H
#define MOBYNC_SD_NOTIFY_H

#include <stdint.h>

#include "attributes.h"

/* Requests are answered: after a start, and again after a reload. */
void notify_ready(void);
void notify_reloading(void);
/* The manager is asked to wait as long as the requests in flight may take. */
void notify_stopping(int64_t stop_timeout_ms);
/* One line for `systemctl status`. */
void notify_status(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
