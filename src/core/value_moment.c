/* The calendar, and the texts of dates and times.
 * Entry:     moment_read(), moment_write() and their like.
 * Invariant: what is written reads back the same. */
#include "value_moment.h"

#include <stdio.h>

#include "attributes.h"

#define DAY_SECONDS     ((int64_t)86400)
#define EPOCH_DAYS      ((int64_t)719162) /* from 0001-01-01 to 1970-01-01 */
#define ERA_DAYS        ((int64_t)146097) /* 400 years */
#define FRACTION_DIGITS 9u
#define TIME_HOURS_MOST 838u

#define NOT_A_DATE "not a date of the calendar"

static const unsigned TENS[] = {1,      10,      100,      1000,      10000,
                                100000, 1000000, 10000000, 100000000, 1000000000};

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days of the year before the month; a 13th month begins the next year. */
static int64_t days_before_month(int64_t year, unsigned month)
{
    static const int DAYS[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

    return DAYS[month - 1] + (month > 2 && is_leap(year));
}

/* From 1970-01-01 to the year's first day. */
static int64_t days_before_year(int64_t year)
{
    const int64_t past = year - 1;

    return past * 365 + past / 4 - past / 100 + past / 400 - EPOCH_DAYS;
}

struct reader {
    struct text text;
    size_t at;
};

static bool read_digits(struct reader *r, size_t count, unsigned *number_out)
{
    *number_out = 0;
    if (r->text.len - r->at < count)
        return false;
    for (size_t end = r->at + count; r->at < end; r->at++) {
        const char c = r->text.ptr[r->at];

        if (c < '0' || c > '9')
            return false;
        *number_out = *number_out * 10 + (unsigned)(c - '0');
    }
    return true;
}

static bool read_char(struct reader *r, char c)
{
    if (r->at == r->text.len || r->text.ptr[r->at] != c)
        return false;
    r->at++;
    return true;
}

struct date {
    unsigned year, month, day;
};

static bool read_date_parts(struct reader *r, struct date *date)
{
    return read_digits(r, 4, &date->year) && read_char(r, '-') && read_digits(r, 2, &date->month) &&
           read_char(r, '-') && read_digits(r, 2, &date->day);
}

static const char *days_of(const struct date *date, int64_t *days_out)
{
    int64_t before;

    if (date->year == 0 || date->month == 0 || date->month > 12 || date->day == 0)
        return NOT_A_DATE;
    before = days_before_month(date->year, date->month);
    if (date->day > days_before_month(date->year, date->month + 1) - before)
        return NOT_A_DATE;
    *days_out = days_before_year(date->year) + before + date->day - 1;
    return NULL;
}

/* Of a fraction of up to nine digits; none is 0. */
static bool read_nanos(struct reader *r, unsigned *nanos_out)
{
    unsigned digits = 0, ignored = 0;

    *nanos_out = 0;
    if (!read_char(r, '.'))
        return true;
    while (digits < FRACTION_DIGITS && read_digits(r, 1, &ignored)) {
        *nanos_out = *nanos_out * 10 + ignored;
        digits++;
    }
    *nanos_out *= TENS[FRACTION_DIGITS - digits];
    return digits > 0;
}

static bool read_minutes(struct reader *r, unsigned *minutes_out, unsigned *seconds_out)
{
    return read_char(r, ':') && read_digits(r, 2, minutes_out) && *minutes_out < 60 &&
           read_char(r, ':') && read_digits(r, 2, seconds_out) && *seconds_out < 60;
}

static bool read_offset(struct reader *r, int64_t *seconds_out)
{
    const bool behind = read_char(r, '-');
    unsigned hours, minutes;

    *seconds_out = 0;
    if (!behind && read_char(r, 'Z'))
        return true;
    if ((!behind && !read_char(r, '+')) || !read_digits(r, 2, &hours) || hours > 23 ||
        !read_char(r, ':') || !read_digits(r, 2, &minutes) || minutes > 59)
        return false;
    *seconds_out = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    if (behind)
        *seconds_out = -*seconds_out;
    return true;
}

const char *moment_read(struct text text, char between, enum moment_zone zone,
                        struct moment *moment_out)
{
    static const char *const EXPECTED[] = {
        [MOMENT_LOCAL] = "a date and time without zone, such as \"2026-11-29T11:02:03.456\", is "
                         "expected",
        [MOMENT_ZONED] = "a date and time with zone, such as \"2026-11-29T11:02:03.456Z\", is "
                         "expected",
    };
    struct reader r = {text, 0};
    struct date date;
    unsigned hours, minutes, seconds;
    int64_t days = 0, offset = 0;
    const char *reason;

    if (!read_date_parts(&r, &date) || !read_char(&r, between) || !read_digits(&r, 2, &hours) ||
        hours > 23 || !read_minutes(&r, &minutes, &seconds) ||
        !read_nanos(&r, &moment_out->nanos) ||
        (zone == MOMENT_ZONED && !read_offset(&r, &offset)) || r.at != text.len)
        return EXPECTED[zone];
    reason = days_of(&date, &days);
    if (reason != NULL)
        return reason;
    moment_out->seconds = days * DAY_SECONDS + (int64_t)hours * 3600 + (int64_t)minutes * 60 +
                          (int64_t)seconds - offset;
    return moment_has_year(moment_out) ? NULL : "not within the years 1 to 9999 in UTC";
}

const char *moment_read_date(struct text text, int64_t *days_out)
{
    struct reader r = {text, 0};
    struct date date;

    if (!read_date_parts(&r, &date) || r.at != text.len)
        return "a date such as \"2026-11-29\" is expected";
    return days_of(&date, days_out);
}

/* Two digits of hours, three from 100 on. */
static bool read_hours(struct reader *r, unsigned *hours_out)
{
    unsigned last;

    if (!read_digits(r, 2, hours_out))
        return false;
    if (*hours_out < 10 || !read_digits(r, 1, &last))
        return true;
    *hours_out = *hours_out * 10 + last;
    return true;
}

const char *moment_read_time(struct text text, bool *negative_out, struct moment *amount_out)
{
    struct reader r = {text, 0};
    unsigned hours, minutes, seconds;

    *negative_out = read_char(&r, '-');
    if (!read_hours(&r, &hours) || !read_minutes(&r, &minutes, &seconds) ||
        !read_nanos(&r, &amount_out->nanos) || r.at != text.len)
        return "a time such as \"11:02:03\" is expected";
    if (hours > TIME_HOURS_MOST)
        return "a time from -838:59:59 to 838:59:59 is expected";
    amount_out->seconds = (int64_t)hours * 3600 + (int64_t)minutes * 60 + (int64_t)seconds;
    return NULL;
}

bool moment_is_zero_date(struct text text)
{
    struct reader r = {text, 0};
    struct date date;

    return read_date_parts(&r, &date) && (date.year == 0 || date.month == 0 || date.day == 0);
}

bool moment_has_year(const struct moment *moment)
{
    return moment->seconds >= days_before_year(1) * DAY_SECONDS &&
           moment->seconds < days_before_year(10000) * DAY_SECONDS;
}

static struct date date_of(int64_t days)
{
    int64_t year = (days + EPOCH_DAYS) * 400 / ERA_DAYS + 1;
    unsigned month = 12;

    if (days < days_before_year(year))
        year--;
    else if (days >= days_before_year(year + 1))
        year++;
    days -= days_before_year(year);
    while (days < days_before_month(year, month))
        month--;
    return (struct date){(unsigned)year, month,
                         (unsigned)(days - days_before_month(year, month)) + 1};
}

static size_t write_fraction(unsigned nanos, char *out)
{
    int len = snprintf(out, 16, ".%09u", nanos);

    while (len > 0 && out[len - 1] == '0')
        len--;
    return nanos == 0 ? 0 : (size_t)len;
}

struct text moment_write(const struct moment *moment, char chars_out[MOMENT_BYTES])
{
    int64_t days = moment->seconds / DAY_SECONDS, rest = moment->seconds % DAY_SECONDS;
    struct date date;
    size_t len;

    if (rest < 0) {
        rest += DAY_SECONDS;
        days--;
    }
    date = date_of(days);
    len = (size_t)snprintf(chars_out, MOMENT_BYTES, "%04u-%02u-%02u %02u:%02u:%02u",
                           date.year % 10000, date.month % 100, date.day % 100,
                           (unsigned)(rest / 3600) % 100, (unsigned)(rest / 60 % 60),
                           (unsigned)(rest % 60));
    return (struct text){chars_out, len + write_fraction(moment->nanos, chars_out + len)};
}

struct text moment_write_time(bool negative, const struct moment *amount,
                              char chars_out[MOMENT_BYTES])
{
    const unsigned seconds = (unsigned)amount->seconds;
    const bool is_zero = amount->seconds == 0 && amount->nanos == 0;
    const size_t len = (size_t)snprintf(chars_out, MOMENT_BYTES, "%s%02u:%02u:%02u",
                                        negative && !is_zero ? "-" : "", seconds / 3600 % 1000,
                                        seconds / 60 % 60, seconds % 60);

    return (struct text){chars_out, len + write_fraction(amount->nanos, chars_out + len)};
}

bool moment_round(struct moment *moment, unsigned digits)
{
    const unsigned unit = TENS[FRACTION_DIGITS - digits];
    const unsigned rest = moment->nanos % unit;

    if (rest == 0)
        return false;
    moment->nanos -= rest;
    if (rest >= unit / 2)
        moment->nanos += unit;
    if (moment->nanos == MOMENT_SECOND_NANOS) {
        moment->nanos = 0;
        moment->seconds++;
    }
    return true;
}
