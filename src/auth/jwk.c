/* auth/jwk.c -- see jwk.h.
 *
 * Reading and judging are apart: first the members of one JWK go into `struct members` as text, whatever
 * they say; then the rules look at what is there and what is not. */
#include "auth/jwk.h"

#include <string.h>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/json.h"

enum op { OP_SIGN = 1, OP_VERIFY = 2 };

/* Members that are not there have p == NULL. */
struct members {
    dw_text kty, alg, use, kid, crv, k, n, e, x, y;
    bool has_ops;
    unsigned ops; /* enum op */
    bool is_private;
};

/* ---- reading ---- */

static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    {"kty", offsetof(struct members, kty)}, {"alg", offsetof(struct members, alg)},
    {"use", offsetof(struct members, use)}, {"kid", offsetof(struct members, kid)},
    {"crv", offsetof(struct members, crv)}, {"k", offsetof(struct members, k)},
    {"n", offsetof(struct members, n)},     {"e", offsetof(struct members, e)},
    {"x", offsetof(struct members, x)},     {"y", offsetof(struct members, y)},
};
static const char *const private_names[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};

/* "sign" and "verify", each at most once; any other operation is a key for something else. */
static bool read_ops(struct json_in *in, struct arena *a, struct members *m)
{
    enum json_step step;
    dw_text op;

    m->has_ops = true;
    if (!dw__json_array_begin(in))
        return false;
    while ((step = dw__json_array_next(in)) == JSON_MORE) {
        if (!dw__json_string(in, a, &op))
            return false;
        const unsigned bit = dw__text_is(op, "sign") ? OP_SIGN : dw__text_is(op, "verify") ? OP_VERIFY : 0;
        if (bit == 0 || (m->ops & bit) != 0)
            return false;
        m->ops |= bit;
    }
    return step == JSON_DONE;
}

static bool read_member(struct json_in *in, struct arena *a, dw_text name, struct members *m)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (dw__text_eq(name, dw__text_of(texts[i].name)))
            return dw__json_string(in, a, (dw_text *)(void *)((char *)m + texts[i].offset));
    for (size_t i = 0; i < sizeof(private_names) / sizeof(private_names[0]); i++)
        m->is_private |= dw__text_eq(name, dw__text_of(private_names[i]));
    if (dw__text_is(name, "key_ops"))
        return read_ops(in, a, m);
    return dw__json_skip(in);
}

static bool read_members(struct json_in *in, struct arena *a, struct members *m)
{
    enum json_step step;
    dw_text name;

    *m = (struct members){0};
    if (!dw__json_object_begin(in))
        return false;
    while ((step = dw__json_object_next(in, a, &name)) == JSON_MORE)
        if (!read_member(in, a, name, m))
            return false;
    return step == JSON_DONE;
}

/* ---- judging ---- */

/* Canonical base64url of at most `max` bytes. */
static dw_err decode(dw_text t, size_t max, struct arena *a, dw_bytes *out)
{
    uint8_t *p;
    size_t n;

    if (t.p == NULL || t.n > DW__BASE64URL_SIZE(max))
        return DW_BAD_REQUEST;
    p = dw__arena_alloc(a, max);
    if (p == NULL)
        return DW_UNAVAILABLE;
    if (!dw__base64url_decode(t, p, max, &n))
        return DW_BAD_REQUEST;
    *out = (dw_bytes){p, n};
    return DW_OK;
}

static dw_err make_oct(const struct members *m, enum jws_alg alg, struct arena *a, struct jws_key **out)
{
    dw_bytes k;
    const dw_err err = decode(m->k, DW__OCT_MAX, a, &k);

    return err != DW_OK ? err : dw__jws_key_oct(out, alg, k);
}

static dw_err make_rsa(const struct members *m, enum jws_alg alg, struct arena *a, struct jws_key **out)
{
    dw_bytes n, e;
    dw_err err = decode(m->n, DW__RSA_MAX, a, &n);

    if (err == DW_OK)
        err = decode(m->e, 8, a, &e);
    return err != DW_OK ? err : dw__jws_key_rsa(out, alg, n, e);
}

/* What the curve says the algorithm is; `alg` may say the same or nothing. */
static enum jws_alg curve_alg(const struct members *m, enum jws_alg alg)
{
    const enum jws_alg curve = dw__text_is(m->crv, "P-256")     ? JWS_ES256
                               : dw__text_is(m->crv, "P-384")   ? JWS_ES384
                               : dw__text_is(m->crv, "Ed25519") ? JWS_EDDSA
                                                                : JWS_UNKNOWN;

    return m->alg.p == NULL || alg == curve ? curve : JWS_UNKNOWN;
}

static dw_err make_ec(const struct members *m, enum jws_alg alg, struct arena *a, struct jws_key **out)
{
    dw_bytes x, y;
    dw_err err = decode(m->x, 48, a, &x);

    if (err == DW_OK)
        err = decode(m->y, 48, a, &y);
    return err != DW_OK ? err : dw__jws_key_ec(out, curve_alg(m, alg), x, y);
}

static dw_err make_okp(const struct members *m, enum jws_alg alg, struct arena *a, struct jws_key **out)
{
    dw_bytes x;
    const dw_err err = decode(m->x, 32, a, &x);

    return err != DW_OK ? err : dw__jws_key_ed25519(out, curve_alg(m, alg), x);
}

/* For signatures, and for verifying them. */
static bool purpose_ok(const struct members *m)
{
    if (m->use.p != NULL && !dw__text_is(m->use, "sig"))
        return false;
    return !m->has_ops || (m->ops & OP_VERIFY) != 0;
}

static dw_err make(const struct members *m, struct arena *a, struct jws_key **out)
{
    const enum jws_alg alg = m->alg.p != NULL ? dw__jws_alg(m->alg) : JWS_UNKNOWN;

    if (!purpose_ok(m) || m->is_private)
        return DW_BAD_REQUEST;
    if (dw__text_is(m->kty, "oct"))
        return make_oct(m, alg, a, out);
    if (m->k.p != NULL) /* a secret beside a public key: which of them was meant? */
        return DW_BAD_REQUEST;
    if (dw__text_is(m->kty, "RSA"))
        return make_rsa(m, alg, a, out);
    if (dw__text_is(m->kty, "EC"))
        return make_ec(m, alg, a, out);
    if (dw__text_is(m->kty, "OKP"))
        return make_okp(m, alg, a, out);
    return DW_BAD_REQUEST;
}

/* ---- sets ---- */

static bool kid_taken(const struct jwk_set *set, dw_text kid)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->keys[i].kid.p != NULL && dw__text_eq(set->keys[i].kid, kid))
            return true;
    return false;
}

static bool is_shared(enum jws_alg alg)
{
    return alg == JWS_HS256 || alg == JWS_HS384 || alg == JWS_HS512;
}

/* Reads one JWK and adds its key. Shared and public keys are never in one set: whoever serves the one
 * would leak the other. */
static dw_err add(struct json_in *in, struct arena *a, struct jwk_set *set)
{
    struct members m;
    struct jws_key *key;

    if (!read_members(in, a, &m))
        return in->err == DW_TOO_LARGE ? DW_UNAVAILABLE : DW_BAD_REQUEST;
    if (set->n == DW__JWK_MAX || (m.kid.p != NULL && kid_taken(set, m.kid)))
        return DW_BAD_REQUEST;
    const dw_err err = make(&m, a, &key);
    if (err != DW_OK)
        return err;
    set->keys[set->n++] = (struct jwk){m.kid, key};
    const bool mixed = is_shared(dw__jws_key_alg(key)) != is_shared(dw__jws_key_alg(set->keys[0].key));
    return mixed ? DW_BAD_REQUEST : DW_OK;
}

static dw_err add_all(struct json_in *in, struct arena *a, struct jwk_set *set)
{
    enum json_step step;

    if (!dw__json_array_begin(in))
        return DW_BAD_REQUEST;
    while ((step = dw__json_array_next(in)) == JSON_MORE) {
        const dw_err err = add(in, a, set);
        if (err != DW_OK)
            return err;
    }
    return step == JSON_DONE && set->n > 0 ? DW_OK : DW_BAD_REQUEST;
}

/* The members of a set: "keys", and what means nothing to us. */
static dw_err read_set(struct json_in *in, struct arena *a, struct jwk_set *set)
{
    enum json_step step;
    dw_text name;

    if (!dw__json_object_begin(in))
        return DW_BAD_REQUEST;
    while ((step = dw__json_object_next(in, a, &name)) == JSON_MORE) {
        dw_err err = DW_OK;
        if (dw__text_is(name, "keys"))
            err = add_all(in, a, set);
        else if (dw__text_is(name, "kty") || !dw__json_skip(in))
            err = DW_BAD_REQUEST;
        if (err != DW_OK)
            return err;
    }
    return step == JSON_DONE ? DW_OK : DW_BAD_REQUEST;
}

/* Whether the object has a member "keys"; the text has been checked already. */
static bool is_set(dw_text json, struct arena *a)
{
    struct json_in in;
    dw_text name;

    dw__json_init(&in, json);
    if (!dw__json_object_begin(&in))
        return false;
    while (dw__json_object_next(&in, a, &name) == JSON_MORE) {
        if (dw__text_is(name, "keys"))
            return true;
        if (!dw__json_skip(&in))
            return false;
    }
    return false;
}

dw_err dw__jwk_set_parse(dw_text json, struct arena *a, struct jwk_set *out)
{
    struct json_in in;

    memset(out, 0, sizeof(*out));
    if (json.n > DW__JWK_JSON_MAX)
        return DW_BAD_REQUEST;
    dw__json_init(&in, json);
    if (!dw__json_skip_unique(&in, a) || !dw__json_end(&in))
        return in.err == DW_TOO_LARGE ? DW_UNAVAILABLE : DW_BAD_REQUEST;
    dw__json_init(&in, json);
    const dw_err err = is_set(json, a) ? read_set(&in, a, out) : add(&in, a, out);
    if (err != DW_OK)
        dw__jwk_set_release(out);
    return err;
}

void dw__jwk_set_release(struct jwk_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        dw__jws_key_free(set->keys[i].key);
    memset(set, 0, sizeof(*set));
}
