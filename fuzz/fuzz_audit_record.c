/* Any bytes as a record of the audit log, or as a question about it: what is taken for one can be printed, and what is printed is within bounds and no line of its own. */
#include <stdlib.h>
#include <string.h>

#include "auth/audit_ask.h"
#include "auth/audit_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken for a question is written the same way again. */
static void check_ask(dw_bytes bytes)
{
    uint8_t again[DW__AUDIT_RECORD];
    struct audit_ask ask;

    if (dw__audit_ask_read(bytes, &ask) != DW_OK)
        return;
    if (dw__audit_ask_write(&ask, again) != bytes.n || memcmp(again, bytes.p, bytes.n) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char printed[32768];
    struct audit_record record;
    struct buf b;

    check_ask((dw_bytes){data, size});
    if (dw__audit_record_read((dw_bytes){data, size}, &record) != DW_OK)
        return 0;
    dw__buf_init_fixed(&b, printed, sizeof printed);
    dw__audit_record_print(&record, &b);
    if (b.failed || memchr(b.p, '\n', b.n) != NULL || record.name.n == 0 ||
        (b.n > 0 && memmem(b.p, b.n, ",\"mac\":", 7) != NULL))
        abort();
    return 0;
}
