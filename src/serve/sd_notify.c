/* Messages to the service manager, by sd_notify(). What it does not hear changes nothing. */
#include "sd_notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "clock.h"

#define STATUS_MAX 200u
/* Between the KILL of the last worker and our own end. */
#define STOP_MARGIN_MS 5000

void notify_ready(void)
{
    (void)sd_notify(0, "READY=1");
}

/* A manager that pairs our answer with its own request (Type=notify-reload) wants to know when we
 * began. */
void notify_reloading(void)
{
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_monotonic_us());
}

void notify_stopping(int64_t stop_timeout_ms)
{
    (void)sd_notifyf(
        0, "STOPPING=1\nSTATUS=finishing in-flight requests\nEXTEND_TIMEOUT_USEC=%" PRId64,
        (stop_timeout_ms + STOP_MARGIN_MS) * 1000);
}

void notify_status(const char *format, ...)
{
    char status[STATUS_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(status, sizeof(status), format, args);
    va_end(args);
    (void)sd_notifyf(0, "STATUS=%s", status);
}
