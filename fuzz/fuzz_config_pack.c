/* Any bytes as a child's settings: refused, or settings within their bounds that pack to the same bytes. */
#include "app/config.h"

#include <string.h>

#include "base/check.h"

DW_SETTINGS(fuzzed, (int64_t, number, DW_RANGE(1, 9), DW_DEFAULT(5), .doc = "A number."),
            (dw_secret, key, .optional = true, .doc = "A secret."));
static const dw_app app = {.name = "fuzzed", .settings = &fuzzed_table};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[1 << 17];
    struct config config;
    struct buf out;

    for (enum role role = ROLE_STORE; role <= ROLE_WORKER; role++) {
        if (dw__config_unpack(&config, &app, role, (dw_bytes){data, size}) != DW_OK)
            continue;
        DW__CHECK(config.workers >= 1 && config.workers <= DW__MAX_WORKERS && config.n_listen >= 1);
        if (role == ROLE_WORKER) {
            const fuzzed *own = config.own.values;

            DW__CHECK(own->number >= 1 && own->number <= 9);
        }
        DW__CHECK(config.issuer.n > 0 && config.audience.n > 0);
        dw__buf_init_fixed(&out, memory, sizeof memory);
        dw__config_pack(&config, role, &out);
        DW__CHECK(!out.failed && out.n == size && memcmp(out.p, data, size) == 0);
        dw__config_release(&config);
    }
    return 0;
}
