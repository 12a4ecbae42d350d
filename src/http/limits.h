/* http/limits.h -- bounds of what a request may look like. */
#ifndef DW_HTTP_LIMITS_H
#define DW_HTTP_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/* A head is never larger, whatever the limits say. */
#define HTTP_HEAD_MAX 32768u

struct http_limits {
    uint32_t target;  /* bytes of the request target: 8192; beyond: 414 */
    uint32_t line;    /* bytes of a header line, CRLF not counted: 8192; beyond: 431 */
    uint32_t fields;  /* header lines: 100 (at most DW__MAX_FIELDS); beyond: 431 */
    uint32_t head;    /* bytes of the whole head: 32768 (at most that); beyond: 431 */
    uint32_t discard; /* bytes of a body that nobody read, read and dropped to keep a connection: 65536 */
    uint32_t memory;  /* bytes of the arena of a request: 8 MiB */
    size_t
        total; /* bytes of all arenas and buffers of a worker at which no request begins, less a quarter: 512 MiB; 0: no bound */
};

/* What the comments say. */
struct http_limits dw__http_limits_default(void);

#endif
