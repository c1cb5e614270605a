/* in_range.h: assert_int_in_range(value, minimum, maximum), after cmocka.h. It is cmocka 2's name;
 * cmocka 1 has assert_in_range() alone, which warns in cmocka 2.
 * Holds:   the minimum is not negative: cmocka 1 compares without a sign. */
#ifndef MOBYNC_TEST_IN_RANGE_H
#define MOBYNC_TEST_IN_RANGE_H

#ifndef assert_int_in_range
#define assert_int_in_range assert_in_range
#endif

#endif
