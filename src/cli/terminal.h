/* terminal.h: what people read: moments, and texts of any origin.
 * Holds:   no text steers the terminal: control characters are shown as '?'.
 * Units:   widths in characters; texts are UTF-8. */
#ifndef MOBYNC_TERMINAL_H
#define MOBYNC_TERMINAL_H

#include <stdio.h>

#include "text.h"

#define TERMINAL_MOMENT_SIZE    sizeof("9999-12-31T23:59:59Z")
#define TERMINAL_MOMENT_MS_SIZE sizeof("287396-10-12T08:59:00.991Z")

/* UTC, to the second; "never" for 0. */
void terminal_moment(int64_t time_ms, char moment_out[TERMINAL_MOMENT_SIZE]);
/* UTC, to the millisecond, 0 too; any time that a diff may have. */
void terminal_moment_ms(int64_t time_ms, char moment_out[TERMINAL_MOMENT_MS_SIZE]);

void terminal_text(FILE *to, struct text text);
/* The text, spaces up to the width, and two more. */
void terminal_cell(FILE *to, struct text text, size_t width);

#endif
