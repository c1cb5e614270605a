/* Of whom the webhook is told, and when: coalesced by owner, again after failures, one call at a
 * time while it is away, bounded, given up in the end. And what a call says. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "webhook_call.h"
#include "webhook_queue.h"

#define SECOND_US ((int64_t)1000 * 1000)
#define NOW_US    (1000 * SECOND_US)

static struct webhook_queue queue;

static int setup(void **state)
{
    (void)state;
    webhook_queue_init(&queue);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    webhook_queue_release(&queue);
    return 0;
}

static struct poke_change change_of(const char *owner, int64_t clock)
{
    struct poke_change change = {.clock = clock, .owner_len = strlen(owner)};

    memcpy(change.owner, owner, change.owner_len);
    return change;
}

static void put(const char *owner, int64_t clock, int64_t now_us)
{
    const struct poke_change change = change_of(owner, clock);

    assert_true(webhook_queue_put(&queue, &change, now_us));
}

/* The call that is due, which must be this one. */
static struct webhook_entry *take(const char *owner, int64_t clock, int64_t now_us)
{
    struct webhook_entry *entry = webhook_queue_take(&queue, now_us);

    assert_non_null(entry);
    assert_int_equal(entry->change.owner_len, strlen(owner));
    assert_memory_equal(entry->change.owner, owner, strlen(owner));
    assert_int_equal(entry->change.clock, clock);
    return entry;
}

static void done(struct webhook_entry *entry, enum webhook_outcome outcome, int64_t now_us)
{
    webhook_queue_done(&queue, entry, outcome, 0, now_us);
}

static void several_changes_are_one_call(void **state)
{
    struct webhook_entry *entry;

    (void)state;
    assert_true(webhook_queue_due_us(&queue) == INT64_MAX);
    assert_null(webhook_queue_take(&queue, INT64_MAX));
    put("alice", 3, NOW_US);
    put("alice", 5, NOW_US);
    put("alice", 4, NOW_US); /* of another worker, late */
    assert_int_equal(webhook_queue_waiting(&queue), 1);
    entry = take("alice", 5, NOW_US);
    assert_null(webhook_queue_take(&queue, NOW_US));
    put("alice", 6, NOW_US);
    assert_null(webhook_queue_take(&queue, NOW_US)); /* one of an owner at a time */
    done(entry, WEBHOOK_DELIVERED, NOW_US);
    assert_true(webhook_queue_due_us(&queue) == NOW_US + WEBHOOK_GAP_US);
    assert_null(webhook_queue_take(&queue, NOW_US + WEBHOOK_GAP_US - 1));
    put("alice", 7, NOW_US);
    entry = take("alice", 7, NOW_US + WEBHOOK_GAP_US);
    done(entry, WEBHOOK_DELIVERED, NOW_US + WEBHOOK_GAP_US);
    assert_int_equal(webhook_queue_waiting(&queue), 0);
}

/* The housekeeper tells of what other SQL wrote; a worker then tells the same clock. */
static void a_clock_is_told_once(void **state)
{
    (void)state;
    put("alice", 3, NOW_US);
    done(take("alice", 3, NOW_US), WEBHOOK_DELIVERED, NOW_US);
    put("alice", 3, NOW_US + 1);
    put("alice", 2, NOW_US + 1);
    assert_int_equal(webhook_queue_waiting(&queue), 0);
    assert_int_equal(webhook_queue_clean(&queue, NOW_US + WEBHOOK_GAP_US), 0);
    assert_int_equal(queue.count, 0);
}

static void several_owners_at_once_while_all_is_well(void **state)
{
    struct webhook_entry *alice, *bob;

    (void)state;
    put("alice", 1, NOW_US);
    put("bob", 1, NOW_US);
    alice = webhook_queue_take(&queue, NOW_US);
    bob = webhook_queue_take(&queue, NOW_US);
    assert_non_null(alice);
    assert_non_null(bob);
    assert_ptr_not_equal(alice, bob);
    assert_int_equal(webhook_queue_waiting(&queue), 2);
    done(alice, WEBHOOK_DELIVERED, NOW_US);
    done(bob, WEBHOOK_DELIVERED, NOW_US);
}

static void one_at_a_time_while_it_is_away(void **state)
{
    struct webhook_entry *alice, *bob, *first;
    int64_t now_us = NOW_US;

    (void)state;
    put("alice", 1, now_us);
    put("bob", 1, now_us);
    alice = take("alice", 1, now_us);
    bob = take("bob", 1, now_us);
    done(alice, WEBHOOK_AWAY, now_us);
    assert_true(webhook_queue_due_us(&queue) == INT64_MAX); /* bob's says more */
    done(bob, WEBHOOK_AWAY, now_us);
    assert_true(webhook_queue_due_us(&queue) == now_us + 2 * SECOND_US);
    put("carol", 1, now_us);
    assert_null(webhook_queue_take(&queue, now_us + 2 * SECOND_US - 1));
    now_us += 2 * SECOND_US;
    first = webhook_queue_take(&queue, now_us);
    assert_non_null(first);
    assert_null(webhook_queue_take(&queue, now_us));
    done(first, WEBHOOK_DELIVERED, now_us);
    assert_non_null(webhook_queue_take(&queue, now_us)); /* all again */
    assert_non_null(webhook_queue_take(&queue, now_us));
}

static void waits_longer_and_longer(void **state)
{
    static const int64_t WAITS_S[] = {1, 2, 4, 8, 16, 32, 60, 60};
    int64_t now_us = NOW_US;

    (void)state;
    put("alice", 1, now_us);
    for (size_t i = 0; i < sizeof(WAITS_S) / sizeof(WAITS_S[0]); i++) {
        done(take("alice", 1, now_us), WEBHOOK_AWAY, now_us);
        assert_true(webhook_queue_due_us(&queue) == now_us + WAITS_S[i] * SECOND_US);
        now_us += WAITS_S[i] * SECOND_US;
    }
    webhook_queue_done(&queue, take("alice", 1, now_us), WEBHOOK_AWAY, 300 * SECOND_US, now_us);
    assert_true(webhook_queue_due_us(&queue) == now_us + 300 * SECOND_US); /* as it asked for */
    now_us += 300 * SECOND_US;
    webhook_queue_done(&queue, take("alice", 1, now_us), WEBHOOK_AWAY, 1000000 * SECOND_US, now_us);
    assert_true(webhook_queue_due_us(&queue) == now_us + WEBHOOK_WAIT_MOST_US);
}

static void a_change_meanwhile_goes_with_the_next_attempt(void **state)
{
    struct webhook_entry *entry;

    (void)state;
    put("alice", 1, NOW_US);
    entry = take("alice", 1, NOW_US);
    put("alice", 2, NOW_US);
    done(entry, WEBHOOK_AWAY, NOW_US);
    take("alice", 2, NOW_US + SECOND_US);
}

static void is_given_up_after_an_hour(void **state)
{
    (void)state;
    put("alice", 1, NOW_US);
    done(take("alice", 1, NOW_US), WEBHOOK_AWAY, NOW_US);
    put("alice", 2, NOW_US + WEBHOOK_GIVE_UP_US - 1); /* the first one waits for longest */
    assert_int_equal(webhook_queue_clean(&queue, NOW_US + WEBHOOK_GIVE_UP_US - 1), 0);
    assert_int_equal(webhook_queue_clean(&queue, NOW_US + WEBHOOK_GIVE_UP_US), 1);
    assert_int_equal(queue.count, 0);
}

static void what_is_refused_is_not_told_again(void **state)
{
    (void)state;
    put("alice", 1, NOW_US);
    done(take("alice", 1, NOW_US), WEBHOOK_REFUSED, NOW_US);
    assert_true(webhook_queue_due_us(&queue) == INT64_MAX);
    put("alice", 2, NOW_US);
    take("alice", 2, NOW_US + WEBHOOK_GAP_US);
}

static void is_bounded(void **state)
{
    struct poke_change change;
    char owner[32];

    (void)state;
    for (size_t i = 0; i < WEBHOOK_OWNERS_MAX; i++) {
        snprintf(owner, sizeof(owner), "o%zu", i);
        put(owner, 1, NOW_US);
    }
    change = change_of("one more", 1);
    assert_false(webhook_queue_put(&queue, &change, NOW_US));
    put("o7", 2, NOW_US); /* who is there already */
    done(webhook_queue_take(&queue, NOW_US), WEBHOOK_DELIVERED, NOW_US);
    assert_int_equal(webhook_queue_clean(&queue, NOW_US + WEBHOOK_GAP_US), 0);
    put("one more", 1, NOW_US);
}

static void says_owner_and_clock_signed(void **state)
{
    const struct poke_change change = change_of("al\"ice", 9007199254740991);
    char signature[WEBHOOK_SIGNATURE_LEN + 1];
    struct buf body;

    (void)state;
    buf_init(&body, WEBHOOK_BODY_MAX_BYTES);
    webhook_call_body(&body, &change);
    assert_true(text_is(buf_text(&body), "{\"owner\":\"al\\\"ice\",\"clock\":9007199254740991}"));
    buf_release(&body);
    /* As openssl dgst -sha256 -hmac says. */
    webhook_call_sign(TEXT_LITERAL("0123456789abcdef0123456789abcdef"),
                      TEXT_LITERAL("{\"owner\":\"alice\",\"clock\":7}"), signature);
    assert_string_equal(signature,
                        "e57e6721cb790958dc31c7283135341baf3c48a668a553494d44b2d0b4d05300");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(several_changes_are_one_call, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_is_told_once, setup, teardown),
        cmocka_unit_test_setup_teardown(several_owners_at_once_while_all_is_well, setup, teardown),
        cmocka_unit_test_setup_teardown(one_at_a_time_while_it_is_away, setup, teardown),
        cmocka_unit_test_setup_teardown(waits_longer_and_longer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_meanwhile_goes_with_the_next_attempt, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(is_given_up_after_an_hour, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_refused_is_not_told_again, setup, teardown),
        cmocka_unit_test_setup_teardown(is_bounded, setup, teardown),
        cmocka_unit_test(says_owner_and_clock_signed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
