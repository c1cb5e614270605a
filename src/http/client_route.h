/* client_route.h: what the routes of other client engines have in common.
 * Owns:    all lies in the exchange's arena.
 * Fails:   as access.h. */
#ifndef MOBYNC_CLIENT_ROUTE_H
#define MOBYNC_CLIENT_ROUTE_H

#include "access.h"
#include "client_out.h"
#include "translation.h"

/* Authenticates, and fills in what every sync has. */
NODISCARD enum rc client_route_begin(struct http_app *app, struct exchange *exchange,
                                     struct sync_request *request_out, struct fail *fail);

/* A JSON response of 200, sent while it grows where it can be. */
struct client_out client_route_out(struct exchange *exchange);

/* A push that succeeded. */
void client_route_count_push(struct exchange *exchange, const struct sync_request *request,
                             const struct sync_answer *answer);

/* The time of the database work since then. */
void client_route_took(struct exchange *exchange, int64_t started_us);

#endif
