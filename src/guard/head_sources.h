/* guard/head_sources.h -- fields of an input or of a loader's key that come from a request's head. */
#ifndef DW_GUARD_HEAD_SOURCES_H
#define DW_GUARD_HEAD_SOURCES_H

#include "http/request.h"
#include "schema/bind.h"

/* Binds a path segment into field i. DW_NOT_FOUND when it spells no value of the field's type: then it is no such path. */
DW_MUST dw_err dw__bind_segment(const struct schema_plan *plan, size_t i, dw_text segment, void *out,
                                struct bind_faults *faults);
/* Binds the fields of `mask` that come from headers, and from cookies. Those that nobody declared are not looked at: they are everyone's. */
void dw__bind_headers(const dw_req *req, const struct schema_plan *plan, uint64_t mask, void *out,
                      struct bind_faults *faults);
void dw__bind_cookies(const dw_req *req, const struct schema_plan *plan, uint64_t mask, void *out,
                      struct bind_faults *faults);

#endif
