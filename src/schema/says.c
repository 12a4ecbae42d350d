/* says.c -- codes are for programs, sentences for people; neither ever holds a value that a client sent.
 *
 * A sentence is a template, ours or the application's; {min}, {max}, {of} and {values} are filled in from the rule. This runs when a
 * request is refused, and at start-up to see that no template asks for what its rule does not have. */
#include "schema/says.h"

#include "base/text.h"
#include "codec/date.h"
#include "codec/decimal.h"
#include "codec/json.h"

/* ---- ours ---- */

static const char *type_says(const struct plan_type *type)
{
    switch (type->kind) {
    case DW_KIND_TEXT:
    case DW_KIND_SECRET: return "Not a valid string.";
    case DW_KIND_INT64: return "Not a valid integer.";
    case DW_KIND_DOUBLE: return "Not a valid number.";
    case DW_KIND_BOOL: return "Not a valid boolean.";
    case DW_KIND_LIST: return "Not a valid list.";
    case DW_KIND_OBJECT:
    case DW_KIND_MAP: return "Not a valid object.";
    case DW_KIND_DECIMAL: return "Not a valid decimal number.";
    case DW_KIND_DATE: return "Not a valid date.";
    case DW_KIND_TIME: return "Not a valid RFC 3339 time.";
    case DW_KIND_UUID: return "Not a valid UUID.";
    case DW_KIND_ENUM: return "Must be one of: {values}.";
    case DW_KIND_EMAIL: return "Not a valid email address.";
    case DW_KIND_URL: return "Not a valid URL.";
    case DW_KIND_IP: return "Not a valid IP address.";
    case DW_KIND_BYTES: return "Not valid base64url.";
    case DW_KIND_JSON: break;
    }
    return "Invalid type.";
}

static const char *between(size_t min, size_t max, const char *exact, const char *most, const char *both)
{
    return min == max ? exact : min == 0 ? most : both;
}

static const char *bytes_says(const struct plan_type *type)
{
    bool text = type->kind != DW_KIND_BYTES && type->kind != DW_KIND_JSON;

    return between(text ? type->text.bytes_min : type->bytes.min,
                   text ? type->text.bytes_max : type->bytes.max, "Must have exactly {min} bytes.",
                   "Must have at most {max} bytes.", "Must have between {min} and {max} bytes.");
}

static const char *range_says(const struct plan_type *type)
{
    bool no_min = false, no_max = false;

    if (type->kind == DW_KIND_INT64) {
        no_min = type->int64.min == INT64_MIN;
        no_max = type->int64.max == INT64_MAX;
    } else if (type->kind == DW_KIND_DECIMAL) {
        no_min = ((const dw_decimal_rules *)(const void *)type->rules)->least == NULL;
        no_max = ((const dw_decimal_rules *)(const void *)type->rules)->most == NULL;
    } else if (type->kind == DW_KIND_DATE) {
        no_min = ((const dw_date_rules *)(const void *)type->rules)->least == NULL;
        no_max = ((const dw_date_rules *)(const void *)type->rules)->most == NULL;
    } else if (type->kind == DW_KIND_TIME) {
        no_min = ((const dw_time_rules *)(const void *)type->rules)->least == NULL;
        no_max = ((const dw_time_rules *)(const void *)type->rules)->most == NULL;
    }
    return no_min == no_max ? "Must be greater than or equal to {min} and less than or equal to {max}."
           : no_max         ? "Must be greater than or equal to {min}."
                            : "Must be less than or equal to {max}.";
}

/* The rules that have sentences, and who has them: bit k is dw_kind k. */
#define KIND(k) (1u << DW_KIND_##k)
#define TEXTS (KIND(TEXT) | KIND(SECRET) | KIND(EMAIL) | KIND(URL))
#define ANY UINT32_MAX

static const struct rule {
    const char *code;
    uint32_t kinds;
    const char *says;                                 /* or … */
    const char *(*says_of)(const struct plan_type *); /* … by the type */
} rules[] = {
    {"required", ANY, "Missing data for required field.", NULL},
    {"null", ANY, "Field may not be null.", NULL},
    {"repeated", ANY, "May be given only once.", NULL},
    {"plain_text", ANY, "Must be plain text, not a file.", NULL},
    {"type", ANY, NULL, type_says},
    {"format",
     KIND(EMAIL) | KIND(URL) | KIND(DECIMAL) | KIND(DATE) | KIND(TIME) | KIND(UUID) | KIND(IP) | KIND(BYTES),
     NULL, type_says},
    {"len", TEXTS, NULL, NULL},
    {"bytes", TEXTS | KIND(BYTES) | KIND(JSON), NULL, bytes_says},
    {"pattern", TEXTS, "Invalid format.", NULL},
    {"one_of", TEXTS | KIND(INT64) | KIND(ENUM), "Must be one of: {values}.", NULL},
    {"scheme", KIND(URL), "Must be a URL with one of these schemes: {values}.", NULL},
    {"range", KIND(INT64) | KIND(DOUBLE) | KIND(DECIMAL) | KIND(DATE) | KIND(TIME), NULL, range_says},
    {"multiple_of", KIND(INT64) | KIND(DECIMAL), "Must be a multiple of {of}.", NULL},
    {"scale", KIND(DECIMAL), "Must have at most {max} digits behind the point.", NULL},
    {"version", KIND(UUID) | KIND(IP), "Must be of version {of}.", NULL},
    {"items", KIND(LIST) | KIND(MAP), NULL, NULL},
    {"unique", KIND(LIST), "Must not be there twice.", NULL},
    {"key", KIND(MAP), "Not a valid key.", NULL},
    {"levels", KIND(JSON), "Must have at most {max} levels.", NULL},
    {"unknown", 0, "There is no such field.", NULL},
};

static const struct rule *find_rule(const char *code)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rules[i].code, code) == 0)
            return &rules[i];
    return NULL;
}

/* Whether a value of this type can break the rule of ours that has this code. */
static bool has_rule(const struct plan_type *type, const char *code)
{
    const struct rule *rule = find_rule(code);

    return rule != NULL && (rule->kinds >> type->kind & 1) != 0;
}

static const char *ours(const struct bind_fault *fault)
{
    const struct rule *rule = find_rule(fault->code);
    const struct plan_type *type = fault->type;

    if (rule == NULL)
        return "Invalid value.";
    if (rule->says != NULL)
        return rule->says;
    if (type == NULL)
        return "Invalid input type.";
    if (rule->says_of != NULL)
        return rule->says_of(type);
    if (type->kind == DW_KIND_LIST || type->kind == DW_KIND_MAP)
        return between(type->list.min, type->list.max, "Must have exactly {min} items.",
                       "Must have at most {max} items.", "Must have between {min} and {max} items.");
    return between(type->text.min, type->text.max, "Length must be {min}.",
                   "Longer than maximum length {max}.", "Length must be between {min} and {max}.");
}

/* ---- what stands for {…} ---- */

static bool put_size(struct buf *out, size_t v)
{
    dw__buf_u64(out, v);
    return true;
}

static bool put_decimal(struct buf *out, dw_decimal v)
{
    char text[DW__DECIMAL_SIZE];

    dw__buf_put(out, text, dw__decimal_write(v, text));
    return true;
}

static bool put_date(struct buf *out, dw_date v)
{
    char text[DW__DATE_SIZE];

    dw__buf_put(out, text, dw__date_write(v, text));
    return true;
}

static bool put_time(struct buf *out, dw_time v)
{
    char text[DW__TIME_SIZE];

    dw__buf_put(out, text, dw__time_write(v, text));
    return true;
}

static bool put_range(struct buf *out, const struct plan_type *type, bool min)
{
    switch (type->kind) {
    case DW_KIND_INT64: dw__buf_i64(out, min ? type->int64.min : type->int64.max); return true;
    case DW_KIND_DOUBLE: dw__json_put_double(out, min ? type->real.min : type->real.max); return true;
    case DW_KIND_DECIMAL: return put_decimal(out, min ? type->decimal.min : type->decimal.max);
    case DW_KIND_DATE: return put_date(out, min ? type->date.min : type->date.max);
    case DW_KIND_TIME: return put_time(out, min ? type->time.min : type->time.max);
    default: return false;
    }
}

/* {min} and {max}. */
static bool put_bound(struct buf *out, const struct plan_type *type, const char *code, bool min)
{
    if (strcmp(code, "len") == 0)
        return put_size(out, min ? type->text.min : type->text.max);
    if (strcmp(code, "bytes") == 0 && (type->kind == DW_KIND_BYTES || type->kind == DW_KIND_JSON))
        return put_size(out, min ? type->bytes.min : type->bytes.max);
    if (strcmp(code, "bytes") == 0)
        return put_size(out, min ? type->text.bytes_min : type->text.bytes_max);
    if (strcmp(code, "items") == 0)
        return put_size(out, min ? type->list.min : type->list.max);
    if (strcmp(code, "scale") == 0)
        return !min && put_size(out, type->decimal.scale);
    if (strcmp(code, "levels") == 0)
        return !min && put_size(out, type->bytes.levels);
    return strcmp(code, "range") == 0 && put_range(out, type, min);
}

/* {of} */
static bool put_of(struct buf *out, const struct plan_type *type, const char *code)
{
    if (strcmp(code, "version") == 0)
        return put_size(out, type->kind == DW_KIND_UUID ? type->uuid.version : type->ip.version);
    if (strcmp(code, "multiple_of") != 0)
        return false;
    if (type->kind == DW_KIND_DECIMAL)
        return put_decimal(out, type->decimal.multiple_of);
    dw__buf_i64(out, type->int64.multiple_of);
    return true;
}

static void put_words(struct buf *out, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n && words[i] != NULL; i++) {
        if (i > 0)
            dw__buf_lit(out, ", ");
        dw__buf_text(out, dw__text_of(words[i]));
    }
}

/* {values} */
static bool put_values(struct buf *out, const struct plan_type *type, const char *code)
{
    static const char *const web[] = {"https", "http", NULL};

    if (strcmp(code, "scheme") == 0) {
        const char *const *schemes = ((const dw_url_rules *)(const void *)type->rules)->schemes;
        put_words(out, schemes != NULL ? schemes : web, SIZE_MAX);
        return true;
    }
    if (type->kind == DW_KIND_ENUM) {
        put_words(out, type->schema->names, type->schema->n_names);
        return true;
    }
    if (strcmp(code, "one_of") != 0)
        return false;
    if (type->kind != DW_KIND_INT64) {
        if (type->text.one_of != NULL)
            put_words(out, type->text.one_of, SIZE_MAX);
        return type->text.one_of != NULL;
    }
    const dw_int64_rules *ints = (const void *)type->rules;
    for (size_t i = 0; i < ints->n_ints; i++) {
        if (i > 0)
            dw__buf_lit(out, ", ");
        dw__buf_i64(out, ints->ints[i]);
    }
    return ints->n_ints > 0;
}

/* Writes what {name} stands for; false when it stands for nothing. */
static bool put_argument(struct buf *out, const struct plan_type *type, const char *code, dw_text name)
{
    if (type == NULL || !has_rule(type, code)) /* a check of the application may use any code */
        return false;
    if (dw__text_is(name, "min") || dw__text_is(name, "max"))
        return put_bound(out, type, code, dw__text_is(name, "min"));
    if (dw__text_is(name, "of"))
        return put_of(out, type, code);
    return dw__text_is(name, "values") && put_values(out, type, code);
}

/* Fills in a template; false when one of its {names} stands for nothing, which is then left as it is. */
static bool fill_in(struct buf *out, const char *says, const struct plan_type *type, const char *code)
{
    dw_text rest = dw__text_of(says);
    bool good = true;

    while (rest.n > 0) {
        size_t open = dw__text_find(rest, '{');
        dw__buf_put(out, rest.p, open);
        rest = (dw_text){rest.p + open, rest.n - open};
        size_t close = dw__text_find(rest, '}');
        if (close == rest.n)
            break;
        if (!put_argument(out, type, code, (dw_text){rest.p + 1, close - 1})) {
            dw__buf_put(out, rest.p, close + 1);
            good = false;
        }
        rest = (dw_text){rest.p + close + 1, rest.n - close - 1};
    }
    dw__buf_text(out, rest);
    return good;
}

/* ---- whose words ---- */

static bool same_language(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && dw__text_eq_nocase(dw__text_of(a), dw__text_of(b)));
}

static const char *find_message(const dw_message *m, const char *code, const char *language)
{
    for (; m != NULL && m->code != NULL; m++)
        if (strcmp(m->code, code) == 0 && same_language(m->language, language))
            return m->says;
    return NULL;
}

/* The sentence that a field has for a pattern is short for a message. */
static const char *pattern_says(const struct bind_fault *fault)
{
    if (fault->type == NULL || strcmp(fault->code, "pattern") != 0 || !has_rule(fault->type, "pattern"))
        return NULL;
    return ((const dw_text_rules *)(const void *)fault->type->rules)->pattern_says;
}

void dw__says(struct buf *out, const struct bind_fault *fault, const dw_message *messages,
              const char *language)
{
    const dw_message *own = fault->type != NULL ? fault->type->rules->says : NULL;
    const char *says = NULL;

    if (language != NULL)
        says = find_message(own, fault->code, language);
    if (says == NULL && language != NULL)
        says = find_message(messages, fault->code, language);
    if (says == NULL)
        says = find_message(own, fault->code, NULL);
    if (says == NULL)
        says = pattern_says(fault);
    if (says == NULL)
        says = fault->says;
    if (says == NULL)
        says = find_message(messages, fault->code, NULL);
    (void)fill_in(out, says != NULL ? says : ours(fault), fault->type, fault->code);
}

/* ---- at start-up ---- */

static dw_err check_message(const struct plan_type *type, const dw_message *m, struct buf *why)
{
    char text[1024];
    struct buf filled;

    if (m->says == NULL || m->says[0] == '\0') {
        dw__buf_format(why, "the message for \"%s\" is empty", m->code);
        return DW_INTERNAL;
    }
    if (type == NULL || (find_rule(m->code) == NULL && type->checked))
        return DW_OK;
    if (!has_rule(type, m->code)) {
        dw__buf_format(why, "a message for \"%s\", which is no rule of this type", m->code);
        return DW_INTERNAL;
    }
    dw__buf_init_fixed(&filled, text, sizeof text);
    if (fill_in(&filled, m->says, type, m->code))
        return DW_OK;
    dw__buf_format(why, "the message for \"%s\" has a {name} that stands for nothing there", m->code);
    return DW_INTERNAL;
}

static dw_err check_messages(const struct plan_type *type, const dw_message *m, struct buf *why)
{
    for (; m != NULL && m->code != NULL; m++) {
        dw_err err = check_message(type, m, why);
        if (err != DW_OK)
            return err;
    }
    return DW_OK;
}

dw_err dw__says_check(const struct plan_type *type, struct buf *why)
{
    return check_messages(type, type->rules->says, why);
}

dw_err dw__says_check_all(const dw_message *messages, struct buf *why)
{
    return check_messages(NULL, messages, why);
}
