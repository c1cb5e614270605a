/* A growing buffer that stops at its maximum and says so by `overflow`. */
#include "buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"

void buf_init(struct buf *buf, size_t max_bytes)
{
    assert(max_bytes > 0 && max_bytes < SIZE_MAX / 2);
    *buf = (struct buf){.max_bytes = max_bytes};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->overflow = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

void buf_release(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){.max_bytes = buf->max_bytes};
}

/* The usual case, of a few bytes more: room for them, and for the NUL, is there. */
static bool has_room(const struct buf *buf, size_t len)
{
    return len < buf->capacity - buf->len && !buf->overflow;
}

static bool make_room(struct buf *buf, size_t len)
{
    size_t capacity = buf->capacity < 256 ? 256 : buf->capacity * 2;

    if (buf->overflow || len > buf->max_bytes - buf->len) {
        buf->overflow = true;
        return false;
    }
    if (capacity < buf->len + len + 1)
        capacity = buf->len + len + 1;
    if (capacity > buf->max_bytes + 1)
        capacity = buf->max_bytes + 1;
    buf->data = realloc_or_die(buf->data, capacity);
    buf->capacity = capacity;
    return true;
}

char *buf_reserve(struct buf *buf, size_t len)
{
    if (!has_room(buf, len) && !make_room(buf, len))
        return NULL;
    buf->data[buf->len + len] = '\0';
    return buf->data + buf->len;
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    if ((!has_room(buf, len) && !make_room(buf, len)) || len == 0)
        return;
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_add_char(struct buf *buf, char c)
{
    if (!has_room(buf, 1) && !make_room(buf, 1))
        return;
    buf->data[buf->len++] = c;
    buf->data[buf->len] = '\0';
}

void buf_add_text(struct buf *buf, struct text t)
{
    buf_add(buf, t.ptr, t.len);
}

void buf_add_str(struct buf *buf, const char *s)
{
    buf_add(buf, s, strlen(s));
}

void buf_add_int(struct buf *buf, int64_t value)
{
    char chars[TEXT_NUMBER_MAX];

    buf_add_text(buf, text_of_int(value, chars));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    int len;
    char *end;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0 || (end = buf_reserve(buf, (size_t)len)) == NULL)
        return;
    va_start(args, format);
    len = vsnprintf(end, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}
