/* Shared memory behind jwks_store.h: two sides, of which the version names the one that holds; the
 * other is written. */
#include "jwks_store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "jwks.h"

#define WORDS    (JWKS_MAX_BYTES / sizeof(uint64_t))
#define NEVER_US INT64_MIN
/* Between two looks of a worker that waits for a fetch. */
#define LOOK_NS (5L * 1000 * 1000)

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock could be held by a process that dies");
_Static_assert(JWKS_MAX_BYTES % sizeof(uint64_t) == 0, "kept word by word");

struct side {
    _Atomic uint64_t len;
    _Atomic uint64_t words[WORDS];
};

struct jwks_store {
    _Atomic uint64_t version;  /* its lowest bit is the side that holds */
    _Atomic int64_t began_us;  /* the last fetch */
    _Atomic uint64_t ended;    /* how many fetches have */
    _Atomic uint64_t failures; /* in a row, until now */
    atomic_bool wanted;
    int wake[2]; /* a pipe; the same numbers in all processes */
    struct side sides[2];
};

struct jwks_store *jwks_store_new(void)
{
    struct jwks_store *store =
        mmap(NULL, sizeof(*store), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (store == MAP_FAILED)
        return NULL;
    if (pipe2(store->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
        int error = errno;

        munmap(store, sizeof(*store));
        errno = error;
        return NULL;
    }
    atomic_init(&store->began_us, NEVER_US);
    return store;
}

void jwks_store_free(struct jwks_store *store)
{
    if (store == NULL)
        return;
    close(store->wake[0]);
    close(store->wake[1]);
    munmap(store, sizeof(*store));
}

static void write_side(struct side *side, struct text document)
{
    for (size_t at = 0; at < document.len; at += sizeof(uint64_t)) {
        size_t left = document.len - at;
        uint64_t word = 0;

        memcpy(&word, document.ptr + at, left < sizeof(word) ? left : sizeof(word));
        atomic_store_explicit(&side->words[at / sizeof(word)], word, memory_order_relaxed);
    }
    atomic_store_explicit(&side->len, document.len, memory_order_relaxed);
}

void jwks_store_put(struct jwks_store *store, struct text document)
{
    uint64_t next = atomic_load_explicit(&store->version, memory_order_relaxed) + 1;

    assert(document.len <= JWKS_MAX_BYTES);
    /* Who sees what is written now sees, too, that this side no longer holds. */
    atomic_thread_fence(memory_order_release);
    write_side(&store->sides[next & 1], document);
    atomic_store_explicit(&store->version, next, memory_order_release);
}

uint64_t jwks_store_version(const struct jwks_store *store)
{
    return atomic_load_explicit(&store->version, memory_order_acquire);
}

static void read_side(const struct side *side, struct buf *into)
{
    uint64_t len = atomic_load_explicit(&side->len, memory_order_relaxed);

    buf_clear(into);
    for (uint64_t at = 0; at < len && at < JWKS_MAX_BYTES; at += sizeof(uint64_t)) {
        uint64_t word =
            atomic_load_explicit(&side->words[at / sizeof(uint64_t)], memory_order_relaxed);
        uint64_t left = len - at;

        buf_add(into, &word, left < sizeof(word) ? left : sizeof(word));
    }
}

uint64_t jwks_store_get(const struct jwks_store *store, struct buf *document_out)
{
    uint64_t version, after;

    do {
        version = jwks_store_version(store);
        read_side(&store->sides[version & 1], document_out);
        atomic_thread_fence(memory_order_acquire);
        after = atomic_load_explicit(&store->version, memory_order_relaxed);
    } while (version != after);
    return version;
}

void jwks_store_begin(struct jwks_store *store, int64_t now_us)
{
    char ignored[64];
    ssize_t len;

    do
        len = read(store->wake[0], ignored, sizeof(ignored));
    while (len > 0);
    atomic_store(&store->wanted, false);
    atomic_store(&store->began_us, now_us);
}

void jwks_store_end(struct jwks_store *store, bool successful)
{
    if (successful)
        atomic_store(&store->failures, 0);
    else
        atomic_fetch_add(&store->failures, 1);
    atomic_fetch_add(&store->ended, 1);
}

bool jwks_store_is_untried(const struct jwks_store *store)
{
    return atomic_load(&store->began_us) == NEVER_US;
}

static int64_t retry_ms(uint64_t failures)
{
    int64_t delay_ms = JWKS_STORE_RETRY_FIRST_MS;

    for (uint64_t i = 1; i < failures && delay_ms < JWKS_STORE_RETRY_LAST_MS; i++)
        delay_ms *= 2;
    return delay_ms < JWKS_STORE_RETRY_LAST_MS ? delay_ms : JWKS_STORE_RETRY_LAST_MS;
}

int64_t jwks_store_due_us(const struct jwks_store *store, int64_t refresh_ms)
{
    int64_t began_us = atomic_load(&store->began_us);
    uint64_t failures = atomic_load(&store->failures);
    int64_t delay_ms = failures > 0 ? retry_ms(failures) : refresh_ms;

    if (began_us == NEVER_US)
        return 0;
    if (atomic_load(&store->wanted) && delay_ms > JWKS_STORE_PAUSE_MS)
        delay_ms = JWKS_STORE_PAUSE_MS;
    return began_us + (delay_ms < refresh_ms ? delay_ms : refresh_ms) * 1000;
}

void jwks_store_want(struct jwks_store *store)
{
    atomic_store(&store->wanted, true);
}

/* Children that hold a copy of the descriptor are not told. */
bool jwks_store_signal_me(struct jwks_store *store)
{
    const int flags = fcntl(store->wake[0], F_GETFL);

    return flags >= 0 && fcntl(store->wake[0], F_SETOWN, getpid()) == 0 &&
           fcntl(store->wake[0], F_SETFL, flags | O_ASYNC) == 0;
}

static bool is_pause_over(const struct jwks_store *store)
{
    int64_t began_us = atomic_load(&store->began_us);

    return began_us == NEVER_US || clock_monotonic_us() - began_us >= JWKS_STORE_PAUSE_MS * 1000;
}

static void await_end(const struct jwks_store *store, uint64_t ended, int64_t wait_ms)
{
    const struct timespec look = {.tv_nsec = LOOK_NS};
    int64_t until_us = clock_monotonic_us() + wait_ms * 1000;

    while (atomic_load(&store->ended) == ended && clock_monotonic_us() < until_us)
        nanosleep(&look, NULL);
}

bool jwks_store_ask(struct jwks_store *store, int64_t wait_ms)
{
    uint64_t version = jwks_store_version(store);
    uint64_t ended = atomic_load(&store->ended);
    bool pause_over = is_pause_over(store);

    if (atomic_exchange(&store->wanted, true))
        return false;
    /* A full pipe wakes, too. */
    if (write(store->wake[1], "", 1) == 1 && pause_over)
        await_end(store, ended, wait_ms);
    return jwks_store_version(store) != version;
}
