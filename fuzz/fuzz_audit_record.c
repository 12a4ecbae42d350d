/* Any bytes as a record of the audit log: what is taken for one can be printed, and what is printed is within bounds and no line of its own. */
#include <stdlib.h>
#include <string.h>

#include "auth/audit_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char printed[32768];
    struct audit_record record;
    struct buf b;

    if (dw__audit_record_read((dw_bytes){data, size}, &record) != DW_OK)
        return 0;
    dw__buf_init_fixed(&b, printed, sizeof printed);
    dw__audit_record_print(&record, &b);
    if (b.failed || memchr(b.p, '\n', b.n) != NULL || record.name.n == 0 ||
        (b.n > 0 && memmem(b.p, b.n, ",\"mac\":", 7) != NULL))
        abort();
    return 0;
}
