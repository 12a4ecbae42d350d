/* conformance/blueprints/bodies.c -- what is sent comes back: as it came, as JSON written anew, as a verified signature. */
#include "../conformance.h"

/* Answers the body as it came, in constant memory. */
static dw_err echo(dw_req *req, const dw_nothing *in)
{
    char part[16384];
    size_t n;
    dw_err err;

    (void)in;
    if ((err = dw_req_read(req, part, sizeof part, &n)) != DW_OK ||
        (err = dw_reply_begin(req, 200, DW_TEXT("application/octet-stream"), -1)) != DW_OK)
        return err;
    while (n > 0)
        if ((err = dw_reply_write(req, part, n)) != DW_OK ||
            (err = dw_req_read(req, part, sizeof part, &n)) != DW_OK)
            return err;
    return dw_reply_end(req);
}
DW_RAW(echo, dw_nothing);

static dw_err json(dw_req *req, const dw_nothing *in)
{
    dw_text body, anew;
    dw_err err;

    (void)in;
    if ((err = dw_req_body(req, &body)) != DW_OK ||
        (err = dw_json_rewrite(dw_req_ctx(req), body, &anew)) != DW_OK)
        return err;
    return dw_reply_json(req, 200, anew);
}
DW_RAW(json, dw_nothing);

/* Reads the body, and then what came behind it: X-Checksum comes back as a header. */
static dw_err trailer(dw_req *req, const dw_nothing *in)
{
    dw_text body, checksum;
    dw_err err;

    (void)in;
    if ((err = dw_req_body(req, &body)) != DW_OK)
        return err;
    checksum = dw_req_trailer(req, "x-checksum");
    if (checksum.p != NULL && (err = dw_reply_header(req, "X-Checksum", checksum)) != DW_OK)
        return err;
    return dw_reply_json(req, 200,
                         dw_format(dw_req_ctx(req), "{\"bytes\":%zu,\"host\":%s}", body.n,
                                   dw_req_trailer(req, "host").p != NULL ? "true" : "false"));
}
DW_RAW(trailer, dw_nothing);

DW_SCHEMA(jws_in,
    (dw_json, jwk,  .optional = true),
    (dw_json, keys, .optional = true),
    (dw_text, jws,  DW_LEN(1, 16384))
);
DW_SCHEMA(jws_out, (bool, valid));

static dw_err jws(dw_req *req, const jws_in *in, jws_out *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_text keys = {in->jwk.p, in->jwk.n};

    if (in->has.jwk == in->has.keys)
        return dw_req_fail(req, DW_BAD_REQUEST, "Send either jwk or keys");
    if (in->has.keys)
        keys = dw_format(ctx, "{\"keys\":%.*s}", DW_FMT(in->keys));
    out->valid = true;
    return dw_jws_verify(ctx, keys, in->jws);
}
DW_HANDLER(jws, jws_in, jws_out);

static const dw_route routes[] = {
    DW_POST("/echo", echo, DW_PUBLIC("bodies to look at"), .raw = "answers the body as it came",
            .max_body = (size_t)4 << 30, .deadline_ms = 600000),
    DW_POST("/trailer", trailer, DW_PUBLIC("trailers to look at"), .raw = "looks at what comes behind",
            .trailers = true),
    DW_POST("/json", json, DW_PUBLIC("JSON to look at"), .raw = "takes any JSON value"),
    DW_POST("/jws", jws, DW_PUBLIC("signatures to try"), .status = 200),
};
const dw_blueprint bodies = DW_BLUEPRINT("", routes);
