/* app/top.h -- the table that `top` shows: pure, of two readings of the counts. */
#ifndef DW_APP_TOP_H
#define DW_APP_TOP_H

#include "app/counters.h"

/* One line for each of n workers and one for all: what came between `before` and `now`, which were read `ns` apart, for each second, and what is
 * at present. A count that is less than before is that of a worker of another server: it begins anew. */
void dw__top_table(const struct counts *before, const struct counts *now, unsigned n, uint64_t ns,
                   struct buf *out);

#endif
