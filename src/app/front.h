/* app/front.h -- the HTTP server of a process that answers for an image, with the limits of its settings. */
#ifndef DW_APP_FRONT_H
#define DW_APP_FRONT_H

#include "app/answer.h"
#include "app/runtime.h"
#include "http/server.h"

struct front {
    struct answerer answerer;
    struct http_app app;
    struct http_server *server;
};

/* Makes the server of *f, which stays where it is; `poison` as in app/answer.h. p and image must outlive it. DW_UNAVAILABLE without memory or
 * descriptors. Its end is dw__http_server_free(f->server). */
DW_MUST dw_err dw__front_open(struct front *f, struct runtime *p, const struct image *image, bool poison);

#endif
