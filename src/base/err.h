/* base/err.h -- which errors there are: ours, and the application's own. */
#ifndef DW_BASE_ERR_H
#define DW_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

#include <dw/err.h>

/* From now on the application's own errors are these, which must outlive the process. Once, at start-up, before the first thread. */
void dw__err_use(const dw_app_error *errors, size_t n);

/* How many errors of its own the application has, and which is the i-th of them; the place of `err` among them, or -1. */
size_t dw__err_own_count(void);
dw_err dw__err_own_at(size_t i);
int dw__err_own_place(dw_err err);

/* Whether `err` is in a table, ours or the application's; DW_OK is not. */
bool dw__err_is_known(dw_err err);

#endif
