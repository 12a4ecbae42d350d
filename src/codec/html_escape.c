/* html_escape.c -- the five characters that mean something in HTML text and in quoted attributes. */
#include "codec/html_escape.h"

void dw__html_escape(struct buf *b, dw_text t)
{
    size_t done = 0;

    for (size_t i = 0; i < t.n; i++) {
        const char *entity;
        switch (t.p[i]) {
        case '&': entity = "&amp;"; break;
        case '<': entity = "&lt;"; break;
        case '>': entity = "&gt;"; break;
        case '"': entity = "&#34;"; break;
        case '\'': entity = "&#39;"; break;
        default: continue;
        }
        dw__buf_put(b, t.p + done, i - done);
        dw__buf_put(b, entity, strlen(entity));
        done = i + 1;
    }
    if (t.n > done)
        dw__buf_put(b, t.p + done, t.n - done);
}
