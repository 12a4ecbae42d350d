/* auth/token.c -- see token.h.
 *
 * A token is HEADER.CLAIMS.SIGNATURE. HEADER is one of a few texts that were written when the keys were
 * made, so it is compared and not read: there is no algorithm, no key and no type to be argued about.
 * CLAIMS are read only after SIGNATURE was found good. */
#include "auth/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"
#include "codec/base64.h"
#include <dw/ctx.h>

#define MAGIC 0x544f4b4eu
#define TEXT_MAX 256
#define LIFETIME_MAX 86400
/* How much later than ours the clock reading of the worker that issued a token may be, in seconds. */
#define IAT_AHEAD 5
/* Bytes of randomness that are a jti. */
#define JTI_BYTES 16

struct fixed_text {
    size_t n;
    char p[TEXT_MAX];
};

struct token_keys {
    uint32_t magic;
    int64_t lifetime_s;
    struct fixed_text issuer, audience, client_id;
    size_t n;
    struct token_signer signers[DW__KEYRING_MAX]; /* newest first */
};

static dw_text text_of(const struct fixed_text *t)
{
    return (dw_text){t->p, t->n};
}

/* ---- making keys ---- */

/* 1 to max characters that JSON takes as they are and no one confuses: printable ASCII without space, '"'
 * and '\\'. */
static bool is_plain(dw_text t, size_t max)
{
    if (t.n == 0 || t.n > max)
        return false;
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] <= ' ' || t.p[i] > '~' || t.p[i] == '"' || t.p[i] == '\\')
            return false;
    return true;
}

static bool keep(struct fixed_text *out, dw_text t)
{
    if (!is_plain(t, TEXT_MAX))
        return false;
    memcpy(out->p, t.p, t.n);
    out->n = t.n;
    return true;
}

static bool config_ok(struct token_keys *keys, const struct token_config *config)
{
    const dw_text client_id = config->client_id.n > 0 ? config->client_id : DW_TEXT("first-party");

    keys->lifetime_s = config->lifetime_s != 0 ? config->lifetime_s : DW__TOKEN_LIFETIME_S;
    return keep(&keys->issuer, config->issuer) && keep(&keys->audience, config->audience) &&
           keep(&keys->client_id, client_id) && keys->lifetime_s > 0 && keys->lifetime_s <= LIFETIME_MAX &&
           config->alg < TOKEN_ALGS;
}

dw_err dw__token_keys_new(struct token_keys **out, const struct keyring *signing,
                          const struct token_config *config)
{
    struct token_keys *keys = calloc(1, sizeof(*keys));
    dw_err err = DW_OK;

    *out = NULL;
    if (keys == NULL)
        return DW_UNAVAILABLE;
    keys->magic = MAGIC;
    if (!config_ok(keys, config))
        err = DW_INVALID;
    while (err == DW_OK && keys->n < dw__keyring_count(signing)) {
        err = dw__token_signer_init(&keys->signers[keys->n], signing, keys->n, config->alg);
        keys->n++;
    }
    if (err != DW_OK) {
        dw__token_keys_free(keys);
        return err;
    }
    *out = keys;
    return DW_OK;
}

void dw__token_keys_free(struct token_keys *keys)
{
    if (keys == NULL)
        return;
    DW__MAGIC(keys, MAGIC);
    for (size_t i = 0; i < keys->n; i++)
        dw__token_signer_free(&keys->signers[i]);
    keys->magic = 0;
    free(keys);
}

int64_t dw__token_lifetime(const struct token_keys *keys)
{
    return keys->lifetime_s;
}

const struct token_signer *dw__token_signer_at(const struct token_keys *keys, size_t i)
{
    return i < keys->n ? &keys->signers[i] : NULL;
}

bool dw__token_keys_can_sign(const struct token_keys *keys)
{
    return dw__token_signer_can_sign(&keys->signers[0]);
}

/* ---- issuing ---- */

static void put_member(struct buf *b, const char *name, dw_text value)
{
    dw__buf_lit(b, "\"");
    dw__buf_text(b, dw__text_of(name));
    dw__buf_lit(b, "\":\"");
    dw__buf_text(b, value); /* is_plain */
    dw__buf_lit(b, "\",");
}

static void put_time(struct buf *b, const char *name, int64_t t)
{
    dw__buf_lit(b, "\"");
    dw__buf_text(b, dw__text_of(name));
    dw__buf_lit(b, "\":");
    dw__buf_i64(b, t);
}

static void put_claims(struct buf *b, const struct token_keys *keys, const struct token_sign_in *in,
                       int64_t now, int64_t exp)
{
    uint8_t random[JTI_BYTES];
    char jti[DW__BASE64URL_SIZE(JTI_BYTES)];

    dw_random(random, sizeof(random));
    (void)dw__base64url_encode(random, sizeof(random), jti);
    dw__buf_lit(b, "{");
    put_member(b, "iss", text_of(&keys->issuer));
    put_member(b, "aud", text_of(&keys->audience));
    put_member(b, "sub", in->sub);
    put_member(b, "client_id", text_of(&keys->client_id));
    put_member(b, "jti", (dw_text){jti, sizeof(jti)});
    if (in->sid.n > 0)
        put_member(b, "sid", in->sid);
    put_time(b, "iat", now);
    dw__buf_lit(b, ",");
    put_time(b, "exp", exp);
    dw__buf_lit(b, ",");
    put_time(b, "auth_time", in->auth_time);
    dw__buf_lit(b, "}");
}

static bool sign_in_ok(const struct token_sign_in *in, int64_t now)
{
    return is_plain(in->sub, DW__TOKEN_SUB) && (in->sid.n == 0 || is_plain(in->sid, DW__TOKEN_SID)) &&
           now >= 0 && now <= INT64_C(1) << 36 && in->auth_time >= 0 && in->auth_time <= now &&
           (in->until == 0 || in->until > now);
}

/* HEADER.CLAIMS.SIGNATURE of the claims `json`. */
static dw_err sign(const struct token_signer *signer, dw_text json, struct arena *a, dw_text *token)
{
    const size_t signature_n = dw__token_signature_size(signer->alg);
    uint8_t signature[DW__TOKEN_SIGNATURE_MAX];
    char *p = dw__arena_bytes(a, signer->header_n + DW__BASE64URL_SIZE(json.n) + 1 +
                                     DW__BASE64URL_SIZE(signature_n));

    if (p == NULL)
        return DW_UNAVAILABLE;
    memcpy(p, signer->header, signer->header_n);
    size_t n = signer->header_n;
    n += dw__base64url_encode(json.p, json.n, p + n);
    const dw_err err = dw__token_signer_sign(signer, (dw_bytes){(const uint8_t *)p, n}, signature);
    if (err != DW_OK)
        return err;
    p[n++] = '.';
    n += dw__base64url_encode(signature, signature_n, p + n);
    *token = (dw_text){p, n};
    return DW_OK;
}

dw_err dw__token_issue_in(const struct token_keys *keys, const struct token_sign_in *sign_in, int64_t now,
                          struct arena *a, dw_text *token, int64_t *exp)
{
    char json[4 * TEXT_MAX];
    struct buf b;

    DW__MAGIC(keys, MAGIC);
    *token = (dw_text){NULL, 0};
    *exp = 0;
    if (!sign_in_ok(sign_in, now))
        return DW_INVALID;
    const int64_t end = now + keys->lifetime_s;
    const int64_t until = sign_in->until != 0 && sign_in->until < end ? sign_in->until : end;
    dw__buf_init_fixed(&b, json, sizeof(json));
    put_claims(&b, keys, sign_in, now, until);
    DW__CHECK(!b.failed);
    const dw_err err = sign(&keys->signers[0], (dw_text){b.p, b.n}, a, token);
    if (err == DW_OK)
        *exp = until;
    return err;
}

dw_err dw__token_issue(const struct token_keys *keys, dw_text sub, int64_t now, int64_t auth_time,
                       struct arena *a, dw_text *token)
{
    const struct token_sign_in in = {.sub = sub, .auth_time = auth_time};
    int64_t exp;

    return dw__token_issue_in(keys, &in, now, a, token, &exp);
}

/* ---- verifying ---- */

static const struct token_signer *find_signer(const struct token_keys *keys, dw_text token)
{
    for (size_t i = 0; i < keys->n; i++)
        if (dw__text_starts(token, (dw_text){keys->signers[i].header, keys->signers[i].header_n}))
            return &keys->signers[i];
    return NULL;
}

bool dw__token_is_ours(const struct token_keys *keys, dw_text token)
{
    return find_signer(keys, token) != NULL;
}

/* The claims of `token` if its signature is good: JSON in `a`. */
static dw_err open_token(const struct token_keys *keys, dw_text token, struct arena *a, dw_text *json)
{
    uint8_t signature[DW__TOKEN_SIGNATURE_MAX];
    size_t n;

    if (token.n > DW__TOKEN_MAX)
        return DW_UNAUTHENTICATED;
    const struct token_signer *signer = find_signer(keys, token);
    if (signer == NULL)
        return DW_UNAUTHENTICATED;
    dw_text rest = {token.p + signer->header_n, token.n - signer->header_n};
    const dw_text payload = dw__text_cut(&rest, '.');
    if (rest.p == NULL || !dw__base64url_decode(rest, signature, sizeof(signature), &n))
        return DW_UNAUTHENTICATED;
    const dw_bytes message = {(const uint8_t *)token.p, signer->header_n + payload.n};
    const dw_err err = dw__token_signer_verify(signer, message, (dw_bytes){signature, n});
    if (err != DW_OK)
        return err;
    char *p = dw__arena_bytes(a, payload.n);
    if (p == NULL)
        return DW_UNAVAILABLE;
    if (!dw__base64url_decode(payload, p, payload.n, &n))
        return DW_UNAUTHENTICATED;
    *json = (dw_text){p, n};
    return DW_OK;
}

static bool claims_ok(const struct token_keys *keys, const struct token_claims *claims, int64_t now)
{
    return dw__text_eq(claims->iss, text_of(&keys->issuer)) &&
           dw__text_eq(claims->aud, text_of(&keys->audience)) && claims->iat < claims->exp &&
           claims->auth_time <= claims->iat && now < claims->exp && claims->iat <= now + IAT_AHEAD;
}

dw_err dw__token_verify(const struct token_keys *keys, dw_text token, int64_t now, struct arena *a,
                        struct token_claims *out)
{
    dw_text json;

    DW__MAGIC(keys, MAGIC);
    *out = (struct token_claims){0};
    dw_err err = open_token(keys, token, a, &json);
    if (err == DW_OK)
        err = dw__claims_parse(json, now, a, out);
    if (err == DW_OK && !claims_ok(keys, out, now))
        err = DW_UNAUTHENTICATED;
    if (err != DW_OK)
        *out = (struct token_claims){0};
    return err;
}
