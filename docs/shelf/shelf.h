/* shelf.h -- Shelf, a lending library in five files: the application that the guide's pages are about. */
#ifndef SHELF_H
#define SHELF_H

/* Errors of our own, before Dewar's headers, which put them beside theirs. */
#define DW_APP_ERRORS(X) X(ROOM_FULL, 1000, 503, "room_full", "Every seat is taken")

#include <dw/dw.h>

/* In the order of the names in main.c; stored as a bit set. */
enum { role_reader, role_keeper };

extern const dw_blueprint books, members, orders, replies;
extern const dw_error_handlers replies_to_errors;

/* `shelf join NAME ROLE`. */
dw_err join(dw_ctx *ctx, int argc, char **argv);

#endif
