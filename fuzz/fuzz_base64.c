/* Any bytes as base64url: what decodes encodes to exactly what came. */
#include <stdlib.h>
#include <string.h>

#include "codec/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dw_text in = {(const char *)data, size};
    char *out = malloc(size + 1);
    char *back = malloc(2 * size + 4);
    size_t n;

    if (out != NULL && back != NULL) {
        if (dw__base64url_decode(in, out, size, &n) &&
            (dw__base64url_encode(out, n, back) != size || (size > 0 && memcmp(back, data, size) != 0)))
            abort();
        (void)dw__base64_decode(in, out, size, &n);
        (void)dw__hex_decode(in, out, size, &n);
    }
    free(back);
    free(out);
    return 0;
}
