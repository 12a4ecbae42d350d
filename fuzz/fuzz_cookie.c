/* Any bytes as a Cookie field: what is found stands in it behind its name, is made of cookie-octets, and stands in it once. */
#include <stdlib.h>
#include <string.h>

#include "codec/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How often "id=" begins a pair. */
static unsigned times(const char *p, size_t n)
{
    unsigned count = 0;
    for (size_t i = 0; i + 3 <= n; i++) {
        size_t before = i;
        while (before > 0 && (p[before - 1] == ' ' || p[before - 1] == '\t'))
            before--;
        count += memcmp(p + i, "id=", 3) == 0 && (before == 0 || p[before - 1] == ';');
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data;
    dw_text found = dw__cookie_find((dw_text){p, size}, (dw_text){"id", 2});

    if (found.p == NULL)
        return 0;
    if (found.p < p + 3 || found.p + found.n > p + size || memcmp(found.p - 3, "id=", 3) != 0)
        abort();
    for (size_t i = 0; i < found.n; i++)
        if (found.p[i] <= ' ' || found.p[i] >= 0x7f || strchr(",;\\", found.p[i]) != NULL)
            abort();
    if (times(p, size) != 1)
        abort();
    return 0;
}
