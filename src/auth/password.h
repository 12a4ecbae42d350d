/* auth/password.h -- passwords off the loop: on a pool of its own.
 *
 * Apart from the pool of dw_blocking, so that a wave of sign-ins cannot hold up anything else; at nice 19
 * on at most half of the cores, so that the loop is never late for it; bounded, so that a flood is refused
 * with 503 and does not queue for minutes. */
#ifndef DW_AUTH_PASSWORD_H
#define DW_AUTH_PASSWORD_H

#include "base/ctx.h"
#include "crypto/password.h"

struct password_pool;

/* A pool of `threads` (0: dw__password_threads of this machine) with at most `queue` waiting (0: 64),
 * whose hashes cost `params`. `loop` NULL: no threads at all; the work is done where it is asked for
 * (commands, tests). Makes one hash at once, for accounts that do not exist. DW_INVALID: params out of
 * bounds. DW_UNAVAILABLE: no memory or threads. */
DW_MUST dw_err dw__password_pool_new(struct password_pool **out, struct loop *loop,
                                     const struct argon2_params *params, unsigned threads, unsigned queue);
/* Waits for running work. */
void dw__password_pool_free(struct password_pool *passwords);
/* Half of `cores`, at least 1. */
unsigned dw__password_threads(unsigned cores);

#endif
