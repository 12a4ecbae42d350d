/* app/secrets_committed.h -- whether a secret stands in the example of a file of settings, which everyone has who has the source. */
#ifndef DW_APP_SECRETS_COMMITTED_H
#define DW_APP_SECRETS_COMMITTED_H

#include "app/config.h"
#include "guard/audit.h"

/* Looks into `.env.example`, `.env.sample` and `.env.template` of the working directory and of that of --env-file, and says which secrets of `config` are in there; nothing of a secret is in what
 * is said. Regular files of at most 1 MiB: one that is larger cannot be judged, which is said. Links are not followed. */
void dw__secrets_find_committed(const struct config *config, struct audit *audit);

#endif
