/* Levenshtein's distance of two short words. */
#include "edit_distance.h"

/* Longer than any word of ours. */
#define WORD_MAX ((size_t)32)

static size_t least(size_t a, size_t b, size_t c)
{
    size_t smaller = a < b ? a : b;

    return smaller < c ? smaller : c;
}

/* Levenshtein's distance, one row of his matrix at a time. */
static size_t edits(struct text a, struct text b)
{
    size_t row[WORD_MAX + 1];

    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t replaced = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);

            diagonal = row[j];
            row[j] = least(row[j] + 1, row[j - 1] + 1, replaced);
        }
    }
    return row[b.len];
}

size_t edit_distance(struct text a, struct text b)
{
    size_t longer = a.len > b.len ? a.len : b.len;
    size_t distance;

    if (longer > WORD_MAX)
        return SIZE_MAX;
    distance = edits(a, b);
    return distance <= 1 + longer / 4 ? distance : SIZE_MAX;
}

struct edit_nearest edit_nearest_to(struct text word)
{
    return (struct edit_nearest){.word = word, .distance = SIZE_MAX};
}

void edit_nearest_try(struct edit_nearest *nearest, const char *name)
{
    const size_t distance = edit_distance(text_of(name), nearest->word);

    if (distance < nearest->distance) {
        nearest->name = name;
        nearest->distance = distance;
    }
}
