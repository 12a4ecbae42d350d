/* auth/audit_line.c -- a line is read from both ends: head and MAC have fixed places, and what is between them only the MAC judges. */
#include "auth/audit_line.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

/* Takes `literal` from the front. */
static bool skip(dw_text *t, dw_text literal)
{
    if (!dw__text_starts(*t, literal))
        return false;
    t->p += literal.n;
    t->n -= literal.n;
    return true;
}
#define SKIP(t, literal) skip((t), DW_TEXT(literal))

static bool take(dw_text *t, size_t n, dw_text *out)
{
    if (t->n < n)
        return false;
    *out = (dw_text){t->p, n};
    t->p += n;
    t->n -= n;
    return true;
}

static bool take_hex(dw_text *t, size_t n, dw_text *out)
{
    if (!take(t, n, out))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!((out->p[i] >= '0' && out->p[i] <= '9') || (out->p[i] >= 'a' && out->p[i] <= 'f')))
            return false;
    return true;
}

/* Digits without needless zeros: a number has one spelling. */
static bool take_number(dw_text *t, uint64_t *out)
{
    size_t n = 0;

    while (n < t->n && t->p[n] >= '0' && t->p[n] <= '9')
        n++;
    if (n == 0 || (n > 1 && t->p[0] == '0') || !dw__text_u64((dw_text){t->p, n}, out))
        return false;
    t->p += n;
    t->n -= n;
    return true;
}

static bool take_name(dw_text *t, dw_text *out)
{
    size_t n = dw__text_find(*t, '"');

    return n > 0 && n < t->n && take(t, n, out);
}

bool dw__audit_line_read(dw_text line, struct audit_line *out)
{
    dw_text end, head;

    *out = (struct audit_line){0};
    if (line.n < DW__AUDIT_END_SIZE || line.n > DW__AUDIT_LINE)
        return false;
    head = out->sealed = (dw_text){line.p, line.n - DW__AUDIT_END_SIZE};
    end = (dw_text){line.p + head.n, DW__AUDIT_END_SIZE};
    if (!SKIP(&end, ",\"mac\":\"") || !take_hex(&end, DW__AUDIT_MAC, &out->mac) || !dw__text_is(end, "\"}"))
        return false;
    if (!SKIP(&head, "{\"time\":\"") || !take(&head, DW__AUDIT_TIME, &out->time) ||
        !SKIP(&head, "\",\"chain\":\"") || !take_hex(&head, DW__AUDIT_ID, &out->chain) ||
        !SKIP(&head, "\",\"seq\":") || !take_number(&head, &out->seq) || !SKIP(&head, ",\"event\":\"") ||
        !take_name(&head, &out->event) || !SKIP(&head, "\""))
        return false;
    out->rest = head;
    return true;
}

/* The shape of a time, so that one that is later is also greater. */
static bool take_time(dw_text *t, dw_text *out)
{
    static const char shape[DW__AUDIT_TIME + 1] = "0000-00-00T00:00:00.000Z";

    if (!take(t, DW__AUDIT_TIME, out))
        return false;
    for (size_t i = 0; i < DW__AUDIT_TIME; i++)
        if (shape[i] == '0' ? out->p[i] < '0' || out->p[i] > '9' : out->p[i] != shape[i])
            return false;
    return true;
}

static bool take_head(dw_text *t, struct audit_head_line *out)
{
    return take_time(t, &out->time) && SKIP(t, "\",\"chain\":\"") && take_hex(t, DW__AUDIT_ID, &out->chain) &&
           SKIP(t, "\",\"seq\":") && take_number(t, &out->seq) && SKIP(t, ",\"mac\":\"") &&
           take_hex(t, DW__AUDIT_MAC, &out->mac) && SKIP(t, "\",\"head\":\"") &&
           take_hex(t, DW__AUDIT_MAC, &out->head) && SKIP(t, "\"");
}

bool dw__audit_head_read(dw_text *text, struct audit_head_line *out)
{
    static const char begin[] = "\"event\":\"audit.head\",\"at\":\"";
    const char *at;

    while (text->n > 0 && (at = memmem(text->p, text->n, begin, sizeof begin - 1)) != NULL) {
        text->n -= (size_t)(at - text->p) + sizeof begin - 1;
        text->p = at + sizeof begin - 1;
        dw_text behind = *text;

        if (take_head(&behind, out)) {
            *text = behind;
            return true;
        }
    }
    return false;
}

/* The end of a text: its '"', where no '\\' stands before that. */
static size_t text_end(dw_text t)
{
    size_t i = 0;

    while (i < t.n && t.p[i] != '"')
        i += t.p[i] == '\\' ? 2 : 1;
    return i < t.n ? i : t.n;
}

bool dw__audit_member_read(dw_text *rest, struct audit_member *out)
{
    size_t n;

    *out = (struct audit_member){0};
    if (!SKIP(rest, ",\"") || !take_name(rest, &out->name) || !SKIP(rest, "\":"))
        return false;
    out->is_text = SKIP(rest, "\"");
    n = out->is_text ? text_end(*rest) : dw__text_find(*rest, ',');
    return take(rest, n, &out->value) && (!out->is_text || SKIP(rest, "\""));
}

bool dw__audit_file_name_holds(dw_text name)
{
    if (name.n == 0 || name.n > 255)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == '"' || name.p[i] == '\\')
            return false;
    return true;
}

/* The file before, where it is said. */
static bool take_file(dw_text *rest, struct audit_after *out)
{
    if (!SKIP(rest, ",\"file\":\""))
        return true;
    return take_name(rest, &out->file) && dw__audit_file_name_holds(out->file) && SKIP(rest, "\"");
}

bool dw__audit_after_read(dw_text rest, struct audit_after *out)
{
    *out = (struct audit_after){0};
    if (!SKIP(&rest, ",\"after\":\""))
        return false;
    if (SKIP(&rest, "?"))
        out->chain = DW_TEXT("?");
    else if (!SKIP(&rest, "nothing") && !(take_hex(&rest, DW__AUDIT_ID, &out->chain) && SKIP(&rest, ":") &&
                                          take_number(&rest, &out->seq)))
        return false;
    if (!SKIP(&rest, "\",\"torn\":") || !take_number(&rest, &out->torn) || !take_file(&rest, out))
        return false;
    return !SKIP(&rest, ",\"last_mac\":\"") ||
           (take_hex(&rest, DW__AUDIT_MAC, &out->mac) && SKIP(&rest, "\""));
}

void dw__audit_after_put(struct buf *b, const struct audit_after *after)
{
    dw__buf_lit(b, ",\"after\":\"");
    dw__buf_text(b, after->chain.n > 0 ? after->chain : DW_TEXT("nothing"));
    if (after->chain.n == DW__AUDIT_ID) {
        dw__buf_putc(b, ':');
        dw__buf_u64(b, after->seq);
    }
    dw__buf_lit(b, "\",\"torn\":");
    dw__buf_u64(b, after->torn);
    if (dw__audit_file_name_holds(after->file)) {
        dw__buf_lit(b, ",\"file\":\"");
        dw__buf_text(b, after->file);
        dw__buf_putc(b, '"');
    }
    if (after->mac.n == DW__AUDIT_MAC) {
        dw__buf_lit(b, ",\"last_mac\":\"");
        dw__buf_text(b, after->mac);
        dw__buf_putc(b, '"');
    }
}

void dw__audit_time(int64_t unix_ms, char out[static DW__AUDIT_TIME])
{
    unsigned ms = (unsigned)(unix_ms % 1000);
    char seconds[21];

    dw__rfc3339(unix_ms / 1000, seconds);
    memcpy(out, seconds, 19);
    out[19] = '.';
    out[20] = (char)('0' + ms / 100);
    out[21] = (char)('0' + ms / 10 % 10);
    out[22] = (char)('0' + ms % 10);
    out[23] = 'Z';
}

void dw__audit_line_begin(struct buf *b, const struct audit_chain *chain, int64_t unix_ms, dw_text event)
{
    char time[DW__AUDIT_TIME];

    dw__audit_time(unix_ms, time);
    dw__buf_lit(b, "{\"time\":\"");
    dw__buf_put(b, time, sizeof time);
    dw__buf_lit(b, "\",\"chain\":\"");
    dw__buf_put(b, chain->id, sizeof chain->id);
    dw__buf_lit(b, "\",\"seq\":");
    dw__buf_u64(b, chain->seq);
    dw__buf_lit(b, ",\"event\":\"");
    dw__buf_text(b, event);
    dw__buf_putc(b, '"');
}

dw_err dw__audit_line_end(struct buf *b, size_t begin, struct audit_chain *chain,
                          char mac[static DW__AUDIT_MAC])
{
    dw_err err;

    if (b->failed)
        return DW_TOO_LARGE;
    err = dw__audit_chain_mac(chain, (dw_text){b->p + begin, b->n - begin}, mac);
    if (err == DW_OK)
        err = dw__audit_chain_step(chain);
    if (err != DW_OK)
        return err;
    dw__buf_lit(b, ",\"mac\":\"");
    dw__buf_put(b, mac, DW__AUDIT_MAC);
    dw__buf_lit(b, "\"}\n");
    return b->failed ? DW_TOO_LARGE : DW_OK;
}
