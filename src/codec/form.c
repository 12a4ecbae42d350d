/* form.c -- the pairs of a form, counted before anything is allocated for them. */
#include "codec/form.h"

#include <string.h>

#include "codec/url.h"
#include "codec/utf8.h"

static size_t count_pairs(dw_text body)
{
    dw_text name, value;
    size_t n = 0;

    while (n <= DW__FORM_FIELDS && dw__query_next(&body, &name, &value))
        n++;
    return n;
}

static bool is_plain(dw_text raw)
{
    return raw.n == 0 || (memchr(raw.p, '%', raw.n) == NULL && memchr(raw.p, '+', raw.n) == NULL &&
                          memchr(raw.p, '\0', raw.n) == NULL);
}

/* Decodes a part of the body; *at is an offset in the part. */
static dw_err decode(dw_text raw, struct arena *a, dw_text *out, size_t *at)
{
    *at = 0;
    if (raw.n > DW__FORM_FIELD_SIZE)
        return DW_TOO_LARGE;
    if (is_plain(raw)) {
        *out = raw;
        return dw__utf8_valid(raw.p, raw.n) ? DW_OK : DW_MALFORMED;
    }
    char *copy = dw__arena_bytes(a, raw.n);
    if (copy == NULL)
        return DW_TOO_LARGE;
    size_t n;
    if (!dw__form_decode(raw, copy, &n, at))
        return DW_MALFORMED;
    *out = (dw_text){copy, n};
    return DW_OK;
}

dw_err dw__form_parse(dw_text body, struct arena *a, struct form *form)
{
    dw_text rest = body;
    dw_text name, value;
    size_t n = count_pairs(body);

    *form = (struct form){0};
    if (n > DW__FORM_FIELDS)
        return DW_TOO_LARGE;
    if (n == 0)
        return DW_OK;
    form->pairs = dw__arena_calloc(a, n, sizeof *form->pairs);
    if (form->pairs == NULL)
        return DW_TOO_LARGE;
    while (dw__query_next(&rest, &name, &value)) {
        struct form_pair *pair = &form->pairs[form->n++];
        dw_text bad = name;
        size_t at;
        dw_err err = decode(name, a, &pair->name, &at);
        if (err == DW_OK) {
            bad = value;
            err = decode(value, a, &pair->value, &at);
        }
        if (err != DW_OK) {
            form->error_at = (size_t)(bad.p - body.p) + at;
            return err;
        }
    }
    return DW_OK;
}
