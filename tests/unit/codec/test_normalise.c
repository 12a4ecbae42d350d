/* Trimming and normal form C, and that neither can be made slow. */
#include "codec/normalise.h"

#include <time.h>

#include "codec/values.h"

static void trims(void **state)
{
    static const struct {
        dw_text in, out;
    } rows[] = {
        {DW_TEXT_INIT(""), DW_TEXT_INIT("")},
        {DW_TEXT_INIT("a"), DW_TEXT_INIT("a")},
        {DW_TEXT_INIT(" \t\r\n\v\fa b \n"), DW_TEXT_INIT("a b")},
        {DW_TEXT_INIT(
             "\xc2\xa0\xe1\x9a\x80\xe2\x80\x80\xe3\x80\x80\xe2\x80\xa8x\xe2\x80\xa9\xc2\x85\xe2\x81\x9f"),
         DW_TEXT_INIT("x")},
        {DW_TEXT_INIT("\xe2\x80\x8bx"), DW_TEXT_INIT("\xe2\x80\x8bx")}, /* a zero width space is none */
        {DW_TEXT_INIT("   "), DW_TEXT_INIT("")},
        {DW_TEXT_INIT("\xf0\x9f\x92\xa1 "), DW_TEXT_INIT("\xf0\x9f\x92\xa1")},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *copy = guard_page_copy(rows[i].in.p, rows[i].in.n);
        assert_true(dw__text_eq(dw__utf8_trim((dw_text){copy, rows[i].in.n}), rows[i].out));
        guard_page_free(copy);
    }
}

static void composes(void **state)
{
    /* UAX #15, figures 3 to 6, and Hangul. */
    static const struct {
        dw_text in, out;
    } rows[] = {
        {DW_TEXT_INIT("plain"), DW_TEXT_INIT("plain")},
        {DW_TEXT_INIT("\xc3\xa9"), DW_TEXT_INIT("\xc3\xa9")},
        {DW_TEXT_INIT("e\xcc\x81"), DW_TEXT_INIT("\xc3\xa9")},
        {DW_TEXT_INIT("\xe2\x84\xab"), DW_TEXT_INIT("\xc3\x85")}, /* ANGSTROM SIGN */
        {DW_TEXT_INIT("\xe2\x84\xa6"), DW_TEXT_INIT("\xce\xa9")}, /* OHM SIGN */
        {DW_TEXT_INIT("\xe1\xb8\x8b\xcc\xa3"), DW_TEXT_INIT("\xe1\xb8\x8d\xcc\x87")},
        {DW_TEXT_INIT("q\xcc\x87\xcc\xa3"), DW_TEXT_INIT("q\xcc\xa3\xcc\x87")},
        {DW_TEXT_INIT("\xef\xac\x81"), DW_TEXT_INIT("\xef\xac\x81")}, /* a ligature is compatibility only */
        {DW_TEXT_INIT("\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8"), DW_TEXT_INIT("\xea\xb0\x81")},
        {DW_TEXT_INIT("\xe0\xa5\x98"),
         DW_TEXT_INIT("\xe0\xa4\x95\xe0\xa4\xbc")}, /* excluded from composing */
        {DW_TEXT_INIT("\xce\xb1\xcc\x93\xcc\x80\xcd\x85"), DW_TEXT_INIT("\xe1\xbe\x82")},
    };
    struct memory m;
    (void)state;
    (void)memory_init(&m);
    for (size_t i = 0; i < ROWS(rows); i++) {
        dw_text out, again;
        char *copy = guard_page_copy(rows[i].in.p, rows[i].in.n);
        assert_int_equal(dw__nfc((dw_text){copy, rows[i].in.n}, &m.arena, &out), DW_OK);
        assert_true(dw__text_eq(out, rows[i].out));
        assert_int_equal(dw__nfc(out, &m.arena, &again), DW_OK);
        assert_true(dw__text_eq(out, again));
        guard_page_free(copy);
    }
    dw__arena_release(&m.arena);
}

static void composing_shrinks_by_four_at_most(void **state)
{
    struct memory m;
    (void)state;
    (void)memory_init(&m);
    for (unsigned c = 0x300; c < 0x30000; c++) {
        char text[4];
        dw_text out;
        if (c >= 0xd800 && c < 0xe000)
            continue;
        size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (size_t i = n, v = c; i-- > 0; v >>= 6)
            text[i] = (char)(i == 0 ? (n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | v : 0x80 | (v & 0x3f));
        assert_int_equal(dw__nfc((dw_text){text, n}, &m.arena, &out), DW_OK);
        assert_true(out.n <= 12 && out.n > 0);
        dw__arena_release(&m.arena);
    }
}

/* A run of marks in the order that is worst to sort: refused, however long, at once. */
static void long_runs_are_refused(void **state)
{
    static char text[1 << 20];
    struct memory m;
    dw_text out;
    size_t n = 0;
    (void)state;
    (void)memory_init(&m);
    text[n++] = 'a';
    for (int i = 0; i < 31; i++) {
        text[n++] = '\xcc';
        text[n++] = (char)(i % 2 == 0 ? 0x81 : 0xa3);
        dw_err err = dw__nfc((dw_text){text, n}, &m.arena, &out);
        assert_int_equal(err, i < 30 ? DW_OK : DW_MALFORMED);
    }
    for (; n + 2 < sizeof text; n += 2)
        memcpy(text + n, n % 4 == 0 ? "\xcc\x81" : "\xcc\xa3", 2);
    clock_t begin = clock();
    assert_int_equal(dw__nfc((dw_text){text, n}, &m.arena, &out), DW_MALFORMED);
    assert_true(clock() - begin < CLOCKS_PER_SEC / 2);
    dw__arena_release(&m.arena);
}

/* Names that count as the same, and such that do not. */
static void folds(void **state)
{
    static const char *const same[][2] = {
        {"Ann", "ann"},
        {" ann\t", "ANN"},
        {"Stra\xc3\x9f"
         "e",
         "STRASSE"},
        {"\xef\xbc\xa1nn", "ann"},                /* a full-width letter */
        {"e\xcc\x81ve", "\xc3\x89VE"},            /* composed or not */
        {"\xce\xa3\xce\xa3", "\xcf\x83\xcf\x82"}, /* both small sigmas */
        {"", "  "},
    };
    struct memory m;
    dw_text a, b;

    (void)state;
    (void)memory_init(&m);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_int_equal(dw__fold((dw_text){same[i][0], strlen(same[i][0])}, &m.arena, &a), DW_OK);
        assert_int_equal(dw__fold((dw_text){same[i][1], strlen(same[i][1])}, &m.arena, &b), DW_OK);
        if (a.n != b.n || (a.n > 0 && memcmp(a.p, b.p, a.n) != 0))
            fail_msg("%s and %s fold into two", same[i][0], same[i][1]);
    }
    assert_int_equal(dw__fold(DW_TEXT("ann"), &m.arena, &a), DW_OK);
    assert_int_equal(dw__fold(DW_TEXT("anna"), &m.arena, &b), DW_OK);
    assert_int_not_equal(a.n, b.n);
    dw__arena_release(&m.arena);
}

/* What cannot be folded is a key all the same: itself. */
static void what_cannot_be_folded_stays(void **state)
{
    static char longest[DW__FOLD_MAX + 1];
    static const dw_text odd[] = {DW_TEXT_INIT("\xff\xfe"), DW_TEXT_INIT("A\xc3"), {longest, sizeof longest}};
    struct memory m;
    dw_text out;

    (void)state;
    (void)memory_init(&m);
    memset(longest, 'A', sizeof longest);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        assert_int_equal(dw__fold(odd[i], &m.arena, &out), DW_OK);
        assert_ptr_equal(out.p, odd[i].p);
        assert_int_equal(out.n, odd[i].n);
    }
    dw__arena_release(&m.arena);
}

/* Every character folds into what there is room for. */
static void every_character_folds(void **state)
{
    struct memory m;

    (void)state;
    (void)memory_init(&m);
    for (unsigned c = 0x80; c < 0x30000; c++) {
        char text[4];
        dw_text out;
        if (c >= 0xd800 && c < 0xe000)
            continue;
        size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (size_t i = n, v = c; i-- > 0; v >>= 6)
            text[i] = (char)(i == 0 ? (n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | v : 0x80 | (v & 0x3f));
        assert_int_equal(dw__fold((dw_text){text, n}, &m.arena, &out), DW_OK);
        if (c == 0xfdfa)
            assert_int_equal(out.n, 33);
        dw__arena_release(&m.arena);
    }
}

static void a_full_arena_is_too_large(void **state)
{
    struct arena none;
    dw_text out;
    (void)state;
    dw__arena_init(&none, NULL, 0);
    assert_int_equal(dw__nfc(DW_TEXT("e\xcc\x81"), &none, &out), DW_TOO_LARGE);
    assert_int_equal(dw__fold(DW_TEXT("E"), &none, &out), DW_TOO_LARGE);
    dw__arena_release(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trims),
        cmocka_unit_test(composes),
        cmocka_unit_test(composing_shrinks_by_four_at_most),
        cmocka_unit_test(long_runs_are_refused),
        cmocka_unit_test(folds),
        cmocka_unit_test(what_cannot_be_folded_stays),
        cmocka_unit_test(every_character_folds),
        cmocka_unit_test(a_full_arena_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
