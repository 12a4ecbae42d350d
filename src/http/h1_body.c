/* http/h1_body.c -- the decoder of bodies: a state for each place in the grammar, a byte at a time; data by the span.
 *
 * The grammar is taken literally: hexadecimal digits and nothing before or behind them, extensions that are extensions, CR then
 * LF.  Lenient chunk parsing is how one request becomes two. */
#include "http/h1_body.h"

#include "base/check.h"
#include "http/h1_scan.h"

#define MAX_SIZE_DIGITS 16
#define MAX_OVERHEAD_EXTENSIONS 4096
#define MAX_TRAILERS 64

enum state {
    DONE,
    DATA,
    SIZE,        /* in the digits */
    EXT_NAME,    /* at the first byte of a name */
    EXT_IN_NAME, /* behind it */
    EXT_VALUE,   /* at the first byte of a value */
    EXT_TOKEN,   /* in a token */
    EXT_QUOTED,  /* in a quoted string */
    EXT_ESCAPE,  /* behind its backslash */
    EXT_BEHIND,  /* behind its closing quote */
    SIZE_LF,     /* between CR and LF of the size line */
    DATA_CR,     /* behind the data of a chunk */
    DATA_LF,
    TRAILER,       /* at the beginning of a trailer line */
    TRAILER_NAME,  /* in the name */
    TRAILER_VALUE, /* behind the colon */
    TRAILER_LF,
    END_LF, /* between CR and LF of the last line */
    BAD
};

void dw__h1_body_init(struct h1_body *b, const struct http_head *head)
{
    *b = (struct h1_body){.chunked = head->chunked};
    if (head->chunked) {
        b->state = SIZE;
    } else if (head->content_length > 0) {
        b->state = DATA;
        b->left = (uint64_t)head->content_length;
    }
}

bool dw__h1_body_done(const struct h1_body *b)
{
    return b->state == DONE;
}

uint64_t dw__h1_body_direct(const struct h1_body *b)
{
    return b->state == DATA ? b->left : 0;
}

void dw__h1_body_took(struct h1_body *b, uint64_t n)
{
    DW__CHECK(b->state == DATA && n <= b->left);
    b->left -= n;
    if (b->left == 0)
        b->state = b->chunked ? DATA_CR : DONE;
}

static int hex_value(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    char lower = (char)(ch | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool is_token_byte(char ch)
{
    return dw__h1_lower[(unsigned char)ch] != 0;
}

static bool is_text_byte(char ch)
{
    return dw__h1_span_value(&ch, 1) == 1;
}

/* What may follow a complete size, name, token or quoted string. */
static enum state behind_extension(char ch)
{
    return ch == ';' ? EXT_NAME : ch == '\r' ? SIZE_LF : BAD;
}

static enum state size_byte(struct h1_body *b, char ch)
{
    int digit = hex_value(ch);
    if (digit < 0)
        return b->digits == 0 ? BAD : behind_extension(ch);
    if (b->digits == MAX_SIZE_DIGITS)
        return BAD;
    b->digits++;
    b->left = b->left << 4 | (unsigned)digit;
    return SIZE;
}

static enum state extension_byte(enum state state, char ch)
{
    switch (state) {
    case EXT_NAME: return is_token_byte(ch) ? EXT_IN_NAME : BAD;
    case EXT_IN_NAME: return is_token_byte(ch) ? EXT_IN_NAME : ch == '=' ? EXT_VALUE : behind_extension(ch);
    case EXT_VALUE: return ch == '"' ? EXT_QUOTED : is_token_byte(ch) ? EXT_TOKEN : BAD;
    case EXT_TOKEN: return is_token_byte(ch) ? EXT_TOKEN : behind_extension(ch);
    case EXT_QUOTED:
        return ch == '"' ? EXT_BEHIND : ch == '\\' ? EXT_ESCAPE : is_text_byte(ch) ? EXT_QUOTED : BAD;
    case EXT_ESCAPE: return is_text_byte(ch) ? EXT_QUOTED : BAD;
    default: return behind_extension(ch);
    }
}

/* The size line is complete. A size that would not fit a signed length is nothing that we could ever read. */
static enum state begin_chunk(struct h1_body *b, char ch)
{
    b->digits = 0;
    if (ch != '\n' || b->left > INT64_MAX)
        return BAD;
    if (b->left > 0)
        return DATA;
    b->overhead = 0;
    return TRAILER;
}

static enum state trailer_byte(struct h1_body *b, enum state state, char ch)
{
    switch (state) {
    case TRAILER:
        if (ch == '\r')
            return END_LF;
        return is_token_byte(ch) && b->trailer_fields++ < MAX_TRAILERS ? TRAILER_NAME : BAD;
    case TRAILER_NAME: return is_token_byte(ch) ? TRAILER_NAME : ch == ':' ? TRAILER_VALUE : BAD;
    case TRAILER_VALUE: return ch == '\r' ? TRAILER_LF : is_text_byte(ch) ? TRAILER_VALUE : BAD;
    default: return ch == '\n' ? TRAILER : BAD;
    }
}

static enum state next_state(struct h1_body *b, char ch)
{
    enum state state = b->state;
    switch (state) {
    case SIZE: return size_byte(b, ch);
    case SIZE_LF: return begin_chunk(b, ch);
    case DATA_CR: return ch == '\r' ? DATA_LF : BAD;
    case DATA_LF: b->left = 0; return ch == '\n' ? SIZE : BAD;
    case END_LF: return ch == '\n' ? DONE : BAD;
    case TRAILER:
    case TRAILER_NAME:
    case TRAILER_VALUE:
    case TRAILER_LF: return ++b->overhead > DW__H1_TRAILERS_MAX ? BAD : trailer_byte(b, state, ch);
    default: return ++b->overhead > MAX_OVERHEAD_EXTENSIONS ? BAD : extension_byte(state, ch);
    }
}

static bool in_trailers(const struct h1_body *b)
{
    return b->state >= TRAILER && b->state <= TRAILER_LF;
}

enum h1_body_result dw__h1_body_next(struct h1_body *b, const char *p, size_t n, size_t most, size_t *used,
                                     dw_text *data, struct buf *trailers)
{
    size_t i = 0;
    while (i < n && b->state != DATA && b->state != DONE && b->state != BAD) {
        if (trailers != NULL && in_trailers(b))
            dw__buf_putc(trailers, p[i]);
        b->state = (uint8_t)next_state(b, p[i++]);
    }
    *used = i;
    if (b->state == BAD)
        return H1_BODY_BAD;
    if (b->state == DONE)
        return H1_BODY_END;
    if (b->state != DATA || i == n)
        return H1_BODY_MORE;
    size_t span = n - i < most ? n - i : most;
    if (span > b->left)
        span = (size_t)b->left;
    *data = (dw_text){p + i, span};
    *used = i + span;
    dw__h1_body_took(b, span);
    return H1_BODY_DATA;
}
