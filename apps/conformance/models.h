/* conformance/models.h -- the shapes of the conformance application: a field of each kind that a tester asks for. */
#ifndef CONFORMANCE_MODELS_H
#define CONFORMANCE_MODELS_H

#include <dw/dw.h>

/* ---- items ---- */

DW_LIST(item_tags, int64_t, DW_RANGE(0, 1000000));

DW_SCHEMA(item,
    (int64_t,   id,          .read_only = true),
    (dw_text,   name,        DW_LEN(3, 100)),
    (dw_text,   description, DW_LEN(5, 500)),
    (int64_t,   qty,         .optional = true),
    (double,    price,       .optional = true),
    (bool,      active,      .optional = true),
    (dw_url,    site,        .optional = true, .example = "https://example.com/lamp"),
    (dw_text,   slug,        .pattern = "[a-z]+", .optional = true),
    (item_tags, tags,        .unique = true, DW_ITEMS(0, 20), .optional = true)
);
DW_PICK(item_fields, item, name, description, qty, price, active, site, slug, tags);
DW_PARTIAL(item_change, item_fields);
DW_SCHEMA(item_key, (int64_t, id, DW_RANGE(1, INT64_MAX)));
DW_SCHEMA(item_update,
    (item_key,    key, .flat = true),
    (item_change, set, .flat = true)
);
DW_PAGE(item_page, item);

/* ---- virtual cards ---- */

DW_ENUM(currency, USD, EUR, GBP);
DW_SCHEMA(card_owner, (dw_text, name, DW_LEN(1, 100)));
DW_SCHEMA(card,
    (dw_uuid,    id,             .read_only = true),
    (dw_text,    cardholderName, DW_LEN(1, 100)),
    (currency,   currency),
    (dw_date,    expiryDate,     .optional = true, .doc = "The last day on which it is good"),
    (card_owner, owner,          .optional = true),
    (int64_t,    limit,          .read_only = true, .doc = "What the server grants, never what a client asks for"),
    (bool,       isBlocked,      .read_only = true)
);
DW_SCHEMA(card_made, (bool, success), (card, card));

#endif
