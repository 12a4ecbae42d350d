/* app/error_shape.h -- Dewar's own shapes of an error: what is in them, and nothing else. */
#ifndef DW_APP_ERROR_SHAPE_H
#define DW_APP_ERROR_SHAPE_H

#include "base/buf.h"
#include "http/request.h"
#include "schema/bind.h"

enum error_shape { SHAPE_JSON, SHAPE_PROBLEM, SHAPE_HTML, SHAPE_OAUTH };

/* An error, as much of it as a client may know. Taken down before any handler of the application sees the request. */
struct error_facts {
    dw_err err;
    int status;
    const char *title, *message, *code;
    const struct bind_faults *faults; /* or NULL */
};

/* The shape that the route and the client's Accept ask for. */
enum error_shape dw__error_shape_choose(const dw_req *req);
/* The content type of a shape. */
dw_text dw__error_shape_type(enum error_shape shape);
/* Appends the whole body. */
void dw__error_shape_put(enum error_shape shape, struct buf *b, const dw_req *req,
                         const struct error_facts *facts);

#endif
