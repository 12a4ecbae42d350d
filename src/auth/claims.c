/* auth/claims.c -- see claims.h: one row for each claim, read once, and which of them must be there. */
#include "auth/claims.h"

#include <stddef.h>

#include "base/text.h"
#include "codec/json.h"

#define TEXT_MAX 256
#define TIME_MAX INT64_C(253402300799)

enum type { TYPE_TEXT, TYPE_TIME };

static const struct claim {
    const char *name;
    enum type type;
    size_t offset;
} claims[] = {
    {"iss", TYPE_TEXT, offsetof(struct token_claims, iss)},
    {"aud", TYPE_TEXT, offsetof(struct token_claims, aud)},
    {"sub", TYPE_TEXT, offsetof(struct token_claims, sub)},
    {"exp", TYPE_TIME, offsetof(struct token_claims, exp)},
    {"iat", TYPE_TIME, offsetof(struct token_claims, iat)},
    {"jti", TYPE_TEXT, offsetof(struct token_claims, jti)},
    {"client_id", TYPE_TEXT, offsetof(struct token_claims, client_id)},
    {"auth_time", TYPE_TIME, offsetof(struct token_claims, auth_time)},
    {"sid", TYPE_TEXT, offsetof(struct token_claims, sid)},
};
#define CLAIMS (sizeof(claims) / sizeof(claims[0]))
/* The first five are everybody's, the next three are in all of our own, the last may be left out. */
#define FOREIGN_CLAIMS ((1u << 5) - 1)
#define OWN_CLAIMS ((1u << 8) - 1)

static bool read_text(struct json_in *in, struct arena *a, dw_text *out)
{
    return dw__json_string(in, a, out) && out->n > 0 && out->n <= TEXT_MAX &&
           dw__text_find(*out, '\0') == out->n;
}

static bool read_time(struct json_in *in, int64_t *out)
{
    struct json_number n;

    if (!dw__json_number(in, &n) || !n.integral || n.i < 0 || n.i > TIME_MAX)
        return false;
    *out = n.i;
    return true;
}

static bool read_claim(struct json_in *in, struct arena *a, const struct claim *claim,
                       struct token_claims *out)
{
    void *member = (char *)out + claim->offset;

    return claim->type == TYPE_TEXT ? read_text(in, a, member) : read_time(in, member);
}

static bool read_other(struct json_in *in, dw_text name, int64_t now)
{
    int64_t nbf;

    if (dw__text_is(name, "nbf"))
        return read_time(in, &nbf) && nbf <= now;
    return dw__json_skip(in);
}

/* One member; `seen` gets the claim's bit. */
static bool read_member(struct json_in *in, struct arena *a, dw_text name, int64_t now,
                        struct token_claims *out, unsigned *seen)
{
    for (unsigned i = 0; i < CLAIMS; i++)
        if (dw__text_eq(name, dw__text_of(claims[i].name))) {
            *seen |= 1u << i;
            return read_claim(in, a, &claims[i], out);
        }
    return read_other(in, name, now);
}

/* Those of `wanted` must be there. */
static bool read_object(struct json_in *in, struct arena *a, int64_t now, unsigned wanted,
                        struct token_claims *out)
{
    enum json_step step;
    unsigned seen = 0;
    dw_text name;

    if (!dw__json_object_begin(in))
        return false;
    while ((step = dw__json_object_next(in, a, &name)) == JSON_MORE)
        if (!read_member(in, a, name, now, out, &seen))
            return false;
    return step == JSON_DONE && dw__json_end(in) && (seen & wanted) == wanted;
}

static dw_err parse(dw_text json, int64_t now, unsigned wanted, struct arena *a, struct token_claims *out)
{
    struct json_in in;
    bool ok;

    *out = (struct token_claims){0};
    dw__json_init(&in, json);
    ok = dw__json_skip_unique(&in, a); /* so that the reading below meets each name once */
    if (ok) {
        dw__json_init(&in, json);
        ok = read_object(&in, a, now, wanted, out);
    }
    if (ok)
        return DW_OK;
    *out = (struct token_claims){0};
    return in.err == DW_TOO_LARGE ? DW_UNAVAILABLE : DW_UNAUTHENTICATED;
}

dw_err dw__claims_parse(dw_text json, int64_t now, struct arena *a, struct token_claims *out)
{
    return parse(json, now, OWN_CLAIMS, a, out);
}

dw_err dw__claims_parse_foreign(dw_text json, int64_t now, struct arena *a, struct token_claims *out)
{
    return parse(json, now, FOREIGN_CLAIMS, a, out);
}
