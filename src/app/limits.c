/* app/limits.c -- see limits.h. */
#include "app/limits.h"

#include <sys/stat.h>
#include <unistd.h>

#include "guard/rate_table.h"
#include "os/memfd.h"

static dw_err make(size_t keys, int *fd, void **memory)
{
    dw_err err = dw__shared_new("limits", dw__rate_table_size(keys), fd, memory);

    if (err == DW_OK)
        dw__rate_table_begin(*memory);
    return err;
}

dw_err dw__limits_share(size_t keys, int *fd)
{
    void *memory;
    dw_err err = make(keys, fd, &memory);

    if (err != DW_OK)
        return err;
    dw__shared_in_large_pages(memory, dw__rate_table_size(keys));
    dw__shared_unmap(memory, dw__rate_table_size(keys));
    return DW_OK;
}

static dw_err use(struct limits *limits, void *memory, size_t keys)
{
    *limits = (struct limits){dw__rate_table_on(memory, keys), memory, dw__rate_table_size(keys)};
    if (limits->table != NULL)
        return DW_OK;
    dw__limits_release(limits);
    return DW_UNAVAILABLE;
}

dw_err dw__limits_open(struct limits *out, int fd)
{
    struct stat st;
    void *memory = NULL;
    size_t keys = fstat(fd, &st) == 0 && st.st_size > 0 ? dw__rate_table_keys((size_t)st.st_size) : 0;
    dw_err err = keys > 0 ? dw__shared_map(fd, (size_t)st.st_size, true, &memory) : DW_DENIED;

    (void)close(fd);
    return err == DW_OK ? use(out, memory, keys) : err;
}

dw_err dw__limits_alone(struct limits *out)
{
    void *memory;
    int fd;
    dw_err err = make(DW__RATE_KEYS_ALONE, &fd, &memory);

    if (err != DW_OK)
        return err;
    (void)close(fd);
    return use(out, memory, DW__RATE_KEYS_ALONE);
}

void dw__limits_release(struct limits *limits)
{
    dw__rate_table_free(limits->table);
    if (limits->memory != NULL)
        dw__shared_unmap(limits->memory, limits->size);
    *limits = (struct limits){0};
}
