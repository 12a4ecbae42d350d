/* bind_scalar.c -- one scalar: read, held against its rules, stored.
 *
 * A type that is a string in JSON is the same text in a path, query, form, header or cookie, so there is one reader for each. Rules
 * are judged in one order (type, length, choice, form, pattern, the application's own) and the first that is broken is noted. */
#include "base/text.h"
#include "codec/absolute_url.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "codec/decimal.h"
#include "codec/email.h"
#include "codec/json.h"
#include "codec/normalise.h"
#include "codec/utf8.h"
#include "schema/bind_rules.h"
#include "schema/pattern.h"

/* What is being bound. */
struct scalar {
    const struct plan_type *type;
    void *at;
    struct bind_faults *faults;
    const struct bind_place *place;
};

/* Notes a broken rule; true, since binding goes on. */
static bool broken(const struct scalar *s, const char *code)
{
    dw__bind_fault(s->faults, s->place, s->type, code);
    return true;
}

/* Stores the n bytes of `value`, after the application's check when there is one. */
static bool store(const struct scalar *s, const void *value, size_t n)
{
    if (!s->type->checked || dw__bind_check(s->type, value, s->faults, s->place))
        memcpy(s->at, value, n);
    return true;
}

/* ---- texts ---- */

/* Trims and composes *t; false when it is all over: a fault was noted, or *no_memory. */
static bool normalise(const struct scalar *s, dw_text *t, bool *no_memory)
{
    const dw_text_rules *rules = (const void *)s->type->rules;

    *no_memory = false;
    if (rules->trim)
        *t = dw__utf8_trim(*t);
    if (!rules->nfc)
        return true;
    if (s->type->text.max < SIZE_MAX / DW__NFC_SHRINKS &&
        dw__utf8_chars(t->p, t->n) > s->type->text.max * DW__NFC_SHRINKS)
        return !broken(s, "len");
    dw_err err = dw__nfc(*t, s->faults->arena, t);
    if (err == DW_MALFORMED)
        return !broken(s, "type");
    *no_memory = err != DW_OK;
    return err == DW_OK;
}

static bool is_one_of(const char *const *choices, dw_text t)
{
    for (; *choices != NULL; choices++)
        if (strlen(*choices) == t.n && (t.n == 0 || memcmp(*choices, t.p, t.n) == 0))
            return true;
    return false;
}

static bool scheme_ok(const dw_url_rules *rules, dw_text scheme)
{
    static const char *const web[] = {"https", "http", NULL};

    for (const char *const *s = rules->schemes != NULL ? rules->schemes : web; *s != NULL; s++)
        if (dw__text_eq_nocase(scheme, dw__text_of(*s)))
            return true;
    return false;
}

/* The code of what is wrong with the form of an address or a URL, or NULL. */
static const char *form_fault(const struct plan_type *type, dw_text t)
{
    struct email email;
    struct absolute_url url;

    if (type->kind == DW_KIND_EMAIL) {
        if (!dw__email_read(t, &email))
            return "format";
        return ((const dw_email_rules *)(const void *)type->rules)->dotted && email.labels < 2 ? "format"
                                                                                               : NULL;
    }
    if (type->kind == DW_KIND_URL) {
        if (!dw__absolute_url_read(t, &url))
            return "format";
        return scheme_ok((const void *)type->rules, url.scheme) ? NULL : "scheme";
    }
    return NULL;
}

/* The code of the first rule that `t` breaks, or NULL. */
static const char *text_fault(const struct plan_type *type, dw_text t, bool ascii)
{
    size_t chars = ascii ? t.n : dw__utf8_chars(t.p, t.n);

    if (chars < type->text.min || chars > type->text.max)
        return "len";
    if (t.n < type->text.bytes_min || t.n > type->text.bytes_max)
        return "bytes";
    if (type->text.one_of != NULL && !is_one_of(type->text.one_of, t))
        return "one_of";
    if (type->kind != DW_KIND_TEXT) {
        const char *code = form_fault(type, t);
        if (code != NULL)
            return code;
    }
    return type->text.pattern != NULL && !dw__pattern_matches(type->text.pattern, t) ? "pattern" : NULL;
}

static bool bind_text(const struct scalar *s, dw_text t, bool ascii, bool kept)
{
    bool no_memory;
    dw_text came = t;

    if (s->type->text.normalised && !normalise(s, &t, &no_memory))
        return no_memory ? dw__bind_no_memory(s->faults) : true;
    const char *code = text_fault(s->type, t, ascii && t.p == came.p);
    if (code != NULL)
        return broken(s, code);
    if (s->type->kind != DW_KIND_SECRET)
        return store(s, &t, sizeof t);
    /* A secret lies where the end of the request wipes it. */
    if (!kept && (t = dw__arena_text(s->faults->arena, t)).p == NULL)
        return dw__bind_no_memory(s->faults);
    return store(s, &(dw_secret){t.p, t.n}, sizeof(dw_secret));
}

/* ---- numbers ---- */

static const char *int64_fault(const struct plan_type *type, int64_t v)
{
    const dw_int64_rules *rules = (const void *)type->rules;
    bool found = rules->ints == NULL;

    if (v < type->int64.min || v > type->int64.max)
        return "range";
    if (type->int64.multiple_of != 0 && v % type->int64.multiple_of != 0)
        return "multiple_of";
    for (size_t i = 0; i < rules->n_ints && !found; i++)
        found = rules->ints[i] == v;
    return found ? NULL : "one_of";
}

static bool bind_int64(const struct scalar *s, int64_t v)
{
    const char *code = int64_fault(s->type, v);

    return code != NULL ? broken(s, code) : store(s, &v, sizeof v);
}

static bool bind_double(const struct scalar *s, double v)
{
    bool good = v >= s->type->real.min && v <= s->type->real.max;

    return good ? store(s, &v, sizeof v) : broken(s, "range");
}

/* Zeros at the end do not count: with two digits, 12.500 is 12.50. */
static bool bind_decimal(const struct scalar *s, dw_text t)
{
    const struct plan_type *type = s->type;
    dw_decimal came, v;

    if (!dw_decimal_read(t, &came))
        return broken(s, "format");
    if (!dw_decimal_rescale(came, type->decimal.scale, &v))
        return broken(s, came.scale > type->decimal.scale ? "scale" : "range");
    if (v.units < type->decimal.min.units || v.units > type->decimal.max.units)
        return broken(s, "range");
    if (type->decimal.multiple_of.units != 0 && v.units % type->decimal.multiple_of.units != 0)
        return broken(s, "multiple_of");
    return store(s, &v, sizeof v);
}

/* A JSON number and nothing else, not even white space. */
static bool read_number(dw_text value, struct json_number *number)
{
    struct json_in in;

    dw__json_init(&in, value);
    return dw__json_number(&in, number) && number->lexeme.n == value.n;
}

static bool number_from_text(const struct scalar *s, dw_text t)
{
    struct json_number number;

    if (s->type->kind == DW_KIND_DECIMAL)
        return bind_decimal(s, t);
    return read_number(t, &number) ? dw__bind_number(s->type, &number, s->at, s->faults, s->place)
                                   : broken(s, "type");
}

bool dw__bind_number(const struct plan_type *type, const struct json_number *number, void *at,
                     struct bind_faults *faults, const struct bind_place *place)
{
    struct scalar s = {type, at, faults, place};

    if (type->kind == DW_KIND_DECIMAL)
        return bind_decimal(&s, number->lexeme);
    if (type->kind == DW_KIND_DOUBLE)
        return bind_double(&s, dw__json_double(number->lexeme));
    return number->integral ? bind_int64(&s, number->i) : broken(&s, "type");
}

/* ---- others ---- */

static bool bind_date(const struct scalar *s, dw_text t)
{
    dw_date v;

    if (!dw_date_read(t, &v))
        return broken(s, "format");
    if (dw_date_compare(v, s->type->date.min) < 0 || dw_date_compare(v, s->type->date.max) > 0)
        return broken(s, "range");
    return store(s, &v, sizeof v);
}

static bool bind_time(const struct scalar *s, dw_text t)
{
    dw_time v;

    if (!dw_time_read(t, &v))
        return broken(s, "format");
    if (dw_time_compare(v, s->type->time.min) < 0 || dw_time_compare(v, s->type->time.max) > 0)
        return broken(s, "range");
    return store(s, &v, sizeof v);
}

static bool bind_uuid(const struct scalar *s, dw_text t)
{
    dw_uuid v;

    if (!dw_uuid_read(t, &v))
        return broken(s, "format");
    /* Of the variant that has versions (RFC 9562 §4.1). */
    bool right =
        s->type->uuid.version == 0 || (v.b[6] >> 4 == (int)s->type->uuid.version && v.b[8] >> 6 == 2);
    return right ? store(s, &v, sizeof v) : broken(s, "version");
}

static bool bind_ip(const struct scalar *s, dw_text t)
{
    dw_ip v;

    if (!dw_ip_read(t, &v))
        return broken(s, "format");
    bool right = s->type->ip.version == 0 || v.version == s->type->ip.version;
    return right ? store(s, &v, sizeof v) : broken(s, "version");
}

static bool bind_enum(const struct scalar *s, dw_text t)
{
    const dw_schema *schema = s->type->schema;

    for (unsigned i = 0; i < schema->n_names; i++)
        if (dw__text_eq(dw__text_of(schema->names[i]), t))
            return store(s, &(unsigned){i + 1}, sizeof(unsigned));
    return broken(s, "one_of");
}

/* Decoded where the end of the request wipes it. */
static bool bind_bytes(const struct scalar *s, dw_text t)
{
    size_t room = t.n / 4 * 3 + 3;
    size_t n;

    if (t.n > 0 && room - 3 > s->type->bytes.max)
        return broken(s, "bytes");
    char *p = dw__arena_bytes(s->faults->arena, room);
    if (p == NULL)
        return dw__bind_no_memory(s->faults);
    if (!dw__base64url_decode(t, p, room, &n))
        return broken(s, "format");
    if (n < s->type->bytes.min || n > s->type->bytes.max)
        return broken(s, "bytes");
    return store(s, &(dw_bytes){(const uint8_t *)p, n}, sizeof(dw_bytes));
}

bool dw__bind_bool(const struct plan_type *type, bool value, void *at, struct bind_faults *faults,
                   const struct bind_place *place)
{
    return store(&(struct scalar){type, at, faults, place}, &value, sizeof value);
}

/* ---- from strings and from text ---- */

bool dw__bind_is_string(const struct plan_type *type)
{
    switch (type->kind) {
    case DW_KIND_INT64: return type->int64.as_text;
    case DW_KIND_DOUBLE:
    case DW_KIND_BOOL:
    case DW_KIND_OBJECT:
    case DW_KIND_LIST:
    case DW_KIND_MAP:
    case DW_KIND_JSON: return false;
    default: return true;
    }
}

bool dw__bind_string(const struct plan_type *type, dw_text t, bool ascii, bool kept, void *at,
                     struct bind_faults *faults, const struct bind_place *place)
{
    struct scalar s = {type, at, faults, place};

    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET:
    case DW_KIND_EMAIL:
    case DW_KIND_URL: return bind_text(&s, t, ascii, kept);
    case DW_KIND_INT64:
    case DW_KIND_DOUBLE:
    case DW_KIND_DECIMAL: return number_from_text(&s, t);
    case DW_KIND_DATE: return bind_date(&s, t);
    case DW_KIND_TIME: return bind_time(&s, t);
    case DW_KIND_UUID: return bind_uuid(&s, t);
    case DW_KIND_IP: return bind_ip(&s, t);
    case DW_KIND_ENUM: return bind_enum(&s, t);
    case DW_KIND_BYTES: return bind_bytes(&s, t);
    case DW_KIND_BOOL:
    case DW_KIND_OBJECT:
    case DW_KIND_LIST:
    case DW_KIND_MAP:
    case DW_KIND_JSON: break;
    }
    return broken(&s, "type");
}

bool dw__bind_from_text(const struct plan_type *type, dw_text value, void *at, struct bind_faults *faults,
                        const struct bind_place *place)
{
    bool truth = dw__text_is(value, "true");

    if (type->kind != DW_KIND_BOOL)
        return dw__bind_string(type, value, false, false, at, faults, place);
    if (truth || dw__text_is(value, "false"))
        return dw__bind_bool(type, truth, at, faults, place);
    dw__bind_fault(faults, place, type, "type");
    return true;
}

bool dw__bind_scalar(const struct plan_type *type, dw_text value, void *at, struct bind_faults *faults)
{
    return dw__bind_from_text(type, value, at, faults, NULL) && faults->broken_total == 0 &&
           faults->fatal == DW_OK;
}
