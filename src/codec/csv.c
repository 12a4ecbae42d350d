/* codec/csv.c -- CSV (RFC 4180), strictly: a quote stands around a field or doubled in it, and nowhere else.
 *
 * Pure. A row that is none is passed over up to the end of its line, so that one mistake is one mistake and not all that follows. */
#include <dw/command.h>

#include "base/ctx.h"
#include "codec/utf8.h"

static const char no_text[] = "there are bytes in it that are no UTF-8, or a NUL";
static const char too_many[] = "there are more fields than columns";
static const char not_closed[] = "a quotation mark is not closed";
static const char stray[] = "a quotation mark stands where none may be";

/* Bytes up to the end of the line (at '\n', or the end of the text). */
static size_t line_of(dw_text t)
{
    const char *end = t.n > 0 ? memchr(t.p, '\n', t.n) : NULL;

    return end != NULL ? (size_t)(end - t.p) : t.n;
}

static void skip(dw_csv *csv, size_t n)
{
    csv->text.p += n;
    csv->text.n -= n;
}

static void skip_line(dw_csv *csv)
{
    const size_t n = line_of(csv->text);

    skip(csv, n < csv->text.n ? n + 1 : n);
    csv->next_line++;
}

/* Behind a field: a comma (true: another one follows), or the end of the line. */
static bool skip_separator(dw_csv *csv)
{
    if (csv->text.n > 0 && csv->text.p[0] == ',') {
        skip(csv, 1);
        return true;
    }
    skip_line(csv);
    return false;
}

static bool ends_field(dw_text t, size_t at)
{
    return at >= t.n || t.p[at] == ',' || t.p[at] == '\n' ||
           (t.p[at] == '\r' && (at + 1 == t.n || t.p[at + 1] == '\n'));
}

static dw_err take_bare(dw_csv *csv, dw_text *field)
{
    size_t n = 0;

    while (!ends_field(csv->text, n) && csv->text.p[n] != '"')
        n++;
    *field = (dw_text){csv->text.p, n};
    if (!ends_field(csv->text, n)) {
        csv->trouble = stray;
        return DW_MALFORMED;
    }
    skip(csv, n);
    return DW_OK;
}

/* The place of the quote that closes the field whose first byte is text.p[1]; text.n when there is none. */
static size_t closing_quote(dw_text t, size_t *doubled, size_t *lines)
{
    size_t at = 1;

    *doubled = *lines = 0;
    for (; at < t.n; at++) {
        *lines += t.p[at] == '\n';
        if (t.p[at] != '"')
            continue;
        if (at + 1 >= t.n || t.p[at + 1] != '"')
            break;
        (*doubled)++;
        at++;
    }
    return at < t.n ? at : t.n;
}

static dw_err take_quoted(dw_ctx *ctx, dw_csv *csv, dw_text *field)
{
    size_t doubled, lines, n = 0;
    const size_t end = closing_quote(csv->text, &doubled, &lines);
    char *out;

    if (end == csv->text.n || !ends_field(csv->text, end + 1)) {
        csv->trouble = end == csv->text.n ? not_closed : stray;
        return DW_MALFORMED;
    }
    if ((out = dw__arena_bytes(ctx->arena, end - doubled)) == NULL)
        return DW_UNAVAILABLE;
    for (size_t i = 1; i < end; i++) {
        out[n++] = csv->text.p[i];
        i += csv->text.p[i] == '"';
    }
    *field = (dw_text){out, n};
    csv->next_line += lines;
    skip(csv, end + 1);
    return DW_OK;
}

static dw_err take_field(dw_ctx *ctx, dw_csv *csv, dw_text *field)
{
    dw_err err =
        csv->text.n > 0 && csv->text.p[0] == '"' ? take_quoted(ctx, csv, field) : take_bare(csv, field);

    if (err == DW_OK && !dw__utf8_valid_text(field->p, field->n)) {
        csv->trouble = no_text;
        err = DW_MALFORMED;
    }
    if (err == DW_OK && csv->text.n > 0 && csv->text.p[0] == '\r')
        skip(csv, 1);
    return err;
}

static void skip_empty_lines(dw_csv *csv)
{
    while (csv->text.n > 0 &&
           (csv->text.p[0] == '\n' || (csv->text.p[0] == '\r' && csv->text.n > 1 && csv->text.p[1] == '\n')))
        skip_line(csv);
}

dw_err dw_csv_next(dw_ctx *ctx, dw_csv *csv, dw_text *fields, size_t max, size_t *n)
{
    bool more = true;
    dw_err err = DW_OK;

    *n = 0;
    csv->trouble = NULL;
    if (csv->next_line == 0)
        csv->next_line = 1;
    skip_empty_lines(csv);
    csv->line = csv->next_line;
    if (csv->text.n == 0)
        return DW_NOT_FOUND;
    while (more && err == DW_OK) {
        if (*n == max) {
            csv->trouble = too_many;
            err = DW_MALFORMED;
        } else if ((err = take_field(ctx, csv, &fields[*n])) == DW_OK) {
            (*n)++;
            more = skip_separator(csv);
        }
    }
    if (err == DW_MALFORMED)
        skip_line(csv);
    return err;
}
