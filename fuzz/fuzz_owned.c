/* fuzz_owned.c -- the judge of statements on owned tables: whatever the text, it ends, and what it lets pass names the owner and the caller. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "store/owned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool says_me(enum sql_dialect dialect, dw_text sql)
{
    struct sql_token token;
    size_t at = 0, before = 0;
    bool says = false;

    while (dw__sql_token(dialect, sql, &at, &token)) {
        DW__CHECK(at > before && at <= sql.n && token.text.n > 0);
        before = at;
        says = says ||
               (token.kind == SQL_TOKEN_PARAM && token.text.n == 3 && memcmp(token.text.p, ":me", 3) == 0);
    }
    return says;
}

static void judge(enum sql_dialect dialect, dw_text sql)
{
    static const dw_owned items = DW_OWNED(items, owner);
    struct arena arena;
    enum owned_verdict verdict;

    dw__arena_init(&arena, NULL, (size_t)64 << 20);
    verdict = dw__owned_judge(dialect, sql, &items, &arena);
    dw__arena_release(&arena);
    if (verdict == OWNED_HELD)
        DW__CHECK(says_me(dialect, sql) && dw__owned_names(dialect, sql, "owner"));
    if (!dw__owned_names(dialect, sql, "items"))
        DW__CHECK(verdict == OWNED_UNUSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1); /* so that one byte too far is found */
    dw_text sql = {copy, size};

    if (!copy)
        return 0;
    if (size > 0)
        memcpy(copy, data, size);
    (void)says_me(SQL_SQLITE, sql);
    judge(SQL_SQLITE, sql);
    judge(SQL_POSTGRES, sql);
    free(copy);
    return 0;
}
