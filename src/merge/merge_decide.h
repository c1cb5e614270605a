/* merge_decide.h: what becomes of one object (docs/merging.md 6).
 * Pure:    the object stays as it is. */
#ifndef MOBYNC_MERGE_DECIDE_H
#define MOBYNC_MERGE_DECIDE_H

#include "merge.h"

/* What is decided of one object. */
struct merge_decision {
    enum merge_effect server; /* U */
    enum merge_effect client; /* A */
    struct net server_net;    /* what of it is left to tell the client */
    struct net client_net;    /* … and to do to the row */
    size_t fields_won;        /* by the client */
    size_t fields_lost;
    bool never_existed;  /* the client updates what never was: its new diffs are to be refused */
    bool missing_fields; /* as struct merge_client, by the row */
    bool fill;   /* the client's copy lacks what it did not set itself: send the row's fields too */
    bool unsure; /* it may be wrong where its diffs were refused: send the row's values there too */
    bool whole;  /* the client lacks the row: a create for it holds every field */
    bool anew;   /* the client is told to delete its copy, and to make the row, which the server's
                         part of the change leaves */
    bool rounded;     /* what the client sent is not all stored: send it what is */
    bool untold_gone; /* the row is gone, and no stored diff says so: one is made that does */
    bool untold_row;  /* the row is there, and no stored diff says so: the client's create does, or
                         one that is made, and holds every field */
};

struct merge_decision merge_decide(const struct merge_input *input,
                                   const struct merge_object *object);

#endif
