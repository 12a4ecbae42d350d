/* multipart.c -- where a body of parts is cut.
 *
 * A delimiter is CR LF -- boundary, and a boundary has no CR.  So a beginning of it that turns out to be none has no other beginning within:
 * what was compared is data, and no byte is looked at more than twice, whatever is sent.  Of a chunk that ends within a beginning only
 * its length is kept. */
#include "codec/multipart.h"

#include <string.h>

enum state { FIRST, BEHIND_DELIMITER, HEAD, DATA, CLOSED };

static bool is_boundary_char(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
           (ch != '\0' && strchr("'()+_,-./:=? ", ch) != NULL);
}

bool dw__multipart_is_boundary(dw_text t)
{
    if (t.n == 0 || t.n > DW__MULTIPART_BOUNDARY || t.p[t.n - 1] == ' ')
        return false;
    for (size_t i = 0; i < t.n; i++)
        if (!is_boundary_char(t.p[i]))
            return false;
    return true;
}

/* The delimiter is looked for as if a line had just begun. */
static void begin_line(struct multipart *m)
{
    m->matched = m->skip = 2;
}

void dw__multipart_init(struct multipart *m, dw_text boundary)
{
    memset(m, 0, offsetof(struct multipart, delimiter));
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, boundary.p, boundary.n);
    m->delimiter_n = 4 + boundary.n;
    m->state = FIRST;
    begin_line(m);
}

static void take(struct multipart *m, dw_text *chunk, size_t n)
{
    *chunk = (dw_text){chunk->p + n, chunk->n - n};
    m->at += n;
}

/* Bytes that the beginnings of both have in common. */
static size_t common(dw_text a, dw_text b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    size_t i = 0;

    while (i < n && a.p[i] == b.p[i])
        i++;
    return i;
}

/* What of the delimiter has not come yet. */
static dw_text awaited(const struct multipart *m)
{
    return (dw_text){m->delimiter + m->matched, m->delimiter_n - m->matched};
}

/* Goes on with a delimiter that may have begun. False when it has not: *chunk is as it was. */
static bool go_on(struct multipart *m, dw_text *chunk)
{
    size_t n = common(awaited(m), *chunk);

    if (n < awaited(m).n && n < chunk->n)
        return false;
    m->matched += n;
    take(m, chunk, n);
    return true;
}

static bool is_whole(const struct multipart *m)
{
    return m->matched == m->delimiter_n;
}

/* Nothing stands before the first delimiter. */
static dw_err first(struct multipart *m, dw_text *chunk, struct multipart_event *event)
{
    (void)event;
    if (!go_on(m, chunk)) {
        take(m, chunk, common(awaited(m), *chunk));
        return DW_MALFORMED;
    }
    if (is_whole(m))
        m->state = BEHIND_DELIMITER;
    return DW_OK;
}

/* CR LF and another part, or -- and the end; no white space before either. */
static dw_err behind_delimiter(struct multipart *m, dw_text *chunk, struct multipart_event *event)
{
    char ch = chunk->p[0];

    if (m->half == '\0' ? ch != '\r' && ch != '-' : ch != (m->half == '\r' ? '\n' : '-'))
        return DW_MALFORMED;
    take(m, chunk, 1);
    if (m->half == '\0') {
        m->half = ch;
        return DW_OK;
    }
    m->half = '\0';
    m->state = ch == '\n' ? HEAD : CLOSED;
    m->head_n = 0;
    if (m->in_part)
        event->kind = MULTIPART_PART_END;
    m->in_part = false;
    return DW_OK;
}

/* Visible, space, tab or above ASCII. */
static bool is_field_char(char ch)
{
    return ch == '\t' || ((unsigned char)ch >= ' ' && ch != 0x7f);
}

/* Whether the head ends with its empty line. */
static bool head_is_whole(const struct multipart *m)
{
    return (m->head_n == 2 || (m->head_n > 3 && m->head[m->head_n - 3] == '\n')) &&
           m->head[m->head_n - 1] == '\n';
}

/* One more byte of a head: CR and LF only together. */
static dw_err put_head(struct multipart *m, char ch)
{
    bool behind_cr = m->head_n > 0 && m->head[m->head_n - 1] == '\r';

    if (behind_cr ? ch != '\n' : ch != '\r' && !is_field_char(ch))
        return DW_MALFORMED;
    if (m->head_n == sizeof m->head)
        return DW_TOO_LARGE;
    m->head[m->head_n++] = ch;
    return DW_OK;
}

static dw_err begin_part(struct multipart *m, struct multipart_event *event)
{
    if (m->n_parts == DW__MULTIPART_PARTS)
        return DW_TOO_LARGE;
    m->n_parts++;
    dw_err err = dw__multipart_head(m);
    if (err != DW_OK)
        return err;
    m->in_part = true;
    m->state = DATA;
    begin_line(m);
    event->kind = MULTIPART_PART;
    return DW_OK;
}

static dw_err head(struct multipart *m, dw_text *chunk, struct multipart_event *event)
{
    dw_err err = DW_OK;

    while (chunk->n > 0 && (err = put_head(m, chunk->p[0])) == DW_OK) {
        take(m, chunk, 1);
        if (head_is_whole(m))
            return begin_part(m, event);
    }
    return err;
}

/* Where the delimiter or, at the end of the chunk, its beginning stands; chunk.n when nowhere. */
static size_t find_delimiter(const struct multipart *m, dw_text chunk)
{
    const char *p = chunk.p, *end = chunk.p + chunk.n;

    while ((p = memchr(p, '\r', (size_t)(end - p))) != NULL) {
        size_t n = common((dw_text){m->delimiter, m->delimiter_n}, (dw_text){p, (size_t)(end - p)});

        if (n == m->delimiter_n || p + n == end)
            return (size_t)(p - chunk.p);
        p += n;
    }
    return chunk.n;
}

static void give(struct multipart_event *event, const char *p, size_t n)
{
    if (n > 0)
        *event = (struct multipart_event){MULTIPART_DATA, {p, n}};
}

/* Within something that may be a delimiter. Where it is none, what chunks before this one held of it is data. */
static dw_err data_at_line(struct multipart *m, dw_text *chunk, struct multipart_event *event)
{
    if (!go_on(m, chunk)) {
        give(event, m->delimiter + m->skip, m->matched - m->skip);
        m->matched = m->skip = 0;
        return DW_OK;
    }
    if (!is_whole(m))
        return DW_OK;
    if (m->skip > 0) /* right behind a head: data to some readers, a part without any to others */
        return DW_MALFORMED;
    m->state = BEHIND_DELIMITER;
    return DW_OK;
}

static dw_err data(struct multipart *m, dw_text *chunk, struct multipart_event *event)
{
    if (m->matched > 0)
        return data_at_line(m, chunk, event);
    size_t n = find_delimiter(m, *chunk);
    give(event, chunk->p, n);
    take(m, chunk, n);
    return n > 0 ? DW_OK : data_at_line(m, chunk, event);
}

/* A line may end behind the last delimiter, and nothing else comes. */
static dw_err closed(struct multipart *m, dw_text *chunk, struct multipart_event *event)
{
    (void)event;
    if (m->n_epilogue == 2 || chunk->p[0] != "\r\n"[m->n_epilogue])
        return DW_MALFORMED;
    m->n_epilogue++;
    take(m, chunk, 1);
    return DW_OK;
}

dw_err dw__multipart_next(struct multipart *m, dw_text *chunk, struct multipart_event *event)
{
    static dw_err (*const steps[])(struct multipart *, dw_text *, struct multipart_event *) = {
        [FIRST] = first,   [BEHIND_DELIMITER] = behind_delimiter, [HEAD] = head, [DATA] = data,
        [CLOSED] = closed,
    };

    *event = (struct multipart_event){MULTIPART_MORE, {NULL, 0}};
    while (m->error == DW_OK && event->kind == MULTIPART_MORE && chunk->n > 0)
        m->error = steps[m->state](m, chunk, event);
    return m->error;
}

dw_err dw__multipart_end(struct multipart *m)
{
    if (m->error == DW_OK && (m->state != CLOSED || m->n_epilogue == 1))
        m->error = DW_MALFORMED;
    return m->error;
}
