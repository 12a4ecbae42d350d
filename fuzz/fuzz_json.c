/* Any bytes: checking and rewriting agree but for duplicates, and what was written reads back as itself. */
#include <stdlib.h>

#include "base/text.h"
#include "codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool rewrite(struct arena *a, dw_text in, struct buf *out)
{
    size_t at = 0;

    dw__buf_init(out, a, 1 << 22);
    dw_err err = dw__json_rewrite(in, out, &at);
    if (err == DW_MALFORMED && at > in.n)
        abort();
    return err == DW_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dw_text in = {(const char *)data, size};
    struct arena a;
    struct buf once, twice;
    size_t at;

    dw__arena_init(&a, NULL, 1 << 24);
    bool good = dw__json_check(in, &at) == DW_OK;
    if (rewrite(&a, in, &once)) {
        dw_text written = {once.p, once.n};
        if (!good || !rewrite(&a, written, &twice) || !dw__text_eq(written, (dw_text){twice.p, twice.n}))
            abort();
    }
    dw__arena_release(&a);
    return 0;
}
