/* route/csp.h -- whether a Content-Security-Policy that somebody wrote is one, and protects. */
#ifndef DW_ROUTE_CSP_H
#define DW_ROUTE_CSP_H

#include <stdbool.h>
#include <stddef.h>

/* NULL when `policy` is well-formed and no directive of it undoes the rest; else a static sentence. Directives as in CSP Level 3. */
const char *dw__csp_fault(const char *policy);

/* The same of a policy that is only tried: it must say where browsers report, with report-uri and a path of this server or an https URL. What is tried is
 * what could be enforced, so nothing else is different. */
const char *dw__csp_report_fault(const char *policy);

/* Whether a policy without a fault lets any other page frame its own: frame-ancestors is not 'none'. */
bool dw__csp_lets_frame(const char *policy);

#endif
