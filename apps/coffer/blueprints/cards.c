/* coffer/blueprints/cards.c -- virtual cards: the number is made here, shown once, and not kept. */
#include "../coffer.h"
#include "../models.h"

/* ---- statements ---- */

DW_SCHEMA(card_insert_in,
    (dw_uuid,  id),
    (dw_text,  cardholder_name),
    (currency, currency),
    (dw_date,  expiry_date, .optional = true),
    (int64_t,  card_limit),
    (dw_text,  last4)
);
DW_SCHEMA(card_row,
    (dw_uuid,  id),
    (int64_t,  owner),
    (dw_text,  cardholder_name),
    (currency, currency),
    (dw_date,  expiry_date, .optional = true),
    (int64_t,  card_limit),
    (bool,     is_blocked),
    (dw_text,  last4),
    (dw_text,  created_at)
);
DW_LIST(card_rows, card_row);

#define COLUMNS "id, owner, cardholder_name, currency, expiry_date, card_limit, is_blocked, last4, created_at"
DW_QUERY(card_insert, card_insert_in, card_row,
    "INSERT INTO virtual_cards (id, owner, cardholder_name, currency, expiry_date, card_limit, last4, created_at)"
    " VALUES (:id, :me, :cardholder_name, :currency, :expiry_date, :card_limit, :last4, :now) RETURNING " COLUMNS);
DW_QUERY(cards_mine, dw_nothing, card_row,
    "SELECT " COLUMNS " FROM virtual_cards WHERE owner = :me ORDER BY created_at, id LIMIT 1000");

/* ---- numbers ---- */

#define DIGITS 16

/* The last digit that makes the sum of ISO/IEC 7812-1 annex B come out. */
static char check_digit(const char *digits)
{
    int sum = 0;

    for (int i = 0; i < DIGITS - 1; i++) {
        int digit = digits[i] - '0';

        if (i % 2 == 0)
            digit = digit < 5 ? 2 * digit : 2 * digit - 9;
        sum += digit;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

/* A number that no bank gives out: 4000 00 is for tests. */
static void make_number(char digits[DIGITS])
{
    static const char prefix[6] = "400000";
    unsigned char random;

    for (int i = 0; i < 6; i++)
        digits[i] = prefix[i];
    for (int i = 6; i < DIGITS - 1; i++) {
        do
            dw_random(&random, 1);
        while (random >= 250); /* so that every digit is as likely */
        digits[i] = (char)('0' + random % 10);
    }
    digits[DIGITS - 1] = check_digit(digits);
}

/* ---- what goes out ---- */

static card_out card_of(const card_row *row, dw_text number)
{
    return (card_out){
        .id = row->id,
        .number = number,
        .cardholderName = row->cardholder_name,
        .currency = row->currency,
        .expiryDate = row->expiry_date,
        .limit = row->card_limit,
        .ownerId = row->owner,
        .isBlocked = row->is_blocked,
        .createdAt = row->created_at,
        .has.expiryDate = row->has.expiry_date,
    };
}

static dw_err create_card(dw_req *req, const card_create *in, card_made *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    char digits[DIGITS];
    card_insert_in insert = {
        .id = dw_uuid_new(),
        .cardholder_name = in->cardholderName,
        .currency = in->currency,
        .expiry_date = in->expiryDate,
        .card_limit = DW_SETTINGS_OF(ctx, coffer_settings)->card_limit,
        .has.expiry_date = in->has.expiryDate,
    };
    card_row row;
    dw_err err;

    make_number(digits);
    insert.last4 = dw_format(ctx, "%.4s", digits + DIGITS - 4);
    if ((err = DW_ONE(ctx, card_insert, &insert, &row)) != DW_OK)
        return err;
    out->success = true;
    out->card = card_of(&row, dw_format(ctx, "%.*s", DIGITS, digits));
    return DW_OK;
}
DW_HANDLER(create_card, card_create, card_made);

static dw_err list_cards(dw_req *req, const dw_nothing *in, card_list *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    card_rows rows;
    card_out *cards;
    dw_err err = DW_ALL(ctx, cards_mine, in, &rows);

    if (err != DW_OK)
        return err;
    if ((cards = dw_alloc(ctx, (rows.n + 1) * sizeof *cards)) == NULL)
        return DW_UNAVAILABLE;
    for (size_t i = 0; i < rows.n; i++)
        cards[i] = card_of(&rows.v[i], dw_format(ctx, "************%.*s", DW_FMT(rows.v[i].last4)));
    out->cards = (card_outs){cards, rows.n};
    return DW_OK;
}
DW_HANDLER(list_cards, dw_nothing, card_list);

static const dw_route routes[] = {
    DW_GET("/virtual-cards", list_cards, DW_ANY_USER, .doc = "My cards, with their numbers masked"),
    DW_POST("/virtual-cards/create", create_card, DW_ANY_USER, .idempotent = true,
            .doc = "Make a card. This is the only time that its number is shown"),
};
const dw_blueprint coffer_cards =
    DW_BLUEPRINT("/api", routes, .name = "cards", .doc = "Virtual cards", .cors = &coffer_pages, API_LIMIT);
