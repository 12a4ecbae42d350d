/* loaders.c -- cards of a team: loaded before the handlers, seen by its members, changed by who may. */
#include <dw/dw.h>

/* ---- what a path names ---- */

DW_SCHEMA(card_key, (int64_t, card, DW_RANGE(1, INT64_MAX), .doc = "Which card"));
DW_SCHEMA(card, (int64_t, id), (int64_t, team_id), (int64_t, maker), (dw_text, title));

/* A card of a team that the caller is no member of is not there. */
DW_QUERY(card_by_id, card_key, card,
    "SELECT c.id, c.team_id, c.maker, c.title FROM cards AS c JOIN members AS m ON m.team_id = c.team_id"
    " WHERE c.id = :card AND m.person = :me");
DW_LOADER(card_of_path, card_key, card, card_by_id);

/* Its team: the key is a field of the card. */
DW_SCHEMA(team_key, (int64_t, team_id));
DW_SCHEMA(team, (int64_t, id), (dw_text, name));
DW_QUERY(team_by_id, team_key, team, "SELECT id, name FROM teams WHERE id = :team_id");
DW_LOADER(team_of_card, team_key, team, team_by_id, .needs = DW_LOADS(card_of_path));

/* What no single statement says: a function. */
DW_SCHEMA(standing, (bool, made_it), (int64_t, cards));
DW_SCHEMA(card_count, (int64_t, n));
DW_QUERY(cards_of_team, team_key, card_count, "SELECT count(*) AS n FROM cards WHERE team_id = :team_id");

static dw_err find_standing(dw_req *req, const team_key *key, standing *out)
{
    card_count count;
    dw_err err = DW_ONE(dw_req_ctx(req), cards_of_team, key, &count);

    if (err != DW_OK)
        return err;
    out->made_it = DW_LOADED(req, card_of_path)->maker == dw_req_principal(req)->id;
    out->cards = count.n;
    return DW_OK;
}
DW_LOADER_FN(standing_of_caller, team_key, standing, find_standing, .needs = DW_LOADS(card_of_path));

/* ---- who may change it ---- */

DW_SCHEMA(rank, (bool, leads));
DW_QUERY(my_rank, team_key, rank, "SELECT leads = 1 AS leads FROM members WHERE team_id = :team_id AND person = :me");

static dw_err made_or_leads(dw_ctx *ctx, const dw_principal *who, const card *it)
{
    rank mine;
    dw_err err;

    if (it->maker == who->id)
        return DW_OK;
    err = DW_ONE(ctx, my_rank, &(team_key){.team_id = it->team_id}, &mine);
    return err == DW_OK && !mine.leads ? DW_DENIED : err;
}
DW_POLICY(edits_card, card, made_or_leads, "who made it, or leads its team");

/* ---- handlers ---- */

static dw_err show_card(dw_req *req, const card *it, const dw_nothing *in, card *out)
{
    (void)req, (void)in;
    *out = *it;
    return DW_OK;
}
DW_HANDLER_OF(show_card, card_of_path, dw_nothing, card);

DW_SCHEMA(card_page, (dw_text, title), (dw_text, team), (bool, mine), (int64_t, of));

static dw_err show_page(dw_req *req, const card *it, const dw_nothing *in, card_page *out)
{
    const standing *mine = DW_LOADED(req, standing_of_caller);

    (void)in;
    *out = (card_page){.title = it->title, .team = DW_LOADED(req, team_of_card)->name, .mine = mine->made_it, .of = mine->cards};
    return DW_OK;
}
DW_HANDLER_OF(show_page, card_of_path, dw_nothing, card_page);

DW_SCHEMA(card_title, (dw_text, title, DW_LEN(1, 80)));
DW_SCHEMA(card_change, (int64_t, id), (dw_text, title));
DW_QUERY(card_rename, card_change, card, "UPDATE cards SET title = :title WHERE id = :id RETURNING id, team_id, maker, title");

static dw_err rename_card(dw_req *req, const card *it, const card_title *in, card *out)
{
    const card_change change = {.id = it->id, .title = in->title};

    return DW_ONE(dw_req_ctx(req), card_rename, &change, out);
}
DW_HANDLER_OF(rename_card, card_of_path, card_title, card);

DW_SCHEMA(card_id, (int64_t, id));
DW_QUERY(card_delete, card_id, dw_nothing, "DELETE FROM cards WHERE id = :id");

static dw_err drop_card(dw_req *req, const card *it, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return DW_EXEC(dw_req_ctx(req), card_delete, &(card_id){.id = it->id}, NULL);
}
DW_HANDLER_OF(drop_card, card_of_path, dw_nothing, dw_nothing);

static const dw_route routes[] = {
    DW_GET("/cards/{card}", show_card, DW_ANY_USER, .doc = "A card of a team of mine"),
    DW_GET("/cards/{card}/page", show_page, DW_ANY_USER, .loads = DW_LOADS(team_of_card, standing_of_caller)),
    DW_PATCH("/cards/{card}", rename_card, DW_ANY_USER, .may = DW_MAY((edits_card, card_of_path))),
    DW_POST("/cards/{card}/drop", drop_card, DW_ANY_USER, .idempotent = true, .may = DW_MAY((edits_card, card_of_path))),
};
const dw_blueprint cards = DW_BLUEPRINT("/v1", routes);
