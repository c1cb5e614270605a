/* history.h: what happened to some phones and their server, as a list of steps that can be played,
 * written down, read again, and made smaller.
 * Owns:    the steps; history_release() gives them back.
 * Units:   dt_ms is how much the world's time moves on before the step.
 * Fails:   history_read() with false and a line on standard error.
 * Holds:   everything random in a step comes from its own `value`, so that a step keeps its meaning
 *          when others are taken away; a step that makes no sense where it stands does nothing. */
#ifndef MOBYNC_PROPERTY_HISTORY_H
#define MOBYNC_PROPERTY_HISTORY_H

#include <stdio.h>

#include "client.h"
#include "sql.h"
#include "world.h"

enum step_kind {
    STEP_WRITE,     /* the app changes an object */
    STEP_SYNC,      /* request, response, applied */
    STEP_LOST,      /* the response is lost after the commit */
    STEP_TWICE,     /* the same request comes twice; the phone gets one of the responses */
    STEP_DIE,       /* the phone dies after it applied the response, before it stored the clock */
    STEP_STALE,     /* a copy of the device's last request comes once more, late */
    STEP_CLOCK,     /* somebody sets the phone's clock */
    STEP_REINSTALL, /* the app is installed again: what was not sent is gone */
    STEP_FAULT,     /* a sync whose nth synchronizer call fails */
    STEP_OPERATOR,  /* somebody retries or drops a diff that was refused */
    STEP_SQL,       /* other SQL writes rows of the device's owner */
    STEP_MIDDLE,    /* a sync, and other SQL commits while it is served */
    STEP_RECONCILE, /* an operator has tables and history compared */
    STEP_COMPACT,   /* old diffs of the device's owner are compacted, as far as that comes */
    STEP_KINDS
};

struct step {
    enum step_kind kind;
    unsigned device;
    int64_t dt_ms;
    uint32_t value;
    struct client_write write;  /* STEP_WRITE */
    int64_t turn_ms;            /* STEP_CLOCK */
    unsigned nth;               /* STEP_FAULT, STEP_MIDDLE: which call … */
    enum rc rc;                 /* … and how it fails */
    struct sql_transaction sql; /* STEP_SQL, STEP_MIDDLE */
};

struct setup {
    enum world_kind world;
    bool careful; /* the phones keep references themselves, as databases ask of them */
    unsigned owners;
    unsigned devices; /* of each owner */
    unsigned objects;
    unsigned keys; /* foreign keys, as keys_init() takes them */
    bool shuffles; /* the phones' sort is unstable */
    int64_t clock_skew_ms;
    struct world_rules rules;
};

struct scenario {
    struct setup setup;
    struct step *steps;
    size_t count;
};

/* The history that belongs to this seed; steps 0: as many as the seed says. In WORLD_KEYED phones
 * are careful unless the server refuses diff by diff. */
void history_random(struct scenario *history, uint64_t seed, size_t steps, bool faults);
void history_add(struct scenario *history, const struct step *step);
void history_release(struct scenario *history);

void history_write(const struct scenario *history, FILE *out);
bool history_read(struct scenario *history, FILE *in);
void step_write(const struct step *step, FILE *out);

/* The same history, and other SQL beside the devices. */
void history_add_sql(struct scenario *history, uint64_t seed);

/* The same history, and compaction now and then. */
void history_add_compaction(struct scenario *history, uint64_t seed);

/* The same history in another world. */
void history_move(struct scenario *history, enum world_kind world);

/* Takes steps away, then fields and times out of them, as long as `fails` still says true. */
void history_shrink(struct scenario *history, bool (*fails)(void *context, const struct scenario *),
                    void *context);

#endif
