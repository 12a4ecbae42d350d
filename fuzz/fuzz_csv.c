/* Any bytes as CSV: it comes to its end, and what a well-formed row says is what stands there when it is written once more and read again. */
#include <stdlib.h>
#include <string.h>

#include "base/ctx.h"
#include <dw/command.h>

#define MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The row with quotes around every field; the bytes. */
static dw_text write_row(struct arena *arena, const dw_text *fields, size_t n)
{
    size_t room = 1, used = 0;
    char *out;

    for (size_t i = 0; i < n; i++)
        room += 2 * fields[i].n + 3;
    if ((out = dw__arena_bytes(arena, room)) == NULL)
        return (dw_text){NULL, 0};
    for (size_t i = 0; i < n; i++) {
        out[used++] = '"';
        for (size_t k = 0; k < fields[i].n; k++) {
            if (fields[i].p[k] == '"')
                out[used++] = '"';
            out[used++] = fields[i].p[k];
        }
        out[used++] = '"';
        out[used++] = i + 1 < n ? ',' : '\n';
    }
    return (dw_text){out, used};
}

static void read_again(dw_ctx *ctx, const dw_text *fields, size_t n)
{
    dw_csv csv = {.text = write_row(ctx->arena, fields, n)};
    dw_text again[MAX];
    size_t n_again;

    if (csv.text.p == NULL)
        return;
    if (dw_csv_next(ctx, &csv, again, MAX, &n_again) != DW_OK || n_again != n)
        abort();
    for (size_t i = 0; i < n; i++)
        if (!dw_text_eq(again[i], fields[i]))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct services services = {0};
    struct clock frozen = {0};
    dw_ctx ctx;
    dw_csv csv = {.text = {(const char *)data, size}};
    dw_text fields[MAX];
    size_t n, line = 0;
    dw_err err;

    dw__arena_init(&arena, NULL, (size_t)1 << 22);
    dw__ctx_init(&ctx, &arena, &services, &frozen);
    while ((err = dw_csv_next(&ctx, &csv, fields, MAX, &n)) != DW_NOT_FOUND && err != DW_UNAVAILABLE) {
        if (csv.line <= line || n > MAX)
            abort();
        line = csv.line;
        if (err == DW_OK)
            read_again(&ctx, fields, n);
    }
    dw__ctx_end(&ctx);
    dw__arena_release(&arena);
    return 0;
}
