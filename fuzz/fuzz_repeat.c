/* What was kept for an Idempotency-Key: bytes that were sealed, read as if they had not been. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/repeat_record.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What can be read is written as it was. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct repeat_record record;
    struct arena arena;
    struct buf b;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    if (size <= DW__REPEAT_MAX &&
        dw__repeat_get((dw_text){(const char *)data, size}, &arena, &record) == DW_OK) {
        dw__buf_init(&b, &arena, 2 * DW__REPEAT_MAX);
        dw__repeat_put(&record, &b);
        DW__CHECK(!b.failed && b.n == size && memcmp(b.p, data, size) == 0);
    }
    dw__arena_release(&arena);
    return 0;
}
