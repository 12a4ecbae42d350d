/* auth/keeper.c -- see keeper.h. */
#include "auth/keeper.h"

#include <string.h>

#include "base/check.h"

/* How much later than ours the clock reading of who asks may be, in seconds: the two read the same clock, apart. */
#define AHEAD 5

_Static_assert(sizeof(struct keeper_head) == 16 && sizeof(struct keeper_sign_in) == 104,
               "no padding, which would be bytes without a meaning");
_Static_assert(sizeof(struct keeper_answer) == 2048,
               "an answer fits into a page, so that a pipe keeps it whole");

/* ---- who asks ---- */

size_t dw__keeper_write(uint64_t ticket, const struct token_sign_in *in, uint8_t out[static DW__KEEPER_ASK])
{
    const struct keeper_head head = {.ticket = ticket, .verb = KEEPER_ACCESS_TOKEN};
    struct keeper_sign_in body = {.auth_time = in->auth_time, .until = in->until};

    if (in->sub.n > sizeof(body.sub) || in->sid.n > sizeof(body.sid))
        return 0;
    body.sub_n = (uint8_t)in->sub.n;
    body.sid_n = (uint8_t)in->sid.n;
    if (in->sub.n > 0)
        memcpy(body.sub, in->sub.p, in->sub.n);
    if (in->sid.n > 0)
        memcpy(body.sid, in->sid.p, in->sid.n);
    memcpy(out, &head, sizeof(head));
    memcpy(out + sizeof(head), &body, sizeof(body));
    return sizeof(head) + sizeof(body);
}

/* ---- who answers ---- */

/* The n bytes of a text of `size`; false when it is longer, or something stands behind it. */
static bool take_text(const char *p, size_t size, size_t n, dw_text *out)
{
    if (n > size)
        return false;
    for (size_t i = n; i < size; i++)
        if (p[i] != 0)
            return false;
    *out = (dw_text){p, n};
    return true;
}

static void give_token(struct keeper_answer *out, dw_text token)
{
    DW__CHECK(token.n <= sizeof(out->token));
    memcpy(out->token, token.p, token.n);
    out->n = (uint32_t)token.n;
}

static dw_err do_access_token(const struct token_keys *keys, int64_t now, const uint8_t *bytes,
                              struct arena *a, struct keeper_answer *out)
{
    struct keeper_sign_in body;
    struct token_sign_in in = {0};
    dw_text token;
    int64_t exp;

    memcpy(&body, bytes, sizeof(body));
    if (!take_text(body.sub, sizeof(body.sub), body.sub_n, &in.sub) ||
        !take_text(body.sid, sizeof(body.sid), body.sid_n, &in.sid))
        return DW_BAD_REQUEST;
    in.until = body.until;
    in.auth_time = body.auth_time > now && body.auth_time - AHEAD <= now ? now : body.auth_time;
    const dw_err err = dw__token_issue_in(keys, &in, now, a, &token, &exp);
    out->err = (uint32_t)err;
    if (err == DW_OK) {
        out->life = exp - now;
        give_token(out, token);
    }
    return DW_OK;
}

struct verb {
    uint32_t number;
    size_t size;
    dw_err (*fn)(const struct token_keys *keys, int64_t now, const uint8_t *bytes, struct arena *a,
                 struct keeper_answer *out);
};

static const struct verb verbs[] = {
    {KEEPER_ACCESS_TOKEN, sizeof(struct keeper_sign_in), do_access_token},
};

#define COUNT_VERB(name, number, body) +1
_Static_assert(sizeof(verbs) / sizeof(verbs[0]) == 0 DW__KEEPER_VERBS(COUNT_VERB), "each verb has its row");

static const struct verb *find_verb(uint32_t number)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (verbs[i].number == number)
            return &verbs[i];
    return NULL;
}

dw_err dw__keeper_do(const struct token_keys *keys, int64_t now, dw_bytes ask, struct arena *a,
                     struct keeper_answer *out)
{
    const struct verb *verb;
    struct keeper_head head;

    *out = (struct keeper_answer){0};
    if (ask.n < sizeof(head))
        return DW_BAD_REQUEST;
    memcpy(&head, ask.p, sizeof(head));
    verb = find_verb(head.verb);
    if (verb == NULL || head.zero != 0 || ask.n != sizeof(head) + verb->size)
        return DW_BAD_REQUEST;
    out->ticket = head.ticket;
    return verb->fn(keys, now, ask.p + sizeof(head), a, out);
}
