/* fuzz/fuzz_h1_head.c -- the head parser: any bytes, whole and in two pieces, give one verdict. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "http/h1_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct http_limits limits = {.target = 300, .line = 300, .fields = 10, .head = 2000};
    static struct http_field fields[10];
    struct http_head head = {.fields = fields};
    struct h1_fault fault;
    char *p = malloc(n == 0 ? 1 : n); /* no more than there is: the sanitizer sees one byte too many */
    if (p == NULL)
        return 0;
    if (n > 0)
        memcpy(p, data, n);
    size_t half = n / 2;
    int first = dw__h1_parse(p, half, 0, &limits, &head, &fault);
    int split = first == H1_MORE ? dw__h1_parse(p, n, half, &limits, &head, &fault) : first;
    int whole = dw__h1_parse(p, n, 0, &limits, &head, &fault);
    /* Parsing late is allowed to ask for more where parsing at once refuses. */
    DW__CHECK(split == whole || (split == H1_MORE && whole == H1_BAD));
    if (whole > 0)
        DW__CHECK((size_t)whole <= n && head.target.n > 0 && head.path.n > 0 &&
                  !(head.chunked && head.content_length >= 0));
    free(p);
    return 0;
}
