/* app/admin.h -- what the admin listener answers: whether this process lives, and whether it can work. */
#ifndef DW_APP_ADMIN_H
#define DW_APP_ADMIN_H

#include "http/request.h"

/* Answers GET /healthz (200 while the loop turns) and GET /readyz (200, or 503, with the state of each backend). DW_NOT_FOUND for anything else. */
DW_MUST dw_err dw__admin_answer(dw_req *req);

#endif
