/* plan_values.c -- defaults and examples of a declaration, held against the rules beside which they stand.
 *
 * Both are bound as if a client had sent them, so that a default is what the same text would have become, and an example that the
 * documentation shows is one that works. */
#include <stdlib.h>

#include "base/text.h"
#include "codec/json.h"
#include "schema/bind_rules.h"
#include "schema/plan_make.h"
#include "schema/says.h"

/* What a default or an example may take while it is bound. */
#define ROOM ((size_t)256 << 10)

/* Refuses with what is wrong with the value. */
static dw_err refuse_value(const struct plan_site *site, const char *which, const struct bind_faults *faults)
{
    char text[512];
    struct buf b;

    dw__buf_init_fixed(&b, text, sizeof text - 1);
    dw__buf_format(&b, "the %s does not keep the rules of its field: ", which);
    if (faults->n_broken > 0)
        dw__says(&b, &faults->broken[0], NULL, NULL);
    else
        dw__buf_format(&b, "%s",
                       faults->unknown_total > 0 ? "it has a field that is not declared." : "it is no JSON.");
    text[b.n] = '\0';
    return dw__plan_refuse(site, text);
}

/* ---- defaults ---- */

/* The default as text, or {NULL, 0} for the types whose default is a number. */
static dw_text default_text(const struct plan_type *type)
{
    const void *rules = type->rules;

    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET:
    case DW_KIND_EMAIL:
    case DW_KIND_URL: return dw__text_of(((const dw_text_rules *)rules)->def);
    case DW_KIND_DECIMAL: return dw__text_of(((const dw_decimal_rules *)rules)->def);
    case DW_KIND_DATE: return dw__text_of(((const dw_date_rules *)rules)->def);
    case DW_KIND_TIME: return dw__text_of(((const dw_time_rules *)rules)->def);
    case DW_KIND_UUID: return dw__text_of(((const dw_uuid_rules *)rules)->def);
    case DW_KIND_IP: return dw__text_of(((const dw_ip_rules *)rules)->def);
    case DW_KIND_ENUM: {
        unsigned value = ((const dw_enum_rules *)rules)->def;
        bool named = value >= 1 && value <= type->schema->n_names;
        return named ? dw__text_of(type->schema->names[value - 1]) : DW_TEXT("");
    }
    default: return (dw_text){0};
    }
}

/* Binds the default into `at`. */
static void bind_default(const struct plan_type *type, void *at, struct bind_faults *faults)
{
    const void *rules = type->rules;
    dw_text text = default_text(type);

    if (type->kind == DW_KIND_INT64) {
        struct json_number number = {.i = ((const dw_int64_rules *)rules)->def, .integral = true};
        (void)dw__bind_number(type, &number, at, faults, NULL);
    } else if (type->kind == DW_KIND_DOUBLE) {
        char digits[64];
        struct buf b;
        dw__buf_init_fixed(&b, digits, sizeof digits);
        dw__json_put_double(&b, ((const dw_double_rules *)rules)->def);
        (void)dw__bind_string(type, (dw_text){b.p, b.n}, false, false, at, faults, NULL);
    } else if (type->kind == DW_KIND_BOOL) {
        (void)dw__bind_bool(type, ((const dw_bool_rules *)rules)->def, at, faults, NULL);
    } else {
        /* `kept`: a text stays the slice of the program that it is. */
        (void)dw__bind_string(type, text, false, true, at, faults, NULL);
    }
}

dw_err dw__plan_default(const struct plan_site *site, struct plan_field *f)
{
    struct arena arena;
    struct bind_faults faults;
    dw_err err = DW_OK;

    if (!f->type.rules->has_default)
        return DW_OK;
    void *value = calloc(1, f->type.size);
    if (value == NULL)
        return dw__plan_no_memory(site);
    f->def = value;
    dw__arena_init(&arena, NULL, ROOM);
    dw__bind_init(&faults, &arena);
    bind_default(&f->type, value, &faults);
    bool is_text = f->type.kind == DW_KIND_TEXT || f->type.kind == DW_KIND_SECRET ||
                   f->type.kind == DW_KIND_EMAIL || f->type.kind == DW_KIND_URL;
    if (faults.fatal != DW_OK || faults.broken_total > 0)
        err = refuse_value(site, "default", &faults);
    else if (is_text && ((dw_text *)value)->p != default_text(&f->type).p)
        err = dw__plan_refuse(site, "the default is not trimmed, or not in normal form C");
    dw__arena_release(&arena);
    return err;
}

/* ---- examples ---- */

dw_err dw__plan_example(const struct plan_site *site, const struct plan_field *f)
{
    const struct plan_type *type = &f->type;
    const char *example = type->rules->example;
    struct arena arena;
    struct bind_faults faults;
    dw_err err = DW_OK;

    if (example == NULL)
        return DW_OK;
    bool whole = type->kind == DW_KIND_OBJECT || type->kind == DW_KIND_LIST || type->kind == DW_KIND_MAP ||
                 type->kind == DW_KIND_JSON;
    dw__arena_init(&arena, NULL, ROOM);
    dw__bind_init(&faults, &arena);
    void *value = dw__arena_zalloc(&arena, type->size);
    if (value == NULL)
        err = dw__plan_no_memory(site);
    else if (!(whole ? dw__bind_json_value : dw__bind_scalar)(type, dw__text_of(example), value, &faults))
        err = refuse_value(site, "example", &faults);
    dw__arena_release(&arena);
    return err;
}
