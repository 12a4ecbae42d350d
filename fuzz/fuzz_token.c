/* A token, or (first byte 's') claims that are signed as ours would be: nothing but what is whole and in time is taken. */
#include <stdio.h>
#include <string.h>

#include "auth/token.h"
#include "base/check.h"
#include "base/text.h"
#include "codec/base64.h"
#include "crypto/sign.h"

#define NOW INT64_C(1700000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct token_keys *keys;
static struct sign_key *signer;
static char header[256]; /* as our tokens begin, with the '.' */

static void set_up(void)
{
    static const dw_secret root = {"-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0", 43};
    const struct token_config config = {.issuer = DW_TEXT("https://app.test"),
                                        .audience = DW_TEXT("api.test")};
    struct keyring *ring;
    struct arena arena;
    dw_text token;
    uint8_t seed[DW__ED25519_SEED];
    char why[256];

    DW__CHECK(dw__keyring_parse(&ring, root, "KEYS", "make", why, sizeof(why)) == DW_OK);
    DW__CHECK(dw__token_keys_new(&keys, ring, &config) == DW_OK);
    DW__CHECK(dw__keyring_derive(ring, 0, KEY_ACCESS_TOKEN, seed, sizeof(seed)) == DW_OK);
    DW__CHECK(dw__sign_key_new(&signer, seed) == DW_OK);
    dw__keyring_free(ring);
    dw__arena_init(&arena, NULL, 1 << 16);
    DW__CHECK(dw__token_issue(keys, DW_TEXT("x"), NOW, NOW, &arena, &token) == DW_OK);
    DW__CHECK(dw__text_find(token, '.') + 1 < sizeof(header));
    memcpy(header, token.p, dw__text_find(token, '.') + 1);
    dw__arena_release(&arena);
}

/* HEADER.claims.SIGNATURE */
static dw_text sign(dw_text claims, struct arena *arena)
{
    uint8_t signature[DW__ED25519_SIGNATURE];
    size_t n = strlen(header);
    char *p = dw__arena_bytes(arena, n + 2 * claims.n + 128);

    if (p == NULL)
        return (dw_text){"", 0};
    memcpy(p, header, n);
    n += dw__base64url_encode(claims.p, claims.n, p + n);
    DW__CHECK(dw__sign(signer, (dw_bytes){(const uint8_t *)p, n}, signature) == DW_OK);
    p[n++] = '.';
    n += dw__base64url_encode(signature, sizeof(signature), p + n);
    return (dw_text){p, n};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dw_text text = {(const char *)data, size};
    struct token_claims claims;
    struct arena arena;

    if (keys == NULL)
        set_up();
    dw__arena_init(&arena, NULL, 4 << 20);
    if (size > 0 && data[0] == 's')
        text = sign((dw_text){text.p + 1, size - 1}, &arena);
    if (dw__token_verify(keys, text, NOW, &arena, &claims) == DW_OK)
        DW__CHECK(claims.exp > NOW && claims.iat <= NOW + 5 && claims.sub.n > 0 &&
                  dw__text_is(claims.iss, "https://app.test") && dw__text_is(claims.aud, "api.test"));
    dw__arena_release(&arena);
    return 0;
}
