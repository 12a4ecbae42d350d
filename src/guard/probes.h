/* guard/probes.h -- what becomes of a request for which there is no route. */
#ifndef DW_GUARD_PROBES_H
#define DW_GUARD_PROBES_H

#include "http/request.h"

/* DW_NOT_FOUND; DW_TOO_MANY for who has looked for too much of what nobody has. */
DW_MUST dw_err dw__probes_judge(dw_req *req);
/* The row of the table that `path` (normal form) is of; {NULL, 0}: none. */
dw_text dw__probe_find(dw_text path);

#endif
