/* route/csp.h -- whether a Content-Security-Policy that somebody wrote is one, and protects. */
#ifndef DW_ROUTE_CSP_H
#define DW_ROUTE_CSP_H

#include <stddef.h>

/* NULL when `policy` is well-formed and no directive of it undoes the rest; else a static sentence. Directives as in CSP Level 3. */
const char *dw__csp_fault(const char *policy);

#endif
