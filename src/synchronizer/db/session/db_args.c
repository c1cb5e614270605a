/* Collects the parameters of one run: db_args_of(), then one call a question mark. */
#include "db_args.h"

#include <assert.h>

struct db_args db_args_of(size_t capacity, struct arena *arena)
{
    return (struct db_args){
        .arena = arena,
        .binds = ARENA_ARRAY(arena, capacity, MYSQL_BIND),
        .capacity = capacity,
    };
}

static MYSQL_BIND *next_arg(struct db_args *args)
{
    assert(args->count < args->capacity);
    return &args->binds[args->count++];
}

static void add_string(struct db_args *args, enum enum_field_types type, struct text value)
{
    MYSQL_BIND *bind = next_arg(args);

    bind->buffer_type = type;
    /* The library only reads it, but says so nowhere; no buffer at all would mean NULL. */
    memcpy(&bind->buffer, value.len > 0 ? &value.ptr : &(const char *){""}, sizeof(bind->buffer));
    bind->buffer_length = value.len;
}

void db_args_text(struct db_args *args, struct text value)
{
    add_string(args, MYSQL_TYPE_STRING, value);
}

void db_args_bytes(struct db_args *args, struct text value)
{
    add_string(args, MYSQL_TYPE_BLOB, value);
}

void db_args_integer(struct db_args *args, int64_t value)
{
    MYSQL_BIND *bind = next_arg(args);
    int64_t *kept = arena_alloc(args->arena, sizeof(*kept));

    *kept = value;
    bind->buffer_type = MYSQL_TYPE_LONGLONG;
    bind->buffer = kept;
}

void db_args_unsigned(struct db_args *args, uint64_t value)
{
    db_args_integer(args, (int64_t)value);
    args->binds[args->count - 1].is_unsigned = 1;
}

void db_args_null(struct db_args *args)
{
    next_arg(args)->buffer_type = MYSQL_TYPE_NULL;
}
