/* app/limits.h -- the memory in which limits are counted (guard/rate_table.h): the server's, or a process's own. */
#ifndef DW_APP_LIMITS_H
#define DW_APP_LIMITS_H

#include <stddef.h>

#include <dw/err.h>

struct rate_table;

struct limits {
    struct rate_table *table;
    void *memory;
    size_t size;
};

/* New shared memory with an empty table of `keys` keys for all workers of a server; *fd is the caller's. */
DW_MUST dw_err dw__limits_share(size_t keys, int *fd);
/* On that memory, of whatever size a server before this one has made it; fd is the callee's. DW_DENIED when it is not that. */
DW_MUST dw_err dw__limits_open(struct limits *out, int fd);
/* In memory of this process's own. */
DW_MUST dw_err dw__limits_alone(struct limits *out);
void dw__limits_release(struct limits *limits);

#endif
