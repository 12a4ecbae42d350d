/* auth/jws.c -- see jws.h. */
#include "auth/jws.h"

#include "base/ctx.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/json.h"

/* Members that would let the sender choose how it is judged. */
static const char *const refused[] = {"crit", "b64", "jwk", "jku", "x5u", "x5c"};

/* Decodes base64url without padding into `a`. */
static dw_err decode(dw_text t, struct arena *a, dw_text *out)
{
    const size_t cap = t.n / 4 * 3 + 3;
    char *p = dw__arena_bytes(a, cap);
    size_t n;

    if (p == NULL)
        return DW_UNAVAILABLE;
    if (!dw__base64url_decode(t, p, cap, &n))
        return DW_BAD_REQUEST;
    *out = (dw_text){p, n};
    return DW_OK;
}

/* ---- header ---- */

static bool is_refused(dw_text name)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (dw__text_eq(name, dw__text_of(refused[i])))
            return true;
    return false;
}

/* A value that is neither array nor object; it means nothing to us. */
static bool skip_scalar(struct json_in *in)
{
    const enum json_kind kind = dw__json_peek(in);

    return kind != JSON_ARRAY && kind != JSON_OBJECT && dw__json_skip(in);
}

static bool read_alg(struct json_in *in, struct arena *a, enum jws_alg *alg)
{
    dw_text name;

    if (!dw__json_string(in, a, &name))
        return false;
    *alg = dw__jws_alg(name);
    return *alg != JWS_UNKNOWN;
}

static bool read_member(struct json_in *in, struct arena *a, dw_text name, struct jws *out)
{
    if (is_refused(name))
        return false;
    if (dw__text_is(name, "alg"))
        return read_alg(in, a, &out->alg);
    if (dw__text_is(name, "kid"))
        return dw__json_string(in, a, &out->kid);
    if (dw__text_is(name, "typ"))
        return dw__json_string(in, a, &out->typ);
    return skip_scalar(in);
}

static bool read_header(struct json_in *in, struct arena *a, struct jws *out)
{
    enum json_step step;
    dw_text name;

    if (!dw__json_object_begin(in))
        return false;
    while ((step = dw__json_object_next(in, a, &name)) == JSON_MORE)
        if (!read_member(in, a, name, out))
            return false;
    return step == JSON_DONE && dw__json_end(in) && out->alg != JWS_UNKNOWN;
}

static dw_err parse_header(dw_text json, struct arena *a, struct jws *out)
{
    struct json_in in;
    bool ok;

    dw__json_init(&in, json);
    ok = dw__json_skip_unique(&in, a);
    if (ok) {
        dw__json_init(&in, json);
        ok = read_header(&in, a, out);
    }
    if (ok)
        return DW_OK;
    return in.err == DW_TOO_LARGE ? DW_UNAVAILABLE : DW_BAD_REQUEST;
}

/* ---- the three parts ---- */

dw_err dw__jws_parse(dw_text text, struct arena *a, struct jws *out)
{
    dw_text rest = text, json, signature;
    dw_err err;

    *out = (struct jws){0};
    if (text.n == 0 || text.n > DW__JWS_MAX)
        return DW_BAD_REQUEST;
    const dw_text header = dw__text_cut(&rest, '.');
    if (rest.p == NULL)
        return DW_BAD_REQUEST;
    const dw_text payload = dw__text_cut(&rest, '.');
    if (rest.p == NULL || header.n == 0)
        return DW_BAD_REQUEST;
    out->signed_part = (dw_text){text.p, header.n + 1 + payload.n};
    if ((err = decode(header, a, &json)) != DW_OK || (err = parse_header(json, a, out)) != DW_OK)
        return err;
    if ((err = decode(payload, a, &out->payload)) != DW_OK)
        return err;
    /* A third '.' is no character of base64url. */
    if ((err = decode(rest, a, &signature)) != DW_OK)
        return err;
    out->signature = (dw_bytes){(const uint8_t *)signature.p, signature.n};
    return DW_OK;
}

/* The one key that may judge; NULL when there is none, or no telling which. */
static struct jws_key *choose(const struct jwk_set *set, dw_text kid)
{
    if (kid.p == NULL)
        return set->n == 1 ? set->keys[0].key : NULL;
    for (size_t i = 0; i < set->n; i++)
        if (set->keys[i].kid.p != NULL && dw__text_eq(set->keys[i].kid, kid))
            return set->keys[i].key;
    return set->n == 1 && set->keys[0].kid.p == NULL ? set->keys[0].key : NULL;
}

dw_err dw__jws_verify(const struct jwk_set *set, const struct jws *jws)
{
    struct jws_key *key = choose(set, jws->kid);

    if (key == NULL || dw__jws_key_alg(key) != jws->alg)
        return DW_BAD_REQUEST;
    const dw_bytes data = {(const uint8_t *)jws->signed_part.p, jws->signed_part.n};
    const dw_err err = dw__jws_key_verify(key, data, jws->signature);
    return err == DW_UNAUTHENTICATED ? DW_BAD_REQUEST : err;
}

dw_err dw_jws_verify(dw_ctx *ctx, dw_text keys, dw_text text)
{
    struct jwk_set set;
    struct jws jws;
    dw_err err = dw__jwk_set_parse(keys, ctx->arena, &set);

    if (err != DW_OK)
        return err;
    err = dw__jws_parse(text, ctx->arena, &jws);
    if (err == DW_OK)
        err = dw__jws_verify(&set, &jws);
    dw__jwk_set_release(&set);
    return err;
}
