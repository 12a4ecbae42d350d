/* Any bytes as a JSON body, a query (first byte '?') or parts between B (first byte '-'): what is bound keeps the rules, and prints as JSON
 * that binds again. */
#include <stdlib.h>
#include <string.h>

#include <dw/schema.h>

#include "codec/json.h"
#include "codec/utf8.h"
#include "schema/bind.h"
#include "schema/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* clang-format off */
DW_SCHEMA(fuzz_inner, (dw_text, name, DW_LEN(1, 5)), (int64_t, age, DW_RANGE(0, 9), .optional = true));
DW_LIST(fuzz_ints, int64_t);
DW_LIST(fuzz_inners, fuzz_inner);
DW_LIST(fuzz_set, dw_text, DW_LEN(0, 3), .trim = true);
DW_MAP(fuzz_map, dw_decimal, DW_SCALE(2));
DW_ENUM(fuzz_enum, x, y);
DW_SCHEMA(fuzz_thing,
    (dw_text, a, DW_LEN(0, 8), .pattern = "[a-z\\x{e9}]*", .optional = true),
    (int64_t, b, DW_RANGE(-5, 5), .optional = true),
    (double, c, .nullable = true, .optional = true),
    (bool, d, .optional = true),
    (fuzz_ints, e, DW_ITEMS(0, 9), .optional = true),
    (fuzz_inner, f, .optional = true),
    (fuzz_inners, g, DW_ITEMS(0, 3), .optional = true),
    (fuzz_set, i, .unique = true, .optional = true),
    (fuzz_map, j, .keys = "[a-c]{1,2}", DW_ITEMS(0, 3), .optional = true),
    (fuzz_enum, k, DW_DEFAULT(fuzz_enum_y)),
    (dw_text, l, .trim = true, .nfc = true, DW_LEN(0, 4), .optional = true),
    (dw_bytes, m, DW_BYTES(0, 6), .optional = true),
    (dw_json, n, .levels = 3, DW_BYTES(0, 40), .optional = true),
    (dw_time, o, .optional = true),
    (dw_url, p, .optional = true),
    (dw_uuid, q, .read_only = true, .optional = true),
    (int64_t, r, .as_text = true, .multiple_of = 3, .optional = true),
    (dw_text, h, .nullable = true));
/* clang-format on */

static struct schema_plan *plan;

static void check_bound(struct arena *a, const fuzz_thing *t)
{
    struct buf out;
    struct bind_faults faults;
    fuzz_thing again = {0};

    if (t->a.n > 0 && dw__utf8_chars(t->a.p, t->a.n) > 8)
        abort();
    if (t->b < -5 || t->b > 5 || t->e.n > 9 || t->g.n > 3 || (t->has.f && t->f.name.n == 0))
        abort();
    if (t->i.n > 100 || t->j.n > 3 || (t->k != fuzz_enum_x && t->k != fuzz_enum_y) || t->m.n > 6 ||
        t->n.n > 40 || t->has.q || t->r % 3 != 0 || dw__utf8_chars(t->l.p ? t->l.p : "", t->l.n) > 4)
        abort();
    dw__buf_init(&out, a, 1 << 20);
    dw__print_json(plan, t, DW__PRINT_ALL, &out, NULL, NULL);
    dw__bind_init(&faults, a);
    if (out.failed || dw__bind_json(plan, (dw_text){out.p, out.n}, UINT64_MAX, &again, &faults) != DW_OK ||
        dw__bind_end(plan, &again, &faults) != DW_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dw_text in = {(const char *)data, size};
    struct arena a;
    struct bind_faults faults;
    struct buf out;
    fuzz_thing t = {0};
    size_t at;

    dw__arena_init(&a, NULL, 1 << 22);
    dw__buf_init(&out, &a, 1 << 20);
    if (plan == NULL && dw__schema_compile(&fuzz_thing_schema, &plan, &out) != DW_OK)
        abort();
    dw__bind_init(&faults, &a);
    dw_err err;
    if (size > 0 && data[0] == '?')
        err = dw__bind_query(plan, (dw_text){in.p + 1, in.n - 1}, UINT64_MAX, &t, &faults);
    else if (size > 0 && data[0] == '-')
        err = dw__bind_multipart(plan, DW_TEXT("B"), in, UINT64_MAX, &t, &faults);
    else
        err = dw__bind_json(plan, in, UINT64_MAX, &t, &faults);
    if (dw__bind_end(plan, &t, &faults) == DW_OK && err == DW_OK) {
        check_bound(&a, &t);
    } else {
        out.n = 0;
        dw__buf_putc(&out, '{');
        (void)dw__faults_json(&faults, dw__bind_end(plan, &t, &faults), &out);
        dw__buf_putc(&out, '}');
        if (!out.failed && dw__json_check((dw_text){out.p, out.n}, &at) != DW_OK)
            abort();
    }
    dw__arena_release(&a);
    return 0;
}
