/* What is asked for by who looks for other people's programs, and what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/text.h"
#include "guard/probes.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
