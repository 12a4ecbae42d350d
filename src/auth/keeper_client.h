/* auth/keeper_client.h -- how a process without private keys comes to a token: it asks the keeper, and the fiber waits, never the loop.
 *
 * Asking changes nothing there, so what was asked of a keeper that died is asked again of the next, as long as the request has time. */
#ifndef DW_AUTH_KEEPER_CLIENT_H
#define DW_AUTH_KEEPER_CLIENT_H

#include "auth/token.h"
#include "os/loop.h"

struct keeper_client;

/* Asks through the pipe `asks` and hears from `answers`, both borrowed. DW_UNAVAILABLE without memory; DW_INTERNAL: they are no pipes. */
DW_MUST dw_err dw__keeper_client_new(struct keeper_client **out, struct loop *loop, int asks, int answers);
/* There is another keeper: what was not answered is asked again. NULL is fine. */
void dw__keeper_client_again(struct keeper_client *client);
/* Nobody may wait. NULL is fine. */
void dw__keeper_client_free(struct keeper_client *client);

/* An access token of `in` that begins now; text in the context, *life is how long it is good for, in seconds.  Where services.keeper is NULL it is signed here. DW_INVALID: out
 * of bounds; DW_UNAVAILABLE: no answer in time, which is that of the context, or no memory; DW_CANCELED. */
DW_MUST dw_err dw__keeper_issue(dw_ctx *ctx, const struct token_sign_in *in, dw_text *token, int64_t *life);

#endif
