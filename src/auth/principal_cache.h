/* auth/principal_cache.h -- accounts that were looked up before, for as long as nobody has changed anything.
 *
 * Each entry carries the generation of the database (store/sql.h) at which it was read, and answers for no other: one commit, of
 * whatever process, and everybody is looked up anew.  So a role that is taken away and an account that is disabled take effect on
 * the next request, as they would without it.  Who is not there, or must not be, is not remembered. */
#ifndef DW_AUTH_PRINCIPAL_CACHE_H
#define DW_AUTH_PRINCIPAL_CACHE_H

#include <stdint.h>

#include "base/arena.h"
#include <dw/auth.h>

struct principal_cache;

/* Room for 1,024 accounts, about 250 KiB. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__principal_cache_new(struct principal_cache **out);
/* Wipes and frees. */
void dw__principal_cache_free(struct principal_cache *cache);

/* Who `subject` was at `generation`, when its sign-in `sid` (empty: none is looked at) was there too: id, uid (`subject` itself), name (in `a`), roles and mfa of *out; its other members stay. False when that is not
 * known: `cache` is NULL, the generation is 0 or another one, or there is no memory. */
bool dw__principal_cache_find(struct principal_cache *cache, uint64_t generation, dw_text subject,
                              dw_text sid, struct arena *a, dw_principal *out);
/* Remembers who `subject` is, as read after `generation` was asked for, and that its sign-in is there. Not kept: generation 0, and texts of more than 64
 * (subject), 22 (sid) or 128 bytes (name). `who->uid` must be the subject. */
void dw__principal_cache_keep(struct principal_cache *cache, uint64_t generation, dw_text subject,
                              dw_text sid, const dw_principal *who);

#endif
