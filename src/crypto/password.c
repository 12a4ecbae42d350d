/* crypto/password.c -- see password.h.
 *
 * The PHC text is read here, strictly and before libsodium sees it: libsodium believes whatever memory it
 * asks for. */
#include "crypto/password.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/text.h"
#include "crypto/compare.h"

_Static_assert(DW__PHC_SIZE == crypto_pwhash_STRBYTES, "libsodium's texts fit ours");

/* Argon2 hashes of other makers use up to this many lanes (Django's eight); ours use one. */
#define LANES_MAX 8
/* Memory times passes: what the two bounds allow together would be a second of work. */
#define WORK_MAX ((uint64_t)1024 * 1024)

struct phc {
    bool id; /* Argon2id, else Argon2i */
    uint32_t memory_kib, passes, lanes;
};

bool dw__argon2_params_ok(const struct argon2_params *params)
{
    return params->memory_kib >= DW__ARGON2_MIN_KIB && params->memory_kib <= DW__ARGON2_MAX_KIB &&
           params->passes >= DW__ARGON2_MIN_PASSES && params->passes <= DW__ARGON2_MAX_PASSES &&
           (uint64_t)params->memory_kib * params->passes <= WORK_MAX;
}

/* Takes `name`, then decimal digits without leading zero up to `sep`, off *rest. */
static bool take_number(dw_text *rest, const char *name, char sep, uint32_t *out)
{
    dw_text field = dw__text_cut(rest, sep);
    const dw_text prefix = dw__text_of(name);
    uint64_t v;

    if (!dw__text_starts(field, prefix))
        return false;
    field.p += prefix.n;
    field.n -= prefix.n;
    if (field.n == 0 || field.n > 9 || field.p[0] == '0' || !dw__text_u64(field, &v))
        return false;
    *out = (uint32_t)v;
    return true;
}

/* Standard base64 without padding, of a length that fits `min` to `max` bytes. */
static bool is_base64(dw_text t, size_t min, size_t max)
{
    if (t.n < (min * 4 + 2) / 3 || t.n > (max * 4 + 2) / 3)
        return false;
    for (size_t i = 0; i < t.n; i++) {
        const char c = t.p[i];
        const bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                        c == '+' || c == '/';
        if (!ok)
            return false;
    }
    return true;
}

static bool take_head(dw_text *rest, const char *head)
{
    const dw_text t = dw__text_of(head);

    if (!dw__text_starts(*rest, t))
        return false;
    rest->p += t.n;
    rest->n -= t.n;
    return true;
}

static bool parse(dw_text text, struct phc *out)
{
    dw_text rest = text;

    if (text.n >= DW__PHC_SIZE)
        return false;
    out->id = take_head(&rest, "$argon2id$v=19$");
    if (!out->id && !take_head(&rest, "$argon2i$v=19$"))
        return false;
    if (!take_number(&rest, "m=", ',', &out->memory_kib) || !take_number(&rest, "t=", ',', &out->passes) ||
        !take_number(&rest, "p=", '$', &out->lanes))
        return false;
    const dw_text salt = dw__text_cut(&rest, '$');
    return is_base64(salt, 8, 48) && is_base64(rest, 16, 64);
}

/* Whether verifying costs no more than we are ready to pay. The floors of the algorithm itself are
 * libsodium's to check. */
static bool affordable(const struct phc *phc)
{
    return phc->memory_kib <= DW__ARGON2_MAX_KIB && phc->passes <= DW__ARGON2_MAX_PASSES &&
           phc->lanes <= LANES_MAX && phc->memory_kib >= 8 * phc->lanes &&
           (uint64_t)phc->memory_kib * phc->passes <= WORK_MAX;
}

dw_err dw__argon2_hash(const struct argon2_params *params, dw_secret password, char out[static DW__PHC_SIZE])
{
    memset(out, 0, DW__PHC_SIZE);
    if (password.n == 0 || password.n > DW__PASSWORD_MAX || !dw__argon2_params_ok(params))
        return DW_INVALID;
    if (sodium_init() < 0)
        return DW_INTERNAL;
    if (crypto_pwhash_str_alg(out, password.p, password.n, params->passes, (size_t)params->memory_kib * 1024,
                              crypto_pwhash_ALG_ARGON2ID13) != 0) {
        dw__wipe(out, DW__PHC_SIZE);
        return DW_UNAVAILABLE;
    }
    return DW_OK;
}

enum argon2_verdict dw__argon2_judge(dw_text phc)
{
    struct phc parsed;

    if (!parse(phc, &parsed))
        return ARGON2_MALFORMED;
    return affordable(&parsed) ? ARGON2_READABLE : ARGON2_COSTLY;
}

dw_err dw__argon2_verify(dw_secret password, dw_text phc)
{
    char text[DW__PHC_SIZE] = {0};

    if (password.n == 0 || password.n > DW__PASSWORD_MAX || dw__argon2_judge(phc) != ARGON2_READABLE)
        return DW_UNAUTHENTICATED;
    if (sodium_init() < 0)
        return DW_INTERNAL;
    memcpy(text, phc.p, phc.n);
    errno = 0;
    const int result = crypto_pwhash_str_verify(text, password.p, password.n);
    const bool no_memory = errno == ENOMEM;
    dw__wipe(text, sizeof(text));
    if (result == 0)
        return DW_OK;
    return no_memory ? DW_UNAVAILABLE : DW_UNAUTHENTICATED;
}

bool dw__argon2_needs_rehash(dw_text phc, const struct argon2_params *params)
{
    struct phc parsed;

    if (dw__argon2_judge(phc) != ARGON2_READABLE || !parse(phc, &parsed) || !parsed.id)
        return true;
    return parsed.lanes != 1 || parsed.memory_kib < params->memory_kib ||
           (parsed.memory_kib == params->memory_kib && parsed.passes < params->passes);
}
