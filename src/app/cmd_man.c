/* app/cmd_man.c -- `man`: the table of settings as a section of a man page, so that the page cannot say anything else. */
#include <stdio.h>

#include "app/command.h"

#define TEXT_MAX ((size_t)256 << 10)

int dw__cmd_man(const struct invocation *inv)
{
    struct arena arena;
    struct buf out;
    bool whole;

    if (inv->argc > 0) {
        (void)fprintf(stderr, "%s: man takes no arguments\n", inv->app->name);
        return EXIT_BAD_USAGE;
    }
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&out, &arena, TEXT_MAX);
    dw__config_man(inv->app, &out);
    whole = !out.failed && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
    dw__arena_release(&arena);
    return whole ? EXIT_DONE : EXIT_FAILED;
}
