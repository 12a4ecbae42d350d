/* What proxies say, by any bytes: the first byte chooses the header, lines end with LF. What was read resolves to an address that was there. */
#include "base/check.h"
#include "base/text.h"
#include "codec/forwarded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool (*const readers[])(struct forwarded * f, dw_text value) = {
        dw__forwarded_for, dw__forwarded_proto, dw__forwarded_host, dw__forwarded_standard};
    static const struct ip_net all[] = {{{{0}, 4}, 1}, {{{0x80}, 4}, 1}, {{{0}, 6}, 1}, {{{0x80}, 6}, 1}};
    const struct proxies proxies = {.nets = all, .n_nets = 4, .hops = DW__HOPS};
    dw_text rest = {(const char *)data, size};
    struct forwarded f = {0};
    struct forwarded_word word;

    while (rest.n > 1) {
        unsigned which = (unsigned char)rest.p[0] % 4;
        dw_text line;

        rest = (dw_text){rest.p + 1, rest.n - 1};
        line = dw__text_cut(&rest, '\n');
        if (!readers[which](&f, line))
            return 0;
        DW__CHECK(line.n > 0);
    }
    for (unsigned hops = 1; hops <= DW__HOPS; hops++) {
        if (dw__forwarded_resolve(&f, &proxies, hops, (dw_ip){{127, 0, 0, 1}, 4}, &word) != NULL)
            continue;
        DW__CHECK(word.client.version == 4 || word.client.version == 6);
        DW__CHECK(!word.has_client || f.n_nodes > 0);
        DW__CHECK(word.host.p == NULL || (word.host.p >= (const char *)data &&
                                          word.host.p + word.host.n <= (const char *)data + size));
    }
    return 0;
}
