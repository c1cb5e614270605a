/* versions.h: what older versions of the app see of the models, and diffs raised from a version to
 *          the newest one and lowered to it again (docs/versions.md).
 * Pure:    same input, same output; no I/O, clock or globals.
 * Owns:    nothing; results lie in the arena given, or are the text that came, where nothing
 *          differs.
 * Units:   version numbers are the app's, 1 at least.
 * Fails:   never; what is no JSON object comes back as it is, for whoever reads it to refuse.
 * Holds:   what a version sets is the same, byte for byte, once it was raised and lowered again,
 *          but for what the newest version has no place for. */
#ifndef MOBYNC_VERSIONS_H
#define MOBYNC_VERSIONS_H

#include "arena.h"
#include "text.h"

/* All numbers of a config lie so close together. */
#define VERSIONS_SPAN ((int64_t)32)

/* One value in both, as JSON. */
struct version_value {
    struct text newest;
    struct text older;
};

/* A field of the newest version that is another one in the older. */
struct version_field {
    struct text name;    /* in the newest */
    struct text older;   /* what the version calls it; empty: it does not see it */
    struct text initial; /* JSON: what its creates set; empty: nothing */
    struct version_value *values;
    size_t value_count;
};

/* A field that the newest version has no longer. */
struct version_gone {
    struct text name;
    struct text value; /* JSON: what the version is told of it in creates; empty: nothing */
};

struct version_model {
    struct text name;
    bool unknown; /* the version does not have it */
    bool hides;   /* some field it does not see */
    struct version_field *fields;
    size_t field_count;
    struct version_gone *gone;
    size_t gone_count;
};

struct version {
    int64_t number;
    bool retired;                 /* its apps are turned away; what was stored in its time is not */
    struct version_model *models; /* those that differ */
    size_t model_count;
    struct text *removed; /* models that the newest version has no longer */
    size_t removed_count;
    unsigned config_line;
};

struct versions {
    struct version *items; /* older than the newest, by ascending numbers */
    size_t count;
    int64_t newest;
    int64_t of_silent;   /* whose requests name none */
    struct text message; /* to apps that are too old */
};

/* False: there is none of that number, not even a retired one. *version_out: NULL is the newest. */
bool versions_find(const struct versions *versions, int64_t number,
                   const struct version **version_out);
/* Of what was stored before there were versions: the first. */
const struct version *versions_first(const struct versions *versions);

/* NULL: the model is as in the newest version; so is the version NULL. */
const struct version_model *version_model(const struct version *version, struct text name);
bool version_removed(const struct version *version, struct text model);

/* A field's name in the version; empty: it does not see it. model may be NULL, here as below. */
struct text version_lower_name(const struct version_model *model, struct text name);
bool version_sees(const struct version_model *model, struct text name);

struct version_raised {
    struct text json_data;
    struct text unknown; /* a key that the version has not, which is left out; empty: none */
    bool initial;        /* fields were added that it does not see */
};

/* The json_data of a diff. create: fields that it does not see get their initial values. */
struct version_raised version_raise(const struct version_model *model, bool create,
                                    struct text json_data, struct arena *arena);
/* Of a stored diff: a JSON object whose keys alone are the version's. */
struct text version_raise_keys(const struct version_model *model, struct text json,
                               struct arena *arena);
/* The other way. *json_data_out keeps the id; false: it keeps nothing else. create: with the fields
 * that the newest version has no longer. */
bool version_lower(const struct version_model *model, bool create, struct text json_data,
                   struct arena *arena, struct text *json_data_out);

#endif
