/* conformance/blueprints/clients.c -- who a request is from, as a handler sees it, and which headers have come as far as that. */
#include "../conformance.h"

DW_LIST(names, dw_text);
DW_SCHEMA(client_out,
    (dw_text, address),
    (bool,    https),
    (dw_text, request_id),
    (names,   arrived, .doc = "Headers that a proxy or nobody may send, and that are there")
);

static dw_err client(dw_req *req, const dw_nothing *in, client_out *out)
{
    enum { MOST = 16 };
    const struct {
        const char *name;
        dw_text value;
    } looked[] = {
#define LOOK(name) {name, dw_req_header(req, name)}
        LOOK("forwarded"),
        LOOK("x-forwarded-for"),
        LOOK("x-forwarded-proto"),
        LOOK("x-forwarded-host"),
        LOOK("x-forwarded-prefix"),
        LOOK("x-request-id"),
        LOOK("x-real-ip"),
        LOOK("proxy"),
        LOOK("x-original-url"),
        LOOK("x-rewrite-url"),
        LOOK("x-http-method-override"),
        LOOK("x_forwarded_for"),
        LOOK("x-usual"),
    };
    dw_text *arrived = dw_alloc(dw_req_ctx(req), MOST * sizeof *arrived);
    size_t n = 0;

    (void)in;
    if (arrived == NULL)
        return DW_UNAVAILABLE;
    for (size_t i = 0; i < sizeof looked / sizeof looked[0]; i++)
        if (looked[i].value.p != NULL)
            arrived[n++] = dw_format(dw_req_ctx(req), "%s", looked[i].name);
    *out = (client_out){.address = dw_req_address(req),
                        .https = dw_req_is_https(req),
                        .request_id = dw_req_id(req),
                        .arrived = {arrived, n}};
    return DW_OK;
}
DW_HANDLER(client, dw_nothing, client_out);

static const dw_route routes[] = {
    DW_GET("/client", client, DW_PUBLIC("shows who asks")),
    DW_POST("/client", client, DW_PUBLIC("shows who asks"), .status = 200),
};
const dw_blueprint clients = DW_BLUEPRINT("", routes);
