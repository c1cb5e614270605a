/* Request bodies in gzip, by zlib: content_coding_open() reads the header, then the body passes
 * through content_coding_add() piece by piece, so that a bomb never unfolds past the limit. Members
 * may follow each other, as RFC 1952 says; nothing else may. */
#include "content_coding.h"

#include <assert.h>
#include <limits.h>

#define ZLIB_CONST
#include <zlib.h>

/* The largest window, and gzip alone: no zlib format, no raw deflate. */
#define GZIP_WINDOW_BITS (15 + 16)
#define STEP_BYTES       ((size_t)16 * 1024)

struct content_coding {
    z_stream zlib; /* it points to itself: do not copy */
    bool ended;    /* at the end of a member, where the body may end */
};

/* The arena ends the process rather than return NULL, and takes everything back at once. */
static void *zlib_alloc(void *arena, unsigned count, unsigned size)
{
    return arena_array(arena, count, size);
}

static void zlib_free(void *arena, void *memory)
{
    (void)arena;
    (void)memory;
}

/* Takes the first of a list's entries from its front. */
static struct text next_entry(struct text *list)
{
    const char *comma = memchr(list->ptr, ',', list->len);
    struct text entry = *list;

    if (comma == NULL) {
        list->len = 0;
        return text_trim(entry);
    }
    entry.len = (size_t)(comma - list->ptr);
    list->len -= entry.len + 1;
    list->ptr = comma + 1;
    return text_trim(entry);
}

static bool is_gzip(struct text name)
{
    return text_equal_nocase(name, TEXT_LITERAL("gzip")) ||
           text_equal_nocase(name, TEXT_LITERAL("x-gzip"));
}

static struct content_coding *open_gzip(struct arena *arena)
{
    struct content_coding *coding = ARENA_NEW(arena, struct content_coding);
    int result;

    coding->zlib = (z_stream){.zalloc = zlib_alloc, .zfree = zlib_free, .opaque = arena};
    result = inflateInit2(&coding->zlib, GZIP_WINDOW_BITS);
    assert(result == Z_OK);
    return coding;
}

enum rc content_coding_open(struct text header, struct arena *arena,
                            struct content_coding **coding_out, struct fail *fail)
{
    unsigned gzips = 0;

    *coding_out = NULL;
    while (header.len > 0) {
        const struct text entry = next_entry(&header);
        const bool gzip = is_gzip(entry);

        gzips += gzip;
        if (gzips > 1 ||
            (!gzip && entry.len > 0 && !text_equal_nocase(entry, TEXT_LITERAL("identity"))))
            return fail_reject(fail, FAIL_UNSUPPORTED_MEDIA_TYPE,
                               "send the body as it is, or with Content-Encoding: gzip");
    }
    if (gzips > 0)
        *coding_out = open_gzip(arena);
    return RC_OK;
}

static enum rc refuse(int result, struct fail *fail)
{
    assert(result == Z_DATA_ERROR || result == Z_NEED_DICT || result == Z_BUF_ERROR);
    return fail_reject(fail, FAIL_INVALID_REQUEST, "the body is not valid gzip");
}

/* As much as fits into one step. */
static enum rc unpack_step(struct content_coding *coding, struct buf *body, struct fail *fail)
{
    z_stream *zlib = &coding->zlib;
    unsigned char step[STEP_BYTES];
    int result;

    zlib->next_out = step;
    zlib->avail_out = sizeof(step);
    if (coding->ended) {
        result = inflateReset(zlib);
        assert(result == Z_OK);
    }
    result = inflate(zlib, Z_NO_FLUSH);
    coding->ended = result == Z_STREAM_END;
    buf_add(body, step, sizeof(step) - zlib->avail_out);
    if (body->overflow)
        return fail_reject(fail, FAIL_TOO_LARGE, "the body is larger than %zu bytes when unpacked",
                           body->max_bytes);
    /* Z_BUF_ERROR when all of a piece is taken: there was nothing more in it. */
    if (result == Z_OK || result == Z_STREAM_END || (result == Z_BUF_ERROR && zlib->avail_in == 0))
        return RC_OK;
    return refuse(result, fail);
}

enum rc content_coding_add(struct content_coding *coding, struct text piece, struct buf *body,
                           struct fail *fail)
{
    z_stream *zlib = &coding->zlib;
    enum rc rc = RC_OK;

    assert(piece.len <= UINT_MAX);
    zlib->next_in = (const unsigned char *)piece.ptr;
    zlib->avail_in = (unsigned)piece.len;
    /* A step that was filled to its end may have left bytes in zlib's window. */
    zlib->avail_out = 1;
    while (rc == RC_OK && (zlib->avail_in > 0 || (zlib->avail_out == 0 && !coding->ended)))
        rc = unpack_step(coding, body, fail);
    return rc;
}

enum rc content_coding_close(const struct content_coding *coding, struct fail *fail)
{
    if (coding->ended)
        return RC_OK;
    return fail_reject(fail, FAIL_INVALID_REQUEST, "the body ended early: its gzip is cut short");
}
