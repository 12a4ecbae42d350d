/* app/findings.h -- the one judgement over a configuration, so that `check` cannot call good what `serve` refuses. */
#ifndef DW_APP_FINDINGS_H
#define DW_APP_FINDINGS_H

#include "app/command.h"

/* Says all that is found of settings, secrets, guards and routes; in production, or with `deploy` as if it were, of what is around it too. Asks no
 * database. What dw_app.accepted takes is taken: call it last. */
void dw__find_all(const struct invocation *inv, bool deploy, struct audit *audit);
/* Says each line of `lines` by itself. */
void dw__find_lines(struct audit *audit, enum finding finding, const struct buf *lines);

#endif
