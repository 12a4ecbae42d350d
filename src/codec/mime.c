/* codec/mime.c -- see mime.h. Bodies are quoted-printable, subjects beyond ASCII are encoded words in base64, each of whole characters. */
#include "codec/mime.h"

#include <string.h>

#include "base/clock.h"
#include "codec/email.h"
#include "codec/utf8.h"

#define LINE_MAX_CHARS 76u
#define WORD_BYTES \
    39u /* of an encoded word: 52 characters of base64, beside 12 of frame and those of "Subject: " */
#define SUBJECT_PLAIN 66u
#define ID_MAX 64u

/* ---- may it be ---- */

static bool is_header_text(dw_text t)
{
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.p[i] < ' ' || t.p[i] == 0x7f)
            return false;
    return dw__utf8_valid_text(t.p, t.n);
}

static bool is_id(dw_text t)
{
    for (size_t i = 0; i < t.n; i++) {
        char c = t.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return t.n > 0 && t.n <= ID_MAX;
}

static bool is_address(dw_text t)
{
    struct email parts;

    return dw__email_read(t, &parts);
}

const char *dw__mime_fault(const struct mime_mail *mail)
{
    if (!is_address(mail->from))
        return "whom it is from is no address";
    if (!is_address(mail->to))
        return "whom it is for is no address";
    if (mail->reply_to.n > 0 && !is_address(mail->reply_to))
        return "whom to reply to is no address";
    if (!is_header_text(mail->subject))
        return "its subject is not one line of text";
    if (!dw__utf8_valid_text(mail->text.p, mail->text.n) || !dw__utf8_valid_text(mail->html.p, mail->html.n))
        return "its body is no text";
    return is_id(mail->id) ? NULL : "its id is none";
}

/* ---- headers ---- */

static void put_base64(struct buf *out, dw_text t)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < t.n; i += 3) {
        size_t left = t.n - i;
        uint32_t bits = (uint32_t)(unsigned char)t.p[i] << 16;

        bits |= left > 1 ? (uint32_t)(unsigned char)t.p[i + 1] << 8 : 0;
        bits |= left > 2 ? (uint32_t)(unsigned char)t.p[i + 2] : 0;
        dw__buf_putc(out, digits[bits >> 18]);
        dw__buf_putc(out, digits[bits >> 12 & 63]);
        dw__buf_putc(out, left > 1 ? digits[bits >> 6 & 63] : '=');
        dw__buf_putc(out, left > 2 ? digits[bits & 63] : '=');
    }
}

static bool is_plain_subject(dw_text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] < ' ' || t.p[i] > '~' || (t.p[i] == '=' && i + 1 < t.n && t.p[i + 1] == '?'))
            return false;
    return t.n <= SUBJECT_PLAIN && (t.n == 0 || (t.p[0] != ' ' && t.p[t.n - 1] != ' '));
}

static void put_subject(struct buf *out, dw_text t)
{
    dw__buf_lit(out, "Subject: ");
    if (is_plain_subject(t)) {
        dw__buf_text(out, t);
    } else {
        while (t.n > 0) {
            dw_text word = dw__utf8_cut(t, WORD_BYTES);

            dw__buf_lit(out, "=?UTF-8?B?");
            put_base64(out, word);
            dw__buf_lit(out, "?=");
            t = (dw_text){t.p + word.n, t.n - word.n};
            if (t.n > 0)
                dw__buf_lit(out, "\r\n ");
        }
    }
    dw__buf_lit(out, "\r\n");
}

static void put_address(struct buf *out, const char *name, dw_text address)
{
    dw__buf_format(out, "%s: <%.*s>\r\n", name, DW_FMT(address));
}

/* "Sun, 06 Nov 1994 08:49:37 +0000": as HTTP has it, but for the zone. */
static void put_date(struct buf *out, int64_t unix_s)
{
    char date[30];

    dw__http_date(unix_s, date);
    dw__buf_format(out, "Date: %.25s +0000\r\n", date);
}

/* ---- bodies ---- */

struct quoted {
    struct buf *out;
    size_t column;
};

static void put_quoted(struct quoted *q, const char *p, size_t n)
{
    if (q->column + n > LINE_MAX_CHARS - 1) {
        dw__buf_lit(q->out, "=\r\n");
        q->column = 0;
    }
    dw__buf_put(q->out, p, n);
    q->column += n;
}

/* Bytes of the line end at t.p, or 0. */
static size_t line_end(dw_text t)
{
    if (t.n > 1 && t.p[0] == '\r' && t.p[1] == '\n')
        return 2;
    return t.n > 0 && t.p[0] == '\n' ? 1 : 0;
}

/* A dot, or the F of "From ", at the beginning of a line means something on the way. */
static bool stands_for_itself(const struct quoted *q, dw_text t)
{
    char c = t.p[0];
    dw_text rest = {t.p + 1, t.n - 1};

    if (c == ' ' || c == '\t')
        return rest.n > 0 && line_end(rest) == 0;
    return c > ' ' && c <= '~' && c != '=' && !(q->column == 0 && (c == '.' || c == 'F'));
}

static void put_body(struct buf *out, dw_text t)
{
    struct quoted q = {out, 0};

    while (t.n > 0) {
        size_t end = line_end(t), n = end > 0 ? end : 1;
        char code[4];

        if (end > 0) {
            dw__buf_lit(out, "\r\n");
            q.column = 0;
        } else if (stands_for_itself(&q, t)) {
            put_quoted(&q, t.p, 1);
        } else {
            static const char digits[] = "0123456789ABCDEF";
            unsigned char c = (unsigned char)t.p[0];

            code[0] = '=';
            code[1] = digits[c >> 4];
            code[2] = digits[c & 15];
            put_quoted(&q, code, 3);
        }
        t = (dw_text){t.p + n, t.n - n};
    }
    dw__buf_lit(out, "\r\n");
}

static void put_part(struct buf *out, const char *type, dw_text t)
{
    dw__buf_format(
        out, "Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
        type);
    put_body(out, t);
}

/* "=_" cannot be in what is quoted. */
static void put_alternatives(struct buf *out, const struct mime_mail *mail)
{
    dw__buf_format(out, "Content-Type: multipart/alternative;\r\n boundary=\"=_%.*s\"\r\n\r\n",
                   DW_FMT(mail->id));
    dw__buf_format(out, "--=_%.*s\r\n", DW_FMT(mail->id));
    put_part(out, "plain", mail->text);
    dw__buf_format(out, "--=_%.*s\r\n", DW_FMT(mail->id));
    put_part(out, "html", mail->html);
    dw__buf_format(out, "--=_%.*s--\r\n", DW_FMT(mail->id));
}

void dw__mime_write(const struct mime_mail *mail, struct buf *out)
{
    struct email from;

    if (!dw__email_read(mail->from, &from)) {
        out->failed = true;
        return;
    }
    put_date(out, mail->unix_s);
    put_address(out, "From", mail->from);
    put_address(out, "To", mail->to);
    if (mail->reply_to.n > 0)
        put_address(out, "Reply-To", mail->reply_to);
    put_subject(out, mail->subject);
    dw__buf_format(out, "Message-ID: <%.*s@%.*s>\r\n", DW_FMT(mail->id), DW_FMT(from.domain));
    dw__buf_lit(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
    if (mail->html.n > 0)
        put_alternatives(out, mail);
    else
        put_part(out, "plain", mail->text);
}
