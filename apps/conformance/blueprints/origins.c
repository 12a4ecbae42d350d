/* conformance/blueprints/origins.c -- one field from each place that a request has, and what came says which. */
#include "../conformance.h"

DW_ENUM(theme, dark, light);
DW_LIST(words, dw_text, DW_LEN(1, 10));

DW_SCHEMA(sources,
    (dw_date, day),
    (bool,    dry,   .from_query = true, DW_DEFAULT(false)),
    (words,   tags,  .from_header = "x-tag", .unique = true, DW_ITEMS(0, 3), .optional = true),
    (int64_t, level, .from_header = "x-level", DW_RANGE(0, 9), DW_DEFAULT(5)),
    (theme,   theme, .from_cookie = "theme", .optional = true),
    (dw_text, note,  DW_LEN(1, 20), .trim = true, .nullable = true, .optional = true),
    (bool,    nil,   .read_only = true, .doc = "Whether `note` came as null")
);

static dw_err show(dw_req *req, const sources *in, sources *out)
{
    (void)req;
    *out = *in;
    out->nil = in->null.note;
    return DW_OK;
}
DW_HANDLER(show, sources, sources);

/* Takes more than it declares, and says why. */
DW_SCHEMA(lenient, (int64_t, n));
DW_OPTIONS(lenient, .unknown = DW_DROP("shows that extra fields are passed over"));

static dw_err take(dw_req *req, const lenient *in, lenient *out)
{
    (void)req;
    *out = *in;
    return DW_OK;
}
DW_HANDLER(take, lenient, lenient);

static const dw_route routes[] = {
    DW_PATCH("/sources/{day}", show, DW_PUBLIC("shows what came from where")),
    DW_POST("/sources/{day}", show, DW_PUBLIC("shows what came from where"), .body = DW_BODY_JSON_OR_FORM,
            .status = 200),
    DW_POST("/lenient", take, DW_PUBLIC("shows what is passed over"), .status = 200),
};
const dw_blueprint origins = DW_BLUEPRINT("", routes);
