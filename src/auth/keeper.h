/* auth/keeper.h -- what the process that holds the signing keys does for those that do not: a short table of typed verbs.
 *
 * Who asks names whose a token is to be, and nothing else.  Header and claims are made here: with our issuer and audience, from this process's clock, for no
 * longer than its settings say.  No byte that was given is signed as it came, so there is nothing that could be passed off as something else; TLS keys,
 * when they come, are another verb.  A message has one form: one that is not exactly that was not sent by an honest process. */
#ifndef DW_AUTH_KEEPER_H
#define DW_AUTH_KEEPER_H

#include <stddef.h>
#include <stdint.h>

#include "auth/token.h"
#include "base/arena.h"

/* X(name, number, what it takes). A message is a struct keeper_head, then that. */
#define DW__KEEPER_VERBS(X) X(ACCESS_TOKEN, 1, struct keeper_sign_in)

#define DW__KEEPER_VERB_ENUM(name, number, body) KEEPER_##name = (number),
enum keeper_verb { DW__KEEPER_VERBS(DW__KEEPER_VERB_ENUM) };

struct keeper_head {
    uint64_t ticket; /* comes back with the answer */
    uint32_t verb;   /* enum keeper_verb */
    uint32_t zero;
};

/* As struct token_sign_in; what is behind a text is 0. */
struct keeper_sign_in {
    int64_t auth_time, until;
    uint8_t sub_n, sid_n;
    char sub[DW__TOKEN_SUB];
    char sid[DW__TOKEN_SID];
};

/* Bytes of a message at most, and of a token. */
#define DW__KEEPER_ASK (sizeof(struct keeper_head) + sizeof(struct keeper_sign_in))
#define DW__KEEPER_TOKEN 2024

/* What comes back, always of this size. */
struct keeper_answer {
    uint64_t ticket;
    int64_t life;                 /* of the token, from now on, in seconds */
    uint32_t err;                 /* a dw_err */
    uint32_t n;                   /* bytes of the token; 0 unless err is DW_OK */
    char token[DW__KEEPER_TOKEN]; /* what is behind it is 0 */
};

/* Writes the message that asks for an access token; returns its size, 0 when a text is longer than a token may have. */
DW_MUST size_t dw__keeper_write(uint64_t ticket, const struct token_sign_in *in,
                                uint8_t out[static DW__KEEPER_ASK]);

/* Does what the message `ask` says at `now`, in Unix seconds, with scratch memory from `a`. DW_OK: *out is the answer, which may be that it cannot be
 * (DW_INVALID: out of bounds; DW_UNAVAILABLE: no memory). DW_BAD_REQUEST: it is not a message. */
DW_MUST dw_err dw__keeper_do(const struct token_keys *keys, int64_t now, dw_bytes ask, struct arena *a,
                             struct keeper_answer *out);

#endif
