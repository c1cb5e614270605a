/* poke_ticket.h: under which name an owner's changes are announced, and who may listen
 * (docs/poke.md 4).
 * Pure:    same input, same output.
 * Owns:    nothing.
 * Units:   times in milliseconds since 1970 UTC.
 * Fails:   poke_ticket_read() is false for a ticket that is not of this key, or is too old.
 * Holds:   without the key, nobody can make a ticket or learn the channel of an owner. */
#ifndef MOBYNC_POKE_TICKET_H
#define MOBYNC_POKE_TICKET_H

#include "text.h"

#define POKE_KEY_MIN_BYTES 32

#define POKE_CHANNEL_LEN 32
/* What a ticket has besides the channel: two points, the time of its end, and a MAC. */
#define POKE_TICKET_MAX (POKE_CHANNEL_LEN + 1 + 19 + 1 + 32)
#define POKE_TICKET_S   300

/* Both are NUL-terminated, of the characters 0-9, a-f and the point. */
void poke_channel(struct text key, struct text owner, char channel_out[POKE_CHANNEL_LEN + 1]);
void poke_ticket_write(struct text key, const char *channel, int64_t now_ms,
                       char ticket_out[POKE_TICKET_MAX + 1]);
bool poke_ticket_read(struct text key, struct text ticket, int64_t now_ms,
                      char channel_out[POKE_CHANNEL_LEN + 1]);

#endif
