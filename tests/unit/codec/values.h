/* Tables of texts that are values, and of texts that are none; each text ends at a guard page. */
#ifndef TESTS_CODEC_VALUES_H
#define TESTS_CODEC_VALUES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/ctx.h"
#include "base/text.h"
#include "guard_page.h"
#include <dw/values.h>

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

/* Calls read(text) for a text that ends at a guard page. */
#define READS(read_, text_, out_)                             \
    ({                                                        \
        dw_text row_ = (text_);                               \
        char *copy_ = guard_page_copy(row_.p, row_.n);        \
        bool good_ = read_((dw_text){copy_, row_.n}, (out_)); \
        guard_page_free(copy_);                               \
        good_;                                                \
    })

/* A context with nothing but memory. */
struct memory {
    struct arena arena;
    struct dw_ctx ctx;
};

static inline dw_ctx *memory_init(struct memory *m)
{
    dw__arena_init(&m->arena, NULL, 1 << 20);
    m->ctx = (struct dw_ctx){.arena = &m->arena};
    return &m->ctx;
}

#endif
