/* bench/es256.c -- access tokens of another issuer, signed with ES256: for requests whose token no worker has seen before.
 *
 * Usage: es256 KEY                                   makes a key, writes it to the file KEY, prints its public half as a JWK set
 *        es256 KEY COUNT ISSUER AUDIENCE SUBJECT     prints so many tokens, one a line, each another */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "codec/base64.h"

#define HALF 32
#define LINE 2048

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "bench es256: %s\n", what);
    exit(1);
}

static EVP_PKEY *make_key(const char *path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    FILE *f = fopen(path, "we");

    if (key == NULL || f == NULL || PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) != 1 ||
        fclose(f) != 0)
        die("cannot make a key");
    return key;
}

static EVP_PKEY *read_key(const char *path)
{
    FILE *f = fopen(path, "re");
    EVP_PKEY *key = f != NULL ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

    if (key == NULL)
        die("there is no key");
    (void)fclose(f);
    return key;
}

static void print_public(EVP_PKEY *key)
{
    unsigned char point[1 + 2 * HALF];
    char x[DW__BASE64URL_SIZE(HALF) + 1] = "", y[sizeof x] = "";
    size_t n;

    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &n) != 1 ||
        n != sizeof point)
        die("no point");
    (void)dw__base64url_encode(point + 1, HALF, x);
    (void)dw__base64url_encode(point + 1 + HALF, HALF, y);
    (void)printf("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"kid\":\"bench\",\"x\":\"%"
                 "s\",\"y\":\"%s\"}]}\n",
                 x, y);
}

/* r and s side by side (RFC 7518 §3.4), of a signature in DER. */
static void sign(EVP_PKEY *key, const char *text, size_t n, unsigned char out[static 2 * HALF])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char der[128];
    const unsigned char *at = der;
    size_t der_n = sizeof der;
    ECDSA_SIG *sig = NULL;

    if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(ctx, der, &der_n, (const unsigned char *)text, n) != 1 ||
        (sig = d2i_ECDSA_SIG(NULL, &at, (long)der_n)) == NULL ||
        BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, HALF) != HALF ||
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + HALF, HALF) != HALF)
        die("cannot sign");
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
}

static void print_token(EVP_PKEY *key, const char *header, char **words, unsigned long number)
{
    char claims[LINE / 2], token[LINE];
    unsigned char sig[2 * HALF];
    const long long now = (long long)time(NULL);
    const int n =
        snprintf(claims, sizeof claims,
                 "{\"iss\":\"%s\",\"aud\":\"%s\",\"sub\":\"%s\",\"iat\":%lld,\"exp\":%lld,\"jti\":\"%lu\"}",
                 words[0], words[1], words[2], now, now + 3600, number);
    size_t at;

    if (n < 0 || (size_t)n >= sizeof claims)
        die("the claims are too long");
    at = dw__base64url_encode(header, strlen(header), token);
    token[at++] = '.';
    at += dw__base64url_encode(claims, (size_t)n, token + at);
    sign(key, token, at, sig);
    token[at++] = '.';
    at += dw__base64url_encode(sig, sizeof sig, token + at);
    (void)printf("%.*s\n", (int)at, token);
}

int main(int argc, char **argv)
{
    EVP_PKEY *key;

    if (argc != 2 && argc != 6)
        die("usage: es256 KEY [COUNT ISSUER AUDIENCE SUBJECT]");
    key = argc == 2 ? make_key(argv[1]) : read_key(argv[1]);
    if (argc == 2)
        print_public(key);
    else {
        const unsigned long begin = (unsigned long)time(NULL) * 1000000, count = strtoul(argv[2], NULL, 10);

        for (unsigned long i = 0; i < count; i++)
            print_token(key, "{\"alg\":\"ES256\",\"kid\":\"bench\",\"typ\":\"at+jwt\"}", argv + 3, begin + i);
    }
    EVP_PKEY_free(key);
    return 0;
}
