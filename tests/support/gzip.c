/* Packs by zlib's deflate, in one step. */
#include "gzip.h"

#include <assert.h>
#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#define GZIP_WINDOW_BITS (15 + 16)
#define MEMORY_LEVEL     8

struct text gzip_pack(struct text plain)
{
    z_stream zlib = {.next_in = (const unsigned char *)plain.ptr, .avail_in = (unsigned)plain.len};
    int result = deflateInit2(&zlib, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
                              Z_DEFAULT_STRATEGY);
    unsigned char *packed;
    size_t room;

    assert(result == Z_OK);
    room = deflateBound(&zlib, plain.len);
    packed = malloc(room);
    assert(packed != NULL);
    zlib.next_out = packed;
    zlib.avail_out = (unsigned)room;
    result = deflate(&zlib, Z_FINISH);
    assert(result == Z_STREAM_END);
    (void)deflateEnd(&zlib);
    return (struct text){(const char *)packed, zlib.total_out};
}

void gzip_free(struct text packed)
{
    free((void *)(uintptr_t)packed.ptr);
}
