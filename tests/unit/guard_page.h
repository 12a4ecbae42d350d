/* guard_page.h -- memory whose end touches a page that must not be read: one byte too many is a crash, in any build. */
#ifndef TESTS_UNIT_GUARD_PAGE_H
#define TESTS_UNIT_GUARD_PAGE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A copy of the n bytes at p (may be NULL when n is 0) that ends where memory ends; writable, and n stands before it.
 * Aborts without memory. Free it with guard_page_free(). */
static inline char *guard_page_copy(const void *p, size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t data = (sizeof n + n + page - 1) / page * page;
    char *map = (char *)mmap(NULL, data + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == (char *)MAP_FAILED || mprotect(map + data, page, PROT_NONE) != 0)
        abort();
    char *copy = map + data - n;
    memcpy(copy - sizeof n, &n, sizeof n);
    if (n > 0)
        memcpy(copy, p, n);
    return copy;
}

/* `copy` as guard_page_copy() gave it; NULL is fine. */
static inline void guard_page_free(char *copy)
{
    if (copy == NULL)
        return;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t n;
    memcpy(&n, copy - sizeof n, sizeof n);
    size_t data = (sizeof n + n + page - 1) / page * page;
    munmap(copy + n - data, data + page);
}

#endif
