/* plan_type.c -- the rules of one type, from the words of a declaration to what binding compares with. */
#include <float.h>
#include <stdlib.h>

#include "base/text.h"
#include "codec/decimal.h"
#include "schema/pattern.h"
#include "schema/plan_make.h"
#include "schema/says.h"

/* ---- texts ---- */

static dw_err compile_pattern(const struct plan_site *site, const char *pattern, struct plan_pattern **out)
{
    char text[256];
    struct buf why;

    if (pattern == NULL)
        return DW_OK;
    dw__buf_init_fixed(&why, text, sizeof text - 1);
    if (dw__pattern_new(pattern, out, &why) == DW_OK)
        return DW_OK;
    text[why.n] = '\0';
    return dw__plan_refuse(site, text);
}

/* Bounds as declared, or `most` where there are none. */
static void bounds(size_t lo, size_t hi, size_t most, size_t *min, size_t *max)
{
    *min = lo;
    *max = lo == 0 && hi == 0 ? most : hi;
}

static dw_err compile_text(const struct plan_site *site, size_t most, struct plan_type *out)
{
    const dw_text_rules *rules = (const void *)out->rules;

    bounds(rules->len_min, rules->len_max, most, &out->text.min, &out->text.max);
    bounds(rules->bytes_min, rules->bytes_max, SIZE_MAX, &out->text.bytes_min, &out->text.bytes_max);
    out->text.one_of = rules->one_of;
    out->text.normalised = rules->trim || rules->nfc;
    if (out->text.min > out->text.max || out->text.bytes_min > out->text.bytes_max)
        return dw__plan_refuse(site, "the length is reversed");
    return compile_pattern(site, rules->pattern, &out->text.pattern);
}

/* A scheme in lower case of URLs that have a host; none that runs or reads what it names. */
static bool good_scheme(const char *scheme)
{
    static const char *const bad[] = {"javascript", "vbscript", "data",       "blob",
                                      "file",       "about",    "view-source"};
    size_t n = strspn(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+-.");

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (strcmp(scheme, bad[i]) == 0)
            return false;
    return n > 0 && scheme[n] == '\0' && scheme[0] >= 'a';
}

static dw_err compile_url(const struct plan_site *site, struct plan_type *out)
{
    const dw_url_rules *rules = (const void *)out->rules;

    for (size_t i = 0; rules->schemes != NULL && rules->schemes[i] != NULL; i++)
        if (!good_scheme(rules->schemes[i]))
            return dw__plan_refuse(
                site,
                "a scheme is written in lower case, and javascript, data, file and their like are none");
    return compile_text(site, DW__PLAN_URL_MAX, out);
}

/* ---- numbers ---- */

static dw_err compile_int64(const struct plan_site *site, struct plan_type *out)
{
    const dw_int64_rules *rules = (const void *)out->rules;

    out->int64.min = rules->int_bounded ? rules->int_min : INT64_MIN;
    out->int64.max = rules->int_bounded ? rules->int_max : INT64_MAX;
    out->int64.multiple_of = rules->multiple_of;
    out->int64.as_text = rules->as_text;
    if (out->int64.min > out->int64.max)
        return dw__plan_refuse(site, "the range is reversed");
    if (rules->multiple_of < 0)
        return dw__plan_refuse(site, ".multiple_of is a positive number");
    return DW_OK;
}

static dw_err compile_double(const struct plan_site *site, struct plan_type *out)
{
    const dw_double_rules *rules = (const void *)out->rules;

    out->real.min = rules->real_bounded ? rules->real_min : -DBL_MAX;
    out->real.max = rules->real_bounded ? rules->real_max : DBL_MAX;
    if (!(out->real.min <= out->real.max))
        return dw__plan_refuse(site, "the range is reversed or not a number");
    return DW_OK;
}

/* A bound of a decimal in the scale of its field; `units` where there is none. */
static bool decimal_bound(const char *text, uint32_t scale, int64_t units, dw_decimal *out)
{
    *out = (dw_decimal){units, scale};
    return text == NULL || (dw_decimal_read(dw__text_of(text), out) && dw_decimal_rescale(*out, scale, out));
}

static dw_err compile_decimal(const struct plan_site *site, struct plan_type *out)
{
    const dw_decimal_rules *rules = (const void *)out->rules;
    const int64_t most = INT64_C(999999999999999999);

    if (!rules->scaled || rules->scale > DW__DECIMAL_DIGITS)
        return dw__plan_refuse(site, "a decimal says DW_SCALE(n), its digits behind the point, 18 at most");
    out->decimal.scale = rules->scale;
    if (!decimal_bound(rules->least, rules->scale, -most, &out->decimal.min) ||
        !decimal_bound(rules->most, rules->scale, most, &out->decimal.max) ||
        !decimal_bound(rules->multiple_of, rules->scale, 0, &out->decimal.multiple_of))
        return dw__plan_refuse(site, "a bound or multiple is no decimal with the digits of DW_SCALE");
    if (out->decimal.min.units > out->decimal.max.units)
        return dw__plan_refuse(site, "the range is reversed");
    if (out->decimal.multiple_of.units < 0 || (rules->multiple_of && out->decimal.multiple_of.units == 0))
        return dw__plan_refuse(site, ".multiple_of is a positive number");
    return DW_OK;
}

/* ---- days and instants ---- */

static dw_err compile_date(const struct plan_site *site, struct plan_type *out)
{
    const dw_date_rules *rules = (const void *)out->rules;

    if (!dw_date_read(dw__text_of(rules->least ? rules->least : "0000-01-01"), &out->date.min) ||
        !dw_date_read(dw__text_of(rules->most ? rules->most : "9999-12-31"), &out->date.max))
        return dw__plan_refuse(site, "a bound is no date: 2024-12-31");
    return dw_date_compare(out->date.min, out->date.max) <= 0
               ? DW_OK
               : dw__plan_refuse(site, "the range is reversed");
}

static dw_err compile_time(const struct plan_site *site, struct plan_type *out)
{
    const dw_time_rules *rules = (const void *)out->rules;

    if (!dw_time_read(dw__text_of(rules->least ? rules->least : "0000-01-01T00:00:00Z"), &out->time.min) ||
        !dw_time_read(dw__text_of(rules->most ? rules->most : "9999-12-31T23:59:59.999999999Z"),
                      &out->time.max))
        return dw__plan_refuse(site, "a bound is no time: 2024-12-31T23:59:59Z");
    return dw_time_compare(out->time.min, out->time.max) <= 0
               ? DW_OK
               : dw__plan_refuse(site, "the range is reversed");
}

/* ---- other scalars ---- */

static dw_err compile_uuid(const struct plan_site *site, struct plan_type *out)
{
    out->uuid.version = ((const dw_uuid_rules *)(const void *)out->rules)->version;
    return out->uuid.version <= 8 ? DW_OK : dw__plan_refuse(site, "a UUID has a version from 1 to 8");
}

static dw_err compile_ip(const struct plan_site *site, struct plan_type *out)
{
    unsigned version = ((const dw_ip_rules *)(const void *)out->rules)->version;

    out->ip.version = version;
    return version == 0 || version == 4 || version == 6
               ? DW_OK
               : dw__plan_refuse(site, "an IP address has version 4 or 6");
}

static dw_err compile_enum(const struct plan_site *site, const dw_schema *type)
{
    for (size_t i = 0; i < type->n_names; i++) {
        if (type->names[i][0] == '\0')
            return dw__plan_refuse(site, "a name of the enum is empty");
        for (size_t k = 0; k < i; k++)
            if (strcmp(type->names[i], type->names[k]) == 0)
                return dw__plan_refuse(site, "two values of the enum have the same name");
    }
    return type->n_names > 0 ? DW_OK : dw__plan_refuse(site, "an enum without names");
}

static dw_err compile_bytes(const struct plan_site *site, struct plan_type *out)
{
    const dw_bytes_rules *rules = (const void *)out->rules;

    bounds(rules->bytes_min, rules->bytes_max, DW__PLAN_BYTES_MAX, &out->bytes.min, &out->bytes.max);
    return out->bytes.min <= out->bytes.max ? DW_OK : dw__plan_refuse(site, "the length is reversed");
}

static dw_err compile_json(const struct plan_site *site, struct plan_type *out)
{
    const dw_json_rules *rules = (const void *)out->rules;

    bounds(rules->bytes_min, rules->bytes_max, DW__PLAN_JSON_MAX, &out->bytes.min, &out->bytes.max);
    out->bytes.levels = rules->levels != 0 ? rules->levels : DW__PLAN_JSON_LEVELS;
    return out->bytes.min <= out->bytes.max ? DW_OK : dw__plan_refuse(site, "the length is reversed");
}

/* ---- lists and maps ---- */

static bool is_scalar(dw_kind kind)
{
    return kind != DW_KIND_OBJECT && kind != DW_KIND_LIST && kind != DW_KIND_MAP && kind != DW_KIND_JSON;
}

/* An element is there or not; what a field may be beyond that, it cannot. */
static bool element_rules_ok(const dw_common_rules *rules)
{
    return rules == NULL || !(rules->optional || rules->nullable || rules->flat || rules->read_only ||
                              rules->write_only || rules->has_default || rules->from_query ||
                              rules->from_header || rules->from_cookie || rules->wire);
}

static dw_err compile_element(const struct plan_site *site, const dw_schema *type, struct plan_type *out)
{
    struct plan_site inner = *site;

    if (out->list.min > out->list.max)
        return dw__plan_refuse(site, "the number of items is reversed");
    if (type->element == NULL)
        return dw__plan_refuse(site, "a list of nothing");
    if (type->element->kind == DW_KIND_SECRET)
        return dw__plan_refuse(site, "a list cannot hold secrets");
    if (!element_rules_ok(type->element_rules))
        return dw__plan_refuse(site,
                               "an element has no name, no source, no default and is never optional or null");
    out->list.element = calloc(1, sizeof *out->list.element);
    if (out->list.element == NULL)
        return dw__plan_no_memory(site);
    inner.depth++;
    inner.nested = true;
    return dw__plan_type(&inner, type->element, type->element_rules, out->list.element);
}

static dw_err compile_list(const struct plan_site *site, const dw_schema *type, struct plan_type *out)
{
    const dw_list_rules *rules = (const void *)out->rules;

    bounds(rules->items_min, rules->items_max, DW__PLAN_ITEMS_MAX, &out->list.min, &out->list.max);
    out->list.unique = rules->unique;
    if (rules->unique && type->element != NULL && !is_scalar(type->element->kind))
        return dw__plan_refuse(site, "only scalars can be unique");
    return compile_element(site, type, out);
}

static dw_err compile_map(const struct plan_site *site, const dw_schema *type, struct plan_type *out)
{
    const dw_map_rules *rules = (const void *)out->rules;

    bounds(rules->items_min, rules->items_max, DW__PLAN_ITEMS_MAX, &out->list.min, &out->list.max);
    if (type->element != NULL && !is_scalar(type->element->kind))
        return dw__plan_refuse(site, "the values of a map are scalars");
    dw_err err = compile_pattern(site, rules->keys, &out->list.keys);
    return err != DW_OK ? err : compile_element(site, type, out);
}

static dw_err compile_object(const struct plan_site *site, const dw_schema *type, struct plan_type *out)
{
    struct plan_site inner = *site;

    inner.nested = true;
    return dw__plan_object(&inner, type, &out->object);
}

/* ---- any of them ---- */

/* Where a declaration has no rules: all zeros, large enough for each struct of rules. */
static const union {
    dw_common_rules common;
    dw_url_rules url;
    dw_int64_rules int64;
    dw_decimal_rules decimal;
    dw_list_rules list;
    dw_map_rules map;
} no_rules;

static bool has_check(const struct plan_type *type)
{
    const void *rules = type->rules;

    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_EMAIL:
    case DW_KIND_URL: return ((const dw_text_rules *)rules)->check != NULL;
    case DW_KIND_SECRET: return ((const dw_secret_rules *)rules)->check != NULL;
    case DW_KIND_INT64: return ((const dw_int64_rules *)rules)->check != NULL;
    case DW_KIND_DOUBLE: return ((const dw_double_rules *)rules)->check != NULL;
    case DW_KIND_BOOL: return ((const dw_bool_rules *)rules)->check != NULL;
    case DW_KIND_DECIMAL: return ((const dw_decimal_rules *)rules)->check != NULL;
    case DW_KIND_DATE: return ((const dw_date_rules *)rules)->check != NULL;
    case DW_KIND_TIME: return ((const dw_time_rules *)rules)->check != NULL;
    case DW_KIND_UUID: return ((const dw_uuid_rules *)rules)->check != NULL;
    case DW_KIND_IP: return ((const dw_ip_rules *)rules)->check != NULL;
    case DW_KIND_ENUM: return ((const dw_enum_rules *)rules)->check != NULL;
    case DW_KIND_BYTES: return ((const dw_bytes_rules *)rules)->check != NULL;
    case DW_KIND_JSON: return ((const dw_json_rules *)rules)->check != NULL;
    case DW_KIND_LIST:
    case DW_KIND_MAP: return type->schema->check != NULL && *type->schema->check != NULL;
    case DW_KIND_OBJECT: break; /* its plan knows */
    }
    return false;
}

static dw_err compile_kind(const struct plan_site *site, const dw_schema *type, struct plan_type *out)
{
    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET: return compile_text(site, DW__PLAN_TEXT_MAX, out);
    case DW_KIND_EMAIL: return compile_text(site, DW__PLAN_EMAIL_MAX, out);
    case DW_KIND_URL: return compile_url(site, out);
    case DW_KIND_INT64: return compile_int64(site, out);
    case DW_KIND_DOUBLE: return compile_double(site, out);
    case DW_KIND_BOOL: return DW_OK;
    case DW_KIND_DECIMAL: return compile_decimal(site, out);
    case DW_KIND_DATE: return compile_date(site, out);
    case DW_KIND_TIME: return compile_time(site, out);
    case DW_KIND_UUID: return compile_uuid(site, out);
    case DW_KIND_IP: return compile_ip(site, out);
    case DW_KIND_ENUM: return compile_enum(site, type);
    case DW_KIND_BYTES: return compile_bytes(site, out);
    case DW_KIND_JSON: return compile_json(site, out);
    case DW_KIND_LIST: return compile_list(site, type, out);
    case DW_KIND_MAP: return compile_map(site, type, out);
    case DW_KIND_OBJECT: return compile_object(site, type, out);
    }
    out->kind = DW_KIND_BOOL; /* owns nothing */
    return dw__plan_refuse(site, "a type that is unknown");
}

dw_err dw__plan_type(const struct plan_site *site, const dw_schema *type, const void *rules,
                     struct plan_type *out)
{
    char text[256];
    struct buf why;

    out->kind = type->kind;
    out->size = type->size;
    out->schema = type;
    out->rules = rules != NULL ? rules : &no_rules.common;
    if (site->depth > DW__PLAN_DEPTH)
        return dw__plan_refuse(site, "nested too deep");
    dw_err err = compile_kind(site, type, out);
    if (err != DW_OK)
        return err;
    out->checked = has_check(out);
    dw__buf_init_fixed(&why, text, sizeof text - 1);
    if (dw__says_check(out, &why) == DW_OK)
        return DW_OK;
    text[why.n] = '\0';
    return dw__plan_refuse(site, text);
}

void dw__plan_type_release(struct plan_type *type)
{
    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET:
    case DW_KIND_EMAIL:
    case DW_KIND_URL: dw__pattern_free(type->text.pattern); break;
    case DW_KIND_OBJECT: dw__schema_plan_free(type->object); break;
    case DW_KIND_LIST:
    case DW_KIND_MAP:
        if (type->list.element != NULL)
            dw__plan_type_release(type->list.element);
        free(type->list.element);
        dw__pattern_free(type->list.keys);
        break;
    default: break; /* owns nothing */
    }
}
