/* Finding :name in SQL, and not where it is only text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../guard_page.h"
#include "store/sql_scan.h"

/* The parameters of `sql`, each followed by a space; those without a name in parentheses. */
static void expect_as(enum sql_dialect dialect, const char *sql, const char *found)
{
    char *copy = guard_page_copy(sql, strlen(sql)), list[256] = "";
    dw_text text = {copy, strlen(sql)}, name;
    enum sql_scan scan;
    size_t at = 0, n = 0;

    while ((scan = dw__sql_scan_as(dialect, text, &at, &name)) != SQL_SCAN_END) {
        assert_true(n + name.n + 4 < sizeof list);
        if (scan == SQL_SCAN_OTHER)
            list[n++] = '(';
        memcpy(list + n, name.p, name.n);
        n += name.n;
        if (scan == SQL_SCAN_OTHER)
            list[n++] = ')';
        list[n++] = ' ';
    }
    list[n] = '\0';
    assert_string_equal(list, found);
    guard_page_free(copy);
}

static void expect(const char *sql, const char *found)
{
    expect_as(SQL_SQLITE, sql, found);
}

static void expect_pg(const char *sql, const char *found)
{
    expect_as(SQL_POSTGRES, sql, found);
}

static void postgres_reads_it_otherwise(void **state)
{
    (void)state;
    expect_pg("SELECT :a, :b_1,:a", "a b_1 a ");
    expect_pg("SELECT :a::bigint, b::text", "a ");
    expect_pg("x::text:a", "a ");
    expect_pg("SELECT a[:i]", "i ");
    expect_pg("SELECT a ? 'b' AND a @> '{}' AND a #> '{}' AND :x", "x ");
    expect_pg("SELECT ':a', 'it''s :a' || :b", "b ");
    expect_pg("SELECT '\\' || :b, E'\\':a' || :c, e'\\\\' || :d", "b c d ");
    expect_pg("SELECT date'x' || :b, like'\\' || :c", "b c ");
    expect_pg("SELECT E'unclosed \\", "");
    expect_pg("\":a\"\":b\" :c", "c ");
    expect_pg("`:a`", "a ");
    expect_pg("/* :a /* :b */ :c */ :d", "d ");
    expect_pg("/* :a /* :b */ :c", "");
    expect_pg("-- :a\r:b -- :c\n:d", "b d ");
    expect_pg("SELECT $1, $$ :a $$, a$b", "($1) ($$) a ($$) ");
    expect_pg("SELECT :", "(:) ");
    expect_pg("f(a := 1)", "(:) ");
    expect_pg("/", "");
    expect_pg("a::", "");
}

static void finds_names(void **state)
{
    (void)state;
    expect("", "");
    expect("SELECT 1", "");
    expect("SELECT :a, :b_1,:a", "a b_1 a ");
    expect("x=:me AND y>:now", "me now ");
    expect(":a:b", "a b ");
    expect("a:b", "b ");
    expect("SELECT :", "(:) ");
    expect("SELECT : a", "(:) ");
    expect("SELECT ?, ?12, @x, $y, #z", "(?) (?12) (@x) ($y) (#z) ");
    expect("SELECT a$b FROM t", "");
}

static void skips_text(void **state)
{
    (void)state;
    expect("SELECT ':a' || :b", "b ");
    expect("SELECT 'it''s :a' || :b", "b ");
    expect("SELECT \":a\", \"x\"\":y\", :b", "b ");
    expect("SELECT `:a`, [:c], :b", "b ");
    expect("SELECT [a]]:b", "b ");
    expect("-- :a\n:b", "b ");
    expect(":b -- :a", "b ");
    expect("/* :a * / */ :b", "b ");
    expect("/*/ :a */ :b", "b ");
    expect("a - :b / :c", "b c ");
    expect("':a", "");
    expect("'", "");
    expect("/* :a", "");
    expect("/", "");
    expect("-", "");
    expect("[:a", "");
}

/* "table bytes what", or nothing when it is another statement. */
static void insert(const char *sql, const char *wanted)
{
    char *copy = guard_page_copy(sql, strlen(sql)), found[128] = "";
    struct sql_insert insert;

    if (dw__sql_is_insert((dw_text){copy, strlen(sql)}, &insert))
        (void)snprintf(found, sizeof found, "%.*s %zu %.*s", (int)insert.table.n, insert.table.p, insert.n,
                       (int)insert.what.n, insert.what.p);
    assert_string_equal(found, wanted);
    guard_page_free(copy);
}

static void tells_a_simple_insert(void **state)
{
    (void)state;
    insert("INSERT INTO t VALUES (1) RETURNING id", "t 24 id");
    insert("insert into t (a, b) values (:a, (1 + 2) * :b) returning id", "t 46 id");
    insert("INSERT INTO t (a)\n VALUES (')' || :a) /* ) */ -- RETURNING x\n RETURNING id ; -- end",
           "t 37 id");
    insert("INSERT INTO t (\"a)\") VALUES (:a)RETURNING id;;", "t 32 id");
    insert("INSERT INTO t VALUES (1) RETURNING *", "t 24 *");
    insert("INSERT INTO t VALUES (1) RETURNING  id, a + 1 AS \"b\" ", "t 24 id, a + 1 AS \"b\"");
    insert("INSERT INTO t VALUES (1) RETURNING ':b;(' -- x", "t 24 ':b;('");
    insert("", "");
    insert("INSERT", "");
    insert("SELECT id FROM t", "");
    insert("UPDATE t SET a = 1 RETURNING id", "");
    insert("REPLACE INTO t VALUES (1) RETURNING id", "");
    insert("INSERT OR IGNORE INTO t VALUES (1) RETURNING id", "");
    insert("INSERT INTO t VALUES (1)", "");
    insert("INSERT INTO t VALUES (1) RETURNING", "");
    insert("INSERT INTO t VALUES (1) RETURNING ; -- id", "");
    insert("INSERT INTO t VALUES (1) RETURNING changes()", "");
    insert("INSERT INTO t VALUES (1) RETURNING id, (SELECT 1)", "");
    insert("INSERT INTO t VALUES (1) RETURNING id, :b AS b", "");
    insert("INSERT INTO t VALUES (1), (2) RETURNING id", "");
    insert("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING RETURNING id", "");
    insert("INSERT INTO t DEFAULT VALUES RETURNING id", "");
    insert("INSERT INTO t SELECT 1 RETURNING id", "");
    insert("INSERT INTO t (a) SELECT 1 RETURNING id", "");
    insert("INSERT INTO t AS u VALUES (1) RETURNING id", "");
    insert("INSERT INTO main.t VALUES (1) RETURNING id", "");
    insert("INSERT INTO \"t\" VALUES (1) RETURNING id", "");
    insert("INSERT INTO t VALUES (1 RETURNING id", "");
    insert("INSERT INTO t VALUES 1) RETURNING id", "");
    insert("INSERT INTO t VALUES (1) RETURNING id; SELECT 1", "");
    insert("WITH x AS (SELECT 1) INSERT INTO t VALUES (1) RETURNING id", "");
    insert("INSERT INTO t VALUES (", "");
    insert("INSERT INTO t VALUES ('", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_names), cmocka_unit_test(skips_text),
                                       cmocka_unit_test(tells_a_simple_insert),
                                       cmocka_unit_test(postgres_reads_it_otherwise)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
