/* app/data_keys.h -- whether DATA_KEYS has every key with which something in the database is sealed. */
#ifndef DW_APP_DATA_KEYS_H
#define DW_APP_DATA_KEYS_H

#include "app/command.h"
#include "app/runtime.h"

/* Of the roots of DATA_KEYS with which stored values are sealed, those that the setting does not name any more: a line of `missing` for each. `why` has a
 * line when the database could not be asked. Opens the database of the settings. */
DW_MUST dw_err dw__data_keys_missing(const struct invocation *inv, struct buf *missing, struct buf *why);
/* The same for who may take over: DW_CONFLICT, and a line of `why` for each, which begins with the id of the finding. */
DW_MUST dw_err dw__data_keys_would_hold(const struct invocation *inv, struct buf *why);
/* The same for a process that is about to serve, with its own client of the database. A database that is
 * away is DW_OK and an event; one that cannot be asked for another reason is not. */
DW_MUST dw_err dw__data_keys_hold(struct runtime *p, struct buf *why);

#endif
