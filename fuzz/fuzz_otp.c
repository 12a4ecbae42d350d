/* Any bytes as what somebody types for a second factor: a code is six digits, a recovery code is shown as it was read, nothing is both. */
#include <stdlib.h>
#include <string.h>

#include "auth/recovery.h"
#include "auth/totp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const dw_secret in = {(const char *)data, size};
    const dw_bytes seed = {(const uint8_t *)"12345678901234567890", 20};
    uint8_t bytes[DW__RECOVERY_BYTES], again[DW__RECOVERY_BYTES];
    char text[DW__RECOVERY_TEXT];
    int64_t step;

    if (dw__totp_check(seed, 1111111111, -1, in, &step) == DW_OK && !dw__otp_is_code(in))
        abort();
    if (!dw__recovery_read(in, bytes))
        return 0;
    dw__recovery_show(bytes, text);
    if (dw__otp_is_code(in) || !dw__recovery_read((dw_secret){text, sizeof text}, again) ||
        memcmp(bytes, again, sizeof bytes) != 0)
        abort();
    return 0;
}
