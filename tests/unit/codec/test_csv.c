/* CSV: rows and fields, quotes, ends of lines, and mistakes that cost one line each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/ctx.h"
#include "guard_page.h"
#include <dw/command.h>

#define MAX 4

/* All of `text` as rows "line:field|field|;", mistakes as "line!;". */
static void read_all(const char *text, size_t size, char *out, size_t room)
{
    struct arena arena;
    struct services services = {0};
    struct clock frozen = {0};
    dw_ctx ctx;
    char *copy = guard_page_copy(text, size);
    dw_csv csv = {.text = {copy, size}};
    dw_text fields[MAX];
    size_t n, used = 0;
    dw_err err;
    dw__arena_init(&arena, NULL, 1 << 20);
    dw__ctx_init(&ctx, &arena, &services, &frozen);
    out[0] = '\0';
    while ((err = dw_csv_next(&ctx, &csv, fields, MAX, &n)) != DW_NOT_FOUND && used + 64 < room) {
        assert_true(err == DW_OK || err == DW_MALFORMED);
        assert_true((err == DW_OK) == (csv.trouble == NULL));
        used += (size_t)snprintf(out + used, room - used, "%zu%s", csv.line, err == DW_OK ? ":" : "!");
        for (size_t i = 0; err == DW_OK && i < n; i++)
            used += (size_t)snprintf(out + used, room - used, "%.*s|", DW_FMT(fields[i]));
        used += (size_t)snprintf(out + used, room - used, ";");
    }
    dw__ctx_end(&ctx);
    dw__arena_release(&arena);
    guard_page_free(copy);
}

static const struct {
    const char *text, *rows;
} rows[] = {
    {"", ""},
    {"\n\r\n\n", ""},
    {"a", "1:a|;"},
    {"a,b", "1:a|b|;"},
    {"a,b\n", "1:a|b|;"},
    {"a,b\r\nc,d\r\n", "1:a|b|;2:c|d|;"},
    {"a,,c\n,\n", "1:a||c|;2:||;"},
    {"\n\na\n\nb", "3:a|;5:b|;"},
    {" a , b ", "1: a | b |;"},
    {"\"a\",\"b\"", "1:a|b|;"},
    {"\"a,b\",c", "1:a,b|c|;"},
    {"\"\",x", "1:|x|;"},
    {"\"\"\"\"", "1:\"|;"},
    {"\"a\"\"b\"\"\"\n", "1:a\"b\"|;"},
    {"\"a\nb\",c\nd", "1:a\nb|c|;3:d|;"},
    {"\"a\r\nb\"\r\nc", "1:a\r\nb|;3:c|;"},
    {"a\rb,c", "1:a\rb|c|;"},
    {"1,2,3,4\n1,2,3,4,5\n6", "1:1|2|3|4|;2!;3:6|;"},
    {"\"a\nb,c\n", "1!;2:b|c|;"},
    {"a\"b,c\nd", "1!;2:d|;"},
    {"\"a\"b,c\nd", "1!;2:d|;"},
    {"a,\"", "1!;"},
    {"\"", "1!;"},
    {"\"\"\"", "1!;"},
    {"a,\xff\nb", "1!;2:b|;"},
    {"\"\xc3\",x\nb", "1!;2:b|;"},
    {"\xc3\xa4,\xe2\x82\xac", "1:\xc3\xa4|\xe2\x82\xac|;"},
};

static void reads_rows(void **state)
{
    (void)state;
    char got[512];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        read_all(rows[i].text, strlen(rows[i].text), got, sizeof(got));
        if (strcmp(got, rows[i].rows) != 0)
            fail_msg("%s gave %s and not %s", rows[i].text, got, rows[i].rows);
    }
}

static void has_no_nul(void **state)
{
    (void)state;
    char got[256];
    read_all("a\0b\nc", 5, got, sizeof(got));
    assert_string_equal(got, "1!;2:c|;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_rows), cmocka_unit_test(has_no_nul)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
