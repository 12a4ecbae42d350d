/* multipart_head.c -- what a part says of itself, and what the whole says of its parts.
 *
 * Content-Disposition is form-data with one name and at most one file name (RFC 7578 §4.2).  Of other fields only Content-Type means anything;
 * Content-Transfer-Encoding is refused, since it would be another body to those who honour it (§4.7), the rest is passed over (§4.8). */
#include "codec/multipart.h"

#include <string.h>

#include "base/text.h"
#include "codec/parameter.h"
#include "codec/utf8.h"

/* Takes `value` for a parameter that may come once. */
static bool take_once(dw_text *slot, dw_text value)
{
    bool first = slot->p == NULL;

    *slot = value;
    return first;
}

/* %22, %0D, %0A as WHATWG HTML §4.10.21.8 writes them; any other % is one. In place, since it only gets shorter. */
static dw_text decode_name(dw_text raw)
{
    char *out = (char *)(uintptr_t)raw.p;
    size_t n = 0;

    for (size_t i = 0; i < raw.n; i++) {
        char ch = raw.p[i];

        if (ch == '%' && raw.n - i > 2) {
            ch = memcmp(raw.p + i, "%22", 3) == 0   ? '"'
                 : memcmp(raw.p + i, "%0D", 3) == 0 ? '\r'
                 : memcmp(raw.p + i, "%0A", 3) == 0 ? '\n'
                                                    : '%';
            i += ch == '%' ? 0 : 2;
        }
        out[n++] = ch;
    }
    return (dw_text){raw.p, n};
}

static bool read_disposition(dw_text value, struct multipart_part *part)
{
    dw_text rest, name, text;

    if (!dw__text_eq_nocase(dw__parameter_begin(value, &rest), DW_TEXT("form-data")))
        return false;
    while (dw__parameter_next(&rest, &name, &text)) {
        bool is_name = dw__text_eq_nocase(name, DW_TEXT("name"));

        if (!is_name && !dw__text_eq_nocase(name, DW_TEXT("filename"))) /* name* and filename* among them */
            return false;
        if (!take_once(is_name ? &part->name : &part->filename, text))
            return false;
    }
    return rest.n == 0 && part->name.p != NULL;
}

static bool is_utf8(dw_text charset)
{
    return charset.p == NULL || dw__text_eq_nocase(charset, DW_TEXT("utf-8"));
}

/* Reads type/subtype and its parameters; *charset is NULL where it says none. */
static bool read_type(dw_text value, dw_text *charset)
{
    dw_text rest, name, text;
    dw_text subtype = dw__parameter_begin(value, &rest);
    dw_text type = dw__text_cut(&subtype, '/');

    *charset = (dw_text){NULL, 0};
    if (!dw__is_token(type) || !dw__is_token(subtype))
        return false;
    while (dw__parameter_next(&rest, &name, &text))
        if (dw__text_eq_nocase(name, DW_TEXT("charset")) && !take_once(charset, text))
            return false;
    return rest.n == 0;
}

/* The fields that mean anything, each of which comes once. */
struct fields {
    dw_text names[DW__MULTIPART_FIELDS];
    size_t n;
    dw_text disposition, type;
};

static dw_err add_field(struct fields *fields, dw_text line)
{
    dw_text value = line;
    dw_text name = dw__text_cut(&value, ':');

    if (value.p == NULL || !dw__is_token(name) ||
        dw__text_eq_nocase(name, DW_TEXT("content-transfer-encoding")))
        return DW_MALFORMED;
    for (size_t i = 0; i < fields->n; i++)
        if (dw__text_eq_nocase(fields->names[i], name))
            return DW_MALFORMED;
    if (fields->n == DW__MULTIPART_FIELDS)
        return DW_TOO_LARGE;
    fields->names[fields->n++] = name;
    if (dw__text_eq_nocase(name, DW_TEXT("content-disposition")))
        fields->disposition = dw__text_trim(value);
    else if (dw__text_eq_nocase(name, DW_TEXT("content-type")))
        fields->type = dw__text_trim(value);
    return DW_OK;
}

/* `head` is lines that end in CR LF, the last of them empty. */
static dw_err read_fields(dw_text head, struct fields *fields)
{
    while (head.n > 2) {
        dw_text line = dw__text_cut(&head, '\n');
        dw_err err = add_field(fields, (dw_text){line.p, line.n - 1});

        if (err != DW_OK)
            return err;
    }
    return DW_OK;
}

/* Decodes a name or file name. */
static bool finish_name(dw_text *name)
{
    if (name->p == NULL)
        return true;
    *name = decode_name(*name);
    return dw__utf8_valid_text(name->p, name->n);
}

dw_err dw__multipart_head(struct multipart *m)
{
    struct fields fields = {.n = 0};
    struct multipart_part *part = &m->part;
    dw_text charset;
    dw_err err = read_fields((dw_text){m->head, m->head_n}, &fields);

    if (err != DW_OK)
        return err;
    *part = (struct multipart_part){.type = fields.type};
    if (fields.disposition.p == NULL || !read_disposition(fields.disposition, part))
        return DW_MALFORMED;
    if (fields.type.p != NULL &&
        (!read_type(fields.type, &charset) || (part->filename.p == NULL && !is_utf8(charset))))
        return DW_MALFORMED;
    return finish_name(&part->name) && finish_name(&part->filename) ? DW_OK : DW_MALFORMED;
}

bool dw__multipart_boundary(dw_text content_type, dw_text *boundary)
{
    dw_text rest, name, text, charset = {NULL, 0};

    *boundary = (dw_text){NULL, 0};
    if (!dw__text_eq_nocase(dw__parameter_begin(content_type, &rest), DW_TEXT("multipart/form-data")))
        return false;
    while (dw__parameter_next(&rest, &name, &text)) {
        bool is_boundary = dw__text_eq_nocase(name, DW_TEXT("boundary"));

        if (!is_boundary && !dw__text_eq_nocase(name, DW_TEXT("charset")))
            return false;
        if (!take_once(is_boundary ? boundary : &charset, text))
            return false;
    }
    return rest.n == 0 && boundary->p != NULL && dw__multipart_is_boundary(*boundary) && is_utf8(charset);
}
