/* app/load.h -- the loaders of a route, run for a request. */
#ifndef DW_APP_LOAD_H
#define DW_APP_LOAD_H

#include "http/request.h"

/* Runs every loader of the route in its order, each once, and holds its object to the policies behind it. Their keys are bound. What was loaded
 * before, by an earlier round of the same request, is forgotten. The error of the first that fails, DW_NOT_FOUND where there is no row, what the
 * policy says when it refuses, DW_UNAVAILABLE when it cannot decide. */
DW_MUST dw_err dw__load_all(dw_req *req);

#endif
