/* openapi_example.c -- values made from the rules: what a reader of the description may send as it stands.
 *
 * Texts are tried, not computed: a candidate counts when the compiled pattern takes it. */
#include "base/text.h"
#include "codec/json.h"
#include "schema/openapi.h"
#include "schema/pattern.h"

/* Characters of a text that was made up. */
#define MADE_MAX 64u

static bool put_value(const struct plan_type *type, const char *name, struct buf *out);

static bool text_fits(const struct plan_type *type, dw_text t)
{
    return t.n >= type->text.min && t.n <= type->text.max &&
           (type->text.pattern == NULL || dw__pattern_matches(type->text.pattern, t));
}

/* `sample` again and again, to each length that may be. */
static bool put_repeated(const struct plan_type *type, dw_text sample, struct buf *out)
{
    char text[MADE_MAX];

    for (size_t n = 0; n < sizeof text; n++) {
        if (text_fits(type, (dw_text){text, n})) {
            dw__json_put_string(out, (dw_text){text, n});
            return true;
        }
        text[n] = sample.p[n % sample.n];
    }
    return false;
}

static bool put_text(const struct plan_type *type, const char *name, struct buf *out)
{
    static const dw_text whole[] = {
        DW_TEXT_INIT("correct horse battery staple"), DW_TEXT_INIT("reader@example.com"),
        DW_TEXT_INIT("https://example.com/"),         DW_TEXT_INIT("2026-01-31"),
        DW_TEXT_INIT("2026-01-31T12:00:00Z"),         DW_TEXT_INIT("00000000-0000-4000-8000-000000000000"),
    };
    static const dw_text parts[] = {DW_TEXT_INIT("a"),  DW_TEXT_INIT("1"),  DW_TEXT_INIT("A"),
                                    DW_TEXT_INIT("a1"), DW_TEXT_INIT("A1"), DW_TEXT_INIT("id")};

    if (text_fits(type, dw__text_of(name))) {
        dw__json_put_string(out, dw__text_of(name));
        return true;
    }
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        if (text_fits(type, whole[i])) {
            dw__json_put_string(out, whole[i]);
            return true;
        }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (put_repeated(type, parts[i], out))
            return true;
    return false;
}

static void put_int64(const struct plan_type *type, struct buf *out)
{
    int64_t v = 1;

    if (v < type->int64.min)
        v = type->int64.min;
    if (v > type->int64.max)
        v = type->int64.max;
    dw__json_put_i64(out, v);
}

static void put_double(const struct plan_type *type, struct buf *out)
{
    double v = 1.5;

    if (v < type->real.min)
        v = type->real.min;
    if (v > type->real.max)
        v = type->real.max;
    dw__json_put_double(out, v);
}

static bool put_list(const struct plan_type *type, const char *name, struct buf *out)
{
    size_t n = type->list.min > 0 ? type->list.min : type->list.max > 0 ? 1 : 0;

    dw__buf_putc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            dw__buf_putc(out, ',');
        if (!put_value(type->list.element, name, out))
            return false;
    }
    dw__buf_putc(out, ']');
    return true;
}

static bool put_value(const struct plan_type *type, const char *name, struct buf *out)
{
    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET: return put_text(type, name, out);
    case DW_KIND_INT64: put_int64(type, out); return true;
    case DW_KIND_DOUBLE: put_double(type, out); return true;
    case DW_KIND_BOOL: dw__buf_lit(out, "true"); return true;
    case DW_KIND_JSON: dw__buf_lit(out, "{\"any\":\"value\"}"); return true;
    case DW_KIND_LIST: return put_list(type, name, out);
    case DW_KIND_OBJECT: return dw__openapi_example(type->object, DW__OPENAPI_ALL, out);
    }
    return false;
}

/* A field that may be absent is left out when no value of it was found. */
static bool put_member(const struct plan_field *f, bool first, struct buf *out)
{
    size_t before = out->n;

    dw__buf_put(out, f->prefix.p + first, f->prefix.n - first);
    if (put_value(&f->type, f->c_name, out))
        return true;
    out->n = before;
    if (f->required && f->nullable) {
        dw__buf_put(out, f->prefix.p + first, f->prefix.n - first);
        dw__buf_lit(out, "null");
        return true;
    }
    return !f->required;
}

bool dw__openapi_example(const struct schema_plan *plan, uint64_t mask, struct buf *out)
{
    size_t before = out->n;

    dw__buf_putc(out, '{');
    for (size_t i = 0; i < plan->n_fields; i++)
        if ((mask >> i & 1) && !put_member(&plan->fields[i], out->n == before + 1, out)) {
            out->n = before;
            return false;
        }
    dw__buf_putc(out, '}');
    return true;
}

bool dw__openapi_field_example(const struct schema_plan *plan, size_t i, struct buf *out)
{
    size_t before = out->n;

    if (put_value(&plan->fields[i].type, plan->fields[i].c_name, out))
        return true;
    out->n = before;
    return false;
}
