/* Any bytes as parts: first byte, where chunks end; up to a line feed, the boundary; then the body. What comes out of a whole body comes
 * out of it in chunks of any size, every name is UTF-8, and no byte is there that did not come. */
#include <stdlib.h>
#include <string.h>

#include "codec/multipart.h"
#include "codec/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a body comes to, so that two can be compared: a sum over kinds of events and over bytes in their order. */
struct outcome {
    uint64_t sum, at;
    size_t n_data, n_bytes;
    dw_err err;
};

static void add(struct outcome *o, const void *p, size_t n)
{
    const unsigned char *bytes = p;

    for (size_t i = 0; i < n; i++)
        o->sum = (o->sum ^ bytes[i]) * UINT64_C(1099511628211);
    o->n_bytes += n;
}

static void add_name(struct outcome *o, char mark, dw_text t)
{
    add(o, &mark, 1);
    if (t.p == NULL)
        return;
    add(o, t.p, t.n);
    if (mark != 't' && !dw__utf8_valid_text(t.p, t.n))
        abort();
}

static void add_event(struct outcome *o, const struct multipart *m, const struct multipart_event *event)
{
    if (event->kind == MULTIPART_DATA) {
        if (event->data.n == 0)
            abort();
        o->n_data++;
        add(o, event->data.p, event->data.n);
        return;
    }
    add(o, event->kind == MULTIPART_PART ? "<" : ">", 1);
    o->n_data = 0;
    if (event->kind != MULTIPART_PART)
        return;
    if (m->part.name.p == NULL)
        abort();
    add_name(o, 'n', m->part.name);
    add_name(o, 'f', m->part.filename);
    add_name(o, 't', m->part.type);
}

static struct outcome read_body(dw_text boundary, dw_text body, size_t chunk)
{
    struct outcome o = {.sum = UINT64_C(14695981039346656037)};
    struct multipart m;
    struct multipart_event event;

    dw__multipart_init(&m, boundary);
    while (o.err == DW_OK && body.n > 0) {
        size_t n = body.n < chunk ? body.n : chunk;
        char *copy = malloc(n); /* so that a byte too many is seen */
        dw_text rest = {memcpy(copy, body.p, n), n};

        while ((o.err = dw__multipart_next(&m, &rest, &event)) == DW_OK && event.kind != MULTIPART_MORE) {
            add_event(&o, &m, &event);
            if (o.n_data > 1 && n == body.n && chunk == SIZE_MAX)
                abort();
        }
        if (o.err == DW_OK && rest.n > 0)
            abort();
        free(copy);
        body = (dw_text){body.p + n, body.n - n};
    }
    o.err = dw__multipart_end(&m);
    o.at = m.at;
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dw_text boundary = {NULL, 0}, body;
    const char *p = (const char *)data, *end;

    if (size < 2 || (end = memchr(p + 1, '\n', size - 1)) == NULL)
        return 0;
    if (dw__multipart_boundary((dw_text){p + 1, (size_t)(end - p - 1)}, &boundary) &&
        !dw__multipart_is_boundary(boundary))
        abort();
    if (boundary.p == NULL || !dw__multipart_is_boundary(boundary))
        boundary = (dw_text){p + 1, (size_t)(end - p - 1)};
    if (!dw__multipart_is_boundary(boundary))
        return 0;
    body = (dw_text){end + 1, size - (size_t)(end + 1 - p)};

    struct outcome whole = read_body(boundary, body, SIZE_MAX);
    struct outcome parts = read_body(boundary, body, 1 + data[0] % 97);
    struct outcome each = read_body(boundary, body, 1);
    if (whole.err != parts.err || whole.at != parts.at || whole.sum != parts.sum || whole.err != each.err ||
        whole.at != each.at || whole.sum != each.sum || whole.at > body.n ||
        whole.n_bytes > body.n + 8 * DW__MULTIPART_PARTS)
        abort();
    return 0;
}
