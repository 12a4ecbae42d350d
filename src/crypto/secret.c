/* crypto/secret.c -- see secret.h.
 *
 * What is refused has a chance below 2^-40 of coming out of a random generator, and a very good one of
 * coming out of a manual, a keyboard or `str * 32`. */
#include "crypto/secret.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "codec/base64.h"
#include "crypto/compare.h"
#include <dw/ctx.h>

/* Six characters or more: shorter words turn up in random base64. */
static const char *const words[] = {"changeme", "change-me", "change_me", "changethis", "secret",
                                    "password", "passw0rd",  "example",   "default",    "insecure",
                                    "letmein",  "qwerty",    "abcdef",    "123456",     "development"};

/* Values that manuals, tutorials and standards print, and the digests of words. */
static const char *const known[] = {
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf", /* Flask's quickstart */
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", /* FastAPI's tutorial */
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", /* RFC 8032 §7.1, RFC 8037 A.1 */
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", /* SHA-256 of "" */
    "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b", /* of "secret" */
    "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", /* of "password" */
};

static bool contains_word(dw_secret text)
{
    for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
        const dw_text word = dw__text_of(words[w]);
        for (size_t i = 0; i + word.n <= text.n; i++)
            if (dw__text_eq_nocase((dw_text){text.p + i, word.n}, word))
                return true;
    }
    return false;
}

static bool is_known(const uint8_t b[static DW__SECRET_SIZE])
{
    uint8_t value[DW__SECRET_SIZE];
    size_t n;

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (dw__hex_decode(dw__text_of(known[i]), value, sizeof(value), &n) && n == sizeof(value) &&
            dw__equal(value, b, sizeof(value)))
            return true;
    return false;
}

/* A period of up to half its length, or a step that is always the same. */
static bool is_regular(const uint8_t b[static DW__SECRET_SIZE])
{
    for (size_t period = 1; period <= DW__SECRET_SIZE / 2; period++)
        if (memcmp(b, b + period, DW__SECRET_SIZE - period) == 0)
            return true;
    for (size_t i = 2; i < DW__SECRET_SIZE; i++)
        if ((uint8_t)(b[i] - b[i - 1]) != (uint8_t)(b[1] - b[0]))
            return false;
    return true;
}

static bool has_few_values(const uint8_t b[static DW__SECRET_SIZE])
{
    bool seen[256] = {false};
    size_t different = 0;

    for (size_t i = 0; i < DW__SECRET_SIZE; i++) {
        different += !seen[b[i]];
        seen[b[i]] = true;
    }
    dw__wipe(seen, sizeof(seen));
    return different < DW__SECRET_SIZE / 2;
}

static bool is_text(const uint8_t b[static DW__SECRET_SIZE])
{
    for (size_t i = 0; i < DW__SECRET_SIZE; i++)
        if (b[i] < 0x20 || b[i] > 0x7e)
            return false;
    return true;
}

/* Either alphabet, with its one '=' or without. */
static bool decode_base64(dw_secret text, uint8_t out[static DW__SECRET_SIZE])
{
    char url[DW__SECRET_TEXT];
    size_t n;

    if (text.n == DW__SECRET_TEXT + 1 && text.p[DW__SECRET_TEXT] != '=')
        return false;
    for (size_t i = 0; i < sizeof(url); i++) {
        const char c = text.p[i];
        url[i] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    const bool ok =
        dw__base64url_decode((dw_text){url, sizeof(url)}, out, DW__SECRET_SIZE, &n) && n == DW__SECRET_SIZE;
    dw__wipe(url, sizeof(url));
    return ok;
}

static const char *decode(dw_secret text, uint8_t out[static DW__SECRET_SIZE])
{
    size_t n;

    if (text.n == 0)
        return "it is empty";
    if (text.n < DW__SECRET_TEXT)
        return "it is shorter than 32 bytes";
    if (text.n == DW__SECRET_TEXT || text.n == DW__SECRET_TEXT + 1)
        return decode_base64(text, out) ? NULL : "it is not base64 of 32 bytes";
    if (text.n == (size_t)2 * DW__SECRET_SIZE &&
        dw__hex_decode((dw_text){text.p, text.n}, out, DW__SECRET_SIZE, &n) && n == DW__SECRET_SIZE)
        return NULL;
    return "it is neither 43 or 44 characters of base64 nor 64 hexadecimal digits";
}

static const char *guessable(dw_secret text, const uint8_t b[static DW__SECRET_SIZE])
{
    if (contains_word(text))
        return "it contains a word that everybody tries";
    if (is_known(b))
        return "it is an example out of a manual";
    if (is_regular(b))
        return "it follows a pattern";
    if (has_few_values(b))
        return "it has too few different bytes to be random";
    if (is_text(b))
        return "it is text, not random bytes";
    return NULL;
}

const char *dw__secret_parse(dw_secret text, uint8_t out[static DW__SECRET_SIZE])
{
    memset(out, 0, DW__SECRET_SIZE);
    const char *wrong = decode(text, out);

    if (wrong == NULL)
        wrong = guessable(text, out);
    if (wrong != NULL)
        dw__wipe(out, DW__SECRET_SIZE);
    return wrong;
}

void dw__secret_make(char out[static DW__SECRET_TEXT + 1])
{
    uint8_t bytes[DW__SECRET_SIZE], check[DW__SECRET_SIZE];

    do { /* what dw__secret_parse would refuse comes once in an age, a short word included */
        dw_random(bytes, sizeof(bytes));
        out[dw__base64url_encode(bytes, sizeof(bytes), out)] = '\0';
    } while (dw__secret_parse((dw_secret){out, DW__SECRET_TEXT}, check) != NULL);
    dw__wipe(bytes, sizeof(bytes));
    dw__wipe(check, sizeof(check));
}
