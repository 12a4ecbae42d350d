/* orders.c -- what readers ask the library to buy: fields of many kinds, and rules that no field has alone. */
#include "shelf.h"

DW_ENUM(urgency, low, normal, high);
DW_LIST(isbns, dw_text, .pattern = "[0-9]{13}", .pattern_says = "An ISBN is 13 digits.");
DW_MAP(labels, dw_text, DW_LEN(0, 40));

static void not_a_reference_book(dw_text title, dw_faults *faults)
{
    if (dw_text_is(title, "Dictionary"))
        DW_FAULT(faults, "reference", "Reference books are not lent.");
}

DW_SCHEMA(order,
    (dw_uuid,    id,      .read_only = true),
    (dw_text,    title,   DW_LEN(1, 120), .trim = true, .nfc = true, .check = not_a_reference_book,
                          .doc = "As on the cover", .example = "Emma"),
    (dw_decimal, price,   DW_SCALE(2), DW_BETWEEN("0.01", "500"), .doc = "In euros", .example = "12.50"),
    (urgency,    urgency, DW_DEFAULT(urgency_normal)),
    (dw_date,    from,    .least = "2020-01-01", .optional = true),
    (dw_date,    until,   .optional = true),
    (dw_email,   mail,    .dotted = true),
    (dw_url,     link,    DW_SCHEMES("https"), .optional = true),
    (isbns,      isbns,   .unique = true, DW_ITEMS(1, 3)),
    (labels,     labels,  .keys = "[a-z]+", DW_ITEMS(0, 5), .optional = true),
    (dw_text,    desk,    .from_header = "x-desk", DW_ONE_OF("front", "back"), .write_only = true, .optional = true),
    (bool,       dry,     .from_query = true, .write_only = true, DW_DEFAULT(false), .doc = "Only see whether it is good")
);

static void order_check(const order *o, dw_faults *faults)
{
    if (o->has.from && o->has.until && dw_date_compare(o->from, o->until) > 0)
        DW_FAULT_AT(faults, o->until, "order", "Must not be before `from`.");
}
DW_CHECK(order, order_check);
DW_OPTIONS(order, .doc = "A wish to buy a book");

static dw_err place_order(dw_req *req, const order *in, order *out)
{
    *out = *in;
    out->id = dw_uuid_new();
    if (in->dry)
        dw_reply_status(req, 200);
    return DW_OK;
}
DW_HANDLER(place_order, order, order);

/* ---- absent and null ---- */

DW_SCHEMA(wish, (dw_text, title, DW_LEN(1, 120)), (dw_text, note, .nullable = true));
DW_PARTIAL(wish_patch, wish);
DW_SCHEMA(wish_seen, (dw_text, title), (dw_text, note));

/* JSON Merge Patch: what is absent stays, what is null goes. */
static dw_err patch_wish(dw_req *req, const wish_patch *in, wish_seen *out)
{
    (void)req;
    out->title = in->has.title ? DW_TEXT("set") : DW_TEXT("kept");
    out->note = in->has.note ? DW_TEXT("set") : in->null.note ? DW_TEXT("removed") : DW_TEXT("kept");
    return DW_OK;
}
DW_HANDLER(patch_wish, wish_patch, wish_seen);

static const dw_route routes[] = {
    DW_POST("/v1/orders", place_order, DW_PUBLIC("nothing is bought here"), .body = DW_BODY_JSON_OR_MULTIPART),
    DW_PATCH("/v1/wish", patch_wish, DW_PUBLIC("nothing is kept of a wish")),
};
const dw_blueprint orders = DW_BLUEPRINT("", routes);
