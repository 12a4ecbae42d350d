/* Any bytes as an audit log, and as heads of one.  A byte in front says where a log that holds is broken: then it must not hold any more. */
#include <stdlib.h>
#include <string.h>

#include "auth/audit_verify.h"
#include "base/text.h"

#define LINES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t root[1][DW__AUDIT_KEY] = {{1}};
static char log_bytes[LINES * 512];
static size_t log_size;

static void make_log(void)
{
    struct audit_chain chain;
    char mac[DW__AUDIT_MAC];
    struct buf b;

    dw__buf_init_fixed(&b, log_bytes, sizeof log_bytes);
    if (dw__audit_chain_begin(&chain, root[0], "0123456789abcdef") != DW_OK)
        abort();
    for (int i = 0; i < LINES; i++) {
        size_t begin = b.n;

        dw__audit_line_begin(&b, &chain, 1700000000000, i == 0 ? DW_TEXT("audit.opened") : DW_TEXT("x"));
        if (i == 0)
            dw__buf_lit(&b, ",\"after\":\"nothing\",\"torn\":0");
        if (dw__audit_line_end(&b, begin, &chain, mac) != DW_OK)
            abort();
    }
    log_size = b.n;
}

static dw_err verify(dw_text log, dw_text heads)
{
    static struct audit_verify v;
    bool first = true;
    dw_err err = DW_OK;

    dw__audit_verify_init(&v, root, 1, 64);
    dw__audit_verify_heads(&v, heads);
    while (err == DW_OK && dw__text_find(log, '\n') < log.n) {
        err = dw__audit_verify_line(&v, dw__text_cut(&log, '\n'), first);
        first = false;
    }
    return err == DW_OK ? dw__audit_verify_end(&v, log.n) : err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char broken[sizeof log_bytes];
    size_t at;
    dw_text text = {(const char *)data, size};
    dw_err ignored;

    if (log_size == 0)
        make_log();
    ignored = verify(text, text);
    (void)ignored;
    if (size < 3)
        return 0;
    /* One byte of a good log is another one, before its last line. */
    memcpy(broken, log_bytes, log_size);
    at = (size_t)(data[0] | data[1] << 8) % (log_size - 300);
    if (broken[at] == (char)data[2])
        return 0;
    broken[at] = (char)data[2];
    if (verify((dw_text){broken, log_size}, (dw_text){NULL, 0}) == DW_OK)
        abort();
    return 0;
}
