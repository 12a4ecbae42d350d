/* app/openapi.h -- the OpenAPI 3.1 description of an application, from the tables that it is made of. */
#ifndef DW_APP_OPENAPI_H
#define DW_APP_OPENAPI_H

#include "app/image.h"

/* Appends the description as JSON and a newline; the same bytes for the same tables. DW_TOO_LARGE when it does not fit `out`. `a` holds what is only
 * needed meanwhile. */
DW_MUST dw_err dw__openapi_document(const struct image *image, struct arena *a, struct buf *out);

#endif
