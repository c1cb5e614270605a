/* access.h: what each route for clients asks of a request before anything else of it is done.
 * Owns:    the owner lies in the exchange's arena.
 * Units:   times in milliseconds since 1970 UTC.
 * Fails:   UNSUPPORTED_MEDIA_TYPE, INVALID_SYNC_TOKEN, RATE_LIMITED; RC_RETRY when the database is
 *          away. */
#ifndef MOBYNC_ACCESS_H
#define MOBYNC_ACCESS_H

#include "exchange.h"

NODISCARD enum rc access_check_content_type(const struct http_request *request, struct fail *fail);
/* Whose token is it? Fills the owner of exchange->facts. */
NODISCARD enum rc access_authenticate(struct http_app *app, struct exchange *exchange,
                                      struct text token, struct fail *fail);
/* The same for what needs the owner's database: RC_RETRY with exchange->shard set where another
 * pool has it. */
NODISCARD enum rc access_authenticate_here(struct http_app *app, struct exchange *exchange,
                                           struct text token, struct fail *fail);
/* By the token of the header alone. Then the tables' columns are known, too. */
NODISCARD enum rc access_by_header(struct http_app *app, struct exchange *exchange,
                                   struct fail *fail);
/* What the columns take decides which values are right, and the first request of a worker is the
 * first to ask. */
NODISCARD enum rc access_know_columns(struct synchronizer *s, struct fail *fail);
/* When nginx had the request; where it does not say so, now. */
int64_t access_time_ms(const struct http_request *request);

#endif
