/* Whom PostgreSQL's URL may name, and what libpq is told beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/pg_inside.h"

static dw_text text(const char *s)
{
    return (dw_text){s, strlen(s)};
}

static void good(const char *url)
{
    assert_null(dw__pg_url_fault(text(url)));
}

static void bad(const char *url, const char *words)
{
    const char *fault = dw__pg_url_fault(text(url));

    assert_non_null(fault);
    assert_non_null(strstr(fault, words));
}

static void urls(void **state)
{
    (void)state;
    good("postgresql://u@/db");
    good("postgresql://u@/db?host=/run/pg");
    good("postgresql://u@127.0.0.1:5433/db?sslmode=disable");
    good("postgresql://u@[::1]/db?sslmode=prefer");
    good("postgresql://u@db.example/db");
    good("postgresql://u@db.example/db?sslmode=verify-full&sslrootcert=/etc/ca.pem");
    bad("postgresql://u:p@/db", "password");
    bad("postgresql://u@/db?password=p", "password");
    bad("postgresql://u@db.example/db?sslmode=disable", "does not check");
    bad("postgresql://u@127.example.com/db?sslmode=disable", "does not check");
    bad("postgresql://u@db.example/db?sslmode=prefer&sslrootcert=/etc/ca.pem", "does not check");
    bad("postgresql://u@db.example/db?sslmode=verify-ca", "any server");
    good("postgresql://u@db.example/db?sslmode=verify-ca&sslrootcert=/etc/ca.pem");
    good("postgresql://u@db.example/db?hostaddr=127.0.0.1&sslmode=disable");
    bad("postgresql://u@localhost/db?hostaddr=192.0.2.1&sslmode=require", "does not check");
    bad("postgresql:///db", "no user");
    bad("postgresql://u@db.example", "no database");
    bad("postgresql://u@a,b/db", "several");
    bad("postgresql://u@/db?hostaddr=127.0.0.1,2001:db8::5&sslmode=disable", "several");
    bad("postgresql://u@localhost/db?hostaddr=127.0.0.1,192.0.2.1", "several");
    bad("postgresql://u@/db?hostaddr=127.0.0.1:192.0.2.1&sslmode=disable", "does not check");
    bad("postgresql://u@/db?service=x", "not known");
    bad("postgresql://u@/db?passfile=/x", "not known");
    bad("postgresql://u@/db?nonsense=x", "cannot be read");
    bad("postgresql://u@/db%0", "cannot be read");
    bad("postgres://u@/db", "cannot be read");
    bad("", "cannot be read");
}

static void a_certificate_for_any_name(void **state)
{
    (void)state;
    assert_true(
        dw__pg_url_takes_any_name(text("postgresql://u@db.example/db?sslmode=verify-ca&sslrootcert=/a")));
    assert_false(dw__pg_url_takes_any_name(text("postgresql://u@db.example/db?sslrootcert=/a")));
    assert_false(
        dw__pg_url_takes_any_name(text("postgresql://u@localhost/db?sslmode=verify-ca&sslrootcert=/a")));
    assert_false(dw__pg_url_takes_any_name(text("sqlite:x")));
}

static void who_is_not_trusted(void **state)
{
    (void)state;
    assert_true(dw__pg_mistrusted("SSL error: certificate verify failed"));
    assert_true(dw__pg_mistrusted("server certificate for \"a\" does not match host name \"b\""));
    assert_true(dw__pg_mistrusted("server does not support SSL, but SSL was required"));
    assert_true(dw__pg_mistrusted("root certificate file \"/x\" does not exist"));
    assert_false(dw__pg_mistrusted("Connection refused"));
    assert_false(dw__pg_mistrusted("SSL SYSCALL error: EOF detected"));
    assert_false(dw__pg_mistrusted("SSL connection has been closed unexpectedly"));
}

static const char *value(const struct pg_params *p, const char *key)
{
    const char *found = NULL;

    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->keys[i], key) == 0)
            found = p->values[i];
    return found;
}

static void init(struct pg_params *p, const char *url, enum pg_use use)
{
    const struct pg_target target = {text(url), {"pw", 2}};

    assert_int_equal(dw__pg_params_init(p, &target, use), DW_OK);
    assert_null(p->keys[p->n]);
    assert_null(p->values[p->n]);
}

static void another_machine_must_prove_itself(void **state)
{
    struct pg_params p;

    (void)state;
    init(&p, "postgresql://u@db.example/db", PG_READ);
    assert_string_equal(value(&p, "sslmode"), "verify-full");
    assert_non_null(value(&p, "sslrootcert"));
    assert_string_equal(p.host, "db.example");
    dw__pg_params_release(&p);
    init(&p, "postgresql://u@192.0.2.1/db?sslmode=verify-ca&sslrootcert=/a", PG_READ);
    assert_string_equal(value(&p, "sslmode"), "verify-ca");
    assert_null(p.host);
    dw__pg_params_release(&p);
    init(&p, "postgresql://u@127.example.com/db", PG_READ);
    assert_string_equal(value(&p, "sslmode"), "verify-full");
    dw__pg_params_release(&p);
    init(&p, "postgresql://u@/db", PG_READ);
    assert_null(value(&p, "sslmode"));
    dw__pg_params_release(&p);
}

static void who_reads_cannot_write(void **state)
{
    struct pg_params p;

    (void)state;
    init(&p, "postgresql://u@/db", PG_READ);
    assert_non_null(strstr(value(&p, "options"), "default_transaction_read_only=on"));
    assert_string_equal(value(&p, "password"), "pw");
    dw__pg_params_release(&p);
    init(&p, "postgresql://u@/db", PG_WRITE);
    assert_non_null(strstr(value(&p, "options"), "default_transaction_read_only=off"));
    assert_non_null(strstr(value(&p, "options"), "statement_timeout=5000"));
    dw__pg_params_release(&p);
}

static void the_environment_is_not_asked(void **state)
{
    (void)state;
    assert_int_equal(setenv("PGPASSWORD", "x", 1), 0);
    assert_int_equal(setenv("PGHOST", "x", 1), 0);
    assert_int_equal(setenv("XPG", "x", 1), 0);
    dw__pg_forget_environment();
    assert_null(getenv("PGPASSWORD"));
    assert_null(getenv("PGHOST"));
    assert_non_null(getenv("XPG"));
}

static void errors(void **state)
{
    (void)state;
    assert_int_equal(dw__pg_err(NULL), DW_UNAVAILABLE);
    assert_int_equal(dw__pg_err("23505"), DW_CONFLICT);
    assert_int_equal(dw__pg_err("57014"), DW_TIMEOUT);
    assert_int_equal(dw__pg_err("57P01"), DW_UNAVAILABLE);
    assert_int_equal(dw__pg_err("53100"), DW_UNAVAILABLE);
    assert_int_equal(dw__pg_err("25006"), DW_INTERNAL);
    assert_int_equal(dw__pg_err("42P01"), DW_INTERNAL);
    assert_int_equal(dw__pg_err("22003"), DW_INTERNAL);
    assert_true(dw__pg_again("40001") && dw__pg_again("40P01"));
    assert_false(dw__pg_again("57P01") || dw__pg_again(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls),
        cmocka_unit_test(a_certificate_for_any_name),
        cmocka_unit_test(who_is_not_trusted),
        cmocka_unit_test(another_machine_must_prove_itself),
        cmocka_unit_test(who_reads_cannot_write),
        cmocka_unit_test(the_environment_is_not_asked),
        cmocka_unit_test(errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
