/* openapi_example.c -- values made from the rules: what a reader of the description may send as it stands.
 *
 * What the declaration gives comes first.  All else is tried, not computed: candidates are bound, and the first that binding takes,
 * the application's checks included, is the example.  What a reply shows is tried by the scalar, since it holds fields that nobody may
 * send. */
#include "base/text.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "schema/bind.h"
#include "schema/openapi.h"
#include "schema/pattern.h"
#include "schema/print.h"

/* Characters of a text that was made up, and bytes. */
#define MADE_MAX 64u
#define BYTES_MAX 1024u
/* What one candidate may take while it is bound. */
#define ROOM ((size_t)256 << 10)

static bool put_value(const struct plan_type *type, const char *name, enum openapi_use use, struct buf *out);

/* ---- trying ---- */

static bool binds(const struct plan_type *type, dw_text json)
{
    struct arena arena;
    struct bind_faults faults;

    dw__arena_init(&arena, NULL, ROOM);
    dw__bind_init(&faults, &arena);
    void *value = dw__arena_zalloc(&arena, type->size);
    bool good = value != NULL && dw__bind_json_value(type, json, value, &faults);
    dw__arena_release(&arena);
    return good;
}

/* Keeps what was appended since `before` when it binds, else takes it back. */
static bool keep(const struct plan_type *type, size_t before, struct buf *out)
{
    if (!out->failed && binds(type, (dw_text){out->p + before, out->n - before}))
        return true;
    out->n = before;
    return false;
}

static bool try_string(const struct plan_type *type, dw_text t, struct buf *out)
{
    size_t before = out->n;

    dw__json_put_string(out, t);
    return keep(type, before, out);
}

static bool try_json(const struct plan_type *type, const char *json, struct buf *out)
{
    size_t before = out->n;

    dw__buf_text(out, dw__text_of(json));
    return keep(type, before, out);
}

static bool try_strings(const struct plan_type *type, const char *const *all, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n && all[i] != NULL; i++)
        if (try_string(type, dw__text_of(all[i]), out))
            return true;
    return false;
}

/* ---- texts ---- */

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
        if (text_fits(type, (dw_text){text, n}) && try_string(type, (dw_text){text, n}, out))
            return true;
        text[n] = sample.p[n % sample.n];
    }
    return false;
}

static bool put_text(const struct plan_type *type, const char *name, struct buf *out)
{
    static const char *const whole[] = {
        "correct horse battery staple",
        "reader@example.com",
        "admin@example.com",
        "https://example.com/",
        "2026-01-31",
        "2026-01-31T12:00:00Z",
        "00000000-0000-4000-8000-000000000000",
    };
    static const dw_text parts[] = {DW_TEXT_INIT("a"),  DW_TEXT_INIT("1"),  DW_TEXT_INIT("A"),
                                    DW_TEXT_INIT("a1"), DW_TEXT_INIT("A1"), DW_TEXT_INIT("id")};

    if (type->text.one_of != NULL && try_strings(type, type->text.one_of, SIZE_MAX, out))
        return true;
    if (try_string(type, dw__text_of(name), out) ||
        try_strings(type, whole, sizeof whole / sizeof whole[0], out))
        return true;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (put_repeated(type, parts[i], out))
            return true;
    return false;
}

static bool put_url(const struct plan_type *type, const char *name, struct buf *out)
{
    const char *const *schemes = ((const dw_url_rules *)(const void *)type->rules)->schemes;
    char text[128];

    for (size_t i = 0; schemes != NULL && schemes[i] != NULL; i++) {
        struct buf b;

        dw__buf_init_fixed(&b, text, sizeof text);
        dw__buf_text(&b, dw__text_of(schemes[i]));
        dw__buf_lit(&b, "://example.com/");
        if (!b.failed && try_string(type, (dw_text){b.p, b.n}, out))
            return true;
    }
    return put_text(type, name, out);
}

/* ---- numbers ---- */

static bool try_int64(const struct plan_type *type, int64_t v, struct buf *out)
{
    size_t before = out->n;

    dw__buf_format(out, type->int64.as_text ? "\"%lld\"" : "%lld", (long long)v);
    return keep(type, before, out);
}

/* The first multiple of `of` that is not below `min`; min itself where that would not fit. */
static int64_t multiple_from(int64_t min, int64_t of)
{
    int64_t up;

    if (of <= 0 || min % of == 0)
        return min;
    return __builtin_add_overflow(min - min % of, min > 0 ? of : 0, &up) ? min : up;
}

static bool put_int64(const struct plan_type *type, struct buf *out)
{
    const dw_int64_rules *rules = (const void *)type->rules;
    int64_t one = type->int64.min > 1 ? type->int64.min : 1;

    for (size_t i = 0; i < rules->n_ints; i++)
        if (try_int64(type, rules->ints[i], out))
            return true;
    return try_int64(type, one, out) || try_int64(type, multiple_from(one, type->int64.multiple_of), out) ||
           try_int64(type, multiple_from(type->int64.min, type->int64.multiple_of), out) ||
           try_int64(type, type->int64.max, out);
}

static bool try_double(const struct plan_type *type, double v, struct buf *out)
{
    size_t before = out->n;

    dw__json_put_double(out, v);
    return keep(type, before, out);
}

static bool try_decimal(const struct plan_type *type, int64_t units, struct buf *out)
{
    const dw_decimal v = {units, type->decimal.scale};
    char text[DW__PRINT_TEXT];

    return try_string(type, dw__print_text(type, &v, text), out);
}

static bool put_decimal(const struct plan_type *type, struct buf *out)
{
    int64_t one = 1, min = type->decimal.min.units, of = type->decimal.multiple_of.units;

    for (uint32_t i = 0; i < type->decimal.scale && one < INT64_MAX / 10; i++)
        one *= 10;
    return try_decimal(type, one, out) || try_decimal(type, of, out) ||
           try_decimal(type, multiple_from(min, of), out) || try_decimal(type, type->decimal.max.units, out);
}

/* ---- others ---- */

static bool put_date(const struct plan_type *type, struct buf *out)
{
    const dw_date_rules *rules = (const void *)type->rules;

    return try_string(type, DW_TEXT("2026-01-31"), out) || try_strings(type, &rules->least, 1, out) ||
           try_strings(type, &rules->most, 1, out);
}

static bool put_time(const struct plan_type *type, struct buf *out)
{
    const dw_time_rules *rules = (const void *)type->rules;

    return try_string(type, DW_TEXT("2026-01-31T12:00:00Z"), out) ||
           try_strings(type, &rules->least, 1, out) || try_strings(type, &rules->most, 1, out);
}

static bool put_uuid(const struct plan_type *type, struct buf *out)
{
    char text[] = "919108f7-52d1-4320-9bac-f847db4148a8";

    if (type->uuid.version != 0)
        text[14] = (char)('0' + type->uuid.version);
    return try_string(type, dw__text_of(text), out);
}

static bool put_base64(const struct plan_type *type, struct buf *out)
{
    char text[DW__BASE64URL_SIZE(BYTES_MAX)];
    size_t n = type->bytes.min > 0 ? type->bytes.min : type->bytes.max < 6 ? type->bytes.max : 6;

    if (n > BYTES_MAX)
        return false;
    memset(text, 'A', sizeof text);
    return try_string(type, (dw_text){text, DW__BASE64URL_SIZE(n)}, out);
}

/* ---- lists, maps ---- */

static bool put_list(const struct plan_type *type, const char *name, enum openapi_use use, struct buf *out)
{
    size_t n = type->list.min > 0 ? type->list.min : type->list.max > 0 ? 1 : 0, before = out->n;

    dw__buf_putc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            dw__buf_putc(out, ',');
        if (!put_value(type->list.element, name, use, out)) {
            out->n = before;
            return false;
        }
    }
    dw__buf_putc(out, ']');
    return use == OPENAPI_OUTPUT || keep(type, before, out);
}

/* A map of one entry with that name. */
static bool try_entry(const struct plan_type *type, const char *key, const char *name, enum openapi_use use,
                      struct buf *out)
{
    size_t before = out->n;

    dw__buf_putc(out, '{');
    dw__json_put_string(out, dw__text_of(key));
    dw__buf_putc(out, ':');
    if (!put_value(type->list.element, name, use, out)) {
        out->n = before;
        return false;
    }
    dw__buf_putc(out, '}');
    return keep(type, before, out);
}

static bool put_map(const struct plan_type *type, const char *name, enum openapi_use use, struct buf *out)
{
    static const char *const keys[] = {"name", "key", "a", "A", "1", "id", "en", "EUR"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (try_entry(type, keys[i], name, use, out))
            return true;
    return try_json(type, "{}", out);
}

static bool put_object(const struct plan_type *type, enum openapi_use use, struct buf *out)
{
    size_t before = out->n;

    return dw__openapi_example(type->object, DW__OPENAPI_ALL, use, out) &&
           (use == OPENAPI_OUTPUT || keep(type, before, out));
}

/* ---- all of them ---- */

static bool put_value(const struct plan_type *type, const char *name, enum openapi_use use, struct buf *out)
{
    static const char *const addresses[] = {"192.0.2.1", "2001:db8::1"};
    const char *given = dw__openapi_given(type, use);

    if (given != NULL)
        return dw__openapi_is_raw(type) ? try_json(type, given, out)
                                        : try_string(type, dw__text_of(given), out);
    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET:
    case DW_KIND_EMAIL: return put_text(type, name, out);
    case DW_KIND_URL: return put_url(type, name, out);
    case DW_KIND_INT64: return put_int64(type, out);
    case DW_KIND_DOUBLE:
        return try_double(type, 1.5, out) || try_double(type, type->real.min, out) ||
               try_double(type, type->real.max, out);
    case DW_KIND_BOOL: return try_json(type, "true", out) || try_json(type, "false", out);
    case DW_KIND_DECIMAL: return put_decimal(type, out);
    case DW_KIND_DATE: return put_date(type, out);
    case DW_KIND_TIME: return put_time(type, out);
    case DW_KIND_UUID: return put_uuid(type, out);
    case DW_KIND_ENUM: return try_strings(type, type->schema->names, type->schema->n_names, out);
    case DW_KIND_IP: return try_strings(type, addresses, sizeof addresses / sizeof addresses[0], out);
    case DW_KIND_BYTES: return put_base64(type, out);
    case DW_KIND_JSON: return try_json(type, "{\"any\":\"value\"}", out) || try_json(type, "\"any\"", out);
    case DW_KIND_LIST: return put_list(type, name, use, out);
    case DW_KIND_MAP: return put_map(type, name, use, out);
    case DW_KIND_OBJECT: return put_object(type, use, out);
    }
    return false;
}

/* A field that may be absent is left out when no value of it was found. */
static bool put_member(const struct schema_plan *plan, size_t i, enum openapi_use use, bool first,
                       struct buf *out)
{
    const struct plan_field *f = &plan->fields[i];
    bool needed = use == OPENAPI_INPUT ? (plan->required >> i & 1) != 0 : !f->optional;
    size_t before = out->n;

    dw__buf_put(out, f->prefix.p + first, f->prefix.n - first);
    if (put_value(&f->type, f->c_name, use, out))
        return true;
    out->n = before;
    if (needed && f->nullable) {
        dw__buf_put(out, f->prefix.p + first, f->prefix.n - first);
        dw__buf_lit(out, "null");
        return true;
    }
    return !needed;
}

/* Whether the checks of the whole take it; they are not asked where part of the input comes from elsewhere. */
static bool checks_take(const struct schema_plan *plan, uint64_t mask, dw_text json)
{
    struct arena arena;
    struct bind_faults faults;

    if (plan->n_checks == 0 || (plan->required & ~mask) != 0)
        return true;
    dw__arena_init(&arena, NULL, ROOM);
    dw__bind_init(&faults, &arena);
    void *value = dw__arena_zalloc(&arena, plan->size);
    bool good = value != NULL && dw__bind_json(plan, json, mask, value, &faults) == DW_OK &&
                dw__bind_end(plan, value, &faults) == DW_OK;
    dw__arena_release(&arena);
    return good;
}

bool dw__openapi_example(const struct schema_plan *plan, uint64_t mask, enum openapi_use use, struct buf *out)
{
    size_t before = out->n;

    mask &= dw__openapi_mask(plan, use);
    dw__buf_putc(out, '{');
    for (size_t i = 0; i < plan->n_fields; i++)
        if ((mask >> i & 1) && !put_member(plan, i, use, out->n == before + 1, out)) {
            out->n = before;
            return false;
        }
    dw__buf_putc(out, '}');
    if (out->failed || use == OPENAPI_OUTPUT ||
        checks_take(plan, mask, (dw_text){out->p + before, out->n - before}))
        return true;
    out->n = before;
    return false;
}

bool dw__openapi_field_example(const struct schema_plan *plan, size_t i, struct buf *out)
{
    size_t before = out->n;

    if (put_value(&plan->fields[i].type, plan->fields[i].c_name, OPENAPI_INPUT, out))
        return true;
    out->n = before;
    return false;
}
