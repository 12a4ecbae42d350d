/* app/handover.c -- a head, then the strings, each with its NUL; nothing else, and every count checked. */
#include "app/handover.h"

#include <string.h>

#include "base/buf.h"
#include "os/memfd.h"

#define HANDOVER_MAX ((size_t)4 << 20)
#define STRINGS_MAX 65536u

struct head {
    char magic[8];
    uint32_t layout;
    uint32_t flags;
    uint32_t n[2];
};

static const char magic[8] = {'d', 'w', 'h', 'a', 'n', 'd', 'e', 'd'};

static uint32_t count(char *const *list)
{
    uint32_t n = 0;

    while (n < STRINGS_MAX && list[n] != NULL)
        n++;
    return n;
}

dw_err dw__handover_seal(unsigned flags, char *const *first, char *const *second, int *fd)
{
    struct head head = {.layout = DW__HANDOVER_LAYOUT, .flags = flags, .n = {count(first), count(second)}};
    char *const *lists[2] = {first, second};
    struct arena arena;
    struct buf out;
    dw_err err = DW_TOO_LARGE;

    *fd = -1;
    memcpy(head.magic, magic, sizeof magic);
    dw__arena_init(&arena, NULL, HANDOVER_MAX * 4);
    dw__buf_init(&out, &arena, HANDOVER_MAX);
    dw__buf_put(&out, &head, sizeof head);
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < head.n[l]; i++)
            dw__buf_put(&out, lists[l][i], strlen(lists[l][i]) + 1);
    if (!out.failed && head.n[0] < STRINGS_MAX && head.n[1] < STRINGS_MAX)
        err = dw__memfd_sealed("handover", out.p, out.n, fd);
    dw__arena_release(&arena); /* wipes */
    return err;
}

/* Takes n strings from the front of *rest; NULL when there are fewer, or no memory. */
static char **take(struct arena *arena, dw_bytes *rest, uint32_t n)
{
    char **list = dw__arena_calloc(arena, (size_t)n + 1, sizeof *list);

    for (uint32_t i = 0; list != NULL && i < n; i++) {
        const uint8_t *end = rest->n > 0 ? memchr(rest->p, 0, rest->n) : NULL;
        size_t size = end != NULL ? (size_t)(end - rest->p) + 1 : 0;

        list[i] = end != NULL ? dw__arena_bytes(arena, size) : NULL;
        if (list[i] == NULL)
            return NULL;
        memcpy(list[i], rest->p, size);
        rest->p += size;
        rest->n -= size;
    }
    return list;
}

static dw_err parse(dw_bytes bytes, struct arena *arena, struct handover *out)
{
    struct head head;
    dw_bytes rest = bytes;

    if (bytes.n < sizeof head)
        return DW_INVALID;
    memcpy(&head, bytes.p, sizeof head);
    if (memcmp(head.magic, magic, sizeof magic) != 0)
        return DW_INVALID;
    if (head.layout != DW__HANDOVER_LAYOUT)
        return DW_CONFLICT;
    rest.p += sizeof head;
    rest.n -= sizeof head;
    out->flags = head.flags;
    for (size_t l = 0; l < 2; l++) {
        out->n[l] = head.n[l];
        out->strings[l] = head.n[l] < STRINGS_MAX ? take(arena, &rest, head.n[l]) : NULL;
        if (out->strings[l] == NULL)
            return DW_INVALID;
    }
    return rest.n == 0 ? DW_OK : DW_INVALID;
}

dw_err dw__handover_open(int fd, struct arena *arena, struct handover *out)
{
    dw_bytes bytes;
    dw_err err;

    *out = (struct handover){0};
    if (dw__memfd_map(fd, HANDOVER_MAX, &bytes) != DW_OK)
        return DW_INVALID;
    err = parse(bytes, arena, out);
    dw__memfd_unmap(bytes);
    return err;
}

int dw__handover_keep(char *const *argv, char *const *envp)
{
    int fd;

    if (dw__handover_seal(0, argv, envp, &fd) != DW_OK)
        return -1;
    dw__memfd_lock(fd);
    return fd;
}
