/* print.c -- a struct as JSON, by its plan: what is not declared cannot leave.
 *
 * Names were rendered at start-up, with the comma in front; so a field is two copies and its value.  Recursion follows the plan,
 * whose depth start-up has limited. */
#include "schema/print.h"

#include "base/check.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "codec/decimal.h"
#include "codec/ip.h"
#include "codec/json.h"
#include "codec/uuid.h"

struct printer {
    struct buf *out;
    struct print_sink *sink;
    uint64_t roles; /* of whom it is for */
};

static void print_object(const struct printer *p, const struct schema_plan *plan, const char *value);
static void print_value(const struct printer *p, const struct plan_type *type, const char *at);

/* ---- scalars ---- */

static dw_text enum_text(const struct plan_type *type, unsigned value)
{
    if (value < 1 || value > type->schema->n_names)
        return (dw_text){0};
    const char *name = type->schema->names[value - 1];
    return (dw_text){name, strlen(name)};
}

dw_text dw__print_text(const struct plan_type *type, const void *value, char *out)
{
    size_t n = 0;

    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_EMAIL:
    case DW_KIND_URL: {
        dw_text t = *(const dw_text *)value;
        return t.p != NULL ? t : DW_TEXT("");
    }
    case DW_KIND_ENUM: return enum_text(type, *(const unsigned *)value);
    case DW_KIND_DECIMAL: n = dw__decimal_write(*(const dw_decimal *)value, out); break;
    case DW_KIND_DATE: n = dw__date_write(*(const dw_date *)value, out); break;
    case DW_KIND_TIME: n = dw__time_write(*(const dw_time *)value, out); break;
    case DW_KIND_IP: n = dw__ip_write(*(const dw_ip *)value, out); break;
    case DW_KIND_UUID:
        dw__uuid_write(*(const dw_uuid *)value, out);
        n = DW__UUID_SIZE;
        break;
    default: break;
    }
    return n > 0 ? (dw_text){out, n} : (dw_text){0};
}

_Static_assert(DW__PRINT_TEXT >= DW__IP_SIZE && DW__PRINT_TEXT >= DW__UUID_SIZE &&
                   DW__PRINT_TEXT >= DW__TIME_SIZE && DW__PRINT_TEXT >= DW__DECIMAL_SIZE,
               "each text fits");

/* A text of our own making: nothing in it needs an escape. */
static void print_short(struct buf *out, const struct plan_type *type, const void *value)
{
    char text[DW__PRINT_TEXT + 2] = {'"'};
    dw_text t = dw__print_text(type, value, text + 1);

    if (t.p == NULL) {
        dw__buf_lit(out, "null");
        return;
    }
    text[1 + t.n] = '"';
    dw__buf_put(out, text, t.n + 2);
}

static void print_int64(struct buf *out, const struct plan_type *type, int64_t v)
{
    if (type->int64.as_text)
        dw__buf_putc(out, '"');
    dw__json_put_i64(out, v);
    if (type->int64.as_text)
        dw__buf_putc(out, '"');
}

static void print_bytes(struct buf *out, dw_bytes v)
{
    if (v.n >= SIZE_MAX / 2 || !dw__buf_reserve(out, DW__BASE64URL_SIZE(v.n) + 2)) {
        out->failed = true;
        return;
    }
    dw__buf_putc(out, '"');
    out->n += dw__base64url_encode(v.p, v.n, out->p + out->n);
    dw__buf_putc(out, '"');
}

static void print_enum(struct buf *out, dw_text name)
{
    if (name.p == NULL)
        dw__buf_lit(out, "null");
    else
        dw__json_put_string(out, name);
}

/* A value that a handler made up and that is no JSON must not break the reply. */
static void print_any(struct buf *out, const dw_json *value)
{
    size_t at;

    if (dw__json_check((dw_text){value->p, value->n}, &at) == DW_OK)
        dw__buf_put(out, value->p, value->n);
    else
        dw__buf_lit(out, "null");
}

/* ---- lists and maps ---- */

/* Between elements: hands over what there is when it is enough. */
static void pause_here(const struct printer *p)
{
    if (p->sink != NULL && p->out->n >= p->sink->at && !p->out->failed && !p->sink->flush(p->sink, p->out))
        p->out->failed = true;
}

static void print_list(const struct printer *p, const struct plan_type *type, const dw_any_list *list)
{
    const char *element = list->v;

    dw__buf_putc(p->out, '[');
    for (size_t i = 0; i < list->n && !p->out->failed; i++) {
        if (i > 0)
            dw__buf_putc(p->out, ',');
        print_value(p, type->list.element, element);
        element += type->list.element->size;
        pause_here(p);
    }
    dw__buf_putc(p->out, ']');
}

static void print_map(const struct printer *p, const struct plan_type *type, const dw_any_list *map)
{
    const char *entry = map->v;

    dw__buf_putc(p->out, '{');
    for (size_t i = 0; i < map->n && !p->out->failed; i++) {
        if (i > 0)
            dw__buf_putc(p->out, ',');
        dw__json_put_string(p->out, *(const dw_text *)(const void *)entry);
        dw__buf_putc(p->out, ':');
        print_value(p, type->list.element, entry + type->schema->element_at);
        entry += type->schema->element_size;
        pause_here(p);
    }
    dw__buf_putc(p->out, '}');
}

/* ---- values ---- */

static void print_value(const struct printer *p, const struct plan_type *type, const char *at)
{
    const void *v = at;
    struct buf *out = p->out;

    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_EMAIL:
    case DW_KIND_URL: dw__json_put_string(out, *(const dw_text *)v); return;
    case DW_KIND_INT64: print_int64(out, type, *(const int64_t *)v); return;
    case DW_KIND_DOUBLE: dw__json_put_double(out, *(const double *)v); return;
    case DW_KIND_BOOL: dw__json_put_bool(out, *(const bool *)v); return;
    case DW_KIND_DECIMAL:
    case DW_KIND_DATE:
    case DW_KIND_TIME:
    case DW_KIND_UUID:
    case DW_KIND_IP: print_short(out, type, v); return;
    case DW_KIND_ENUM: print_enum(out, enum_text(type, *(const unsigned *)v)); return;
    case DW_KIND_BYTES: print_bytes(out, *(const dw_bytes *)v); return;
    case DW_KIND_JSON: print_any(out, v); return;
    case DW_KIND_OBJECT: print_object(p, type->object, at); return;
    case DW_KIND_LIST: print_list(p, type, v); return;
    case DW_KIND_MAP: print_map(p, type, v); return;
    case DW_KIND_SECRET: break;
    }
    DW__CHECK(type->kind != DW_KIND_SECRET);
}

static void print_object(const struct printer *p, const struct schema_plan *plan, const char *value)
{
    size_t comma = 1; /* bytes of the prefix to leave out */

    dw__buf_putc(p->out, '{');
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];
        bool maybe = f->optional || f->nullable;
        bool has = !maybe || value[f->has_at] != 0;
        bool null = f->nullable && value[f->null_at] != 0; /* said to be, where it could also be absent */
        if (dw__print_hides(f, p->roles) || (!has && f->optional && !null))
            continue;
        dw__buf_put(p->out, f->prefix.p + comma, f->prefix.n - comma);
        comma = 0;
        if (has)
            print_value(p, &f->type, value + f->at);
        else
            dw__buf_lit(p->out, "null");
    }
    dw__buf_putc(p->out, '}');
}

void dw__print_json(const struct schema_plan *plan, const void *value, uint64_t roles, struct buf *out,
                    struct print_sink *sink, const char **unset)
{
    if (unset != NULL) {
        *unset = dw__poison_find(plan, value, roles);
        if (*unset != NULL)
            return;
    }
    print_object(&(struct printer){out, sink, roles}, plan, value);
}

void dw__print_value(const struct plan_type *type, const void *value, struct buf *out)
{
    print_value(&(struct printer){out, NULL, DW__PRINT_ALL}, type, value);
}
