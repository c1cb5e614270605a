/* terminal.h: what people read: moments, and texts of any origin.
 * Holds:   no text steers the terminal: control characters are shown as '?'.
 * Units:   texts are UTF-8. */
#ifndef MOBYNC_TERMINAL_H
#define MOBYNC_TERMINAL_H

#include <stdio.h>

#include "text.h"

#define TERMINAL_TIME_SIZE    sizeof("9999-12-31T23:59:59Z")
#define TERMINAL_TIME_MS_SIZE sizeof("287396-10-12T08:59:00.991Z")

/* UTC, to the second; "never" for 0. */
void terminal_time(int64_t time_ms, char moment_out[TERMINAL_TIME_SIZE]);
/* UTC, to the millisecond, 0 too; any time that a diff may have. */
void terminal_time_ms(int64_t time_ms, char moment_out[TERMINAL_TIME_MS_SIZE]);

void terminal_text(FILE *to, struct text text);
/* The same into memory of at least text.len bytes; returns how many it took. */
size_t terminal_printable(struct text text, char *out);

#endif
