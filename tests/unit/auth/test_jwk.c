/* Keys as JSON: each kind, and every way in which one is not a key that verifies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/jwk.h"
#include "codec/base64.h"
#include "guard_page.h"

#define K32 "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY"
#define K64 "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXZLMDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dQ"
#define OCT(more) "{'kty':'oct','alg':'HS256','k':'" K32 "'" more "}"
#define X256 "04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY"
#define Y256 "UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw"
#define EC(more) "{'kty':'EC','crv':'P-256','x':'" X256 "','y':'" Y256 "'" more "}"
#define X384 "e2ImBKpU8iE-NgD7XJZ3JFkKMlHP2S1YzmNPLSfKcD3ek6N_U-53Y_JAfyO1jMme"
#define Y384 "7RQcp_ufUsEf5-Bp_nM1UJ8TMgEMoANsitN8uPmTJ36tWSj0HVhbJFnS4hKmPaJd"
#define OKP(more) "{'kty':'OKP','crv':'Ed25519','x':'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw'" more "}"
#define N2048                                                                                                \
    "ocgDKgCL4WtWBGiZY47z7kcOCNNeeqHnyTH0o9V3AB2wjabLzG6bAo4zMtKxhQEMM4G4xDodkWbGF-"                         \
    "icXPOH22YguLQ75c5FqyHkmZosfScEft68eeZAS4U2IA8ZZLnqbuqs4CIIHz0yJEOgtzGk4gmps9kuvT94paERL8PTpm1DudOQX40E" \
    "BRcxe1mzVw8fVsllW2vYnyEqnuiJ8bUz-HP8cb9_"                                                               \
    "OjKyVIRwOAxRpMBQfxHlJ5Yht2BhOSyBfJKWefwnV77yK5ZYcvQOMBHcZ52BIHFY8_obz2Akz8InJO6Br2QfXDFtwtSZYq-"        \
    "XyFzk5x_h2rBr_8AAxpdWQycw9w"
#define RSA(more) "{'kty':'RSA','n':'" N2048 "','e':'AQAB'" more "}"

/* Quotes are written as ' here. */
static dw_err parse(const char *text, struct jwk_set *set, struct arena *a)
{
    const size_t n = strlen(text);
    char *json = guard_page_copy(text, n);
    for (size_t i = 0; i < n; i++)
        if (json[i] == '\'')
            json[i] = '"';
    const dw_err err = dw__jwk_set_parse((dw_text){json, n}, a, set);
    /* Texts may be slices of what was parsed: keep what the tests look at. */
    for (size_t i = 0; err == DW_OK && i < set->n; i++)
        if (set->keys[i].kid.p != NULL)
            set->keys[i].kid = dw__arena_text(a, set->keys[i].kid);
    guard_page_free(json);
    return err;
}

static const struct {
    const char *json;
    enum jws_alg alg; /* of the first key */
    size_t n;
} good[] = {
    {OCT(""), JWS_HS256, 1},
    {OCT(",'use':'sig','kid':'a','key_ops':['sign','verify'],'x5t':'?','ext':true,'deep':[[{'a':1}]]"),
     JWS_HS256, 1},
    {"{'kty':'oct','alg':'HS384','k':'" K64 "'}", JWS_HS384, 1},
    {"{'kty':'oct','alg':'HS512','k':'" K64 "'}", JWS_HS512, 1},
    {EC(""), JWS_ES256, 1},
    {EC(",'alg':'ES256','use':'sig'"), JWS_ES256, 1},
    {"{'kty':'EC','crv':'P-384','x':'" X384 "','y':'" Y384 "'}", JWS_ES384, 1},
    {OKP(""), JWS_EDDSA, 1},
    {OKP(",'alg':'EdDSA','key_ops':['verify']"), JWS_EDDSA, 1},
    {RSA(",'alg':'RS256'"), JWS_RS256, 1},
    {RSA(",'alg':'RS384'"), JWS_RS384, 1},
    {RSA(",'alg':'RS512'"), JWS_RS512, 1},
    {RSA(",'alg':'PS256'"), JWS_PS256, 1},
    {"{'keys':[" OCT("") "]}", JWS_HS256, 1},
    {"{'issuer':'x','keys':[" EC(",'kid':'1'") "," RSA(",'alg':'RS256','kid':'2'") "," OKP("") "," OKP(
         "") "]}",
     JWS_ES256, 4},
};

static const char *const bad[] = {
    "",
    "null",
    "[]",
    "{}",
    "'x'",
    "[" OCT("") "]",
    "{'kty':'oct'}",
    "{'keys':[]}",
    "{'keys':{}}",
    "{'keys':null}",
    "{'keys':[1]}",
    "{'keys':[null]}",
    "{'keys':[[" OCT("") "]]}",
    "{'keys':[{'keys':[" OCT("") "]}]}",
    "{'keys':[" OCT("") "],'kty':'oct'}",
    "{'keys':[" OCT("") "]}x",
    OCT("") "," OCT(""),
    OCT("") "x",
    "{'keys':[" OCT(",'kid':'a'") "," OCT(",'kid':'a'") "]}",
    "{'keys':[" OCT(",'kid':'a'") "," OCT(",'kid':'\\u0061'") "]}",
    "{'keys':[" OCT(",'kid':'a'") "," EC(",'kid':'b'") "]}", /* secret and public */
    "{'keys':[" EC(",'kid':'b'") "," OCT(",'kid':'a'") "]}",
    "{'keys':[" EC(",'kid':'b'") "," EC(",'kid':'c','use':'enc'") "]}", /* one bad, all bad */
    "{'keys':[" EC("") ",]}",
    "{'keys':[" EC("") "],'keys':[" EC("") "]}",
    /* purpose */
    OCT(",'use':'enc'"),
    OCT(",'use':''"),
    OCT(",'use':1"),
    OCT(",'use':null"),
    OCT(",'use':'SIG'"),
    OCT(",'key_ops':[]"),
    OCT(",'key_ops':['sign']"),
    OCT(",'key_ops':['verify','verify']"),
    OCT(",'key_ops':['verify','encrypt']"),
    OCT(",'key_ops':'verify'"),
    OCT(",'key_ops':['sign, verify']"),
    OCT(",'key_ops':[null]"),
    OCT(",'use':'enc','key_ops':['verify']"),
    /* members */
    OCT(",'k':'" K32 "'"),
    OCT(",'\\u006b':'" K32 "'"),
    OCT(",'x':{'a':1,'a':1}"),
    OCT(",'kid':1"),
    OCT(",'kid':null"),
    "{'kty':'oct','alg':'HS256','k':1}",
    "{'kty':'oct','alg':'HS256'}",
    "{'kty':1,'alg':'HS256','k':'" K32 "'}",
    "{'alg':'HS256','k':'" K32 "'}",
    "{'kty':'OCT','alg':'HS256','k':'" K32 "'}",
    "{'kty':'none','alg':'HS256','k':'" K32 "'}",
    /* algorithm */
    "{'kty':'oct','k':'" K32 "'}",
    "{'kty':'oct','alg':'none','k':'" K32 "'}",
    "{'kty':'oct','alg':'RS256','k':'" K32 "'}",
    "{'kty':'oct','alg':'ES256','k':'" K32 "'}",
    "{'kty':'oct','alg':'A256KW','k':'" K32 "'}",
    "{'kty':'oct','alg':'','k':'" K32 "'}",
    "{'kty':'oct','alg':null,'k':'" K32 "'}",
    "{'kty':'oct','alg':'HS384','k':'" K32 "'}",
    "{'kty':'oct','alg':'HS512','k':'" K32 "'}",
    RSA(""),
    RSA(",'alg':'HS256'"),
    RSA(",'alg':'ES256'"),
    RSA(",'alg':'PS384'"),
    RSA(",'alg':'RSA-OAEP'"),
    EC(",'alg':'ES384'"),
    EC(",'alg':'HS256'"),
    EC(",'alg':'RS256'"),
    EC(",'alg':'EdDSA'"),
    EC(",'alg':'none'"),
    EC(",'alg':'ECDH-ES'"),
    OKP(",'alg':'ES256'"),
    OKP(",'alg':'HS256'"),
    /* values */
    "{'kty':'oct','alg':'HS256','k':''}",
    "{'kty':'oct','alg':'HS256','k':'" K32 "='}",
    "{'kty':'oct','alg':'HS256','k':'" K32 "AA'}",
    "{'kty':'oct','alg':'HS256','k':'+DEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY'}",
    "{'kty':'oct','alg':'HS256','k':'MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ'}", /* left-over bits */
    "{'kty':'oct','alg':'HS256','k':'MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dQ'}",  /* 31 bytes */
    "{'kty':'EC','crv':'P-256','x':'" X256 "'}",
    "{'kty':'EC','x':'" X256 "','y':'" Y256 "'}",
    "{'kty':'EC','crv':'P-384','x':'" X256 "','y':'" Y256 "'}",
    "{'kty':'EC','crv':'P-521','x':'" X256 "','y':'" Y256 "'}",
    "{'kty':'EC','crv':'secp256k1','x':'" X256 "','y':'" Y256 "'}",
    "{'kty':'EC','crv':'P-256','x':'" Y256 "','y':'" X256 "'}",
    "{'kty':'EC','crv':'Ed25519','x':'" X256 "','y':'" Y256 "'}",
    "{'kty':'EC','crv':'P-256','x':'AAAA','y':'AAAA'}",
    "{'kty':'OKP','crv':'Ed448','x':'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw'}",
    "{'kty':'OKP','crv':'X25519','x':'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw'}",
    "{'kty':'OKP','crv':'P-256','x':'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw'}",
    "{'kty':'OKP','crv':'Ed25519','x':'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}",
    "{'kty':'OKP','crv':'Ed25519'}",
    "{'kty':'RSA','alg':'RS256','e':'AQAB'}",
    "{'kty':'RSA','alg':'RS256','n':'" N2048 "'}",
    "{'kty':'RSA','alg':'RS256','n':'" N2048 "','e':'Aw'}",
    "{'kty':'RSA','alg':'RS256','n':'" N2048 "','e':'AQ'}",
    "{'kty':'RSA','alg':'RS256','n':'" N2048 "','e':'AAEAAQ'}",
    "{'kty':'RSA','alg':'RS256','n':'" N2048 "','e':''}",
    "{'kty':'RSA','alg':'RS256','n':'AQAB','e':'AQAB'}",
    /* private */
    EC(",'d':'yy49oPcINGK2ps0LmtxpB6UTEOiITghHBif6wDqmJ3c'"),
    OKP(",'d':'x'"),
    OCT(",'d':'x'"),
    RSA(",'alg':'RS256','d':'x'"),
    RSA(",'alg':'RS256','p':'x'"),
    RSA(",'alg':'RS256','qi':1"),
    RSA(",'alg':'RS256','oth':[]"),
    EC(",'k':'" K32 "'"),
    RSA(",'alg':'RS256','k':'" K32 "'"),
};

static void takes_each_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct arena a;
        struct jwk_set set;
        dw__arena_init(&a, NULL, 1 << 20);
        if (parse(good[i].json, &set, &a) != DW_OK)
            fail_msg("refused: %s", good[i].json);
        assert_int_equal(set.n, good[i].n);
        assert_int_equal(dw__jws_key_alg(set.keys[0].key), good[i].alg);
        dw__jwk_set_release(&set);
        assert_int_equal(set.n, 0);
        dw__arena_release(&a);
    }
}

static void refuses_the_rest(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct arena a;
        struct jwk_set set;
        dw__arena_init(&a, NULL, 1 << 20);
        if (parse(bad[i], &set, &a) != DW_BAD_REQUEST)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(set.n, 0);
        dw__arena_release(&a);
    }
}

static void keeps_kids_apart(void **state)
{
    (void)state;
    struct arena a;
    struct jwk_set set;
    dw__arena_init(&a, NULL, 1 << 20);
    assert_int_equal(
        parse("{'keys':[" OCT(",'kid':'a\\u0062'") "," OCT("") "," OCT(",'kid':''") "]}", &set, &a), DW_OK);
    assert_int_equal(set.n, 3);
    assert_int_equal(set.keys[0].kid.n, 2);
    assert_memory_equal(set.keys[0].kid.p, "ab", 2);
    assert_null(set.keys[1].kid.p);
    assert_non_null(set.keys[2].kid.p);
    assert_int_equal(set.keys[2].kid.n, 0);
    dw__jwk_set_release(&set);
    dw__arena_release(&a);
}

static void bounds_the_set(void **state)
{
    (void)state;
    static char json[DW__JWK_JSON_MAX + 100];
    struct arena a;
    struct jwk_set set;
    for (size_t keys = DW__JWK_MAX; keys <= DW__JWK_MAX + 1; keys++) {
        size_t n = (size_t)snprintf(json, sizeof(json), "{'keys':[");
        for (size_t i = 0; i < keys; i++)
            n += (size_t)snprintf(json + n, sizeof(json) - n, "%s" OCT(",'kid':'%zu'"), i > 0 ? "," : "", i);
        snprintf(json + n, sizeof(json) - n, "]}");
        dw__arena_init(&a, NULL, 1 << 20);
        assert_int_equal(parse(json, &set, &a), keys <= DW__JWK_MAX ? DW_OK : DW_BAD_REQUEST);
        dw__jwk_set_release(&set);
        dw__arena_release(&a);
    }
    for (size_t size = DW__JWK_JSON_MAX; size <= DW__JWK_JSON_MAX + 1; size++) {
        memset(json, ' ', size);
        memcpy(json, OCT(""), sizeof(OCT("")) - 1);
        json[size] = '\0';
        dw__arena_init(&a, NULL, 1 << 20);
        assert_int_equal(parse(json, &set, &a), size <= DW__JWK_JSON_MAX ? DW_OK : DW_BAD_REQUEST);
        dw__jwk_set_release(&set);
        dw__arena_release(&a);
    }
    memset(json, '[', DW__JWK_JSON_MAX);
    json[DW__JWK_JSON_MAX] = '\0';
    dw__arena_init(&a, NULL, 1 << 20);
    assert_int_equal(parse(json, &set, &a), DW_BAD_REQUEST);
    dw__arena_release(&a);
    dw__arena_init(&a, NULL, 1);
    assert_int_equal(parse(OCT(""), &set, &a), DW_UNAVAILABLE);
    dw__arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(takes_each_kind), cmocka_unit_test(refuses_the_rest),
                                       cmocka_unit_test(keeps_kids_apart), cmocka_unit_test(bounds_the_set)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
