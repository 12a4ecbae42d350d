/* guard/https.h -- what other guards must know of requests without TLS. */
#ifndef DW_GUARD_HTTPS_H
#define DW_GUARD_HTTPS_H

#include "guard/guard.h"

/* Whether what comes without TLS is sent away: a proxy tells how it came, and the application's own origin is https. */
bool dw__https_is_enforced(const struct guard_env *env);

#endif
