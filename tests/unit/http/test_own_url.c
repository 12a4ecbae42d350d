/* Whole addresses of this server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ctx.h"
#include <dw/ctx.h>

/* Of the setting and of nothing else; and of no path that is none. */
static void a_whole_address(void **state)
{
    struct services services = {.origin = DW_TEXT_INIT("https://app.test")};
    struct clock clock = {0};
    struct arena arena;
    dw_ctx ctx;

    (void)state;
    dw__arena_init(&arena, NULL, (size_t)1 << 16);
    dw__ctx_init(&ctx, &arena, &services, &clock);
    assert_true(dw_text_is(dw_url_of(&ctx, DW_TEXT("/")), "https://app.test/"));
    assert_true(dw_text_is(dw_url_of(&ctx, DW_TEXT("/a?b=c%20d")), "https://app.test/a?b=c%20d"));
    assert_int_equal(dw_url_of(&ctx, DW_TEXT("//evil.test")).n, 0);
    assert_int_equal(dw_url_of(&ctx, DW_TEXT(".evil.test/")).n, 0);
    assert_int_equal(dw_url_of(&ctx, DW_TEXT("@evil.test")).n, 0);
    assert_int_equal(dw_url_of(&ctx, DW_TEXT("/a\r\nBcc: b@evil.test")).n, 0);
    assert_int_equal(dw_url_of(&ctx, (dw_text){NULL, 0}).n, 0);
    services.origin = (dw_text){NULL, 0};
    assert_int_equal(dw_url_of(&ctx, DW_TEXT("/")).n, 0);
    dw__arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_whole_address)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
