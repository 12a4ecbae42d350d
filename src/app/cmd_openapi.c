/* app/cmd_openapi.c -- `openapi`: the description of the API, as /openapi.json gives it. */
#include <stdio.h>

#include "app/command.h"
#include "app/openapi.h"

#define MEMORY_MAX ((size_t)256 << 20)

int dw__cmd_openapi(const struct invocation *inv)
{
    struct arena arena;
    struct buf out;
    bool whole;

    if (inv->argc > 0) {
        (void)fprintf(stderr, "%s: openapi takes no arguments\n", inv->app->name);
        return EXIT_BAD_USAGE;
    }
    dw__arena_init(&arena, NULL, MEMORY_MAX);
    dw__buf_init(&out, &arena, MEMORY_MAX);
    whole = dw__openapi_document(inv->image, &arena, &out) == DW_OK &&
            fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
    dw__arena_release(&arena);
    return whole ? EXIT_DONE : EXIT_FAILED;
}
