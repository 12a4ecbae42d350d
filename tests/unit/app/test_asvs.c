/* test_asvs.c -- the table of OWASP ASVS: it is read to its end, what it cannot be is seen, and "when" asks settings and tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/asvs.h"
#include "app/command.h"
#include "base/text.h"

static void the_table_is_whole(void **state)
{
    dw_text rest = dw__asvs_text();
    struct asvs_row row = {.level = 0};
    unsigned n = 0, levels[4] = {0};
    int more;

    (void)state;
    while ((more = dw__asvs_next(&rest, &row)) > 0) {
        n++;
        levels[row.level]++;
        assert_true(row.chapter.n > 0 && row.chapter.p[0] == 'V');
        assert_true(row.title.n > 0 && row.how.n > 0);
        if (row.status <= ASVS_OFFERED)
            assert_true(row.files.n > 0 && row.n_tests > 0);
    }
    assert_int_equal(more, 0);
    assert_int_equal(n, 345);
    assert_int_equal(levels[1], 70);
    assert_int_equal(levels[2], 183);
    assert_int_equal(levels[3], 92);
}

static void a_row_has_its_parts(void **state)
{
    dw_text rest = DW_TEXT("V3 Web\n\nV3.4.4 2 offered No sniffing\n how it says so\n in a.c b.c\n by t.c "
                           "one\n by u.c\n when LOG .mfa\n\n"
                           "V4 API\nV4.1.1 1 not-yet Types\n how not at all");
    struct asvs_row row = {.level = 0};

    (void)state;
    assert_int_equal(dw__asvs_next(&rest, &row), 1);
    assert_true(dw__text_is(row.chapter, "V3 Web") && dw__text_is(row.id, "V3.4.4"));
    assert_int_equal(row.level, 2);
    assert_int_equal(row.status, ASVS_OFFERED);
    assert_true(dw__text_is(row.title, "No sniffing") && dw__text_is(row.how, "it says so"));
    assert_true(dw__text_is(row.files, "a.c b.c") && dw__text_is(row.when, "LOG .mfa"));
    assert_int_equal(row.n_tests, 2);
    assert_true(dw__text_is(row.tests[0], "t.c one") && dw__text_is(row.tests[1], "u.c"));
    assert_int_equal(dw__asvs_next(&rest, &row), 1);
    assert_true(dw__text_is(row.chapter, "V4 API") && dw__text_is(row.id, "V4.1.1"));
    assert_int_equal(row.status, ASVS_NOT_YET);
    assert_int_equal(row.n_tests, 0);
    assert_int_equal(row.files.n, 0);
    assert_int_equal(dw__asvs_next(&rest, &row), 0);
}

static void what_cannot_be_is_seen(void **state)
{
    static const dw_text tables[] = {
        DW_TEXT_INIT("V1.1.1\n how x\n"),
        DW_TEXT_INIT("V1.1.1 4 offered Title\n how x\n"),
        DW_TEXT_INIT("V1.1.1 12 offered Title\n how x\n"),
        DW_TEXT_INIT("V1.1.1 1 promised Title\n how x\n"),
        DW_TEXT_INIT("V1.1.1 1 offered\n how x\n"),
        DW_TEXT_INIT("V1.1.1 1 offered Title\n"),
        DW_TEXT_INIT("V1.1.1 1 offered Title\n how x\n how y\n"),
        DW_TEXT_INIT("V1.1.1 1 offered Title\n how x\n why y\n"),
        DW_TEXT_INIT("V1.1.1 1 offered Title\n how x\n in\n"),
        DW_TEXT_INIT("V1.1.1 1 offered Title\n how x\n by 1\n by 2\n by 3\n by 4\n by 5\n by 6\n by 7\n"),
        DW_TEXT_INIT("something else\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        struct asvs_row row = {.level = 0};
        dw_text rest = tables[i];

        assert_int_equal(dw__asvs_next(&rest, &row), -1);
    }
}

static int when(const struct invocation *inv, dw_text words)
{
    const struct asvs_row row = {.when = words};

    return dw__asvs_when(&row, inv);
}

static void when_asks_settings_and_tables(void **state)
{
    static const dw_mfa mfa;
    static struct config config;
    const dw_app app = {.name = "t", .mfa = &mfa};
    const struct invocation inv = {.app = &app, .config = &config};

    (void)state;
    config.text[SETTING_AUDIT_LOG] = DW_TEXT("audit.log");
    assert_int_equal(when(&inv, DW_TEXT("")), 1);
    assert_int_equal(when(&inv, DW_TEXT("AUDIT_LOG")), 1);
    assert_int_equal(when(&inv, DW_TEXT("AUDIT_HEADS")), 0);
    assert_int_equal(when(&inv, DW_TEXT(".mfa AUDIT_LOG")), 1);
    assert_int_equal(when(&inv, DW_TEXT(".mfa AUDIT_HEADS")), 0);
    assert_int_equal(when(&inv, DW_TEXT("AUDIT_HEADS|.mfa")), 1);
    assert_int_equal(when(&inv, DW_TEXT(".sessions|.tokens")), 0);
    assert_int_equal(when(&inv, DW_TEXT("AUDIT_LOGS")), -1);
    assert_int_equal(when(&inv, DW_TEXT(".mfa .nothing")), -1);
}

static void an_option_counts_wherever_it_stands(void **state)
{
    static struct config config;
    static const dw_route plain[] = {{.path = "/a"}},
                          routes[] = {{.path = "/a"}, {.path = "/b", .rate = "5/minute"}};
    dw_blueprint bp = {.prefix = "", .routes = plain, .n_routes = 1, .route_size = sizeof(dw_route)};
    dw_app app = {.name = "t", .blueprints = (const dw_blueprint *const[]){&bp, NULL}};
    const struct invocation inv = {.app = &app, .config = &config};

    (void)state;
    assert_int_equal(when(&inv, DW_TEXT(".rate|.fresh")), 0);
    bp.routes = routes;
    bp.n_routes = 2;
    assert_int_equal(when(&inv, DW_TEXT(".rate")), 1);
    assert_int_equal(when(&inv, DW_TEXT(".fresh")), 0);
    bp.fresh = true;
    assert_int_equal(when(&inv, DW_TEXT(".fresh")), 1);
    bp = (dw_blueprint){.routes = plain, .n_routes = 1, .route_size = sizeof(dw_route)};
    app.rate = "1/second";
    assert_int_equal(when(&inv, DW_TEXT(".rate")), 1);
}

/* Whatever the table names is there to be asked. */
static void every_when_is_known(void **state)
{
    static struct config config;
    const dw_app app = {.name = "t"};
    const struct invocation inv = {.app = &app, .config = &config};
    dw_text rest = dw__asvs_text();
    struct asvs_row row = {.level = 0};

    (void)state;
    while (dw__asvs_next(&rest, &row) > 0)
        assert_int_equal(dw__asvs_when(&row, &inv), row.when.n == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_whole),
        cmocka_unit_test(a_row_has_its_parts),
        cmocka_unit_test(what_cannot_be_is_seen),
        cmocka_unit_test(when_asks_settings_and_tables),
        cmocka_unit_test(an_option_counts_wherever_it_stands),
        cmocka_unit_test(every_when_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
