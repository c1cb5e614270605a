/* buf.h: bytes that grow, born with their maximum.
 * Pure:    no I/O.
 * Owns:    its memory; buf_release() gives it back, buf_clear() keeps it for the next use.
 * Units:   bytes. The contents are always NUL-terminated; the NUL is not counted.
 * Fails:   past max_bytes nothing more is added and `overflow` is set, once and for good until
 *          buf_clear(): write all, then look at it once.
 * Holds:   len never exceeds max_bytes, and what is added is added whole or not at all. */
#ifndef MOBYNC_BUF_H
#define MOBYNC_BUF_H

#include "attributes.h"
#include "text.h"

struct buf {
    char *data;
    size_t len;
    size_t capacity;
    size_t max_bytes;
    bool overflow;
};

void buf_init(struct buf *buf, size_t max_bytes);
void buf_clear(struct buf *buf);
void buf_release(struct buf *buf);

void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_add_char(struct buf *buf, char c);
void buf_add_text(struct buf *buf, struct text t);
void buf_add_str(struct buf *buf, const char *s);
void buf_add_int(struct buf *buf, int64_t value);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Room for len more bytes at the end, to be filled by the caller, who then adds to buf->len.
 * NULL and overflow set if that would pass the maximum. */
char *buf_reserve(struct buf *buf, size_t len);

static inline struct text buf_text(const struct buf *buf)
{
    return (struct text){buf->data == NULL ? "" : buf->data, buf->len};
}

#endif
