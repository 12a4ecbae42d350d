/* base/err.h -- which errors there are: ours, and the application's own. */
#ifndef DW_BASE_ERR_H
#define DW_BASE_ERR_H

#include <stdbool.h>

#include <dw/err.h>

/* From now on the application's own errors are these, which must outlive the process. Once, at start-up, before the first thread. */
void dw__err_use(const dw_app_error *errors, size_t n);

/* Whether `err` is in a table, ours or the application's; DW_OK is not. */
bool dw__err_is_known(dw_err err);

#endif
