/* Which of several hosts is tried first: db_hosts_first(). One word of shared memory remembers the
 * one in use, by a hash of its name. */
#include "db_hosts.h"

#include <assert.h>
#include <stdatomic.h>
#include <sys/mman.h>

#define NAME_MAX_BYTES ((size_t)1024)

/* FNV-1a, 64 bits. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock could be held by a process that dies");

struct db_host_in_use *db_host_in_use_new(void)
{
    struct db_host_in_use *in_use =
        mmap(NULL, sizeof(*in_use), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return in_use != MAP_FAILED ? in_use : NULL;
}

void db_hosts_print(const struct db_settings *settings, size_t host, struct buf *into)
{
    const struct db_host *at = &settings->hosts[host];
    const bool six = at->host.len > 0 && memchr(at->host.ptr, ':', at->host.len) != NULL;

    assert(host < settings->host_count);
    if (at->socket.len > 0)
        buf_printf(into, "%.*s", TEXT_ARG(at->socket));
    else
        buf_printf(into, six ? "[%.*s]:%u" : "%.*s:%u", TEXT_ARG(at->host), at->port);
}

static uint64_t hash_of(const struct db_settings *settings, size_t host)
{
    uint64_t hash = HASH_START;
    struct buf name;

    buf_init(&name, NAME_MAX_BYTES);
    db_hosts_print(settings, host, &name);
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.data[i]) * HASH_PRIME;
    buf_release(&name);
    return hash != 0 ? hash : 1;
}

bool db_hosts_find(const struct db_settings *settings, const struct db_host_in_use *in_use,
                   size_t *host_out)
{
    const uint64_t name = atomic_load_explicit(&in_use->name, memory_order_relaxed);

    for (size_t i = 0; name != 0 && i < settings->host_count; i++)
        if (hash_of(settings, i) == name) {
            *host_out = i;
            return true;
        }
    return false;
}

bool db_hosts_is_left(const struct db_settings *settings, size_t host,
                      const struct db_host_in_use *in_use)
{
    size_t used;

    return settings->host_count > 1 && db_hosts_find(settings, in_use, &used) &&
           hash_of(settings, used) != hash_of(settings, host);
}

size_t db_hosts_first(const struct db_settings *settings, const struct db_host_in_use *in_use)
{
    size_t host;

    return db_hosts_find(settings, in_use, &host) ? host : 0;
}

void db_hosts_use(const struct db_settings *settings, size_t host, struct db_host_in_use *in_use)
{
    atomic_store_explicit(&in_use->name, hash_of(settings, host), memory_order_relaxed);
}
