/* What is asked for by who looks for other people's programs, and what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "guard/bans.h"
#include "guard/probes.h"
#include "guard/rate_table.h"

static void the_table(void **state)
{
    static const struct {
        const char *path, *probe; /* NULL: none */
    } rows[] = {
        {"/console", "/console"},
        {"/Console/x", "/console"},
        {"/consoles", NULL},
        {"/a/console", NULL},
        {"/debugshell", "/debugshell"},
        {"/.env", "/.env"},
        {"/.ENV.production", "/.env"},
        {"/app/.env", "/.env"},
        {"/app/.git/config", "/.git"},
        {"/.gitignore", "/.git"},
        {"/environment", NULL},
        {"/a.env", NULL},
        {"/.well-known/security.txt", NULL},
        {"/wp-login.php", "/wp-"},
        {"/WP-admin/", "/wp-"},
        {"/blog/wp-admin", NULL},
        {"/wp", NULL},
        {"/actuator", "/actuator"},
        {"/actuator/health", "/actuator"},
        {"/phpMyAdmin-4.9/index.php", "/phpmyadmin"},
        {"/cgi-bin/luci", "/cgi-bin"},
        {"/.htpasswd", "/.ht"},
        {"/", NULL},
        {"*", NULL},
        {"", NULL},
        {"/items", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dw_text probe = dw__probe_find(dw__text_of(rows[i].path));

        if (!dw__text_eq(probe, dw__text_of(rows[i].probe)) || (probe.p == NULL) != (rows[i].probe == NULL))
            fail_msg("%s: %.*s", rows[i].path, DW_FMT(probe));
    }
}

/* ---- five in a minute ---- */

#define KEYS 1024u
#define BEGIN_MS UINT64_C(1000000000)

struct setting {
    void *memory;
    struct bans bans;
    struct services services;
};

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);

    if (s == NULL)
        return -1;
    s->memory = aligned_alloc(128, (dw__rate_table_size(KEYS) + 127) & ~(size_t)127);
    if (s->memory == NULL)
        return -1;
    memset(s->memory, 0, dw__rate_table_size(KEYS));
    dw__rate_table_begin(s->memory);
    s->services = (struct services){.rates = dw__rate_table_on(s->memory, KEYS), .bans = &s->bans};
    *state = s;
    return s->services.rates == NULL;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    dw__rate_table_free(s->services.rates);
    free(s->memory);
    free(s);
    return 0;
}

/* What becomes of somebody who asks for `path` so many milliseconds after the beginning. */
static dw_err ask(struct setting *s, const char *path, uint64_t at_ms)
{
    struct clock clock = {.mono_ns = (BEGIN_MS + at_ms) * 1000000};
    const dw_text address = DW_TEXT("192.0.2.7");
    dw_req req = {.ctx = {.services = &s->services, .clock = &clock},
                  .path = dw__text_of(path),
                  .peer = {.text = address, .counted = dw__ip_counted(address)}};

    return dw__probes_judge(&req);
}

/* Asks for what nobody has at those times; whether the last of them, and none before it, has banned the client. */
static bool bans(struct setting *s, const uint64_t *at_ms, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ask(s, "/nothing", at_ms[i]), DW_NOT_FOUND);
        assert_int_equal(ask(s, "/.env", at_ms[i]), DW_NOT_FOUND);
    }
    return ask(s, "/nothing", at_ms[n - 1]) == DW_TOO_MANY;
}

static void five_in_any_minute(void **state)
{
    static const uint64_t evenly[] = {0, 15000, 30000, 45000, 59999};

    assert_true(bans(*state, evenly, 5));
    assert_int_equal(ask(*state, "/nothing", 59999 + 59999), DW_TOO_MANY);
    assert_int_equal(ask(*state, "/nothing", 59999 + 60000), DW_NOT_FOUND);
}

/* Four in the minute before, each time, however they lie; and the first is forgotten when it is a minute old. */
static void four_do_not(void **state)
{
    static const uint64_t late[] = {0, 1000, 2000, 3000, 61000, 62000, 63000, 64000}, fifth[] = {65000};

    assert_false(bans(*state, late, 8));
    assert_true(bans(*state, fifth, 1));
}

static void a_minute_after_the_first(void **state)
{
    static const uint64_t fifth[] = {0, 15000, 30000, 45000, 60000};

    assert_false(bans(*state, fifth, 5));
}

/* Who was banned, or was let go before that was over, begins anew. */
static void all_begins_anew(void **state)
{
    static const uint64_t at_once[] = {0, 0, 0, 0, 0}, again[] = {1000, 1000, 1000, 1000}, fifth[] = {1000};
    struct setting *s = *state;

    assert_true(bans(s, at_once, 5));
    memset(&s->bans, 0, sizeof s->bans);
    assert_false(bans(s, again, 4));
    assert_true(bans(s, fifth, 1));
}

#define TIMED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_table), TIMED(five_in_any_minute),
                                       TIMED(four_do_not), TIMED(a_minute_after_the_first),
                                       TIMED(all_begins_anew)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
