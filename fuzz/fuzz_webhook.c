/* Any bytes as the headers of a webhook and as secrets: the first byte says where one ends and the next begins. */
#include <stdlib.h>
#include <string.h>

#include "auth/webhook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_secrets(dw_text text)
{
    uint8_t key[DW__WEBHOOK_SECRET_MAX];
    size_t n, count = 0;
    dw_text rest = text;
    const char *fault = dw__webhook_secrets_fault((dw_secret){text.p, text.n});

    while (rest.p != NULL && dw__webhook_next_secret(&rest, key, &n)) {
        if (n < DW__WEBHOOK_SECRET_MIN || n > sizeof key)
            abort();
        count++;
    }
    if (fault == NULL && text.p != NULL && count == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t tag[DW__WEBHOOK_TAG];
    struct webhook_head head;
    dw_text all = {(const char *)data, size}, signatures;
    size_t a, b;

    if (size < 2)
        return 0;
    a = data[0] % size;
    b = a + data[1] % (size - a);
    if (dw__webhook_head_read((dw_text){all.p, a}, (dw_text){all.p + a, b - a},
                              (dw_text){all.p + b, size - b}, &head)) {
        if (memchr(head.id.p, '.', head.id.n) != NULL ||
            memchr(head.timestamp.p, '.', head.timestamp.n) != NULL || head.seconds < 0)
            abort();
    }
    signatures = (dw_text){all.p + b, size - b};
    for (size_t n = 0; dw__webhook_next_tag(&signatures, tag); n++)
        if (n > size)
            abort();
    read_secrets(signatures = (dw_text){all.p + b, size - b});
    return 0;
}
