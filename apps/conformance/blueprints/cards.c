/* conformance/blueprints/cards.c -- what a client must not decide: everything about a card that the server grants. */
#include "../conformance.h"
#include "../models.h"

#define LIMIT 1000

static dw_err create_card(dw_req *req, const card *in, card_made *out)
{
    (void)req;
    out->success = true;
    out->card = *in;
    out->card.id = dw_uuid_new();
    out->card.limit = LIMIT;
    out->card.isBlocked = false;
    return DW_OK;
}
DW_HANDLER(create_card, card, card_made);

static const dw_route routes[] = {
    DW_POST("/create", create_card, DW_ANY_USER),
};
const dw_blueprint cards = DW_BLUEPRINT("/api/virtual-cards", routes);
