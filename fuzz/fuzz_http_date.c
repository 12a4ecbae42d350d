/* Any bytes as a date: what is one, written anew in the one form that we write, is the same date. */
#include <stdlib.h>

#include "base/clock.h"
#include "codec/http_date.h"

#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t when, again;
    char text[30];

    if (!dw__http_date_parse((dw_text){(const char *)data, size}, INT64_C(1700000000), &when)) {
        if (when != 0)
            abort();
        return 0;
    }
    if (when < 0 || when > LAST_SECOND)
        return 0; /* before 1970, and a leap second at the very end: we write no such dates */
    dw__http_date(when, text);
    if (!dw__http_date_parse((dw_text){text, sizeof text - 1}, 0, &again) || again != when)
        abort();
    return 0;
}
