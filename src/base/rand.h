/* base/rand.h -- random bytes from the operating system, fetched by the page.
 *
 * A thread fetches 4 KiB with getrandom(2) and hands it out, wiping what it gave; the page is dropped by the kernel on
 * fork (MADV_WIPEONFORK), so that parent and child never share bytes. dw_random() in <dw/ctx.h> is the entry. */
#ifndef DW_BASE_RAND_H
#define DW_BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

uint64_t dw__random_u64(void);
/* `n_hex` lower-case hexadecimal digits (a multiple of 8, at most 64) into out; no NUL. */
void dw__random_hex(char *out, size_t n_hex);

#endif
