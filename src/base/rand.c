/* base/rand.c -- random bytes from the operating system, fetched by the page.
 *
 * A system call for each id would cost more than the id.  Each thread has one page: how much of it is left, and the bytes.
 * Bytes are handed out from the end and wiped at once, so that what was given is nowhere else.  The page is
 * MADV_WIPEONFORK: a child sees zeros, hence "nothing left", and fetches its own.  Left out of core dumps.  There is no
 * state that could be guessed and no fallback: without the kernel's generator the process ends. */
#define _GNU_SOURCE
#include "base/rand.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "base/check.h"
#include <dw/ctx.h>

#define PAGE_SIZE 4096

struct page {
    size_t left; /* of bytes, from the start */
    unsigned char bytes[PAGE_SIZE - sizeof(size_t)];
};

/* Lives as long as its thread, and then as long as the process: our threads do not come and go. */
static _Thread_local struct page *page;

static void fetch(unsigned char *p, size_t n)
{
    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        DW__CHECK(got > 0 && (size_t)got <= n);
        p += got;
        n -= (size_t)got;
    }
}

static struct page *page_new(void)
{
    void *p = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    DW__CHECK(p != MAP_FAILED);
    DW__CHECK(madvise(p, PAGE_SIZE, MADV_WIPEONFORK) == 0);
    DW__CHECK(madvise(p, PAGE_SIZE, MADV_DONTDUMP) == 0);
    return p;
}

void dw_random(void *out, size_t n)
{
    if (n > sizeof page->bytes / 4) {
        fetch(out, n);
        return;
    }
    if (n == 0)
        return;
    if (page == NULL)
        page = page_new();
    if (page->left < n) {
        fetch(page->bytes, sizeof page->bytes);
        page->left = sizeof page->bytes;
    }
    page->left -= n;
    memcpy(out, page->bytes + page->left, n);
    explicit_bzero(page->bytes + page->left, n);
}

uint64_t dw__random_u64(void)
{
    uint64_t v;
    dw_random(&v, sizeof v);
    return v;
}

#define BYTES(b) (UINT64_C(0x0101010101010101) * (b))

/* Four bytes as eight digits: each nibble to a byte of a word, six more carries those from ten on into bit 4. */
static inline void hex8(const unsigned char *bytes, char *out)
{
    uint32_t four;
    memcpy(&four, bytes, sizeof four);
    uint64_t v = four;
    v = (v | v << 16) & UINT64_C(0x0000ffff0000ffff);
    v = (v | v << 8) & UINT64_C(0x00ff00ff00ff00ff);
    v = (v >> 4 | v << 8) & BYTES(0x0f);
    uint64_t letters = ((v + BYTES(6)) >> 4) & BYTES(1);
    v += BYTES('0') + letters * ('a' - '0' - 10);
    memcpy(out, &v, sizeof v);
}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "hex8() writes little-endian words");

void dw__random_hex(char *out, size_t n_hex)
{
    unsigned char bytes[32];
    DW__CHECK(n_hex % 8 == 0 && n_hex <= 2 * sizeof bytes);
    dw_random(bytes, n_hex / 2);
    for (size_t i = 0; i < n_hex; i += 8)
        hex8(bytes + i / 2, out + i);
    explicit_bzero(bytes, sizeof bytes);
}
