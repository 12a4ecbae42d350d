/* app/secrets.h -- whether the secrets of the settings are any: what `serve` refuses to start with and `check` reports. */
#ifndef DW_APP_SECRETS_H
#define DW_APP_SECRETS_H

#include "app/command.h"

/* Parses the keys of inv->config and drops them. False, with a line of `why` for each that is no good (short, guessable, given twice, or in
 * both settings); nothing of a secret is in it. A key that is not set at all is no fault here. */
bool dw__secrets_hold(const struct invocation *inv, struct buf *why);

#endif
