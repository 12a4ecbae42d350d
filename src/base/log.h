/* base/log.h -- JSON lines that nothing from a client can break, written off the loop.
 *
 * A line is made in the caller's memory and copied into a ring; a thread writes the ring to the destination after 10 ms or
 * 64 KiB, whichever is first.  A full ring or a failing write drops lines and counts them; it never blocks and never
 * stops anything.  The next line that can be written says how many were lost. */
#ifndef DW_BASE_LOG_H
#define DW_BASE_LOG_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/ctx.h"
#include <dw/log.h>

struct audit_link;
struct log;

/* A log that writes to `fd` (owned from now on; 2 is duplicated), from `level` up, for process `who` ("worker 1", at most
 * 64 bytes).  A file is to be opened with O_APPEND. Starts a thread.  DW_UNAVAILABLE without memory or thread: `fd` is then
 * still the caller's. */
DW_MUST dw_err dw__log_new(struct log **out, int fd, dw_log_level level, const char *who);
/* Writes what is left and frees. A destination that takes nothing is waited for at most two seconds; the log then leaks. */
void dw__log_free(struct log *log);
/* From the next flush on writes to `fd` (owned): after rotation. */
void dw__log_reopen(struct log *log, int fd);
/* Waits until what was put so far has been written or dropped, at most two seconds. */
void dw__log_flush(struct log *log);
/* Whether a line of `level` would be written. A NULL log is standard error, from DW_LOG_LEVEL_INFO up. */
bool dw__log_wants(const struct log *log, dw_log_level level);
/* Lines lost so far. */
uint64_t dw__log_lost(const struct log *log);
/* Events that are of the audit log (base/audit_events.h) go there as well from now on; borrowed, NULL: no longer. */
void dw__log_audit_to(struct log *log, struct audit_link *link);
struct audit_link *dw__log_audit(const struct log *log);
/* Writes by calling `fn`, which is like write(2), in the writer's thread: for tests. */
void dw__log_write_with(struct log *log, ssize_t (*fn)(int fd, const void *p, size_t n));

/* Begins a line {"time":…,"level":…,"kind":kind,"event":event,… in b: members that ctx (may be NULL) knows follow: request_id, traceparent,
 * route. kind is "event" (security and life), "app" or "access". Both are literals. */
#define DW__LOG_BEGIN(b, ctx, level, kind, event) \
    dw__log_begin((b), (ctx), (level), DW_TEXT(",\"kind\":\"" kind "\",\"event\":\"" event "\""))
void dw__log_begin(struct buf *b, const dw_ctx *ctx, dw_log_level level, dw_text kind_and_event);
/* Adds ,"key":value. Text is escaped: invalid UTF-8 as U+FFFD; control characters (also U+007F to U+009F), U+2028, U+2029 and
 * the characters that change the direction of text as \uXXXX. */
void dw__log_text(struct buf *b, const char *key, dw_text value);
void dw__log_int(struct buf *b, const char *key, int64_t value);
/* The same two for keys that are literals, which need no looking at. */
#define DW__LOG_TEXT(b, key, value) (dw__buf_lit((b), ",\"" key "\":"), dw__log_put_text((b), (value)))
#define DW__LOG_UINT(b, key, value) (dw__buf_lit((b), ",\"" key "\":"), dw__buf_u64((b), (value)))
/* For a text that has been found or made to be nothing but printable ASCII without '"' and '\\': a token, an address, an id of ours. */
#define DW__LOG_PLAIN(b, key, value) \
    (dw__buf_lit((b), ",\"" key "\":\""), dw__buf_text((b), (value)), dw__buf_putc((b), '"'))
/* A text alone, escaped, in quotes. */
void dw__log_put_text(struct buf *b, dw_text value);
/* Ends the line with ,"process":who} and puts it into the ring: no lock, rarely a system call, from any thread.  A line that
 * did not fit its buffer, or is longer than 16 KiB, is dropped and counted. log may be NULL: standard error. */
void dw__log_end(struct log *log, struct buf *b);

/* Puts a line as it is, ended by '\n': for people at a terminal. The same bounds. */
void dw__log_plain(struct log *log, const struct buf *b);

/* One line {"kind":"event"} from name and values: for what the framework itself has to say. log may be NULL: standard error. */
DW__COLD void dw__log_event(struct log *log, const dw_ctx *ctx, dw_log_level level, const char *event,
                            const dw_kv *kv, size_t n);
#define DW__EVENT(log, ctx, level, event, ...)                                                 \
    dw__log_event((log), (ctx), (level), "" event "", (const dw_kv[]){{0}, ##__VA_ARGS__} + 1, \
                  sizeof((const dw_kv[]){{0}, ##__VA_ARGS__}) / sizeof(dw_kv) - 1)

#endif
