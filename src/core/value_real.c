/* Reads and writes doubles in the C locale, which costs glibc no memory; taken again each time, it
 * needs no global. */
#include "value_real.h"

#include <assert.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static locale_t c_locale(void)
{
    locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);

    assert(locale != (locale_t)0);
    return locale;
}

bool value_real_read(const char *raw, double *real_out, char **end_out)
{
    locale_t locale = c_locale();

    *real_out = strtod_l(raw, end_out, locale);
    freelocale(locale);
    return isfinite(*real_out);
}

bool value_real_fits_single(double real)
{
    return fabs(real) <= (double)FLT_MAX;
}

void value_real_digits_of_single(float single, char digits_out[VALUE_REAL_SINGLE_BYTES])
{
    locale_t locale = c_locale();
    locale_t before = uselocale(locale);

    /* One digit more than any other single needs the largest: 3.4028235e+38 is beyond it. */
    for (int digits = 1; digits <= FLT_DECIMAL_DIG + 1; digits++) {
        snprintf(digits_out, VALUE_REAL_SINGLE_BYTES, "%.*g", digits, (double)single);
        if (strtof(digits_out, NULL) == single && value_real_fits_single(strtod(digits_out, NULL)))
            break;
    }
    uselocale(before);
    freelocale(locale);
}

/* Fifteen digits are the shortest if they read back at all, except for denormals, which have fewer
 * that count. */
void value_real_write(double real, struct buf *buf)
{
    locale_t locale = c_locale();
    locale_t before = uselocale(locale);
    char text[40];

    for (int digits = isnormal(real) ? DBL_DIG : 1; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, real);
        if (strtod(text, NULL) == real)
            break;
    }
    uselocale(before);
    freelocale(locale);
    buf_add_str(buf, text);
    if (strpbrk(text, ".e") == NULL)
        buf_add_str(buf, ".0");
}
