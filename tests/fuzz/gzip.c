/* A packed body → its bytes: never more than the limit, and the same whether it comes whole, byte
 * by byte, or divided anywhere. */
#include "content_coding.h"
#include "fuzz.h"

#define LIMIT ((size_t)40000)

struct outcome {
    struct buf body;
    enum rc rc;
    enum fail_code code;
};

static struct outcome unpack(struct text packed, size_t piece_bytes, struct arena *arena)
{
    struct outcome outcome = {.rc = RC_OK};
    struct content_coding *coding;
    struct fail fail = {.code = FAIL_INTERNAL};

    buf_init(&outcome.body, LIMIT);
    outcome.rc = content_coding_open(TEXT_LITERAL("gzip"), arena, &coding, &fail);
    fuzz_check(outcome.rc == RC_OK && coding != NULL, "gzip is known");
    for (size_t at = 0; outcome.rc == RC_OK && at < packed.len; at += piece_bytes) {
        const size_t left = packed.len - at;
        const struct text piece = {packed.ptr + at, left < piece_bytes ? left : piece_bytes};

        outcome.rc = content_coding_add(coding, piece, &outcome.body, &fail);
        fuzz_check(outcome.body.len <= LIMIT, "a body keeps to its limit");
    }
    if (outcome.rc == RC_OK)
        outcome.rc = content_coding_close(coding, &fail);
    outcome.code = fail.code;
    return outcome;
}

static void check_division(const struct outcome *whole, struct text packed, size_t piece_bytes,
                           struct arena *arena)
{
    struct outcome divided = unpack(packed, piece_bytes, arena);

    fuzz_check(divided.rc == whole->rc, "pieces are taken as the whole is");
    if (whole->rc == RC_OK)
        fuzz_check(text_equal(buf_text(&divided.body), buf_text(&whole->body)),
                   "pieces unpack to what the whole does");
    else
        fuzz_check(divided.code == whole->code, "pieces are refused as the whole is");
    buf_release(&divided.body);
}

static void check_header(struct text header, struct arena *arena)
{
    struct content_coding *coding;
    struct fail fail;

    if (content_coding_open(header, arena, &coding, &fail) != RC_OK)
        fuzz_check(fail.code == FAIL_UNSUPPORTED_MEDIA_TYPE, "an unknown coding is named as one");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text packed = {(const char *)data, size};
    struct outcome whole;
    struct arena arena;

    arena_init(&arena);
    check_header(packed, &arena);
    whole = unpack(packed, size + 1, &arena);
    if (whole.rc != RC_OK)
        fuzz_check(whole.rc == RC_REJECTED &&
                       (whole.code == FAIL_TOO_LARGE || whole.code == FAIL_INVALID_REQUEST),
                   "what does not unpack is the client's fault");
    check_division(&whole, packed, 1, &arena);
    check_division(&whole, packed, 1 + size / 3, &arena);
    buf_release(&whole.body);
    arena_release(&arena);
    return 0;
}
