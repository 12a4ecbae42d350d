/* fuzz/fuzz_h1_body.c -- the body decoder: the first byte says in which pieces; the same body comes out as in one piece. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "http/h1_body.h"
#include "http/trailer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Decodes p[0, n) in pieces into out; returns the result, *n_out the bytes of the body. Trailers go to `trailers`. */
static enum h1_body_result decode(const char *p, size_t n, size_t piece, char *out, size_t *n_out,
                                  struct buf *trailers)
{
    struct h1_body b;
    enum h1_body_result r = H1_BODY_MORE;
    dw__h1_body_init(&b, &(struct http_head){.chunked = true, .content_length = -1});
    *n_out = 0;
    for (size_t at = 0, used = 0; at < n && r != H1_BODY_BAD && r != H1_BODY_END; at += used) {
        dw_text span = {0};
        r = dw__h1_body_next(&b, p + at, n - at < piece ? n - at : piece, piece, &used, &span, trailers);
        DW__CHECK(used > 0);
        if (span.n > 0)
            memcpy(out + *n_out, span.p, span.n);
        *n_out += span.n;
    }
    return r == H1_BODY_DATA ? H1_BODY_MORE : r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2)
        return 0;
    const char *p = (const char *)data + 1;
    char *a = malloc(n), *b = malloc(n);
    static char ta[DW__H1_TRAILERS_MAX], tb[DW__H1_TRAILERS_MAX];
    struct buf trailers_a, trailers_b;
    size_t na, nb;
    dw__buf_init_fixed(&trailers_a, ta, sizeof ta);
    dw__buf_init_fixed(&trailers_b, tb, sizeof tb);
    if (a != NULL && b != NULL) {
        enum h1_body_result ra = decode(p, n - 1, n, a, &na, &trailers_a),
                            rb = decode(p, n - 1, (size_t)data[0] % 16 + 1, b, &nb, &trailers_b);
        DW__CHECK(ra == rb && na == nb && memcmp(a, b, na) == 0);
        const dw_text x = dw__trailer_find((dw_text){trailers_a.p, trailers_a.n}, DW_TEXT("x")),
                      y = dw__trailer_find((dw_text){trailers_b.p, trailers_b.n}, DW_TEXT("x"));
        DW__CHECK(!trailers_a.failed && !trailers_b.failed && dw__text_eq(x, y));
        DW__CHECK((x.p == NULL) == (y.p == NULL) &&
                  (x.p == NULL || ra == H1_BODY_END || ra == H1_BODY_BAD || ra == H1_BODY_MORE));
    }
    free(a);
    free(b);
    return 0;
}
