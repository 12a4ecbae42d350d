/* Any bytes as a place to go on at: what is taken begins with one '/', is printable ASCII, and has no dot segment and no other way to leave. */
#include <stdlib.h>
#include <string.h>

#include "codec/local_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data;

    if (!dw__local_target_is((dw_text){p, size}))
        return 0;
    if (size == 0 || size > DW__LOCAL_TARGET_MAX || p[0] != '/' ||
        (size > 1 && (p[1] == '/' || p[1] == '\\')))
        abort();
    for (size_t i = 0; i < size; i++)
        if (p[i] <= ' ' || p[i] > '~' || p[i] == '\\' || p[i] == '#')
            abort();
    const char *mark = memchr(p, '?', size);
    const size_t path = mark != NULL ? (size_t)(mark - p) : size;
    if (memmem(p, path, "//", 2) != NULL || memmem(p, path, "/../", 4) != NULL ||
        memmem(p, path, "/./", 3) != NULL)
        abort();
    return 0;
}
