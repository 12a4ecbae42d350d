/* guard/at_once.h -- how many requests to a route are handled at a time, by all workers together.
 *
 * A row for each worker, which only that worker writes, and which its successor empties: the places of a worker that dies are taken until that has begun.  A request
 * counts itself first and then looks at all rows, so that there are never more than there may be; of several that come at the same moment for the
 * last place it may be none that gets it. */
#ifndef DW_GUARD_AT_ONCE_H
#define DW_GUARD_AT_ONCE_H

#include <stdbool.h>
#include <stdint.h>

#include "route/plan.h"

/* What a worker is doing, by the number that a route has (struct route_plan). */
struct at_once_row {
    uint32_t of[DW__AT_ONCE_ROUTES];
};

struct at_once {
    struct at_once_row *rows;
    unsigned n, mine;
    uint64_t told_ns; /* when the log was last told that a route is busy */
};

/* Takes a place of route `number`, of which there are `most`: false when they are taken. And gives it back. */
bool dw__at_once_enter(struct at_once *a, unsigned number, uint32_t most);
void dw__at_once_leave(struct at_once *a, unsigned number);
/* A worker begins: nothing of its row is in hand. */
void dw__at_once_begin(struct at_once *a);

#endif
