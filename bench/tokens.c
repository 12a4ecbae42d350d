/* bench/tokens.c -- many access tokens for one account, each good and each another, as an application signs them.
 *
 * For requests whose token no worker has seen before.  Usage: tokens COUNT ISSUER AUDIENCE SUBJECT SIGN-IN [HS256] ("": of none), the signing key
 * (as `coffer secret` prints it) in the environment as BENCH_SIGNING_KEY; one token a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/token.h"
#include "base/text.h"

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "bench tokens: %s\n", what);
    exit(1);
}

static struct token_keys *keys_of(const char *root, const char *issuer, const char *audience,
                                  enum token_alg alg)
{
    const struct token_config config = {
        .issuer = dw__text_of(issuer), .audience = dw__text_of(audience), .alg = alg, .lifetime_s = 3600};
    struct token_keys *keys;
    struct keyring *ring;
    char why[256];

    if (root == NULL || dw__keyring_parse(&ring, (dw_secret){root, strlen(root)}, "BENCH_SIGNING_KEY",
                                          "coffer secret", why, sizeof why) != DW_OK)
        die("BENCH_SIGNING_KEY is not a signing key");
    if (dw__token_keys_new(&keys, ring, &config) != DW_OK)
        die("no such issuer or audience");
    dw__keyring_free(ring);
    return keys;
}

int main(int argc, char **argv)
{
    struct token_keys *keys;
    struct arena arena;
    dw_text token;

    if (argc != 6 && (argc != 7 || strcmp(argv[6], "HS256") != 0))
        die("usage: tokens COUNT ISSUER AUDIENCE SUBJECT SIGN-IN [HS256]");
    keys = keys_of(getenv("BENCH_SIGNING_KEY"), argv[2], argv[3], argc == 7 ? TOKEN_HS256 : TOKEN_EDDSA);
    for (unsigned long n = strtoul(argv[1], NULL, 10); n > 0; n--) {
        int64_t now = (int64_t)time(NULL), exp;
        const struct token_sign_in in = {
            .sub = dw__text_of(argv[4]), .sid = dw__text_of(argv[5]), .auth_time = now};

        dw__arena_init(&arena, NULL, 65536);
        if (dw__token_issue_in(keys, &in, now, &arena, &token, &exp) != DW_OK)
            die("no such subject");
        (void)printf("%.*s\n", (int)token.n, token.p);
        dw__arena_release(&arena);
    }
    dw__token_keys_free(keys);
    return 0;
}
