/* auth/session_cache.h -- sessions that were looked up before, for as long as nobody has changed anything.
 *
 * As auth/principal_cache.h does for accounts: an entry answers for the generation of the database at which it was read, and for no other.  One
 * commit of whatever process, and every session is looked up anew: one that was ended anywhere is dead everywhere with the next request.
 * Sessions that are not there are not remembered. */
#ifndef DW_AUTH_SESSION_CACHE_H
#define DW_AUTH_SESSION_CACHE_H

#include "base/arena.h"
#include <dw/session.h>

struct session_cache;

/* Room for 1,024 sessions, about 300 KiB. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__session_cache_new(struct session_cache **out);
/* Wipes and frees. */
void dw__session_cache_free(struct session_cache *cache);

/* The session of `digest` (43 characters) as it was at `generation`, its texts in `a`. False when that is not known: the generation is 0 or another one,
 * or there is no memory. */
bool dw__session_cache_find(const struct session_cache *cache, uint64_t generation, dw_text digest,
                            struct arena *a, dw_session_row *out);
/* Remembers `row`, as read after `generation` was asked for. Not kept: generation 0, a digest of another length, and texts of more than 64 bytes. */
void dw__session_cache_keep(struct session_cache *cache, uint64_t generation, dw_text digest,
                            const dw_session_row *row);

#endif
