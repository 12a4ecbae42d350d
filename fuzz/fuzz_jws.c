/* Keys on the first line, a JWS behind it: any bytes give an answer, and what verifies does so again. */
#include <string.h>

#include "auth/jws.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    const size_t n = line != NULL ? (size_t)(line - data) : size;
    const dw_text keys = {(const char *)data, n};
    const dw_text text = {(const char *)data + n + (line != NULL), size - n - (line != NULL)};
    struct arena arena;
    struct jwk_set set;
    struct jws jws;

    dw__arena_init(&arena, NULL, 4 << 20);
    const dw_err parsed = dw__jws_parse(text, &arena, &jws);
    if (dw__jwk_set_parse(keys, &arena, &set) == DW_OK) {
        DW__CHECK(set.n > 0);
        if (parsed == DW_OK && dw__jws_verify(&set, &jws) == DW_OK)
            DW__CHECK(dw__jws_verify(&set, &jws) == DW_OK);
        dw__jwk_set_release(&set);
    }
    dw__arena_release(&arena);
    return 0;
}
