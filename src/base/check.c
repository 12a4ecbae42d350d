/* base/check.c -- the last words of a process whose internals are broken.
 *
 * Uses a small buffer and write(2) only: nothing here may depend on the state that has just been found wrong. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void dw__check_failed(const char *file, int line, const char *what)
{
    char text[512];
    int n = snprintf(text, sizeof text, "%s:%d: check failed: %s\n", file, line, what);
    size_t size = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    ssize_t written = write(STDERR_FILENO, text, size);
    (void)written; /* there is nobody left to tell */
    abort();
}
