/* routes.h: the paths that the server answers, one row each: what is counted, and who handles it.
 * Form:    X(name, path, methods, handler); a * in the path is one segment, methods are as the
 *          Allow header lists them. From it come enum stats_route, the names of metrics and log
 *          lines, and the table of http/route.c. The handler is `handler` of http/exchange.h. */
#ifndef MOBYNC_ROUTES_H
#define MOBYNC_ROUTES_H

/* clang-format off */
#define ROUTES_EACH(X)                                                       \
    X(SYNC,            "/sync",            "POST",      sync_route)            \
    X(WATERMELON_PULL, "/watermelon/pull", "POST",      watermelon_pull_route) \
    X(WATERMELON_PUSH, "/watermelon/push", "POST",      watermelon_push_route) \
    X(RXDB_PULL,       "/rxdb/*/pull",     "GET, POST", rxdb_pull_route)       \
    X(RXDB_PUSH,       "/rxdb/*/push",     "POST",      rxdb_push_route)       \
    X(POKE_TICKET,     "/poke_ticket",     "POST",      poke_ticket_route)     \
    X(POKE_AUTH,       "/poke_auth",       "GET, HEAD", poke_auth_route)       \
    X(HEALTHZ,         "/healthz",         "GET, HEAD", health_route)          \
    X(METRICS,         "/metrics",         "GET, HEAD", metrics_route)
/* clang-format on */

#endif
