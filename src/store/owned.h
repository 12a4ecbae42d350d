/* store/owned.h -- is a statement on an owned table held to the caller?
 *
 * A judgement of the text alone, so that it is the same in every process and needs no database: what is not understood is refused.  What
 * stands behind a view or a trigger, SQLite's authorizer and PostgreSQL's catalogue say when the statements are prepared. */
#ifndef DW_STORE_OWNED_H
#define DW_STORE_OWNED_H

#include "store/inventory.h"

/* What is wrong with a statement, and NULL when nothing is. */
enum owned_verdict {
    OWNED_UNUSED,     /* the table is not in it */
    OWNED_HELD,       /* each use has its condition */
    OWNED_NO_WHERE,   /* no `owner = :me` that everything else is AND-ed to */
    OWNED_NO_OWNER,   /* an INSERT that does not put :me into the column */
    OWNED_GIVES_AWAY, /* an UPDATE that sets the column */
    OWNED_NOT_UNDERSTOOD,
};

/* Judges `sql` for one table. `arena` is for a while. */
enum owned_verdict dw__owned_judge(enum sql_dialect dialect, dw_text sql, const dw_owned *owned,
                                   struct arena *arena);
/* Whether `name` stands in `sql` as a name. */
bool dw__owned_names(enum sql_dialect dialect, dw_text sql, const char *name);

#endif
