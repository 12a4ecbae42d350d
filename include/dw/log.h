/* dw/log.h -- application log lines: JSON, one line each, values by type.
 *
 *     DW_LOG_WARN(ctx, "note.rejected", DW_KV(title_len, n), DW_KV(title, in->title));
 *
 * The event's name is a literal and a key is an identifier, so neither can come from a client; values are escaped, and a
 * dw_secret is written as "[secret]".  Request id, route and time are added.  A line over 16 KiB is cut between values. */
#ifndef DW_LOG_H
#define DW_LOG_H

#include "map.h"
#include "types.h"

typedef enum dw_log_level {
    DW_LOG_LEVEL_DEBUG,
    DW_LOG_LEVEL_INFO,
    DW_LOG_LEVEL_WARN,
    DW_LOG_LEVEL_ERROR
} dw_log_level;

typedef enum dw_kv_kind {
    DW_KV_INT = 1,
    DW_KV_UINT,
    DW_KV_REAL,
    DW_KV_BOOL,
    DW_KV_TEXT,
    DW_KV_CSTR,
    DW_KV_SECRET
} dw_kv_kind;

typedef struct dw_kv {
    const char *key;
    dw_kv_kind kind;
    int64_t i; /* also an unsigned value, its bits */
    double d;
    dw_text t;
} dw_kv;

/* Writes one line. ctx may be NULL (start-up). Called by the macros below. */
void dw_x_log(const dw_ctx *ctx, dw_log_level level, const char *event, const dw_kv *kv, size_t n);

/* One value each; called by DW_KV. */
dw_kv dw_x_kv_int(const char *key, long long v);
dw_kv dw_x_kv_uint(const char *key, unsigned long long v);
dw_kv dw_x_kv_real(const char *key, double v);
dw_kv dw_x_kv_bool(const char *key, bool v);
dw_kv dw_x_kv_text(const char *key, dw_text v);
dw_kv dw_x_kv_cstr(const char *key, const char *v);
dw_kv dw_x_kv_secret(const char *key, dw_secret v);

#ifndef __cplusplus
/* key: an identifier; value: any integer, bool, double, dw_text, const char * or dw_secret. */
#define DW_KV(key, value) \
    _Generic((value), bool: dw_x_kv_bool, signed char: dw_x_kv_int, short: dw_x_kv_int, int: dw_x_kv_int,       \
             long: dw_x_kv_int, long long: dw_x_kv_int, unsigned char: dw_x_kv_uint,                            \
             unsigned short: dw_x_kv_uint, unsigned: dw_x_kv_uint, unsigned long: dw_x_kv_uint,                 \
             unsigned long long: dw_x_kv_uint, float: dw_x_kv_real, double: dw_x_kv_real,                       \
             dw_text: dw_x_kv_text, char *: dw_x_kv_cstr, const char *: dw_x_kv_cstr,                           \
             dw_secret: dw_x_kv_secret)(#key, (value))

#define DW__LOG(ctx, level, event, ...)                                          \
    dw_x_log((ctx), (level), "" event "", (const dw_kv[]){{0}, __VA_ARGS__} + 1, \
             sizeof((const dw_kv[]){{0}, __VA_ARGS__}) / sizeof(dw_kv) - 1)
/* One line of a level: context (NULL at start-up), event, values by DW_KV. */
#define DW_LOG_DEBUG(ctx, ...) DW__LOG(ctx, DW_LOG_LEVEL_DEBUG, __VA_ARGS__, {0})
#define DW_LOG_INFO(ctx, ...) DW__LOG(ctx, DW_LOG_LEVEL_INFO, __VA_ARGS__, {0})
#define DW_LOG_WARN(ctx, ...) DW__LOG(ctx, DW_LOG_LEVEL_WARN, __VA_ARGS__, {0})
#define DW_LOG_ERROR(ctx, ...) DW__LOG(ctx, DW_LOG_LEVEL_ERROR, __VA_ARGS__, {0})
#endif

#endif
