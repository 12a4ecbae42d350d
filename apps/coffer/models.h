/* coffer/models.h -- the shapes that Coffer speaks: what comes in, what goes out, what a row is. */
#ifndef COFFER_MODELS_H
#define COFFER_MODELS_H

#include <dw/dw.h>

/* In the order of the names in settings.c; stored as a bit set. */
enum { role_viewer, role_editor, role_admin };

/* Likewise; what a key can be for. */
enum { scope_read, scope_write };
DW_ENUM(key_scope, read, write);
DW_LIST(key_scopes, key_scope);
_Static_assert(scope_read + 1 == (int)key_scope_read && scope_write + 1 == (int)key_scope_write,
               "scopes and their names are in one order");

/* ---- users ---- */

#define USERNAME_RULES \
    DW_LEN(3, 50), .pattern = "[A-Za-z0-9]+", .pattern_says = "Only letters and digits are allowed."
#define PASSWORD_RULES DW_LEN(15, 128), .example = "seven blue lamps hum"

DW_SCHEMA(user_create,
    (dw_text,   username, USERNAME_RULES, .doc = "Unique, whatever its case"),
    (dw_email,  email,    .dotted = true),
    (dw_secret, password, PASSWORD_RULES)
);

DW_SCHEMA(user_out,
    (int64_t, id),
    (dw_text, username),
    (dw_text, email)
);

/* Roles as clients write them. */
DW_ENUM(role_name, viewer, editor, admin);
DW_LIST(role_names, role_name);
_Static_assert(role_viewer + 1 == (int)role_name_viewer && role_editor + 1 == (int)role_name_editor &&
                   role_admin + 1 == (int)role_name_admin,
               "roles and their names are in one order");

/* An account as its owner sees it, and as an administrator does. */
#define FOR_ADMINS .visible_to = DW_ROLES(admin)
DW_SCHEMA(user_record,
    (int64_t,    id),
    (dw_text,    username),
    (dw_text,    email),
    (bool,       emailVerified, FOR_ADMINS),
    (role_names, roles,         FOR_ADMINS),
    (bool,       disabled,      FOR_ADMINS),
    (bool,       secondFactor,  FOR_ADMINS, .doc = "Whether one is turned on"),
    (dw_text,    createdAt,     FOR_ADMINS)
);
DW_PAGE(user_page, user_record);

DW_SCHEMA(user_key, (int64_t, id, DW_RANGE(1, INT64_MAX)));

DW_SCHEMA(user_list,
    (int64_t,   limit,    DW_RANGE(1, 100), .optional = true, .doc = "Accounts in a page; as the server is set when absent"),
    (dw_text,   cursor,   DW_LEN(1, 700),   .optional = true, .doc = "The `next` of the page before"),
    (dw_text,   q,        DW_LEN(1, 100),   .optional = true, .doc = "A name, or text that an address contains"),
    (role_name, role,     .optional = true, .doc = "Only those who have it"),
    (bool,      disabled, .optional = true, .doc = "Only those who are, or are not"),
    (dw_text,   sort,     DW_ONE_OF("id", "-id", "username", "-username"), .optional = true)
);

DW_SCHEMA(roles_set,
    (user_key,   key,   .flat = true),
    (role_names, roles, .unique = true, DW_ITEMS(1, 3), .doc = "All that the account has from now on")
);

/* ---- items ---- */

#define ITEM_NAME_RULES DW_LEN(3, 100)
#define ITEM_DESCRIPTION_RULES DW_LEN(5, 500)

DW_SCHEMA(item_create,
    (dw_text, name,        ITEM_NAME_RULES),
    (dw_text, description, ITEM_DESCRIPTION_RULES)
);

DW_SCHEMA(item_out,
    (int64_t, id),
    (dw_text, name),
    (dw_text, description),
    (dw_text, created_at),
    (dw_text, updated_at)
);
DW_PAGE(item_page, item_out);

DW_SCHEMA(item_key, (int64_t, id, DW_RANGE(1, INT64_MAX)));

/* PUT and PATCH: any of the fields of a new item. */
DW_PARTIAL(item_change, item_create);
DW_SCHEMA(item_update,
    (item_key,    key, .flat = true),
    (item_change, set, .flat = true)
);

DW_SCHEMA(item_list,
    (int64_t, limit,  DW_RANGE(1, 100), .optional = true, .doc = "Items in a page; as the server is set when absent"),
    (dw_text, cursor, DW_LEN(1, 700),   .optional = true, .doc = "The `next` of the page before"),
    (dw_text, q,      DW_LEN(1, 100),   .optional = true, .doc = "Text that name or description contains"),
    (dw_text, sort,   DW_ONE_OF("id", "-id", "name", "-name", "created_at", "-created_at"), .optional = true)
);

/* ---- virtual cards ---- */

DW_ENUM(currency, USD, EUR, GBP);

/* What else a card has, the server says: limit, owner, number, whether it is blocked. */
DW_SCHEMA(card_create,
    (dw_text,  cardholderName, DW_LEN(1, 100)),
    (currency, currency),
    (dw_date,  expiryDate, .optional = true)
);

DW_SCHEMA(card_out,
    (dw_uuid, id),
    (dw_text, number, .doc = "In full when the card is made, and never again"),
    (dw_text, cardholderName),
    (currency, currency),
    (dw_date, expiryDate, .optional = true),
    (int64_t, limit),
    (int64_t, ownerId),
    (bool,    isBlocked),
    (dw_text, createdAt)
);
DW_SCHEMA(card_made, (bool, success), (card_out, card));
DW_LIST(card_outs, card_out);
DW_SCHEMA(card_list, (card_outs, cards));

/* ---- what both say ---- */

DW_SCHEMA(done, (dw_text, message));

#endif
