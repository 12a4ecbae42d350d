/* test_audit.c -- what was found is counted, and what was accepted counts no more, until its day is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "guard/audit.h"
#include "guard/guard.h"

#include "base/text.h"

#define NOON INT64_C(1782820800) /* 2026-06-30T12:00:00Z */
#define HOUR 3600

static struct arena arena;
static struct audit audit;

static int set_up(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__audit_init(&audit, &arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

static bool counts(unsigned errors, unsigned warnings, unsigned notes, unsigned accepted)
{
    return audit.errors == errors && audit.warnings == warnings && audit.notes == notes &&
           audit.accepted == accepted;
}

/* How often it was found. */
static unsigned found(enum finding finding)
{
    unsigned n = 0;

    for (const struct audit_found *f = audit.first; f != NULL; f = f->next)
        n += f->finding == finding;
    return n;
}

static void counts_by_the_level_of_the_row(void **state)
{
    (void)state;
    assert_true(counts(0, 0, 0, 0));
    dw__audit_say(&audit, FOUND_ROLES_PUBLIC, "a.c:1", "%s", "GET / is public");
    dw__audit_say(&audit, FOUND_CORS_PLAIN, NULL, "one");
    dw__audit_say(&audit, FOUND_WATCH, NULL, "two");
    dw__audit_say(&audit, FOUND_WATCH, NULL, "three");
    assert_true(counts(2, 1, 1, 0));
    assert_true(dw__text_is(audit.first->what, "GET / is public"));
    assert_string_equal(audit.first->where, "a.c:1");
    assert_true(dw__text_is(audit.first->next->what, "one"));
    assert_null(audit.first->next->where);
}

static void what_does_not_fit_is_an_error(void **state)
{
    struct arena small;
    struct audit full;

    (void)state;
    dw__arena_init(&small, NULL, 1);
    dw__audit_init(&full, &small);
    dw__audit_say(&full, FOUND_ROLES_PUBLIC, NULL, "only a note");
    assert_int_equal(full.errors, 1);
    assert_int_equal(full.notes, 0);
    dw__arena_release(&small);
    dw__arena_init(&small, NULL, 16384);
    dw__audit_init(&full, &small);
    dw__audit_say(&full, FOUND_ROLES_PUBLIC, NULL, "%050000d", 1);
    assert_int_equal(full.errors, 1);
    dw__audit_accept(&full, (const dw_accepted[]){{"cors.plain", "looks at all of them", "2026-06-30"}, {0}},
                     false, NOON);
    assert_int_equal(full.errors, 1);
    dw__arena_release(&small);
}

static void accepts_until_the_end_of_the_day(void **state)
{
    static const dw_accepted rows[] = {DW_ACCEPT("cors.plain", "a printer of ours", "2026-06-30"), {0}};

    (void)state;
    dw__audit_say(&audit, FOUND_CORS_PLAIN, NULL, "http://printer.test");
    dw__audit_say(&audit, FOUND_CORS_PLAIN, NULL, "http://scanner.test");
    dw__audit_say(&audit, FOUND_SESSION_IDLE, NULL, "not that one");
    dw__audit_accept(&audit, rows, true, NOON + 11 * HOUR);
    assert_true(counts(0, 1, 0, 2));
    assert_ptr_equal(audit.first->accepted, rows);
    assert_null(audit.first->next->next->accepted);
    assert_non_null(strstr(rows[0].where, "test_audit.c:"));
}

static void the_day_after_it_is_back(void **state)
{
    static const dw_accepted rows[] = {DW_ACCEPT("cors.plain", "a printer of ours", "2026-06-30"), {0}};

    (void)state;
    dw__audit_say(&audit, FOUND_CORS_PLAIN, NULL, "http://printer.test");
    dw__audit_accept(&audit, rows, true, NOON + 12 * HOUR);
    assert_true(counts(0, 1, 1, 0));
    assert_int_equal(found(FOUND_ACCEPTED_OVER), 1);
    assert_null(audit.first->accepted);
}

static void accepts_only_what_it_is_about(void **state)
{
    static const dw_accepted rows[] = {
        DW_ACCEPT("cors.plain", "a printer of ours", "2026-06-30", .about = "printer"), {0}};

    (void)state;
    dw__audit_say(&audit, FOUND_CORS_PLAIN, NULL, "http://scanner.test");
    dw__audit_say(&audit, FOUND_CORS_PLAIN, NULL, "http://printer.test");
    dw__audit_accept(&audit, rows, true, NOON);
    assert_true(counts(0, 1, 0, 1));
    assert_null(audit.first->accepted);
}

/* Errors stay, and who meant to accept them is told so. */
static void what_cannot_be_accepted(void **state)
{
    static const dw_accepted rows[] = {DW_ACCEPT("settings.watch", "we like it so", "2026-06-30"),
                                       DW_ACCEPT("roles.public", "notes need it not", "2026-06-30"),
                                       DW_ACCEPT("no.such", "there is none of it", "2026-06-30"),
                                       DW_ACCEPT("cors.plain", "no such day is there", "2026-06-31"),
                                       {0}};

    (void)state;
    dw__audit_say(&audit, FOUND_WATCH, NULL, "an error");
    dw__audit_say(&audit, FOUND_CORS_PLAIN, NULL, "a warning");
    dw__audit_accept(&audit, rows, true, NOON);
    assert_int_equal(found(FOUND_ACCEPTED_REFUSED), 4);
    assert_true(counts(5, 1, 0, 0));
}

static void tells_of_rows_without_use(void **state)
{
    static const dw_accepted rows[] = {DW_ACCEPT("cors.plain", "a printer of ours", "2026-06-30"), {0}};

    (void)state;
    dw__audit_accept(&audit, NULL, true, NOON);
    dw__audit_accept(&audit, rows, false, NOON);
    assert_true(counts(0, 0, 0, 0));
    dw__audit_accept(&audit, rows, true, NOON);
    assert_true(counts(0, 0, 1, 0));
    assert_int_equal(found(FOUND_ACCEPTED_UNUSED), 1);
}

/* A guard of sessions where nobody can sign in. */
static void warns_of_sessions_that_nobody_can_begin(void **state)
{
    static const dw_sessions sessions;
    const dw_app app = {.name = "test", .sessions = &sessions};
    const dw_route route = {.path = "/", .signs_in = true};
    struct route_plan plan = {.route = &route};
    struct route_table routes = {.plans = &plan, .n_plans = 0};
    const struct guard_env env = {.app = &app, .routes = &routes};

    (void)state;
    dw__guard_session.audit(&env, &audit);
    assert_int_equal(found(FOUND_SESSION_NO_SIGN_IN), 1);
    routes.n_plans = 1;
    dw__guard_session.audit(&env, &audit);
    assert_int_equal(found(FOUND_SESSION_NO_SIGN_IN), 1);
    assert_int_equal(found(FOUND_SESSION_COOKIE), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_by_the_level_of_the_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(accepts_until_the_end_of_the_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_day_after_it_is_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(accepts_only_what_it_is_about, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_accepted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_of_rows_without_use, set_up, tear_down),
        cmocka_unit_test_setup_teardown(warns_of_sessions_that_nobody_can_begin, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
