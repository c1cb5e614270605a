/* Times and texts as people read them on a terminal, none of which can steer it. */
#include "terminal.h"

#include <time.h>

void terminal_time(int64_t time_ms, char moment_out[TERMINAL_TIME_SIZE])
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm utc;

    if (time_ms == 0 || gmtime_r(&seconds, &utc) == NULL ||
        strftime(moment_out, TERMINAL_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        snprintf(moment_out, TERMINAL_TIME_SIZE, "never");
}

void terminal_time_ms(int64_t time_ms, char moment_out[TERMINAL_TIME_MS_SIZE])
{
    time_t seconds = (time_t)(time_ms / 1000);
    size_t len = 0;
    struct tm utc;

    if (gmtime_r(&seconds, &utc) != NULL)
        len = strftime(moment_out, TERMINAL_TIME_MS_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(moment_out + len, TERMINAL_TIME_MS_SIZE - len, ".%03uZ", (unsigned)(time_ms % 1000));
}

/* Bytes of the control character there: one, or two for U+0080 to U+009F; 0 if it is none. */
static size_t control_bytes(struct text text, size_t at)
{
    unsigned char c = (unsigned char)text.ptr[at];

    if (c < ' ' || c == 0x7F)
        return 1;
    return c == 0xC2 && at + 1 < text.len && (unsigned char)text.ptr[at + 1] < 0xA0 ? 2 : 0;
}

/* The next byte to show; a control character of two bytes is one '?'. */
static char next_printable(struct text text, size_t *at)
{
    size_t control = control_bytes(text, *at);
    char shown = '?';

    if (control == 0)
        shown = text.ptr[*at];
    *at += control > 0 ? control : 1;
    return shown;
}

void terminal_text(FILE *to, struct text text)
{
    size_t at = 0;

    while (at < text.len)
        fputc(next_printable(text, &at), to);
}

size_t terminal_printable(struct text text, char *out)
{
    size_t at = 0, len = 0;

    while (at < text.len)
        out[len++] = next_printable(text, &at);
    return len;
}
