/* Any bytes as a form: every pair is UTF-8 without NUL, and no longer than it came. */
#include <stdlib.h>
#include <string.h>

#include "codec/form.h"
#include "codec/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(dw_text t)
{
    if (!dw__utf8_valid(t.p, t.n) || (t.n > 0 && memchr(t.p, '\0', t.n) != NULL))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct form form;

    dw__arena_init(&a, NULL, 1 << 22);
    dw_err err = dw__form_parse((dw_text){(const char *)data, size}, &a, &form);
    if (err == DW_MALFORMED && form.error_at > size)
        abort();
    for (size_t i = 0; err == DW_OK && i < form.n; i++) {
        check(form.pairs[i].name);
        check(form.pairs[i].value);
    }
    dw__arena_release(&a);
    return 0;
}
