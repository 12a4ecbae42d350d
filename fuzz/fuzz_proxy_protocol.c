/* Any bytes as a header of the PROXY protocol: what is one is within bounds, the same however much is behind it, and not whole when it is cut. */
#include "base/check.h"
#include "codec/proxy_protocol.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proxy_header header, again;
    int used = dw__proxy_header_read((const char *)data, size, &header);

    if (used == DW__PROXY_HEADER_MORE)
        DW__CHECK(size < DW__PROXY_HEADER_MAX);
    if (used <= 0) {
        DW__CHECK(used == DW__PROXY_HEADER_MORE || used == DW__PROXY_HEADER_BAD);
        DW__CHECK(!header.named && !header.tls);
        return 0;
    }
    DW__CHECK((size_t)used <= size && (size_t)used <= DW__PROXY_HEADER_MAX);
    DW__CHECK(dw__proxy_header_read((const char *)data, (size_t)used, &again) == used);
    DW__CHECK(again.named == header.named && again.tls == header.tls &&
              dw_ip_compare(again.client, header.client) == 0);
    DW__CHECK(dw__proxy_header_read((const char *)data, (size_t)used - 1, &again) <= 0);
    return 0;
}
