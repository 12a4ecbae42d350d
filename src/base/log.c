/* base/log.c -- log lines that nothing from a client can break.
 *
 * A line is JSON in one piece: names are literals of the program, and every text goes through dw__log_put_text(), which lets pass
 * printable ASCII and well-formed UTF-8 and writes all else as \uXXXX: control characters (those from U+0080 too, which
 * terminals obey), line separators, and the characters that turn the direction of text around.  Bytes that are not UTF-8
 * become U+FFFD. A secret has no text here at all. */
#include "base/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/audit.h"
#include "base/text.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define LINE_SIZE 16384
#define CUT ",\"cut\":true"
#define BYTES(b) (UINT64_C(0x0101010101010101) * (b))
#define HIGH BYTES(0x80)

/* Bit 7 of a byte is set when that byte of v is zero; perhaps also in bytes above one that is. */
static inline uint64_t zero_bytes(uint64_t v)
{
    return (v - BYTES(1)) & ~v & HIGH;
}

static inline bool plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Not 0 when one of the eight bytes at p is not plain. */
static inline uint64_t odd8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return (v | (v - BYTES(0x20)) | zero_bytes(v ^ BYTES(0x7f)) | zero_bytes(v ^ BYTES('"')) |
            zero_bytes(v ^ BYTES('\\'))) &
           HIGH;
}

#ifdef __SSE2__
/* Not 0 when one of the sixteen bytes at p is not plain. As signed bytes, those from 0x80 on are below the space too. */
static inline int odd16(const char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i odd =
        _mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)), _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f)));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
    return _mm_movemask_epi8(_mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))));
}
#else
static inline uint64_t odd16(const char *p)
{
    return odd8(p) | odd8(p + 8);
}
#endif

/* Whether all can be copied as it is. Nearly every text can, and most are short: the last word overlaps the one before. */
static bool all_plain(const char *p, size_t n)
{
    if (n >= 16) {
        for (size_t i = 0; i + 16 < n; i += 16)
            if (odd16(p + i) != 0)
                return false;
        return odd16(p + n - 16) == 0;
    }
    if (n >= 8)
        return (odd8(p) | odd8(p + n - 8)) == 0;
    for (size_t i = 0; i < n; i++)
        if (!plain((unsigned char)p[i]))
            return false;
    return true;
}

/* How many bytes at the start of p can be copied as they are. */
static size_t plain_run(const char *p, size_t n)
{
    size_t i = 0;
    while (i + 8 <= n && odd8(p + i) == 0)
        i += 8;
    while (i < n && plain((unsigned char)p[i]))
        i++;
    return i;
}

/* The length of the well-formed UTF-8 sequence at p (RFC 3629 §4), its code point in *c; 0 when there is none. */
static size_t utf8_at(const unsigned char *p, size_t n, unsigned *c)
{
    unsigned first = p[0];
    size_t size = first < 0x80   ? 1
                  : first < 0xc2 ? 0
                  : first < 0xe0 ? 2
                  : first < 0xf0 ? 3
                  : first < 0xf5 ? 4
                                 : 0;
    if (size == 0 || size > n)
        return 0;
    unsigned v = size == 1 ? first : first & (0x7fU >> size);
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (p[i] & 0x3f);
    }
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (v < least[size] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
        return 0;
    *c = v;
    return size;
}

/* Whether a well-formed character must not be seen by who reads the log. */
static bool harmful(unsigned c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void put_escape(struct buf *b, unsigned c)
{
    static const char hex[] = "0123456789abcdef";
    char out[6] = {'\\', 'u', hex[c >> 12 & 15], hex[c >> 8 & 15], hex[c >> 4 & 15], hex[c & 15]};
    dw__buf_put(b, out, sizeof out);
}

/* The one character at p that could not be copied as it is; its length. */
static size_t put_special(struct buf *b, const char *p, size_t n)
{
    unsigned c = 0;
    size_t size = utf8_at((const unsigned char *)p, n, &c);
    if (size == 0) {
        dw__buf_lit(b, "\xef\xbf\xbd");
        return 1;
    }
    if (harmful(c)) {
        put_escape(b, c);
        return size;
    }
    if (c == '"' || c == '\\')
        dw__buf_putc(b, '\\');
    dw__buf_put(b, p, size);
    return size;
}

/* Copies what can be copied, escapes what cannot. */
static void put_escaped(struct buf *b, dw_text t)
{
    for (size_t i = 0; i < t.n && !b->failed;) {
        size_t run = plain_run(t.p + i, t.n - i);
        dw__buf_put(b, t.p + i, run);
        i += run;
        if (i < t.n)
            i += put_special(b, t.p + i, t.n - i);
    }
}

void dw__log_put_text(struct buf *b, dw_text t)
{
    if (t.n > b->max - b->n) {
        b->failed = true; /* an escaped text is never shorter: no need to look at it */
        return;
    }
    dw__buf_putc(b, '"');
    if (all_plain(t.p, t.n))
        dw__buf_text(b, t);
    else
        put_escaped(b, t);
    dw__buf_putc(b, '"');
}

static void put_key(struct buf *b, const char *key)
{
    dw__buf_putc(b, ',');
    dw__log_put_text(b, dw__text_of(key));
    dw__buf_putc(b, ':');
}

void dw__log_text(struct buf *b, const char *key, dw_text value)
{
    put_key(b, key);
    dw__log_put_text(b, value);
}

void dw__log_int(struct buf *b, const char *key, int64_t value)
{
    put_key(b, key);
    dw__buf_i64(b, value);
}

/* The shortest of the usual precisions that reads back as d; null where JSON has no number. */
static void put_real(struct buf *b, double d)
{
    if (!isfinite(d)) {
        dw__buf_lit(b, "null");
        return;
    }
    char text[32];
    int n = snprintf(text, sizeof text, "%.15g", d);
    if (strtod(text, NULL) != d)
        n = snprintf(text, sizeof text, "%.17g", d);
    for (int i = 0; i < n; i++)
        dw__buf_putc(b, text[i] == ',' ? '.' : text[i]); /* an application may have set a locale */
}

static void put_kv(struct buf *b, const dw_kv *kv)
{
    put_key(b, kv->key);
    switch (kv->kind) {
    case DW_KV_INT: dw__buf_i64(b, kv->i); return;
    case DW_KV_UINT: dw__buf_u64(b, (uint64_t)kv->i); return;
    case DW_KV_REAL: put_real(b, kv->d); return;
    case DW_KV_BOOL: dw__buf_text(b, kv->i != 0 ? DW_TEXT("true") : DW_TEXT("false")); return;
    case DW_KV_TEXT: dw__log_put_text(b, kv->t); return;
    case DW_KV_CSTR:
        if (kv->t.p == NULL)
            dw__buf_lit(b, "null");
        else
            dw__log_put_text(b, kv->t);
        return;
    case DW_KV_SECRET: dw__buf_lit(b, "\"[secret]\""); return;
    }
    dw__buf_lit(b, "null"); /* a kind that no DW_KV makes */
}

/* "1994-11-06T08:49:37.000Z" */
static void put_time(struct buf *b, const struct clock *clock)
{
    struct clock reading = {0};
    if (clock == NULL || clock->rfc3339[0] == '\0') {
        dw__clock_read(&reading);
        clock = &reading;
    }
    unsigned ms = (unsigned)(clock->unix_ms % 1000);
    char rest[5] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10), (char)('0' + ms % 10), 'Z'};
    dw__buf_put(b, clock->rfc3339, 19);
    dw__buf_put(b, rest, sizeof rest);
}

static dw_text level_name(dw_log_level level)
{
    switch (level) {
    case DW_LOG_LEVEL_DEBUG: return DW_TEXT("debug");
    case DW_LOG_LEVEL_INFO: return DW_TEXT("info");
    case DW_LOG_LEVEL_WARN: return DW_TEXT("warn");
    case DW_LOG_LEVEL_ERROR: break;
    }
    return DW_TEXT("error");
}

void dw__log_begin(struct buf *b, const dw_ctx *ctx, dw_log_level level, dw_text kind_and_event)
{
    dw__buf_lit(b, "{\"time\":\"");
    put_time(b, ctx == NULL ? NULL : ctx->clock);
    dw__buf_lit(b, "\",\"level\":\"");
    dw__buf_text(b, level_name(level));
    dw__buf_putc(b, '"');
    dw__buf_text(b, kind_and_event);
    if (ctx == NULL)
        return;
    if (ctx->request_id.n > 0)
        DW__LOG_TEXT(b, "request_id", ctx->request_id);
    if (ctx->traceparent.n > 0)
        DW__LOG_TEXT(b, "traceparent", ctx->traceparent);
    if (ctx->route.n > 0)
        DW__LOG_TEXT(b, "route", ctx->route);
}

/* Values until one does not fit: then the line says that it was cut. */
static void put_values(struct buf *b, const dw_kv *kv, size_t n)
{
    b->cap -= sizeof CUT - 1;
    for (size_t i = 0; i < n && !b->failed; i++) {
        if (kv[i].kind == 0)
            continue; /* what the macros end their lists with */
        size_t before = b->n;
        put_kv(b, &kv[i]);
        if (b->failed) {
            *b = (struct buf){.p = b->p, .n = before, .cap = LINE_SIZE, .max = LINE_SIZE};
            dw__buf_lit(b, CUT);
            return;
        }
    }
    b->cap += sizeof CUT - 1;
}

static void write_line(struct log *log, const dw_ctx *ctx, dw_log_level level, const char *kind,
                       const char *event, const dw_kv *kv, size_t n)
{
    if (!dw__log_wants(log, level))
        return;
    char line[LINE_SIZE], what[LINE_SIZE / 4];
    struct buf b, head;
    dw__buf_init_fixed(&head, what, sizeof what);
    dw__log_text(&head, "kind", dw__text_of(kind));
    dw__log_text(&head, "event", dw__text_of(event));
    dw__buf_init_fixed(&b, line, sizeof line);
    dw__log_begin(&b, ctx, level, (dw_text){head.p, head.n});
    b.failed = b.failed || head.failed;
    if (b.cap - b.n >= sizeof CUT)
        put_values(&b, kv, n);
    dw__log_end(log, &b);
}

/* The one way by which events get into the audit log. */
static void audit(const struct log *log, const dw_ctx *ctx, const char *event, const dw_kv *kv, size_t n)
{
    struct audit_link *link = log != NULL ? dw__log_audit(log) : NULL;
    unsigned which = link != NULL ? dw__audit_find(event) : AUDIT_OWN;

    if (which != AUDIT_OWN && dw__audit_put(link, ctx, which, NULL, kv, n, 0) != DW_OK)
        return; /* the link has counted it */
}

void dw__log_event(struct log *log, const dw_ctx *ctx, dw_log_level level, const char *event, const dw_kv *kv,
                   size_t n)
{
    audit(log, ctx, event, kv, n);
    write_line(log, ctx, level, "event", event, kv, n);
}

void dw_x_log(const dw_ctx *ctx, dw_log_level level, const char *event, const dw_kv *kv, size_t n)
{
    struct log *log = ctx == NULL || ctx->services == NULL ? NULL : ctx->services->log;
    write_line(log, ctx, level, "app", event, kv, n);
}

dw_kv dw_x_kv_int(const char *key, long long v)
{
    return (dw_kv){.key = key, .kind = DW_KV_INT, .i = v};
}

dw_kv dw_x_kv_uint(const char *key, unsigned long long v)
{
    return (dw_kv){.key = key, .kind = DW_KV_UINT, .i = (int64_t)v};
}

dw_kv dw_x_kv_real(const char *key, double v)
{
    return (dw_kv){.key = key, .kind = DW_KV_REAL, .d = v};
}

dw_kv dw_x_kv_bool(const char *key, bool v)
{
    return (dw_kv){.key = key, .kind = DW_KV_BOOL, .i = v};
}

dw_kv dw_x_kv_text(const char *key, dw_text v)
{
    return (dw_kv){.key = key, .kind = DW_KV_TEXT, .t = v};
}

dw_kv dw_x_kv_cstr(const char *key, const char *v)
{
    return (dw_kv){.key = key, .kind = DW_KV_CSTR, .t = dw__text_of(v)};
}

dw_kv dw_x_kv_secret(const char *key, dw_secret v)
{
    (void)v; /* not even its length goes further */
    return (dw_kv){.key = key, .kind = DW_KV_SECRET};
}
