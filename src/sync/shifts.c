/* A value is taken once it is free: rows are tried forwards and backwards as long as that helps (a
 * shift a to 2, b to 3), then some of those in each other's way are parked on values that nobody
 * has (a swap, a rotation).
 * Entry:     shifts_apply().
 * Invariant: a parked row is updated afterwards, or is left over and ends the transaction. */
#include "shifts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "id.h"

/* 2^0 to 2^30 above the highest value and below the lowest one that the request knows. */
#define NUMBERS 62u
/* Values at random. */
#define TRIES 12u
/* Of any text to park on, with its NUL. */
#define PARKED_BYTES 80
#define RANDOM_BYTES ((size_t)16)
/* Members of an enum, subsets of a set. */
#define CHOICES 64u

static const size_t TEXT_LENGTHS[] = {ID_UUID_LEN, 16, 8, 4, 4, 2, 2, 1, 1, 1};

struct shift {
    const struct merge_row *row;
    bool parked;
    struct text named; /* the field of the key, as the last refusal named it */
};

struct shifts {
    const struct rows_job *job;
    struct shift *items;
    size_t count; /* that are left */
};

static enum rc try_update(const struct shifts *shifts, const struct merge_row *row,
                          const struct field_value *fields, size_t count, struct fail *refused)
{
    const struct object object = {row->id, fields, count};
    size_t applied = 0;
    enum rc rc = shifts->job->s->ops->update(shifts->job->s,
                                             (struct owner_model){shifts->job->owner, row->model},
                                             &object, 1, &applied, refused);

    /* The caller's own try says what to do about a row that is gone. */
    return rc == RC_OK && applied == 0 ? RC_REJECTED : rc;
}

static enum rc try_shift(struct shifts *shifts, size_t at, bool *moved_out, struct fail *fail)
{
    struct shift *shift = &shifts->items[at];
    struct fail refused = {0};
    enum rc rc =
        try_update(shifts, shift->row, shift->row->fields, shift->row->field_count, &refused);

    *moved_out = rc == RC_OK;
    if (rc != RC_REJECTED) {
        if (rc != RC_OK)
            *fail = refused;
        return rc;
    }
    shift->named = arena_text(shifts->job->arena, text_of(refused.field));
    return RC_OK;
}

/* Once over all that are left, in one direction. */
static enum rc pass(struct shifts *shifts, bool backwards, struct fail *fail)
{
    const size_t count = shifts->count;
    bool *moved = ARENA_ARRAY(shifts->job->arena, count, bool);
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < count; i++) {
        const size_t at = backwards ? count - 1 - i : i;

        rc = try_shift(shifts, at, &moved[at], fail);
    }
    shifts->count = 0;
    for (size_t i = 0; i < count; i++)
        if (!moved[i])
            shifts->items[shifts->count++] = shifts->items[i];
    return rc;
}

static enum rc pass_both_ways(struct shifts *shifts, struct fail *fail)
{
    size_t before;
    enum rc rc;

    do {
        before = shifts->count;
        rc = pass(shifts, false, fail);
        if (rc == RC_OK && shifts->count > 0)
            rc = pass(shifts, true, fail);
        /* Half of them at a time, or others are better parked: no more than a few passes in all. */
    } while (rc == RC_OK && shifts->count > 0 && shifts->count <= before / 2);
    return rc;
}

/* Of a number, whatever its kind. */
static bool number_of(const struct value *value, double *number_out)
{
    if (value->kind != VALUE_INTEGER && value->kind != VALUE_REAL)
        return false;
    *number_out = value->kind == VALUE_INTEGER ? (double)value->integer : value->real;
    return true;
}

struct range {
    double lowest;
    double highest;
};

static void widen(struct range *range, const struct value *value)
{
    double number;

    if (!number_of(value, &number))
        return;
    if (number < range->lowest)
        range->lowest = number;
    if (number > range->highest)
        range->highest = number;
}

/* What the rows that are left have in the field, and what they are to have. */
static struct range range_of(const struct shifts *shifts, const struct field_value *taken)
{
    struct range range = {INFINITY, -INFINITY};

    widen(&range, &taken->value);
    for (size_t i = 0; i < shifts->count; i++) {
        const struct merge_row *row = shifts->items[i].row;

        if (row->model != shifts->items[0].row->model)
            continue;
        if (row->row_values != NULL && taken->field->index < row->model->field_count)
            widen(&range, &row->row_values[taken->field->index]);
        for (size_t k = 0; k < row->field_count; k++)
            if (row->fields[k].field == taken->field)
                widen(&range, &row->fields[k].value);
    }
    return range;
}

/* The nth number to try: above first, then below, in steps that double. */
static struct value nth_number(const struct field *field, const struct range *range, unsigned n)
{
    const double step = (double)(1u << (n / 2));
    const double number = n % 2 == 0 ? range->highest + step : range->lowest - step;

    if (field->type == FIELD_FLOAT)
        return (struct value){.kind = VALUE_REAL, .real = number};
    return (struct value){.kind = VALUE_INTEGER, .integer = (int64_t)number};
}

static size_t nth_string(const struct mapped_field *at, unsigned n, char *text)
{
    size_t len = TEXT_LENGTHS[n];

    id_uuid(text);
    if (at->field->max_length > 0 && len > at->field->max_length)
        len = at->field->max_length;
    return len;
}

static size_t nth_uuid(const struct mapped_field *at, unsigned n, char *text)
{
    (void)at;
    (void)n;
    id_uuid(text);
    return ID_UUID_LEN;
}

static unsigned random_below(unsigned limit)
{
    uint32_t number;

    id_random_bytes(&number, sizeof(number));
    return number % limit;
}

/* Within what a TIMESTAMP holds, everywhere. */
static size_t nth_moment(const struct mapped_field *at, unsigned n, char *text)
{
    (void)at;
    (void)n;
    return (size_t)snprintf(text, PARKED_BYTES, "%04u-%02u-%02u %02u:%02u:%02u",
                            1971 + random_below(66), 1 + random_below(12), 1 + random_below(28),
                            random_below(24), random_below(60), random_below(60));
}

static size_t nth_date(const struct mapped_field *at, unsigned n, char *text)
{
    (void)at;
    (void)n;
    return (size_t)snprintf(text, PARKED_BYTES, "%04u-%02u-%02u", 1000 + random_below(9000),
                            1 + random_below(12), 1 + random_below(28));
}

static size_t nth_time(const struct mapped_field *at, unsigned n, char *text)
{
    (void)at;
    (void)n;
    return (size_t)snprintf(text, PARKED_BYTES, "%02u:%02u:%02u", random_below(838),
                            random_below(60), random_below(60));
}

/* Ever smaller whole numbers, then, for a column without any, ever shorter fractions. */
static size_t nth_decimal(const struct mapped_field *at, unsigned n, char *text)
{
    static const unsigned LIMITS[] = {1000000000, 1000000, 1000, 100, 10, 10};
    const unsigned place = n % ARRAY_LEN(LIMITS);
    unsigned number = random_below(LIMITS[place] - 1) + 1;
    unsigned digits = 0;

    (void)at;
    if (n < ARRAY_LEN(LIMITS))
        return (size_t)snprintf(text, PARKED_BYTES, "%u", number);
    for (unsigned limit = LIMITS[place]; limit > 1; limit /= 10)
        digits++;
    for (; number % 10 == 0; number /= 10)
        digits--;
    return (size_t)snprintf(text, PARKED_BYTES, "0.%0*u", (int)digits, number);
}

/* Random bytes, as many as the column has at least; shorter ones are padded. */
static size_t nth_bytes(const struct mapped_field *at, unsigned n, char *text)
{
    const bool narrow =
        at->column != NULL && at->column->bytes > 0 && at->column->bytes < RANDOM_BYTES;
    const size_t len = narrow ? (size_t)at->column->bytes : RANDOM_BYTES;

    (void)n;
    id_random_bytes(text, len);
    return len;
}

/* Values to park a row on: for each type how many are tried, and the nth of them. None: rows with
 * such a unique value do not swap it. */
static const struct {
    unsigned candidates;
    /* Writes the text that its column has, and returns its length; NULL: nth_number(), or
     * value_choice_nth() of an enum or a set. */
    size_t (*nth)(const struct mapped_field *at, unsigned n, char *text);
} PARKING[FIELD_TYPES] = {
    [FIELD_STRING] = {ARRAY_LEN(TEXT_LENGTHS), nth_string},
    [FIELD_INTEGER] = {NUMBERS, NULL},
    [FIELD_FLOAT] = {NUMBERS, NULL},
    [FIELD_DATETIME] = {TRIES, nth_moment},
    [FIELD_TIMESTAMP] = {TRIES, nth_moment},
    [FIELD_DATETIME_MS] = {NUMBERS, NULL},
    [FIELD_DATE] = {TRIES, nth_date},
    [FIELD_TIME] = {TRIES, nth_time},
    [FIELD_DECIMAL] = {TRIES, nth_decimal},
    [FIELD_ENUM] = {CHOICES, NULL},
    [FIELD_SET] = {CHOICES, NULL},
    [FIELD_UUID] = {TRIES, nth_uuid},
    [FIELD_BYTES] = {TRIES, nth_bytes},
};

static bool is_choice(const struct field *field)
{
    return field->type == FIELD_ENUM || field->type == FIELD_SET;
}

static bool is_number(const struct field *field)
{
    return PARKING[field->type].nth == NULL && !is_choice(field);
}

/* False where there are no more. */
static bool nth_value(const struct mapped_field *at, const struct range *range, unsigned n,
                      struct arena *arena, struct value *value_out)
{
    char text[PARKED_BYTES];
    size_t len;

    *value_out = (struct value){.kind = VALUE_TEXT};
    if (is_choice(at->field))
        return value_choice_nth(*at, n, arena, &value_out->text);
    if (is_number(at->field)) {
        *value_out = nth_number(at->field, range, n);
        return true;
    }
    len = PARKING[at->field->type].nth(at, n, text);
    value_out->text = arena_text(arena, (struct text){text, len});
    return true;
}

/* Beyond 2^53 a double is no neighbour of anything. */
static bool is_exact(const struct range *range)
{
    return range->highest < 0x1p53 && range->lowest > -0x1p53;
}

/* Random values meet none of the few that matter; of a choice, each row has one and wants one. */
static bool is_had_or_wanted(const struct shifts *shifts, const struct model *model,
                             const struct field *field, const struct value *value)
{
    for (size_t i = 0; i < shifts->count; i++) {
        const struct merge_row *row = shifts->items[i].row;

        if (row->model != model)
            continue;
        if (row->row_values != NULL && value_equal(&row->row_values[field->index], value))
            return true;
        for (size_t k = 0; k < row->field_count; k++)
            if (row->fields[k].field == field && value_equal(&row->fields[k].value, value))
                return true;
    }
    return false;
}

/* Tries values until the table takes one. *moved_out false: it took none. */
static enum rc park_on(struct shifts *shifts, const struct shift *shift,
                       const struct field_value *taken, bool *moved_out, struct fail *fail)
{
    const struct mapped_field at =
        column_of(shifts->job->s->columns, shift->row->model, taken->field);
    const struct range range = range_of(shifts, taken);
    const unsigned candidates = PARKING[taken->field->type].candidates;
    enum rc rc = RC_REJECTED;

    if (is_number(taken->field) && !is_exact(&range))
        return RC_OK;
    for (unsigned n = 0; rc == RC_REJECTED && n < candidates; n++) {
        struct field_value free_value = *taken;
        struct fail refused = {0};

        if (!nth_value(&at, &range, n, shifts->job->arena, &free_value.value))
            break;
        if (is_choice(taken->field) &&
            is_had_or_wanted(shifts, shift->row->model, taken->field, &free_value.value))
            continue;
        rc = try_update(shifts, shift->row, &free_value, 1, &refused);
        if (rc != RC_OK && rc != RC_REJECTED)
            *fail = refused;
    }
    *moved_out = rc == RC_OK;
    return rc == RC_REJECTED ? RC_OK : rc;
}

/* The field that the refusal named, or else (of a key with several columns it may have named
 * another one) each that the update sets. */
static enum rc park(struct shifts *shifts, struct shift *shift, bool *moved_out, struct fail *fail)
{
    const struct merge_row *row = shift->row;
    bool named_is_set = false;
    enum rc rc = RC_OK;

    shift->parked = true;
    for (size_t i = 0; i < row->field_count; i++)
        named_is_set = named_is_set || text_equal(row->fields[i].field->name, shift->named);
    for (size_t i = 0; rc == RC_OK && i < row->field_count; i++) {
        bool moved = false;

        if (named_is_set && !text_equal(row->fields[i].field->name, shift->named))
            continue;
        rc = park_on(shifts, shift, &row->fields[i], &moved, fail);
        *moved_out = *moved_out || moved;
    }
    return rc;
}

/* Some of those that are left, so that the rounds are few however many there are. */
static enum rc park_some(struct shifts *shifts, bool *parked_out, struct fail *fail)
{
    size_t wanted = 1 + shifts->count / 8;
    enum rc rc = RC_OK;

    *parked_out = false;
    for (size_t i = 0; rc == RC_OK && wanted > 0 && i < shifts->count; i++) {
        bool moved = false;

        if (shifts->items[i].parked)
            continue;
        rc = park(shifts, &shifts->items[i], &moved, fail);
        wanted -= moved;
        *parked_out = *parked_out || moved;
    }
    return rc;
}

enum rc shifts_apply(const struct rows_job *job, const struct merge_row **rows, size_t count,
                     size_t *left_out, struct fail *fail)
{
    struct shifts shifts = {job, ARENA_ARRAY(job->arena, count, struct shift), count};
    bool parked = true;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < count; i++)
        shifts.items[i].row = rows[i];
    while (rc == RC_OK && parked && shifts.count > 0) {
        rc = pass_both_ways(&shifts, fail);
        if (rc == RC_OK && shifts.count > 0)
            rc = park_some(&shifts, &parked, fail);
    }
    for (size_t i = 0; i < shifts.count; i++)
        rows[i] = shifts.items[i].row;
    *left_out = shifts.count;
    return rc;
}
