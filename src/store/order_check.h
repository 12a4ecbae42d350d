/* store/order_check.h -- what a list in a declared order needs of its schemas: looked at when the inventory is made. */
#ifndef DW_STORE_ORDER_CHECK_H
#define DW_STORE_ORDER_CHECK_H

#include <dw/order.h>

/* Bytes of a cursor. */
#define DW__ORDER_CURSOR_MAX ((size_t)4096)

/* The kind of a field of `schema`, those of flat objects not included; 0: there is none of that name. */
dw_kind dw__order_kind(const dw_schema *schema, const char *field);

#endif
