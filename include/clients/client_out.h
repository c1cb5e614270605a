/* client_out.h: where the response of another client engine is written, and sent while it grows.
 * Pure:    but for the buffer, and for what flush sends.
 * Owns:    nothing; the buffer is the caller's.
 * Units:   bytes.
 * Fails:   as flush does; RC_FATAL where the response is larger than its buffer may be.
 * Holds:   once a part is sent, no failure is RC_RETRY any more: the response broke off. */
#ifndef MOBYNC_CLIENT_OUT_H
#define MOBYNC_CLIENT_OUT_H

#include "buf.h"
#include "fail.h"

struct client_out {
    struct buf *body;
    enum rc (*flush)(void *context, struct fail *fail); /* NULL: it is sent whole */
    void *context;
    bool begun; /* a part is sent */
};

/* Behind each piece: sends what there is, if that is much. */
NODISCARD enum rc client_out_step(struct client_out *out, struct fail *fail);
/* How writing it ended. */
NODISCARD enum rc client_out_result(const struct client_out *out, enum rc rc, struct fail *fail);

#endif
