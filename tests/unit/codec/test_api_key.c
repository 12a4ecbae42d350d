/* The text of a key: one form, and nothing that is nearly one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/api_key.h"

#define SECRET "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
/* The checksum is zlib's crc32 of what stands before it, in base 62. */
static const char known[] = "coffer_ABCDEFGHIJK_" SECRET "0TrHyL";
static const dw_text coffer = DW_TEXT_INIT("coffer");

static bool reads(dw_text text)
{
    dw_text id;

    return dw__api_key_read(text, coffer, &id);
}

static dw_text write_key(char out[static DW__API_KEY_MAX])
{
    uint8_t digits[DW__API_KEY_ID + DW__API_KEY_SECRET];

    for (size_t i = 0; i < sizeof digits; i++)
        digits[i] = i < DW__API_KEY_ID ? (uint8_t)(10 + i) : 36;
    return (dw_text){out, dw__api_key_write(coffer, digits, out)};
}

static void writes_what_others_compute(void **state)
{
    char out[DW__API_KEY_MAX];
    dw_text key = write_key(out), id;

    (void)state;
    assert_int_equal(key.n, sizeof known - 1);
    assert_memory_equal(key.p, known, key.n);
    assert_true(dw__api_key_read(key, coffer, &id));
    assert_int_equal(id.n, DW__API_KEY_ID);
    assert_memory_equal(id.p, "ABCDEFGHIJK", id.n);
}

static void refuses_every_other_character(void **state)
{
    static const char others[] = "0aZ_-.+/ \n\xc3";
    char out[DW__API_KEY_MAX];
    dw_text key = write_key(out);

    (void)state;
    for (size_t i = 0; i < key.n; i++)
        for (size_t k = 0; k < sizeof others; k++) {
            char was = out[i];

            out[i] = others[k];
            if (others[k] != was && reads(key))
                fail_msg("%zu with %d is read", i, others[k]);
            out[i] = was;
        }
    assert_true(reads(key));
}

static void refuses_what_is_cut_or_longer(void **state)
{
    char out[DW__API_KEY_MAX + 1];
    dw_text key = write_key(out);

    (void)state;
    for (size_t n = 0; n < key.n; n++) {
        assert_false(reads((dw_text){out, n}));
        assert_false(reads((dw_text){out + key.n - n, n}));
    }
    out[key.n] = '0';
    assert_false(reads((dw_text){out, key.n + 1}));
    assert_false(reads((dw_text){NULL, 0}));
}

static void refuses_the_key_of_another(void **state)
{
    char out[DW__API_KEY_MAX];
    dw_text key = write_key(out), id;

    (void)state;
    assert_false(dw__api_key_read(key, DW_TEXT("coffin"), &id));
    assert_false(dw__api_key_read(key, DW_TEXT("coffe"), &id));
    assert_false(dw__api_key_read(key, DW_TEXT("coffer0"), &id));
}

static void finds_one_in_a_query(void **state)
{
    char text[256];
    dw_text id;

    (void)state;
    (void)snprintf(text, sizeof text, "q=coffer_coffer_1&x=%s&y", known);
    assert_true(dw__api_key_find((dw_text){text, strlen(text)}, coffer, &id));
    assert_int_equal(id.n, DW__API_KEY_ID);
    assert_memory_equal(id.p, "ABCDEFGHIJK", id.n);
    text[strlen(text) - 3] ^= 1;
    assert_false(dw__api_key_find((dw_text){text, strlen(text)}, coffer, &id));
    assert_false(dw__api_key_find((dw_text){NULL, 0}, coffer, &id));
    assert_false(dw__api_key_find((dw_text){known, sizeof known - 2}, coffer, &id));
}

static void makes_a_prefix_of_any_name(void **state)
{
    static const struct {
        const char *name, *prefix;
    } rows[] = {{"coffer", "coffer"},
                {"My-App 2", "myapp2"},
                {"", "key"},
                {"\xc3\xa9-_", "key"},
                {"abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnopqrstuvwxyz012345"}};
    char out[DW__API_KEY_PREFIX_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = dw__api_key_prefix((dw_text){rows[i].name, strlen(rows[i].name)}, out);

        assert_int_equal(n, strlen(rows[i].prefix));
        assert_memory_equal(out, rows[i].prefix, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_others_compute),    cmocka_unit_test(refuses_every_other_character),
        cmocka_unit_test(refuses_what_is_cut_or_longer), cmocka_unit_test(refuses_the_key_of_another),
        cmocka_unit_test(finds_one_in_a_query),          cmocka_unit_test(makes_a_prefix_of_any_name),
    };

    return cmocka_run_group_tests_name("api_key", tests, NULL, NULL);
}
