/* Five characters change, no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/html_escape.h"

static void escapes(dw_text t, const char *want)
{
    char out[256];
    struct buf b;
    dw__buf_init_fixed(&b, out, sizeof out);
    dw__html_escape(&b, t);
    assert_int_equal(b.n, strlen(want));
    assert_memory_equal(out, want, b.n);
}

static void rows(void **state)
{
    (void)state;
    escapes((dw_text){NULL, 0}, "");
    escapes(DW_TEXT("plain \xc3\xa9"), "plain \xc3\xa9");
    escapes(DW_TEXT("<a href=\"x\" b='y'>&amp;</a>"),
            "&lt;a href=&#34;x&#34; b=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
    escapes(DW_TEXT("&&"), "&amp;&amp;");
}

static void nothing_else_changes(void **state)
{
    char all[250], out[2000];
    struct buf b;
    size_t n = 0;
    (void)state;
    for (int c = 1; c < 256; c++)
        if (strchr("&<>\"'", c) == NULL)
            all[n++] = (char)c;
    dw__buf_init_fixed(&b, out, sizeof out);
    dw__html_escape(&b, (dw_text){all, n});
    assert_int_equal(b.n, n);
    assert_memory_equal(out, all, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(nothing_else_changes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
