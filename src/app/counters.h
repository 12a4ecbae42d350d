/* app/counters.h -- the counts of all workers of a server: memory that they share, and its text for Prometheus and for `top`. */
#ifndef DW_APP_COUNTERS_H
#define DW_APP_COUNTERS_H

#include "base/buf.h"
#include "base/counts.h"
#include "guard/bans.h"
#include <dw/err.h>

struct at_once_row;

/* A memfd with a slot for each of DW__MAX_WORKERS workers. */
DW_MUST dw_err dw__counters_new(int *fd);
/* Maps it. *all has a slot for each worker. DW_DENIED when it is no such memory. */
DW_MUST dw_err dw__counters_map(int fd, struct counts **all);
/* What lies behind the slots: the bans that all workers know of. */
struct bans *dw__counters_bans(struct counts *all);
/* … and what each of DW__MAX_WORKERS workers has in hand of each route that counts that. */
struct at_once_row *dw__counters_at_once(struct counts *all);
void dw__counters_unmap(struct counts *all);
/* Whether counts of limits outlive the server (RATE_LIMIT_FILE), for workers to say: who writes the file says so in the memory `fd`, and tells nothing else there. It is not said where `fd` is no
 * such memory. */
enum limits_kept { LIMITS_NOT_TO_BE_KEPT, LIMITS_KEPT, LIMITS_LOST };
void dw__counters_say_limits(int fd, enum limits_kept kept);
enum limits_kept dw__counters_limits(const struct counts *all);
/* A slot whose worker begins at `now_s`: what goes up and down begins anew, what only goes up goes on. */
void dw__counters_begin(struct counts *mine, int64_t now_s);

/* Text in the exposition format of Prometheus, 0.0.4, of the first n slots. */
void dw__counters_print(const struct counts *all, unsigned n, struct buf *out);
/* Reads what _print writes, and passes over what it does not know: *n of at most `max` slots, which are zeroed first. False for what is no
 * such text. */
DW_MUST bool dw__counters_read(dw_text text, struct counts *all, unsigned max, unsigned *n);

#endif
