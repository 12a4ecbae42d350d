/* Any bytes as an env-file: keys and values lie in them, keys are names, lines only go up. */
#include "app/env_file.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *begin = (const char *)data, *why;
    dw_text key, value;
    struct env_file file;
    unsigned line = 0;

    dw__env_file_init(&file, (dw_text){begin, size});
    while (dw__env_file_next(&file, &key, &value, &why) || why != NULL) {
        DW__CHECK(file.line > line);
        line = file.line;
        if (why != NULL)
            continue;
        DW__CHECK(key.n > 0 && key.p >= begin && key.p + key.n <= begin + size);
        DW__CHECK(value.n == 0 || (value.p >= begin && value.p + value.n <= begin + size));
        for (size_t i = 0; i < key.n; i++)
            DW__CHECK(key.p[i] == '_' || (key.p[i] >= '0' && key.p[i] <= 'Z'));
    }
    return 0;
}
