/* One cookie among those that a browser sends. */
#include "codec/cookie.h"

#include "codec/values.h"

/* The value of the cookie "id", or "-" when there is none. */
static void finds(const char *field, const char *value)
{
    size_t n = strlen(field);
    char *copy = guard_page_copy(field, n);
    dw_text got = dw__cookie_find((dw_text){copy, n}, DW_TEXT("id"));

    if (got.p == NULL ? strcmp(value, "-") != 0 || got.n != 0
                      : got.n != strlen(value) || memcmp(got.p, value, got.n) != 0)
        fail_msg("in \"%s\" is \"%.*s\", not \"%s\"", field, got.p ? (int)got.n : 1, got.p ? got.p : "-",
                 value);
    guard_page_free(copy);
}

static void one_of_many(void **state)
{
    (void)state;
    finds("id=1", "1");
    finds("id=", "");
    finds("a=b; id=1", "1");
    finds("id=1; a=b", "1");
    finds("id=1;a=b", "1");
    finds("a=b;\tid=1 ;", "1");
    finds("id=a=b==", "a=b==");
    finds("id=\"1\"", "\"1\"");
    finds("id=!#$%&'()*+-./:<=>?@[]^_`{|}~", "!#$%&'()*+-./:<=>?@[]^_`{|}~");
}

static void none(void **state)
{
    (void)state;
    finds("", "-");
    finds(";", "-");
    finds("id", "-");
    finds("i=1", "-");
    finds("ID=1", "-");
    finds("idx=1; xid=2; x id=3; =id; id =4", "-");
    finds("a=id=1", "-");
    finds("a=\"x; id\"=1", "-"); /* a quote opens nothing */
}

/* Who sets a second one, for another path or a parent domain, has no say in which is read. */
static void two_are_none(void **state)
{
    (void)state;
    finds("id=1; id=2", "-");
    finds("id=1; a=b; id=1", "-");
    finds("id=a b; id=1", "-");
    finds("id=1; id=1; id=1", "-");
}

static void values_that_are_none(void **state)
{
    (void)state;
    finds("id=a b", "-");
    finds("id=a,b", "-");
    finds("id=a\\b", "-");
    finds("id=\"a", "-");
    finds("id=a\"", "-");
    finds("id=\"", "-");
    finds("id=\"a\"b\"", "-");
    finds("id=\x7f", "-");
    finds("id=\xc3\xa9", "-");
    finds("id=a\tb", "-");
}

/* What others set does not keep ours from being read. */
static void others_may_be_broken(void **state)
{
    (void)state;
    finds("a={\"x\": 1, 2}; id=1", "1");
    finds("=; ;;  ; \xff\xfe; id=1; b", "1");
}

/* Each of them, and what is passed over. */
static void pairs(void **state)
{
    static const struct {
        dw_text header;
        const char *pairs; /* name=value| … */
    } rows[] = {
        {DW_TEXT_INIT("a=b"), "a=b|"},
        {DW_TEXT_INIT("a=b; c=d"), "a=b|c=d|"},
        {DW_TEXT_INIT("a=b;c=d ;  e = f "), "a=b|c=d|e=f|"},
        {DW_TEXT_INIT("a=b=c; d=\"e f\"; g="), "a=b=c|d=\"e f\"|g=|"},
        {DW_TEXT_INIT("a; =b; ;;c=d;"), "c=d|"},
        {DW_TEXT_INIT("a=1; a=2"), "a=1|a=2|"},
        {DW_TEXT_INIT(""), ""},
        {DW_TEXT_INIT(";"), ""},
        {DW_TEXT_INIT("="), ""},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *copy = guard_page_copy(rows[i].header.p, rows[i].header.n);
        dw_text rest = {copy, rows[i].header.n}, name, value;
        char text[128];
        size_t n = 0;
        while (dw__cookie_next(&rest, &name, &value))
            n += (size_t)snprintf(text + n, sizeof text - n, "%.*s=%.*s|", DW_FMT(name), DW_FMT(value));
        text[n] = '\0';
        assert_string_equal(text, rows[i].pairs);
        guard_page_free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs),
        cmocka_unit_test(one_of_many),
        cmocka_unit_test(none),
        cmocka_unit_test(two_are_none),
        cmocka_unit_test(values_that_are_none),
        cmocka_unit_test(others_may_be_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
