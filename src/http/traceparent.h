/* http/traceparent.h -- W3C Trace Context, level 1: the traceparent header. Pure. */
#ifndef DW_HTTP_TRACEPARENT_H
#define DW_HTTP_TRACEPARENT_H

#include <stdbool.h>

#include <dw/types.h>

/* Whether t is exactly "00-" 32 hex "-" 16 hex "-" 2 hex, in lower case, neither id all zeros. */
bool dw__traceparent_valid(dw_text t);

#endif
