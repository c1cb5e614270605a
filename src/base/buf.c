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

char *buf_reserve(struct buf *buf, size_t len)
{
    if (buf->overflow || len > buf->max_bytes - buf->len) {
        buf->overflow = true;
        return NULL;
    }
    if (buf->len + len + 1 > buf->capacity) {
        size_t capacity = buf->capacity < 256 ? 256 : buf->capacity * 2;

        if (capacity < buf->len + len + 1)
            capacity = buf->len + len + 1;
        if (capacity > buf->max_bytes + 1)
            capacity = buf->max_bytes + 1;
        buf->data = realloc_or_die(buf->data, capacity);
        buf->capacity = capacity;
    }
    buf->data[buf->len + len] = '\0';
    return buf->data + buf->len;
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    char *end = buf_reserve(buf, len);

    if (end == NULL || len == 0)
        return;
    memcpy(end, bytes, len);
    buf->len += len;
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
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
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%lld", (long long)value);

    buf_add(buf, digits, (size_t)len);
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
