/* app/cmd_secret.c -- `secret`: 32 random bytes as text, for COFFER_SIGNING_KEYS and COFFER_DATA_KEYS. */
#include <stdio.h>

#include "app/command.h"
#include "crypto/compare.h"
#include "crypto/secret.h"

int dw__cmd_secret(const struct invocation *inv)
{
    char text[DW__SECRET_TEXT + 1];

    if (inv->argc > 0) {
        (void)fprintf(stderr, "%s: secret takes no arguments\n", inv->app->name);
        return EXIT_BAD_USAGE;
    }
    dw__secret_make(text);
    puts(text);
    dw__wipe(text, sizeof text);
    return EXIT_DONE;
}
