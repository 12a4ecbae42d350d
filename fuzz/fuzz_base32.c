/* Any bytes as base32: what decodes encodes to exactly what came, and what is folded has none of what is dropped. */
#include <stdlib.h>
#include <string.h>

#include "codec/base32.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dw_text in = {(const char *)data, size};
    char *out = malloc(size + 1);
    char *back = malloc(2 * size + 8);
    size_t n;

    if (out != NULL && back != NULL) {
        if (dw__base32_decode(in, out, size, &n) &&
            (dw__base32_encode(out, n, back) != size || (size > 0 && memcmp(back, data, size) != 0)))
            abort();
        if (!dw__base32_fold(in, out, size, &n) || n > size || memchr(out, ' ', n) != NULL ||
            memchr(out, '-', n) != NULL)
            abort();
    }
    free(back);
    free(out);
    return 0;
}
