/* guard/media.h -- what a Content-Type says. */
#ifndef DW_GUARD_MEDIA_H
#define DW_GUARD_MEDIA_H

#include <stdbool.h>

#include <dw/types.h>

/* Whether a Content-Type value is application/json, application/merge-patch+json or application/x-www-form-urlencoded, without other parameters
 * than charset=utf-8. */
bool dw__media_is_json(dw_text value);
bool dw__media_is_merge_patch(dw_text value);
bool dw__media_is_form(dw_text value);
/* Whether it is multipart/form-data, whatever its parameters: codec/multipart.h reads those. */
bool dw__media_is_multipart(dw_text value);

#endif
