/* What comes behind a chunked body: kept as it came, found by name, and never what only a head may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "guard_page.h"
#include "http/h1_body.h"
#include "http/trailer.h"

static char memory[DW__H1_TRAILERS_MAX];

/* What a decoder keeps of `body`, which comes in pieces. */
static struct buf keep(const char *body, size_t piece)
{
    struct h1_body b;
    struct buf kept;
    dw_text rest = {body, strlen(body)}, data;
    size_t used;

    dw__buf_init_fixed(&kept, memory, sizeof memory);
    dw__h1_body_init(&b, &(struct http_head){.chunked = true, .content_length = -1});
    while (rest.n > 0 && !dw__h1_body_done(&b)) {
        size_t n = rest.n < piece ? rest.n : piece;
        char *copy = guard_page_copy(rest.p, n);

        assert_int_not_equal(dw__h1_body_next(&b, copy, n, n, &used, &data, &kept), H1_BODY_BAD);
        guard_page_free(copy);
        rest = (dw_text){rest.p + used, rest.n - used};
    }
    return kept;
}

static void finds(const char *body, const char *name, const char *value)
{
    for (size_t piece = 1; piece < 40; piece++) {
        struct buf kept = keep(body, piece);
        char *copy = guard_page_copy(kept.p, kept.n);
        dw_text found = dw__trailer_find((dw_text){copy, kept.n}, dw__text_of(name));

        if (value == NULL ? found.p != NULL : found.p == NULL || !dw__text_eq(found, dw__text_of(value)))
            fail_msg("%s of %s: %.*s", name, body, (int)found.n, found.p);
        guard_page_free(copy);
    }
}

#define BODY "3\r\nabc\r\n0;x=y\r\n"

static void by_name(void **state)
{
    (void)state;
    finds(BODY "X-Sum: 12 \r\nOther:\r\n\r\n", "x-sum", "12");
    finds(BODY "X-Sum: 12\r\nOther:\r\n\r\n", "other", "");
    finds(BODY "X-Sum: a:b\r\n\r\n", "x-sum", "a:b");
    finds(BODY "X-Sum: 12\r\n\r\n", "x-su", NULL);
    finds(BODY "X-Sum: 12\r\n\r\n", "x-summ", NULL);
    finds(BODY "\r\n", "x-sum", NULL);
}

static void two_are_none(void **state)
{
    (void)state;
    finds(BODY "X-Sum: 1\r\nx-sum: 1\r\n\r\n", "x-sum", NULL);
}

static void not_before_the_end(void **state)
{
    (void)state;
    finds(BODY "X-Sum: 1\r\n", "x-sum", NULL);
    finds(BODY "X-Sum: 1\r", "x-sum", NULL);
    finds(BODY "X-Sum: 1\r\nY:\r", "x-sum", NULL);
    finds(BODY "X-Sum: 1", "x-sum", NULL);
    finds(BODY, "x-sum", NULL);
}

static void nothing_that_only_a_head_may_say(void **state)
{
    static const char *const names[] = {"content-length", "transfer-encoding", "host",  "authorization",
                                        "cookie",         "content-type",      "range", "x-forwarded-for"};
    char body[200];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(body, sizeof body, BODY "%s: 1\r\n\r\n", names[i]);
        finds(body, names[i], NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_name),
        cmocka_unit_test(two_are_none),
        cmocka_unit_test(not_before_the_end),
        cmocka_unit_test(nothing_that_only_a_head_may_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
