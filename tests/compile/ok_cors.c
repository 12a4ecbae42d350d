// Rules for other origins, right.
#include <dw/dw.h>

DW_SCHEMA(note_key, (int64_t, id));
DW_SCHEMA(note_out, (int64_t, id), (dw_text, title));
static dw_err show(dw_req *req, const note_key *in, note_out *out)
{
    (void)req;
    *out = (note_out){.id = in->id, .title = DW_TEXT("")};
    return DW_OK;
}
DW_HANDLER(show, note_key, note_out);

static const dw_cors partners =
    DW_CORS("partners show notes", .origins = DW_ORIGINS("https://shop.example", "https://shop.test"),
            .credentials = true, .headers = "authorization", .expose = "etag",
            .private_network = "they are in the same building");
static const dw_cors of_the_setting = DW_CORS("whom the operator names");
static const dw_cors everyone = DW_CORS_ANY("public data");
static const dw_cors everyone_more = DW_CORS_ANY("public data", .headers = "x-client", .expose = "etag");

const dw_route routes[] = {
    DW_GET("/a/{id}", show, DW_ANY_USER, .cors = &partners),
    DW_GET("/b/{id}", show, DW_ANY_USER, .cors = &everyone),
    DW_GET("/c/{id}", show, DW_ANY_USER, .cors = &everyone_more),
    DW_GET("/d/{id}", show, DW_ANY_USER, .cors = DW_NO_CORS),
};
const dw_blueprint notes = DW_BLUEPRINT("", routes, .cors = &of_the_setting);
