/* conformance/blueprints/forms.c -- the same fields from JSON and from both kinds of form that a browser sends. */
#include "../conformance.h"

DW_ENUM(size, small, large);
DW_LIST(labels, dw_text, DW_LEN(1, 20));

DW_SCHEMA(form,
    (dw_text,   title,  DW_LEN(1, 100)),
    (dw_text,   text,   DW_LEN(0, 400000), .optional = true),
    (int64_t,   count,  DW_RANGE(0, 99), .optional = true),
    (bool,      urgent, DW_DEFAULT(false)),
    (dw_date,   day,    .optional = true),
    (size,      size,   DW_DEFAULT(size_small)),
    (dw_bytes,  octets, DW_BYTES(0, 16), .optional = true),
    (labels,    labels, .unique = true, DW_ITEMS(0, 3), .optional = true),
    (dw_secret, word,   DW_LEN(0, 20), .write_only = true, .optional = true)
);

static dw_err take(dw_req *req, const form *in, form *out)
{
    (void)req;
    *out = *in;
    return DW_OK;
}
DW_HANDLER(take, form, form);

static const dw_route routes[] = {
    DW_POST("/forms", take, DW_PUBLIC("forms to fill in"), .body = DW_BODY_JSON_FORM_OR_MULTIPART,
            .status = 200, .max_body = (size_t)1 << 20),
    DW_POST("/forms/multipart", take, DW_PUBLIC("forms to fill in"), .body = DW_BODY_MULTIPART,
            .status = 200),
};
const dw_blueprint forms = DW_BLUEPRINT("", routes);
