/* Any bytes as a path: what comes out is one normal form, free of what routing must never see. */
#include <stdlib.h>
#include <string.h>

#include "codec/url.h"
#include "codec/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dw_text raw = {(const char *)data, size};
    char *out = malloc(size + 1);
    size_t n;

    if (out == NULL)
        return 0;
    bool good = dw__path_normalise(raw, out, &n) == DW_OK;
    if (dw__path_is_normal(raw) != (good && n == size && memcmp(out, data, n) == 0))
        abort();
    if (good) {
        out[n] = '\0';
        if (n == 0 || n > size || out[0] != '/' || strlen(out) != n || !dw__utf8_valid(out, n))
            abort();
        if (strstr(out, "//") != NULL || strstr(out, "/../") != NULL || strstr(out, "/./") != NULL ||
            strchr(out, '\\') != NULL)
            abort();
        for (size_t i = 0; i < n; i++)
            if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f)
                abort();
    }
    free(out);
    return 0;
}
