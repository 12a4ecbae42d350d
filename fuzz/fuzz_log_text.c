/* Whatever a client sends, a log value is one JSON string on one line: printable, quotes only at its ends. */
#include <stdlib.h>

#include "base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char line[1 << 16];
    struct buf b;
    dw__buf_init_fixed(&b, line, sizeof line);
    dw__log_text(&b, "k", (dw_text){(const char *)data, size});
    if (b.failed)
        return 0;
    for (size_t i = sizeof ",\"k\":\"" - 1; i < b.n; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f || (line[i] == '"' && i != b.n - 1))
            abort();
        i += line[i] == '\\'; /* what follows belongs to it */
    }
    return 0;
}
