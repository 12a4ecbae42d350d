/* Any bytes as limits: what are some are within bounds, and what are none say where. */
#include <stdlib.h>

#include "codec/rate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rate rates[DW__RATES];
    size_t position, n = dw__rates_read((dw_text){(const char *)data, size}, rates, &position);

    if (n > DW__RATES || position > size)
        abort();
    for (size_t i = 0; i < n; i++)
        if (rates[i].count < 1 || rates[i].count > 1000000 || rates[i].seconds < 1 ||
            rates[i].seconds > 366 * 86400)
            abort();
    return 0;
}
