/* Tickets: who has one may listen to one channel, for a while, and nobody else can make one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "poke_ticket.h"

#define NOW_MS ((int64_t)1700000000 * 1000)

static const struct text KEY = {"a secret of thirty-two bytes ....", 33};
static const struct text OTHER_KEY = {"a secret of thirty-two bytes ...!", 33};
static const struct text ALICE = {"alice", 5};

static void channels_are_of_owner_and_key(void **state)
{
    char alice[POKE_CHANNEL_LEN + 1], bob[POKE_CHANNEL_LEN + 1], other[POKE_CHANNEL_LEN + 1];

    (void)state;
    poke_channel(KEY, ALICE, alice);
    poke_channel(KEY, TEXT_LITERAL("bob"), bob);
    assert_int_equal(strlen(alice), POKE_CHANNEL_LEN);
    assert_int_equal(strspn(alice, "0123456789abcdef"), POKE_CHANNEL_LEN);
    assert_string_not_equal(alice, bob);
    poke_channel(OTHER_KEY, ALICE, other);
    assert_string_not_equal(alice, other);
    poke_channel(KEY, ALICE, other);
    assert_string_equal(alice, other);
}

static void a_ticket_is_good_for_its_time(void **state)
{
    char channel[POKE_CHANNEL_LEN + 1], got[POKE_CHANNEL_LEN + 1], ticket[POKE_TICKET_MAX + 1];

    (void)state;
    poke_channel(KEY, ALICE, channel);
    poke_ticket_write(KEY, channel, NOW_MS, ticket);
    assert_true(poke_ticket_read(KEY, text_of(ticket), NOW_MS, got));
    assert_string_equal(got, channel);
    assert_true(poke_ticket_read(KEY, text_of(ticket), NOW_MS + POKE_TICKET_S * 1000, got));
    assert_false(poke_ticket_read(KEY, text_of(ticket), NOW_MS + (POKE_TICKET_S + 1) * 1000, got));
    assert_false(poke_ticket_read(OTHER_KEY, text_of(ticket), NOW_MS, got));
}

/* Each byte counts, and so does the length. */
static void a_changed_ticket_is_refused(void **state)
{
    char channel[POKE_CHANNEL_LEN + 1], got[POKE_CHANNEL_LEN + 1], ticket[POKE_TICKET_MAX + 1];
    size_t len;

    (void)state;
    poke_channel(KEY, ALICE, channel);
    poke_ticket_write(KEY, channel, NOW_MS, ticket);
    len = strlen(ticket);
    for (size_t i = 0; i < len; i++) {
        ticket[i] ^= 1;
        assert_false(poke_ticket_read(KEY, text_of(ticket), NOW_MS, got));
        ticket[i] ^= 1;
        assert_false(poke_ticket_read(KEY, (struct text){ticket, i}, NOW_MS, got));
    }
    assert_true(poke_ticket_read(KEY, text_of(ticket), NOW_MS, got));
}

/* An owner cannot be called so that the MAC of its channel is that of a ticket. */
static void a_channel_is_no_ticket(void **state)
{
    char channel[POKE_CHANNEL_LEN + 1], forged[POKE_TICKET_MAX + 1], got[POKE_CHANNEL_LEN + 1];
    char claims[POKE_TICKET_MAX + 1];

    (void)state;
    poke_channel(KEY, ALICE, channel);
    snprintf(claims, sizeof(claims), "%s.1800000000", channel);
    poke_channel(KEY, text_of(claims), got);
    snprintf(forged, sizeof(forged), "%s.1800000000.%s", channel, got);
    assert_false(poke_ticket_read(KEY, text_of(forged), NOW_MS, got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channels_are_of_owner_and_key),
        cmocka_unit_test(a_ticket_is_good_for_its_time),
        cmocka_unit_test(a_changed_ticket_is_refused),
        cmocka_unit_test(a_channel_is_no_ticket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
