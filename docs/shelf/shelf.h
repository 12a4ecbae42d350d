/* shelf.h -- Shelf, a lending library in four files: the application that the guide's pages are about. */
#ifndef SHELF_H
#define SHELF_H

#include <dw/dw.h>

/* In the order of the names in main.c; stored as a bit set. */
enum { role_reader, role_keeper };

extern const dw_blueprint books, members, replies;

/* `shelf join NAME ROLE`. */
dw_err join(dw_ctx *ctx, int argc, char **argv);

#endif
