/* print.c -- a struct as JSON, by its plan: what is not declared cannot leave.
 *
 * Names were rendered at start-up, with the comma in front; so a field is two copies and its value.  Recursion follows the plan,
 * whose depth start-up has limited. */
#include "schema/print.h"

#include "base/check.h"
#include "codec/json.h"

static void print_object(const struct schema_plan *plan, const char *value, struct buf *out);

static void print_value(const struct plan_type *type, const char *at, struct buf *out);

static void print_list(const struct plan_type *type, const dw_any_list *list, struct buf *out)
{
    const char *element = list->v;

    dw__buf_putc(out, '[');
    for (size_t i = 0; i < list->n && !out->failed; i++) {
        if (i > 0)
            dw__buf_putc(out, ',');
        print_value(type->list.element, element, out);
        element += type->list.element->size;
    }
    dw__buf_putc(out, ']');
}

/* A value that a handler made up and that is no JSON must not break the reply. */
static void print_json_value(const dw_json *value, struct buf *out)
{
    size_t at;

    if (dw__json_check((dw_text){value->p, value->n}, &at) == DW_OK)
        dw__buf_put(out, value->p, value->n);
    else
        dw__buf_lit(out, "null");
}

static void print_value(const struct plan_type *type, const char *at, struct buf *out)
{
    const void *p = at;

    switch (type->kind) {
    case DW_KIND_TEXT: dw__json_put_string(out, *(const dw_text *)p); return;
    case DW_KIND_INT64: dw__json_put_i64(out, *(const int64_t *)p); return;
    case DW_KIND_DOUBLE: dw__json_put_double(out, *(const double *)p); return;
    case DW_KIND_BOOL: dw__json_put_bool(out, *(const bool *)p); return;
    case DW_KIND_JSON: print_json_value(p, out); return;
    case DW_KIND_OBJECT: print_object(type->object, at, out); return;
    case DW_KIND_LIST: print_list(type, p, out); return;
    case DW_KIND_SECRET: break;
    }
    DW__CHECK(type->kind != DW_KIND_SECRET);
}

static bool has_value(const struct plan_field *f, const char *value)
{
    return *(const bool *)(const void *)(value + f->has_at);
}

static void print_object(const struct schema_plan *plan, const char *value, struct buf *out)
{
    size_t comma = 1; /* bytes of the prefix to leave out */

    dw__buf_putc(out, '{');
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];
        bool maybe = f->optional || f->nullable;
        bool has = !maybe || has_value(f, value);
        if (!has && f->optional)
            continue;
        dw__buf_put(out, f->prefix.p + comma, f->prefix.n - comma);
        comma = 0;
        if (has)
            print_value(&f->type, value + f->at, out);
        else
            dw__buf_lit(out, "null");
    }
    dw__buf_putc(out, '}');
}

void dw__print_json(const struct schema_plan *plan, const void *value, struct buf *out, const char **unset)
{
    if (unset != NULL) {
        *unset = dw__poison_find(plan, value);
        if (*unset != NULL)
            return;
    }
    print_object(plan, value, out);
}

/* ---- poison ---- */

#define POISON 0xdb

static void poison_fields(const struct schema_plan *plan, char *value)
{
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];
        if (f->type.kind == DW_KIND_OBJECT)
            poison_fields(f->type.object, value + f->at);
        else
            memset(value + f->at, POISON, f->type.size);
    }
}

void dw__poison(const struct schema_plan *plan, void *value)
{
    memset(value, 0, plan->size);
    poison_fields(plan, value);
}

static bool is_poison(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] != POISON)
            return false;
    return true;
}

const char *dw__poison_find(const struct schema_plan *plan, const void *value)
{
    const char *base = value;

    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];
        if ((f->optional || f->nullable) && !has_value(f, base))
            continue;
        if (f->type.kind == DW_KIND_OBJECT) {
            const char *inner = dw__poison_find(f->type.object, base + f->at);
            if (inner != NULL)
                return inner;
        } else if (is_poison(base + f->at, f->type.size)) {
            return f->name.p;
        }
    }
    return NULL;
}
