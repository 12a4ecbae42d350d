/* store/line.h -- who of a worker waits until a transaction of its own has ended.
 *
 * A worker has one transaction under way at a time, and what it writes besides stands in line, first come first served: the ring between worker and
 * store keeps order, so nothing can overtake. */
#ifndef DW_STORE_LINE_H
#define DW_STORE_LINE_H

#include "base/list.h"
#include "os/wait.h"

struct line {
    struct list waiting;
    bool taken; /* by a transaction */
};

void dw__line_init(struct line *line);
/* Waits for one's turn, on ctx; at once when nobody has it and nobody waits. With `all` nobody else has one until dw__line_leave.
 * DW_CANCELED, DW_TIMEOUT, DW_UNAVAILABLE after `until_ns`: it did not come. */
DW_MUST dw_err dw__line_wait(struct line *line, dw_ctx *ctx, uint64_t until_ns, bool all);
/* Of who had all of it. */
void dw__line_leave(struct line *line);

#endif
