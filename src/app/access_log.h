/* app/access_log.h -- one line for each request. */
#ifndef DW_APP_ACCESS_LOG_H
#define DW_APP_ACCESS_LOG_H

#include "http/request.h"

/* Writes method, path (its normal form, never the query), route, status, bytes, time, peer and caller of a request that is over. */
void dw__access_log(const dw_req *req);

#endif
