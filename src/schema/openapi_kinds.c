/* openapi_kinds.c -- each scalar as JSON Schema: one row for each kind.
 *
 * A new kind does not compile until it has its row: the switch has no default.  What a row says must be what binding does; where
 * JSON Schema is coarser (the digits of a decimal as a number, a text before it is trimmed) it says the one spelling that always works. */
#include "schema/openapi_kinds.h"

#include <float.h>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "schema/openapi_pattern.h"
#include "schema/print.h"

#define PATTERN_MAX 2048u

/* ---- members ---- */

void dw__openapi_member(struct buf *out, const char *name)
{
    if (out->n > 0 && out->p[out->n - 1] != '{')
        dw__buf_putc(out, ',');
    dw__json_put_string(out, dw__text_of(name));
    dw__buf_putc(out, ':');
}

void dw__openapi_member_text(struct buf *out, const char *name, dw_text value)
{
    dw__openapi_member(out, name);
    dw__json_put_string(out, value);
}

void dw__openapi_member_size(struct buf *out, const char *name, size_t value)
{
    dw__openapi_member(out, name);
    dw__buf_u64(out, value);
}

static void member_i64(struct buf *out, const char *name, int64_t value, bool as_text)
{
    char x_name[32] = "x-";
    struct buf b;

    dw__buf_init_fixed(&b, x_name + 2, sizeof x_name - 3);
    dw__buf_text(&b, dw__text_of(name));
    dw__openapi_member(out, as_text ? x_name : name);
    dw__buf_format(out, as_text ? "\"%lld\"" : "%lld", (long long)value);
}

/* A member that is the value at `at` of type `type`, which is a string in JSON. */
static void member_value(struct buf *out, const char *name, const struct plan_type *type, const void *at)
{
    char text[DW__PRINT_TEXT];

    dw__openapi_member_text(out, name, dw__print_text(type, at, text));
}

static void member_format(struct buf *out, const char *format)
{
    dw__openapi_member_text(out, "format", dw__text_of(format));
}

void dw__openapi_type(struct buf *out, const char *type, bool nullable)
{
    dw__openapi_member(out, "type");
    dw__buf_format(out, nullable ? "[\"%s\",\"null\"]" : "\"%s\"", type);
}

/* "enum" of n words, or of all up to a NULL; null is one of them where it may be. */
static void put_enum(const char *const *words, size_t n, bool nullable, struct buf *out)
{
    dw__openapi_member(out, "enum");
    dw__buf_putc(out, '[');
    for (size_t i = 0; i < n && words[i] != NULL; i++) {
        if (i > 0)
            dw__buf_putc(out, ',');
        dw__json_put_string(out, dw__text_of(words[i]));
    }
    if (nullable)
        dw__buf_lit(out, ",null");
    dw__buf_putc(out, ']');
}

/* ---- patterns ---- */

bool dw__openapi_pattern(const char *pattern, struct buf *out)
{
    char text[PATTERN_MAX];
    struct buf ecma;

    dw__buf_init_fixed(&ecma, text, sizeof text);
    if (pattern == NULL || !dw__ecma_pattern(pattern, &ecma) || ecma.failed)
        return false;
    dw__openapi_member_text(out, "pattern", (dw_text){ecma.p, ecma.n});
    return true;
}

static const char *pattern_of(const struct plan_type *type)
{
    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET:
    case DW_KIND_EMAIL:
    case DW_KIND_URL: return ((const dw_text_rules *)(const void *)type->rules)->pattern;
    case DW_KIND_MAP: return ((const dw_map_rules *)(const void *)type->rules)->keys;
    default: return NULL;
    }
}

const char *dw__openapi_unsaid(const struct plan_type *type, enum openapi_use use)
{
    char text[PATTERN_MAX + 16];
    struct buf scratch;
    const char *pattern = use == OPENAPI_INPUT ? pattern_of(type) : NULL;

    dw__buf_init_fixed(&scratch, text, sizeof text);
    return pattern == NULL || dw__openapi_pattern(pattern, &scratch) ? NULL : pattern;
}

/* What the form of a type asks for beside the application's pattern, as a pattern of JSON Schema. */
static void put_form(const struct plan_type *type, dw_text form, struct buf *out)
{
    if (pattern_of(type) == NULL) {
        dw__openapi_member_text(out, "pattern", form);
        return;
    }
    dw__openapi_member(out, "allOf");
    dw__buf_lit(out, "[{\"pattern\":");
    dw__json_put_string(out, form);
    dw__buf_lit(out, "}]");
}

/* ---- texts ---- */

static void put_bytes(size_t min, size_t max, size_t most, struct buf *out)
{
    if (min > 0)
        dw__openapi_member_size(out, "x-minBytes", min);
    if (max < most)
        dw__openapi_member_size(out, "x-maxBytes", max);
}

static void put_text(const struct plan_type *type, bool nullable, enum openapi_use use, struct buf *out)
{
    const dw_text_rules *rules = (const void *)type->rules;

    if (use == OPENAPI_OUTPUT)
        return;
    if (type->text.min > 0)
        dw__openapi_member_size(out, "minLength", type->text.min);
    dw__openapi_member_size(out, "maxLength", type->text.max);
    put_bytes(type->text.bytes_min, type->text.bytes_max, SIZE_MAX, out);
    if (type->text.one_of != NULL)
        put_enum(type->text.one_of, SIZE_MAX, nullable, out);
    (void)dw__openapi_pattern(rules->pattern, out);
    if (!type->text.normalised)
        return;
    dw__openapi_member(out, "x-normalise");
    dw__buf_format(out, "[%s%s%s]", rules->trim ? "\"trim\"" : "", rules->trim && rules->nfc ? "," : "",
                   rules->nfc ? "\"nfc\"" : "");
}

static void put_email(const struct plan_type *type, bool nullable, enum openapi_use use, struct buf *out)
{
    member_format(out, "email");
    put_text(type, nullable, use, out);
    if (use == OPENAPI_INPUT && ((const dw_email_rules *)(const void *)type->rules)->dotted)
        put_form(type, DW_TEXT("@[^@\\[\\]]+\\.[^@\\[\\]]+$"), out);
}

/* ^(?:https|http):// */
static void put_url(const struct plan_type *type, bool nullable, enum openapi_use use, struct buf *out)
{
    static const char *const web[] = {"https", "http", NULL};
    const char *const *schemes = ((const dw_url_rules *)(const void *)type->rules)->schemes;
    char text[PATTERN_MAX];
    struct buf form;

    member_format(out, "uri");
    put_text(type, nullable, use, out);
    if (use == OPENAPI_OUTPUT)
        return;
    if (schemes == NULL)
        schemes = web;
    dw__buf_init_fixed(&form, text, sizeof text);
    for (size_t i = 0; schemes[i] != NULL; i++) {
        dw__buf_text(&form, dw__text_of(i == 0 ? "^(?:" : "|"));
        for (const char *c = schemes[i]; *c != '\0'; c++) {
            if (*c == '.' || *c == '+')
                dw__buf_putc(&form, '\\');
            dw__buf_putc(&form, *c);
        }
    }
    dw__buf_lit(&form, "):\\/\\/");
    if (!form.failed)
        put_form(type, (dw_text){form.p, form.n}, out);
}

/* ---- numbers ---- */

static void put_ints(const struct plan_type *type, bool nullable, struct buf *out)
{
    const dw_int64_rules *rules = (const void *)type->rules;

    dw__openapi_member(out, "enum");
    for (size_t i = 0; i < rules->n_ints; i++)
        dw__buf_format(out, type->int64.as_text ? "%c\"%lld\"" : "%c%lld", i == 0 ? '[' : ',',
                       (long long)rules->ints[i]);
    dw__buf_text(out, dw__text_of(nullable ? ",null]" : "]"));
}

static void put_int64(const struct plan_type *type, bool nullable, enum openapi_use use, struct buf *out)
{
    bool as_text = type->int64.as_text;

    dw__openapi_type(out, as_text ? "string" : "integer", nullable);
    member_format(out, "int64");
    if (use == OPENAPI_OUTPUT)
        return;
    if (as_text)
        dw__openapi_member_text(out, "pattern", DW_TEXT("^-?(?:0|[1-9][0-9]*)$"));
    if (type->int64.min != INT64_MIN)
        member_i64(out, "minimum", type->int64.min, as_text);
    if (type->int64.max != INT64_MAX)
        member_i64(out, "maximum", type->int64.max, as_text);
    if (type->int64.multiple_of != 0)
        member_i64(out, "multipleOf", type->int64.multiple_of, as_text);
    if (((const dw_int64_rules *)(const void *)type->rules)->n_ints > 0)
        put_ints(type, nullable, out);
}

static void put_double(const struct plan_type *type, enum openapi_use use, struct buf *out)
{
    member_format(out, "double");
    if (use == OPENAPI_OUTPUT)
        return;
    if (type->real.min > -DBL_MAX) {
        dw__openapi_member(out, "minimum");
        dw__json_put_double(out, type->real.min);
    }
    if (type->real.max < DBL_MAX) {
        dw__openapi_member(out, "maximum");
        dw__json_put_double(out, type->real.max);
    }
}

/* A string: a JSON number is taken too, but most writers of numbers cannot keep 0.10. */
static void put_decimal(const struct plan_type *type, enum openapi_use use, struct buf *out)
{
    const dw_decimal_rules *rules = (const void *)type->rules;
    char text[80];
    struct buf digits;

    member_format(out, "decimal");
    if (use == OPENAPI_OUTPUT)
        return;
    dw__buf_init_fixed(&digits, text, sizeof text);
    dw__buf_lit(&digits, "^-?(?:0|[1-9][0-9]*)");
    if (type->decimal.scale == 0)
        dw__buf_lit(&digits, "(?:\\.0+)?$");
    else
        dw__buf_format(&digits, "(?:\\.[0-9]{1,%u}0*)?$", type->decimal.scale);
    dw__openapi_member_text(out, "pattern", (dw_text){digits.p, digits.n});
    if (rules->least != NULL)
        member_value(out, "x-minimum", type, &type->decimal.min);
    if (rules->most != NULL)
        member_value(out, "x-maximum", type, &type->decimal.max);
    if (rules->multiple_of != NULL)
        member_value(out, "x-multipleOf", type, &type->decimal.multiple_of);
}

/* ---- days, instants, others ---- */

static void put_date(const struct plan_type *type, enum openapi_use use, struct buf *out)
{
    const dw_date_rules *rules = (const void *)type->rules;

    member_format(out, "date");
    if (use == OPENAPI_INPUT && rules->least != NULL)
        member_value(out, "x-minimum", type, &type->date.min);
    if (use == OPENAPI_INPUT && rules->most != NULL)
        member_value(out, "x-maximum", type, &type->date.max);
}

static void put_time(const struct plan_type *type, enum openapi_use use, struct buf *out)
{
    const dw_time_rules *rules = (const void *)type->rules;

    member_format(out, "date-time");
    if (use == OPENAPI_INPUT && rules->least != NULL)
        member_value(out, "x-minimum", type, &type->time.min);
    if (use == OPENAPI_INPUT && rules->most != NULL)
        member_value(out, "x-maximum", type, &type->time.max);
}

/* The version is the first digit of the third group, the variant that has versions that of the fourth. */
static void put_uuid(const struct plan_type *type, enum openapi_use use, struct buf *out)
{
    member_format(out, "uuid");
    if (use == OPENAPI_OUTPUT || type->uuid.version == 0)
        return;
    dw__openapi_member(out, "pattern");
    dw__buf_format(out, "\"^.{14}%u.{4}[89abAB]\"", type->uuid.version);
}

static void put_ip(const struct plan_type *type, enum openapi_use use, struct buf *out)
{
    if (use == OPENAPI_INPUT && type->ip.version != 0) {
        member_format(out, type->ip.version == 4 ? "ipv4" : "ipv6");
        return;
    }
    dw__openapi_member(out, "anyOf");
    dw__buf_lit(out, "[{\"format\":\"ipv4\"},{\"format\":\"ipv6\"}]");
}

static void put_base64(const struct plan_type *type, enum openapi_use use, struct buf *out)
{
    dw__openapi_member_text(out, "contentEncoding", DW_TEXT("base64url"));
    if (use == OPENAPI_OUTPUT)
        return;
    if (type->bytes.min > 0 && type->bytes.min < SIZE_MAX / 8)
        dw__openapi_member_size(out, "minLength", DW__BASE64URL_SIZE(type->bytes.min));
    if (type->bytes.max < SIZE_MAX / 8)
        dw__openapi_member_size(out, "maxLength", DW__BASE64URL_SIZE(type->bytes.max));
    dw__openapi_member_text(out, "pattern", DW_TEXT("^(?:[A-Za-z0-9_\\-]{4})*(?:[A-Za-z0-9_\\-]{2,3})?$"));
}

void dw__openapi_scalar(const struct plan_type *type, bool nullable, enum openapi_use use, struct buf *out)
{
    switch (type->kind) {
    case DW_KIND_INT64: put_int64(type, nullable, use, out); return;
    case DW_KIND_DOUBLE:
        dw__openapi_type(out, "number", nullable);
        put_double(type, use, out);
        return;
    case DW_KIND_BOOL: dw__openapi_type(out, "boolean", nullable); return;
    case DW_KIND_JSON: /* any value */
        if (use == OPENAPI_INPUT) {
            put_bytes(type->bytes.min, type->bytes.max, SIZE_MAX, out);
            dw__openapi_member_size(out, "x-levels", type->bytes.levels);
        }
        return;
    default: dw__openapi_type(out, "string", nullable);
    }
    switch (type->kind) {
    case DW_KIND_TEXT: put_text(type, nullable, use, out); return;
    case DW_KIND_SECRET:
        member_format(out, "password");
        put_text(type, nullable, use, out);
        return;
    case DW_KIND_EMAIL: put_email(type, nullable, use, out); return;
    case DW_KIND_URL: put_url(type, nullable, use, out); return;
    case DW_KIND_DECIMAL: put_decimal(type, use, out); return;
    case DW_KIND_DATE: put_date(type, use, out); return;
    case DW_KIND_TIME: put_time(type, use, out); return;
    case DW_KIND_UUID: put_uuid(type, use, out); return;
    case DW_KIND_IP: put_ip(type, use, out); return;
    case DW_KIND_BYTES: put_base64(type, use, out); return;
    case DW_KIND_ENUM: put_enum(type->schema->names, type->schema->n_names, nullable, out); return;
    case DW_KIND_INT64:
    case DW_KIND_DOUBLE:
    case DW_KIND_BOOL:
    case DW_KIND_JSON:
    case DW_KIND_OBJECT:
    case DW_KIND_LIST:
    case DW_KIND_MAP: return;
    }
}
