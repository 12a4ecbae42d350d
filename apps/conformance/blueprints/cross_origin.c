/* conformance/blueprints/cross_origin.c -- what pages of other origins may call, and what they may not. */
#include "../conformance.h"

DW_SCHEMA(ok_out, (bool, ok));

static dw_err ok(dw_req *req, const dw_nothing *in, ok_out *out)
{
    (void)req, (void)in;
    out->ok = true;
    return DW_OK;
}
DW_HANDLER(ok, dw_nothing, ok_out);

static dw_err fail(dw_req *req, const dw_nothing *in, ok_out *out)
{
    (void)req, (void)in, (void)out;
    return DW_CONFLICT;
}
DW_HANDLER(fail, dw_nothing, ok_out);

/* An answer that caches may keep, and that depends on what it was asked with: what is declared, and what is looked for in between. */
DW_SCHEMA(kept_in,
    (dw_text, language, DW_LEN(0, 64), .from_header = "accept-language", .optional = true),
    (dw_text, theme,    DW_LEN(0, 64), .from_cookie = "theme",           .optional = true)
);
DW_SCHEMA(kept_out, (dw_text, device));

static dw_err keep(dw_req *req, const kept_in *in, kept_out *out)
{
    (void)in;
    out->device = dw_req_header(req, "x-device");
    if (out->device.p == NULL)
        out->device = DW_TEXT("none");
    return DW_OK;
}
DW_HANDLER(keep, kept_in, kept_out);

/* The origins are those of CONFORMANCE_CORS_ORIGINS. */
static const dw_cors trusted =
    DW_CORS("a page that is trusted works with it", .credentials = true,
            .headers = "authorization, content-type", .expose = "x-ratelimit-limit, location");
static const dw_cors readers =
    DW_CORS("its owner may read and write", .origins = DW_ORIGINS("https://reader.example"),
            .private_network = "the kiosk is in the same building");
static const dw_cors pattern = DW_CORS(
    "every shop of a chain", .origins = DW_ORIGINS("https://*.example.com", "https://*.example.org:8443"));
static const dw_cors everyone = DW_CORS_ANY("public data", .headers = "x-client", .expose = "etag");

static const dw_route routes[] = {
    DW_GET("/api/json", ok, DW_PUBLIC("to be called from elsewhere"), .cors = &trusted),
    DW_PUT("/api/json", ok, DW_PUBLIC("to be called from elsewhere"), .cors = &trusted),
    DW_POST("/api/json", ok, DW_PUBLIC("of this path, but not from elsewhere"), .status = 200),
    DW_GET("/api-private", ok, DW_PUBLIC("not to be called from elsewhere")),
    DW_GET("/public/json", ok, DW_PUBLIC("to be called from anywhere"), .cors = &everyone),
    DW_GET("/embed/near", ok, DW_PUBLIC("to be embedded by neighbours"), .corp = DW_CORP_SAME_SITE,
           .corp_why = "the other hosts of this site show it"),
    DW_GET("/embed/all", ok, DW_PUBLIC("to be embedded by everyone"), .corp = DW_CORP_CROSS_ORIGIN,
           .corp_why = "others show it as a badge", .cacheable = "public, max-age=60",
           .cacheable_why = "the same for everyone"),
    DW_GET("/kept", keep, DW_PUBLIC("to be kept by caches"), .cors = &trusted,
           .cacheable = "public, max-age=60", .cacheable_why = "the same for all that ask alike"),
    DW_GET("/cors/pattern", ok, DW_PUBLIC("to be called by a pattern"), .cors = &pattern),
};
const dw_blueprint cross_origin = DW_BLUEPRINT("", routes);

/* Below a prefix of its own, so that what has no route has the blueprint's rule. */
static const dw_route shared_routes[] = {
    DW_GET("/mine", ok, DW_ANY_USER),
    DW_GET("/seldom", ok, DW_PUBLIC("one in an hour"), .rate = DW_PER_HOUR(1)),
    DW_GET("/fails", fail, DW_PUBLIC("an error to look at")),
    DW_DELETE("/readers", ok, DW_PUBLIC("a closer rule"), .cors = &readers, .status = 200),
    DW_GET("/readers", ok, DW_PUBLIC("the rule of the blueprint")),
    DW_GET("/closed", ok, DW_PUBLIC("none at all"), .cors = DW_NO_CORS),
};
const dw_blueprint shared_pages = DW_BLUEPRINT("/shared", shared_routes, .cors = &trusted);
