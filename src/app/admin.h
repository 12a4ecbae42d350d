/* app/admin.h -- what the admin listener answers: whether this process lives, and whether it can work. */
#ifndef DW_APP_ADMIN_H
#define DW_APP_ADMIN_H

#include "http/request.h"

struct route_table;

/* Answers GET /healthz (200 while the loop turns), GET /readyz (200, or 503, with the state of each backend), GET /metrics, and GET /limits: who is
 * shut out, whom DELETE /limits/ID lets go. DW_NOT_FOUND for anything else. */
DW_MUST dw_err dw__admin_answer(dw_req *req, const struct route_table *routes);

#endif
