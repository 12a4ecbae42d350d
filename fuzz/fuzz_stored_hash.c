/* Any bytes as a stored hash: what is read stays within its bounds, and points into what was read. */
#include <stdlib.h>
#include <string.h>

#include "crypto/stored_hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int inside(dw_text part, const uint8_t *data, size_t size)
{
    const char *begin = (const char *)data;

    return part.n == 0 || (part.p >= begin && part.n <= size && part.p + part.n <= begin + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct stored_hash nothing;
    struct stored_hash got;

    if (dw__stored_hash_read((dw_text){(const char *)data, size}, &got) != NULL) {
        if (memcmp(&got, &nothing, sizeof got) != 0)
            abort();
        return 0;
    }
    if (size > DW__STORED_HASH_MAX || !inside(got.text, data, size) || !inside(got.salt, data, size))
        abort();
    if (got.kind == STORED_SCRYPT &&
        (got.n < 2 || got.r == 0 || got.p == 0 || got.n * got.r * got.p > DW__SCRYPT_WORK_MAX))
        abort();
    if (got.kind == STORED_PBKDF2 && (got.rounds == 0 || got.rounds > DW__PBKDF2_ROUNDS_MAX))
        abort();
    if ((got.kind == STORED_SCRYPT || got.kind == STORED_PBKDF2) &&
        (got.salt.n == 0 || got.expected_n < 20 || got.expected_n > DW__STORED_DIGEST_MAX))
        abort();
    if (got.kind == STORED_BCRYPT && got.text.n != 60)
        abort();
    return 0;
}
