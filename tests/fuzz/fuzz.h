/* fuzz.h: what the fuzz targets share. A target is a parser of ours, or what stands behind it, fed
 * with bytes that somebody else chose; it must keep its promises, whatever they are.
 * Pure:    the same bytes, the same run: nothing random, no real time.
 * Owns:    nothing; a target keeps what it needs from one input to the next.
 * Fails:   fuzz_check() and fuzz_break() end the process, so that libFuzzer keeps the input. */
#ifndef MOBYNC_FUZZ_H
#define MOBYNC_FUZZ_H

#include "arena.h"
#include "attributes.h"
#include "column.h"
#include "model.h"

/* libFuzzer's side: clang links its main() to each target, other compilers replay.c. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

NORETURN void fuzz_break(const char *promise);

static inline void fuzz_check(bool holds, const char *promise)
{
    if (!holds)
        fuzz_break(promise);
}

/* Bytes taken from the front; behind the end there are zeros. */
struct fuzz_bytes {
    const uint8_t *at;
    size_t left;
};

unsigned fuzz_byte(struct fuzz_bytes *bytes);
/* 0 … bound - 1. */
unsigned fuzz_below(struct fuzz_bytes *bytes, unsigned bound);

/* A mapping with every type of field, of one model "m" that takes all operations. */
const struct mapping *fuzz_mapping(bool ignore_unknown_fields);
/* Of its table. */
const struct columns *fuzz_columns(void);

/* jansson accepts it: strict JSON by somebody else's judgement. Numbers that do not fit jansson's
 * types count as accepted. */
bool fuzz_is_json(struct text json);

#endif
