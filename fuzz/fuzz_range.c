/* The first eight bytes are a length, the rest a Range field: what comes out lies within the length, and says of itself the same again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "http/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int64_t length, dw_part part)
{
    char text[64];
    dw_part again;

    if (part.from < 0 || part.n < 1 || part.n > length || part.from > length - part.n)
        abort();
    (void)snprintf(text, sizeof text, "bytes=%lld-%lld", (long long)part.from,
                   (long long)(part.from + part.n - 1));
    if (dw__range_parse(dw__text_of(text), length, &again) != RANGE_PART || again.from != part.from ||
        again.n != part.n)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t length;
    dw_part part;

    if (size < sizeof length)
        return 0;
    memcpy(&length, data, sizeof length);
    length &= INT64_MAX;
    enum range_kind kind =
        dw__range_parse((dw_text){(const char *)data + sizeof length, size - sizeof length}, length, &part);
    if (kind == RANGE_PART)
        check(length, part);
    else if (part.from != 0 || part.n != 0)
        abort();
    return 0;
}
