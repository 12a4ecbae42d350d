/* crypto/stored_hash.c -- see stored_hash.h: the reader. Pure: no library sees anything here. */
#include "crypto/stored_hash.h"

#include <string.h>

#include "base/text.h"
#include "codec/base64.h"
#include "crypto/password.h"

static const char unknown[] = "this is no hash of a password in a form that is known here";
static const char malformed[] = "the hash is cut or has a character that cannot be in it";
static const char costly[] = "checking this hash would take more work or memory than is allowed";

/* Cuts decimal digits without a leading zero off *rest, up to `sep`. */
static bool take_number(dw_text *rest, char sep, uint32_t *out)
{
    const dw_text field = dw__text_cut(rest, sep);
    uint64_t v;

    if (field.n == 0 || field.n > 9 || field.p[0] == '0' || rest->p == NULL || !dw__text_u64(field, &v))
        return false;
    *out = (uint32_t)v;
    return true;
}

static bool take_salt(dw_text *rest, dw_text *salt)
{
    *salt = dw__text_cut(rest, '$');
    if (rest->p == NULL || salt->n == 0 || salt->n > DW__STORED_SALT_MAX)
        return false;
    for (size_t i = 0; i < salt->n; i++)
        if (salt->p[i] < 0x21 || salt->p[i] > 0x7e)
            return false;
    return true;
}

static bool take_prefix(dw_text *rest, const char *prefix)
{
    const dw_text t = dw__text_of(prefix);

    if (!dw__text_starts(*rest, t))
        return false;
    rest->p += t.n;
    rest->n -= t.n;
    return true;
}

static size_t digest_size(enum stored_digest digest)
{
    return digest == STORED_SHA1 ? 20 : digest == STORED_SHA256 ? 32 : 64;
}

/* Whether `t` is exactly n bytes in hexadecimal, or in base64. */
static bool take_expected(dw_text t, bool hex, size_t n, struct stored_hash *out)
{
    const bool ok = hex ? dw__hex_decode(t, out->expected, sizeof(out->expected), &out->expected_n)
                        : dw__base64_decode(t, out->expected, sizeof(out->expected), &out->expected_n);

    return ok && out->expected_n == n;
}

/* ---- PBKDF2 ---- */

static const char *pbkdf2_bounded(const struct stored_hash *out)
{
    return out->rounds <= DW__PBKDF2_ROUNDS_MAX ? NULL : costly;
}

/* Behind "pbkdf2:": "sha256:260000$salt$hex". */
static const char *read_werkzeug_pbkdf2(dw_text rest, struct stored_hash *out)
{
    const dw_text digest = dw__text_cut(&rest, ':');

    out->kind = STORED_PBKDF2;
    if (dw__text_is(digest, "sha1"))
        out->digest = STORED_SHA1;
    else if (dw__text_is(digest, "sha256"))
        out->digest = STORED_SHA256;
    else if (dw__text_is(digest, "sha512"))
        out->digest = STORED_SHA512;
    else
        return unknown;
    if (!take_number(&rest, '$', &out->rounds) || !take_salt(&rest, &out->salt) ||
        !take_expected(rest, true, digest_size(out->digest), out))
        return malformed;
    return pbkdf2_bounded(out);
}

/* Behind "pbkdf2_sha256$": "260000$salt$base64". */
static const char *read_django_pbkdf2(dw_text rest, enum stored_digest digest, struct stored_hash *out)
{
    out->kind = STORED_PBKDF2;
    out->digest = digest;
    if (!take_number(&rest, '$', &out->rounds) || !take_salt(&rest, &out->salt) ||
        !take_expected(rest, false, digest_size(digest), out))
        return malformed;
    return pbkdf2_bounded(out);
}

/* ---- scrypt ---- */

/* RFC 7914 §6: N is a power of two above 1. */
static const char *scrypt_bounded(const struct stored_hash *out)
{
    if (out->n < 2 || (out->n & (out->n - 1)) != 0)
        return malformed;
    if (out->r > DW__SCRYPT_R_MAX || out->p > DW__SCRYPT_P_MAX || out->n > DW__SCRYPT_WORK_MAX ||
        out->n * out->r * out->p > DW__SCRYPT_WORK_MAX)
        return costly;
    return NULL;
}

/* Behind "scrypt:": "32768:8:1$salt$hex". */
static const char *read_werkzeug_scrypt(dw_text rest, struct stored_hash *out)
{
    uint32_t n;

    out->kind = STORED_SCRYPT;
    if (!take_number(&rest, ':', &n) || !take_number(&rest, ':', &out->r) ||
        !take_number(&rest, '$', &out->p) || !take_salt(&rest, &out->salt) ||
        !take_expected(rest, true, 64, out))
        return malformed;
    out->n = n;
    return scrypt_bounded(out);
}

/* Behind "scrypt$": "16384$salt$8$1$base64". */
static const char *read_django_scrypt(dw_text rest, struct stored_hash *out)
{
    uint32_t n;

    out->kind = STORED_SCRYPT;
    if (!take_number(&rest, '$', &n) || !take_salt(&rest, &out->salt) || !take_number(&rest, '$', &out->r) ||
        !take_number(&rest, '$', &out->p) || !take_expected(rest, false, 64, out))
        return malformed;
    out->n = n;
    return scrypt_bounded(out);
}

/* ---- bcrypt, Argon2: the whole is the library's ---- */

/* "$2b$12$" and 53 characters of its own alphabet. */
static const char *read_bcrypt(dw_text text, bool digested, struct stored_hash *out)
{
    unsigned cost;

    out->kind = STORED_BCRYPT;
    out->digested = digested;
    out->text = text;
    if (text.n != 60 || text.p[0] != '$' || text.p[1] != '2' ||
        (text.p[2] != 'a' && text.p[2] != 'b' && text.p[2] != 'y') || text.p[3] != '$' || text.p[4] < '0' ||
        text.p[4] > '3' || text.p[5] < '0' || text.p[5] > '9' || text.p[6] != '$')
        return malformed;
    for (size_t i = 7; i < text.n; i++) {
        const char c = text.p[i];
        if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '.' || c > '9'))
            return malformed;
    }
    cost = (unsigned)(text.p[4] - '0') * 10 + (unsigned)(text.p[5] - '0');
    if (cost < DW__BCRYPT_COST_MIN || cost > 31)
        return malformed;
    return cost <= DW__BCRYPT_COST_MAX ? NULL : costly;
}

static const char *read_argon2(dw_text text, bool ours, struct stored_hash *out)
{
    out->kind = STORED_ARGON2;
    out->ours = ours;
    out->text = text;
    switch (dw__argon2_judge(text)) {
    case ARGON2_READABLE: return NULL;
    case ARGON2_COSTLY: return costly;
    case ARGON2_MALFORMED: break;
    }
    return malformed;
}

/* ---- which it is ---- */

static const char *read_any(dw_text text, struct stored_hash *out)
{
    dw_text rest = text;

    if (dw__text_starts(text, dw__text_of("$argon2id$")) || dw__text_starts(text, dw__text_of("$argon2i$")))
        return read_argon2(text, text.p[8] == 'd', out);
    if (take_prefix(&rest, "argon2$")) /* Django's: "argon2$argon2id$…", whose second dollar is PHC's first */
        return read_argon2((dw_text){rest.p - 1, rest.n + 1}, false, out);
    if (dw__text_starts(text, dw__text_of("$2")))
        return read_bcrypt(text, false, out);
    if (take_prefix(&rest, "bcrypt_sha256$"))
        return read_bcrypt(rest, true, out);
    if (take_prefix(&rest, "bcrypt$"))
        return read_bcrypt(rest, false, out);
    if (take_prefix(&rest, "scrypt:"))
        return read_werkzeug_scrypt(rest, out);
    if (take_prefix(&rest, "scrypt$"))
        return read_django_scrypt(rest, out);
    if (take_prefix(&rest, "pbkdf2:"))
        return read_werkzeug_pbkdf2(rest, out);
    if (take_prefix(&rest, "pbkdf2_sha256$"))
        return read_django_pbkdf2(rest, STORED_SHA256, out);
    if (take_prefix(&rest, "pbkdf2_sha1$"))
        return read_django_pbkdf2(rest, STORED_SHA1, out);
    return unknown;
}

const char *dw__stored_hash_read(dw_text text, struct stored_hash *out)
{
    const char *why;

    memset(out, 0, sizeof(*out));
    why =
        text.n > DW__STORED_HASH_MAX ? "the hash is longer than any that is known here" : read_any(text, out);
    if (why != NULL)
        memset(out, 0, sizeof(*out));
    return why;
}
