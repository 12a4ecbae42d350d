/* Any bytes as a key, and as a query that may have one: what is read is of the one form, and is found where it stands. */
#include <stdlib.h>
#include <string.h>

#include "codec/api_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A key of the first bytes, whatever they are, is one; with another character anywhere it is none. */
static void make_and_break(const uint8_t *data, size_t size)
{
    const dw_text prefix = {"coffer", 6};
    uint8_t digits[DW__API_KEY_ID + DW__API_KEY_SECRET] = {0};
    char key[DW__API_KEY_MAX];
    dw_text id;
    size_t n, at;

    memcpy(digits, data, size < sizeof digits ? size : sizeof digits);
    n = dw__api_key_write(prefix, digits, key);
    if (!dw__api_key_read((dw_text){key, n}, prefix, &id) || id.n != DW__API_KEY_ID)
        abort();
    at = size > 0 ? data[size - 1] % n : 0;
    key[at] = key[at] == 'x' ? 'y' : 'x';
    if (dw__api_key_read((dw_text){key, n}, prefix, &id))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const dw_text text = {(const char *)data, size}, prefix = {"coffer", 6};
    char out[DW__API_KEY_PREFIX_MAX];
    dw_text id, found;
    size_t n = dw__api_key_prefix(text, out);

    if (n == 0 || n > sizeof out)
        abort();
    if (dw__api_key_read(text, prefix, &id) &&
        (!dw__api_key_find(text, prefix, &found) || id.p != found.p || id.n != DW__API_KEY_ID))
        abort();
    if (dw__api_key_find(text, prefix, &found) && (found.p < text.p || found.p + found.n > text.p + text.n))
        abort();
    make_and_break(data, size);
    return 0;
}
