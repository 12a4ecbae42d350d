/* Addresses to listen on: what is accepted prints and reads back as the same. */
#include "base/check.h"
#include "os/address.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct peer peer, again;
    if (dw__address_parse((dw_text){(const char *)data, size}, &peer) != DW_OK)
        return 0;
    char host[DW__ADDRESS_TEXT], text[DW__ADDRESS_TEXT + 10];
    (void)dw__peer_text(&peer, host);
    int n = snprintf(text, sizeof(text), peer.family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
                     (unsigned)peer.port);
    DW__CHECK(n > 0 && dw__address_parse((dw_text){text, (size_t)n}, &again) == DW_OK);
    DW__CHECK(memcmp(&peer, &again, sizeof(peer)) == 0);
    return 0;
}
