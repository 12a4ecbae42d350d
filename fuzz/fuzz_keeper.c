/* Any bytes as what a process asks the keeper: refused, or a token that is good, and for no longer than it may be. */
#include <string.h>

#include "auth/keeper.h"
#include "base/check.h"

#define NOW INT64_C(1700000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct token_keys *keys;

static void set_up(void)
{
    static const dw_secret root = {"-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0", 43};
    const struct token_config config = {.issuer = DW_TEXT("https://app.test"),
                                        .audience = DW_TEXT("api.test")};
    struct keyring *ring;
    char why[256];

    DW__CHECK(dw__keyring_parse(&ring, root, "KEYS", "make", why, sizeof(why)) == DW_OK);
    DW__CHECK(dw__token_keys_new(&keys, ring, &config) == DW_OK);
    dw__keyring_free(ring);
}

/* What is answered is what dw__keeper_write would ask for, byte for byte, and nothing else. */
static void judge(dw_bytes ask, const struct keeper_answer *answer, struct arena *arena)
{
    uint8_t again[DW__KEEPER_ASK];
    struct keeper_sign_in body;
    struct token_claims claims;

    DW__CHECK(dw__token_verify(keys, (dw_text){answer->token, answer->n}, NOW, arena, &claims) == DW_OK);
    DW__CHECK(claims.iat == NOW && claims.exp == NOW + answer->life && answer->life > 0 &&
              answer->life <= 600);
    memcpy(&body, ask.p + sizeof(struct keeper_head), sizeof(body));
    const struct token_sign_in in = {claims.sub, claims.sid, body.auth_time, body.until};
    DW__CHECK(dw__keeper_write(answer->ticket, &in, again) == ask.n && memcmp(again, ask.p, ask.n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keeper_answer answer;
    struct arena arena;
    dw_err err;

    if (keys == NULL)
        set_up();
    dw__arena_init(&arena, NULL, 1 << 20);
    err = dw__keeper_do(keys, NOW, (dw_bytes){data, size}, &arena, &answer);
    DW__CHECK(err == DW_OK || err == DW_BAD_REQUEST);
    DW__CHECK((answer.n > 0) == (err == DW_OK && answer.err == DW_OK));
    if (answer.n > 0)
        judge((dw_bytes){data, size}, &answer, &arena);
    dw__arena_release(&arena);
    return 0;
}
