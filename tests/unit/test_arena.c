/* arena.c: alignment, clean-ups, large blocks, and the end of the process when memory is exhausted.
 * */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"

static void test_memory_is_aligned_and_apart(void **state)
{
    struct arena arena;
    unsigned char *chunks[2000];

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < 2000; i++) {
        chunks[i] = arena_alloc(&arena, i % 300 + 1);
        assert_int_equal((uintptr_t)chunks[i] % _Alignof(max_align_t), 0);
        memset(chunks[i], (int)(i & 0xFF), i % 300 + 1);
    }
    for (size_t i = 0; i < 2000; i++)
        for (size_t k = 0; k <= i % 300; k++)
            assert_int_equal(chunks[i][k], i & 0xFF);
    assert_true(arena.used_bytes >= (size_t)2000 * 150);
    arena_release(&arena);
}

static void test_zeroed_also_after_clear(void **state)
{
    struct arena arena;
    char *bytes;

    (void)state;
    arena_init(&arena);
    memset(arena_alloc(&arena, 1000), 'x', 1000);
    arena_clear(&arena);
    assert_int_equal(arena.used_bytes, 0);
    bytes = ARENA_ARRAY(&arena, 250, int32_t) == NULL ? NULL : arena_zalloc(&arena, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(bytes[i], 0);
    arena_release(&arena);
}

static void test_larger_than_any_block(void **state)
{
    const size_t size = (size_t)20 * 1024 * 1024;
    struct arena arena;
    char *small, *large;

    (void)state;
    arena_init(&arena);
    small = arena_alloc(&arena, 10);
    large = arena_alloc(&arena, size);
    memset(small, 's', 10);
    memset(large, 'l', size);
    assert_int_equal(small[9], 's');
    arena_clear(&arena);
    memset(arena_alloc(&arena, 10), 'a', 10);
    arena_release(&arena);
}

static void test_text(void **state)
{
    struct arena arena;
    struct text copy;

    (void)state;
    arena_init(&arena);
    copy = arena_text(&arena, TEXT_LITERAL("a\0b"));
    assert_true(text_equal(copy, TEXT_LITERAL("a\0b")));
    assert_int_equal(copy.ptr[3], '\0');
    copy = arena_text(&arena, text_of(NULL));
    assert_int_equal(copy.len, 0);
    assert_int_equal(copy.ptr[0], '\0');
    arena_release(&arena);
}

static struct {
    int calls[4];
    int count;
} cleaned;

static void note_cleanup(void *ptr)
{
    cleaned.calls[cleaned.count++] = *(int *)ptr;
}

static void test_cleanups_run_once_last_first(void **state)
{
    static int one = 1, two = 2, three = 3;
    struct arena arena;

    (void)state;
    cleaned.count = 0;
    arena_init(&arena);
    arena_on_clear(&arena, note_cleanup, &one);
    arena_on_clear(&arena, note_cleanup, &two);
    arena_clear(&arena);
    assert_int_equal(cleaned.count, 2);
    assert_int_equal(cleaned.calls[0], 2);
    assert_int_equal(cleaned.calls[1], 1);
    arena_on_clear(&arena, note_cleanup, &three);
    arena_release(&arena);
    assert_int_equal(cleaned.count, 3);
    assert_int_equal(cleaned.calls[2], 3);
}

/* Sizes that no memory satisfies end the process with status 1 and a line, not with a crash. */
static void test_exhaustion_ends_the_process(void **state)
{
    int status;
    pid_t child;

    (void)state;
    child = fork();
    if (child == 0) {
        struct arena arena;

        if (close(STDERR_FILENO) != 0)
            _exit(9);
        arena_init(&arena);
        arena_array(&arena, SIZE_MAX / 2, 4);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_aligned_and_apart),
        cmocka_unit_test(test_zeroed_also_after_clear),
        cmocka_unit_test(test_larger_than_any_block),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_cleanups_run_once_last_first),
        cmocka_unit_test(test_exhaustion_ends_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
