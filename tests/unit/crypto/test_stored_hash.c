/* Hashes of other systems: what is read, and above all what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/password.h"
#include "crypto/stored_hash.h"
#include "guard_page.h"
#include "stored_hash_vectors.h"

#define HEX40 "0123456789abcdef0123456789abcdef01234567"
#define HEX64 HEX40 "89abcdef0123456789abcdef"
#define HEX128 HEX64 HEX64
#define B64_32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define B64_20 "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define B64_64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
#define BCRYPT53 "u8irPBk79j0mzVGwvyGzmuRmBYyDRG2pnCJMSz3Ll3cJu72DYkIW."
#define ARGON_TAIL "$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SALT32 "abcdefghijklmnopabcdefghijklmnop"
#define SALT128 SALT32 SALT32 SALT32 SALT32

/* Reads a text that ends where the mapping ends. */
static const char *judge(const char *text, struct stored_hash *out)
{
    char *copy = guard_page_copy(text, strlen(text));
    const char *why = dw__stored_hash_read((dw_text){copy, strlen(text)}, out);
    guard_page_free(copy);
    return why;
}

static void reads_what_others_made(void **state)
{
    (void)state;
    struct stored_hash got;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const char *why = judge(vectors[i].hash, &got);
        if (why != NULL)
            fail_msg("%s: %s", vectors[i].maker, why);
        assert_int_equal(got.ours, strncmp(vectors[i].hash, "$argon2id$", 10) == 0);
    }
}

static void reads_every_part(void **state)
{
    (void)state;
    struct stored_hash got;
    const dw_text werkzeug = {"scrypt:32768:8:2$somesalt$" HEX128, 26 + 128},
                  django = {"scrypt$16384$somesalt$4$3$" B64_64, 26 + 88},
                  sha512 = {"pbkdf2:sha512:2000000$s$" HEX128, 24 + 128},
                  sha1 = {"pbkdf2_sha1$1$somesalt$" B64_20, 23 + 28},
                  bcrypt = {"bcrypt_sha256$$2b$12$" BCRYPT53, 21 + 53};
    assert_null(dw__stored_hash_read(werkzeug, &got));
    assert_true(got.kind == STORED_SCRYPT && got.n == 32768 && got.r == 8 && got.p == 2);
    assert_true(dw_text_is(got.salt, "somesalt") && got.expected_n == 64 && got.expected[1] == 0x23);
    assert_null(dw__stored_hash_read(django, &got));
    assert_true(got.kind == STORED_SCRYPT && got.n == 16384 && got.r == 4 && got.p == 3);
    assert_true(dw_text_is(got.salt, "somesalt") && got.expected_n == 64 && got.expected[1] == 0);
    assert_null(dw__stored_hash_read(sha512, &got));
    assert_true(got.kind == STORED_PBKDF2 && got.digest == STORED_SHA512 && got.rounds == 2000000);
    assert_null(dw__stored_hash_read(sha1, &got));
    assert_true(got.kind == STORED_PBKDF2 && got.digest == STORED_SHA1 && got.rounds == 1 &&
                got.expected_n == 20);
    assert_null(dw__stored_hash_read(bcrypt, &got));
    assert_true(got.kind == STORED_BCRYPT && got.digested && got.text.n == 60 && got.text.p == bcrypt.p + 14);
}

/* Each is readable but for one thing. */
static const char *const refused[] = {
    "",
    "x",
    "$",
    "!",
    "plain text of somebody",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "sha1$somesalt$" HEX40,
    "md5$somesalt$5f4dcc3b5aa765d61d8327deb882cf99",
    "sha256$somesalt$" HEX64,
    "$1$somesalt$abcdefghijklmnopqrstuv",
    "$6$somesalt$abcdefghijklmnopqrstuv",
    "$pbkdf2-sha256$29000$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "pbkdf2:md5:1000$somesalt$5f4dcc3b5aa765d61d8327deb882cf99",
    "pbkdf2:sha256$somesalt$" HEX64,
    "pbkdf2:sha256:$somesalt$" HEX64,
    "pbkdf2:sha256:0$somesalt$" HEX64,
    "pbkdf2:sha256:01000$somesalt$" HEX64,
    "pbkdf2:sha256:-1$somesalt$" HEX64,
    "pbkdf2:sha256:+1$somesalt$" HEX64,
    "pbkdf2:sha256: 1$somesalt$" HEX64,
    "pbkdf2:sha256:1e3$somesalt$" HEX64,
    "pbkdf2:sha256:1000:2$somesalt$" HEX64,
    "pbkdf2:sha256:1000$$" HEX64,
    "pbkdf2:sha256:1000$some salt$" HEX64,
    "pbkdf2:sha256:1000$some\x7f$" HEX64,
    "pbkdf2:sha256:1000$some\xc3\xa9$" HEX64,
    "pbkdf2:sha256:1000$" SALT128 "x$" HEX64,
    "pbkdf2:sha256:1000$somesalt",
    "pbkdf2:sha256:1000$somesalt$",
    "pbkdf2:sha256:1000$somesalt$" HEX40,
    "pbkdf2:sha256:1000$somesalt$" HEX128,
    "pbkdf2:sha256:1000$somesalt$" HEX64 "$",
    "pbkdf2:sha256:1000$somesalt$" HEX64 "\n",
    "pbkdf2:sha1:1000$somesalt$" HEX64,
    "pbkdf2:sha512:1000$somesalt$" HEX64,
    "pbkdf2:SHA256:1000$somesalt$" HEX64,
    "pbkdf2_sha256$1000$somesalt$" HEX64,
    "pbkdf2_sha256$1000$somesalt$" B64_20,
    "pbkdf2_sha256$1000$somesalt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "pbkdf2_sha256$1000$somesalt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
    "pbkdf2_sha256$0$somesalt$" B64_32,
    "pbkdf2_sha512$1000$somesalt$" B64_64,
    "scrypt:32768:8$somesalt$" HEX128,
    "scrypt:32767:8:1$somesalt$" HEX128,
    "scrypt:1:8:1$somesalt$" HEX128,
    "scrypt:0:8:1$somesalt$" HEX128,
    "scrypt:32768:0:1$somesalt$" HEX128,
    "scrypt:32768:8:0$somesalt$" HEX128,
    "scrypt:32768:8:1$somesalt$" HEX64,
    "scrypt:32768:8:1$" HEX128,
    "scrypt$16384$somesalt$8$1$" HEX128,
    "scrypt$16384$somesalt$8$" B64_64,
    "scrypt$16384$$8$1$" B64_64,
    "$2b$12$" BCRYPT53 "x",
    "$2b$12$" BCRYPT53 "$",
    "$2b$12$",
    "$2$12$" BCRYPT53,
    "$2x$12$" BCRYPT53,
    "$2b$3$" BCRYPT53,
    "$2b$03$" BCRYPT53,
    "$2b$1:$" BCRYPT53,
    "$2b$41$" BCRYPT53,
    "$2b$12$u8irPBk79j0mzVGwvyGzmuRmBYyDRG2pnCJMSz3Ll3cJu72DYkI=W",
    "bcrypt_sha256$2b$12$" BCRYPT53,
    "bcrypt_sha256$$2b$12$" BCRYPT53 "x",
    "bcrypt$",
    "bcrypt_sha512$$2b$12$" BCRYPT53,
    "$argon2d$v=19$m=19456,t=2,p=1" ARGON_TAIL,
    "$argon2id$v=16$m=19456,t=2,p=1" ARGON_TAIL,
    "$argon2i$m=19456,t=2,p=1" ARGON_TAIL,
    "argon2$",
    "argon2$$argon2id$v=19$m=19456,t=2,p=1" ARGON_TAIL,
    "argon2$argon2d$v=19$m=19456,t=2,p=1" ARGON_TAIL,
};

static void refuses_what_is_none(void **state)
{
    (void)state;
    struct stored_hash got;
    static const struct stored_hash nothing;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        const char *why = judge(refused[i], &got);
        if (why == NULL || strstr(why, "work") != NULL)
            fail_msg("%s: %s", refused[i], why == NULL ? "taken" : why);
        assert_memory_equal(&got, &nothing, sizeof(got));
    }
}

static const char *const dear[] = {
    "pbkdf2:sha256:2000001$somesalt$" HEX64,
    "pbkdf2:sha256:999999999$somesalt$" HEX64,
    "pbkdf2_sha256$2000001$somesalt$" B64_32,
    "scrypt:1048576:8:1$somesalt$" HEX128,
    "scrypt:131072:8:2$somesalt$" HEX128,
    "scrypt:2:33:1$somesalt$" HEX128,
    "scrypt:2:1:17$somesalt$" HEX128,
    "scrypt:536870912:32:16$somesalt$" HEX128,
    "scrypt$1048576$somesalt$2$1$" B64_64,
    "$2b$15$" BCRYPT53,
    "$2b$31$" BCRYPT53,
    "bcrypt_sha256$$2b$31$" BCRYPT53,
    "$argon2id$v=19$m=262145,t=2,p=1" ARGON_TAIL,
    "$argon2i$v=19$m=19456,t=17,p=1" ARGON_TAIL,
    "argon2$argon2id$v=19$m=102400,t=2,p=9" ARGON_TAIL,
};

/* A row of a database may not order gigabytes, or minutes. */
static void refuses_what_costs_too_much(void **state)
{
    (void)state;
    struct stored_hash got;
    for (size_t i = 0; i < sizeof(dear) / sizeof(dear[0]); i++) {
        const char *why = judge(dear[i], &got);
        if (why == NULL || strstr(why, "work") == NULL)
            fail_msg("%s: %s", dear[i], why == NULL ? "taken" : why);
    }
    assert_null(judge("scrypt:131072:8:1$somesalt$" HEX128, &got));
    assert_null(judge("pbkdf2:sha256:2000000$" SALT128 "$" HEX64, &got));
    assert_null(judge("$2y$14$" BCRYPT53, &got));
    assert_non_null(judge("pbkdf2:sha512:2000000$" SALT128 "$" HEX128, &got)); /* longer than any */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_others_made),
        cmocka_unit_test(reads_every_part),
        cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(refuses_what_costs_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
