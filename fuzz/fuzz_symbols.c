/* fuzz/fuzz_symbols.c -- ELF symbol tables: no offset leads out of the file, and a name that is found lies in it. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "os/symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct symbols symbols;
    dw_text name;
    uint64_t offset, address = 0;
    uint8_t *p = malloc(n == 0 ? 1 : n); /* no more than there is: the sanitizer sees one byte too many */

    if (p == NULL)
        return 0;
    if (n > 0)
        memcpy(p, data, n);
    if (n >= 8)
        memcpy(&address, p + n - 8, 8);
    dw_err err = dw__symbols_parse((dw_bytes){p, n}, &symbols);
    bool found = dw__symbols_find(&symbols, address, &name, &offset);
    DW__CHECK(!found || (err == DW_OK && name.n > 0 && name.n <= DW__SYMBOL_NAME &&
                         name.p >= (const char *)p && name.p + name.n < (const char *)p + n));
    uint8_t id[DW__BUILD_ID];
    size_t end = n < DW__BUILD_ID ? n : DW__BUILD_ID, id_n = dw__build_id_of((dw_bytes){p, n}, 8, id);
    DW__CHECK(id_n <= DW__BUILD_ID && (id_n == 0 || n >= 16 + id_n));
    DW__CHECK(!dw__symbols_is_build((dw_bytes){p, n}, (dw_bytes){p + n - end, end}) || end > 0);
    free(p);
    return 0;
}
