/* papers.c -- docs/guide/documents.c with people, a way in without passwords, and routes for what the guide has no need of. */
#include <dw/dw.h>

extern const dw_blueprint documents;

DW_QUERY(person_by_uid, dw_principal_key, dw_principal_row, "SELECT id, uid, name, roles FROM people WHERE uid = :uid");

DW_SCHEMA(entered, (dw_text, access_token), (int64_t, expires_in));

static dw_err enter(dw_req *req, const dw_principal_key *in, entered *out)
{
    return dw_token_issue(dw_req_ctx(req), in->uid, &out->access_token, &out->expires_in);
}
DW_HANDLER(enter, dw_principal_key, entered);

/* ---- a collection with a field of every kind that can be asked for, and a rule about two fields ---- */

DW_ENUM(state, open, closed);
DW_SCHEMA(place, (dw_text, street, .optional = true), (dw_text, town));
DW_SCHEMA(paper, (dw_text, order, DW_LEN(0, 100), .wire = "the-order"), (int64_t, low), (int64_t, high), (bool, done, DW_DEFAULT(false)),
          (state, state, .optional = true), (dw_uuid, ref, .optional = true), (dw_date, day, .optional = true), (dw_time, at, .optional = true),
          (dw_ip, from, .optional = true), (double, weight, .optional = true), (place, place, .optional = true, .nullable = true),
          (dw_text, blob, DW_LEN(0, 400000), .optional = true));
static void check_paper(const paper *value, dw_faults *faults)
{
    if (value->low > value->high)
        DW_FAULT_AT(faults, value->low, "order", "Must not be above `high`.");
}
DW_CHECK(paper, check_paper);
DW_PARTIAL(paper_part, paper);
DW_COLLECTION(papers, paper, order, low, done, state, ref, day, at, from);

DW_SCHEMA(paper_key, (dw_text, id, DW_LEN(0, 400)), (int64_t, version, .optional = true));
DW_SCHEMA(paper_set, (paper_key, key, .flat = true), (paper, value, .flat = true));
DW_SCHEMA(paper_change, (paper_key, key, .flat = true), (paper_part, part, .flat = true));

static dw_err get_paper(dw_req *req, const paper_key *in, papers_doc *out)
{
    return DW_DOC_GET(dw_req_ctx(req), papers, in->id, out);
}
DW_HANDLER(get_paper, paper_key, papers_doc);

static dw_err set_paper(dw_req *req, const paper_set *in, papers_doc *out)
{
    if (in->key.has.version)
        return DW_DOC_SET_AT(dw_req_ctx(req), papers, in->key.id, in->key.version, &in->value, out);
    return DW_DOC_SET(dw_req_ctx(req), papers, in->key.id, &in->value, out);
}
DW_HANDLER(set_paper, paper_set, papers_doc);

static dw_err add_paper(dw_req *req, const paper_set *in, papers_doc *out)
{
    return DW_DOC_ADD(dw_req_ctx(req), papers, in->key.id, &in->value, out);
}
DW_HANDLER(add_paper, paper_set, papers_doc);

static dw_err merge_paper(dw_req *req, const paper_change *in, papers_doc *out)
{
    if (in->key.has.version)
        return DW_DOC_MERGE_AT(dw_req_ctx(req), papers, in->key.id, in->key.version, &in->part, out);
    return DW_DOC_MERGE(dw_req_ctx(req), papers, in->key.id, &in->part, out);
}
DW_HANDLER(merge_paper, paper_change, papers_doc);

static dw_err delete_paper(dw_req *req, const paper_key *in, dw_nothing *out)
{
    (void)out;
    if (in->has.version)
        return DW_DOC_DELETE_AT(dw_req_ctx(req), papers, in->id, in->version);
    return DW_DOC_DELETE(dw_req_ctx(req), papers, in->id);
}
DW_HANDLER(delete_paper, paper_key, dw_nothing);

DW_SCHEMA(asked, (dw_text, order, DW_LEN(0, 100), .optional = true), (int64_t, low, .optional = true), (bool, done, .optional = true),
          (state, state, .optional = true), (dw_uuid, ref, .optional = true), (dw_date, day, .optional = true), (dw_time, at, .optional = true),
          (dw_ip, from, .optional = true), (dw_text, sort, .optional = true), (dw_text, cursor, DW_LEN(1, 4096), .optional = true),
          (int64_t, limit, .optional = true));

static dw_err ask_papers(dw_req *req, const asked *in, papers_page *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    int64_t limit = in->has.limit ? in->limit : 20;

    if (in->has.order)
        return DW_DOCS_FIND(ctx, papers, order, in->order, in->cursor, limit, out);
    if (in->has.low)
        return DW_DOCS_FIND(ctx, papers, low, in->low, in->cursor, limit, out);
    if (in->has.done)
        return DW_DOCS_FIND(ctx, papers, done, in->done, in->cursor, limit, out);
    if (in->has.state)
        return DW_DOCS_FIND(ctx, papers, state, in->state, in->cursor, limit, out);
    if (in->has.ref)
        return DW_DOCS_FIND(ctx, papers, ref, in->ref, in->cursor, limit, out);
    if (in->has.day)
        return DW_DOCS_FIND(ctx, papers, day, in->day, in->cursor, limit, out);
    if (in->has.at)
        return DW_DOCS_FIND(ctx, papers, at, in->at, in->cursor, limit, out);
    if (in->has.from)
        return DW_DOCS_FIND(ctx, papers, from, in->from, in->cursor, limit, out);
    return DW_DOCS_LIST(ctx, papers, in->sort, in->cursor, limit, out);
}
DW_HANDLER(ask_papers, asked, papers_page);

static dw_err stream_papers(dw_req *req, const asked *in)
{
    return in->has.order ? DW_REPLY_DOCS_WHERE(req, papers, order, in->order)
                         : DW_REPLY_DOCS(req, papers, in->sort);
}
DW_RAW(stream_papers, asked);

/* A GET that would write. */
static dw_err set_by_get(dw_req *req, const paper_key *in, papers_doc *out)
{
    return DW_DOC_SET(dw_req_ctx(req), papers, in->id, (&(paper){.high = 1}), out);
}
DW_HANDLER(set_by_get, paper_key, papers_doc);

/* What only a program can get wrong: a value that breaks a rule of its schema. */
static dw_err set_wrong(dw_req *req, const paper_key *in, papers_doc *out)
{
    return DW_DOC_SET(dw_req_ctx(req), papers, in->id, (&(paper){.low = 2, .high = 1}), out);
}
DW_HANDLER(set_wrong, paper_key, papers_doc);

/* ---- several as one ---- */

DW_SCHEMA(moving, (dw_text, from), (dw_text, to), (bool, fail, .optional = true));

/* What `from` is called goes to `to`, and `from` away. */
static dw_err move_paper(dw_req *req, const moving *in, papers_doc *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    papers_doc old;
    paper_part part = {.has.order = true};
    dw_err err;

    DW_TX(ctx, &err)
    {
        err = DW_DOC_GET(ctx, papers, in->from, &old);
        if (err == DW_OK)
            err = DW_DOC_DELETE_AT(ctx, papers, in->from, old.version);
        part.order = old.doc.order;
        if (err == DW_OK)
            err = DW_DOC_MERGE(ctx, papers, in->to, &part, out);
        if (err == DW_OK && in->fail)
            err = DW_CONFLICT;
    }
    return err;
}
DW_HANDLER(move_paper, moving, papers_doc);

/* ---- what belongs to nobody ---- */

DW_SCHEMA(price, (dw_text, name), (int64_t, cents));
DW_SHARED_COLLECTION(prices, price, name);
DW_SCHEMA(price_set, (paper_key, key, .flat = true), (price, value, .flat = true));

static dw_err set_price(dw_req *req, const price_set *in, prices_doc *out)
{
    return DW_DOC_SET(dw_req_ctx(req), prices, in->key.id, &in->value, out);
}
DW_HANDLER(set_price, price_set, prices_doc);
static dw_err get_price(dw_req *req, const paper_key *in, prices_doc *out)
{
    return DW_DOC_GET(dw_req_ctx(req), prices, in->id, out);
}
DW_HANDLER(get_price, paper_key, prices_doc);
DW_SCHEMA(price_by_name, (dw_text, name));
static dw_err find_price(dw_req *req, const price_by_name *in, prices_page *out)
{
    return DW_DOCS_FIND(dw_req_ctx(req), prices, name, in->name, (dw_text){0}, 10, out);
}
DW_HANDLER(find_price, price_by_name, prices_page);

static dw_err limited(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(limited, dw_nothing, dw_nothing);

static const dw_route routes[] = {
    DW_GET("/limited", limited, DW_ANY_USER, .rate = DW_PER_MINUTE(3)),
    DW_GET("/limited/address", limited, DW_ANY_USER, .rate = DW_PER_MINUTE(3), .rate_by = DW_RATE_BY_ADDRESS),
    DW_POST("/enter", enter, DW_PUBLIC("a test has no passwords"), .status = 200),
    DW_GET("/papers", ask_papers, DW_ANY_USER),
    DW_GET("/all", stream_papers, DW_ANY_USER),
    DW_GET("/paper", get_paper, DW_ANY_USER),
    DW_POST("/paper", add_paper, DW_ANY_USER, .max_body = 1 << 20, .idempotent = true),
    DW_PUT("/paper", set_paper, DW_ANY_USER, .max_body = 1 << 20),
    DW_PATCH("/paper", merge_paper, DW_ANY_USER, .max_body = 1 << 20),
    DW_DELETE("/paper", delete_paper, DW_ANY_USER),
    DW_GET("/set-by-get", set_by_get, DW_ANY_USER),
    DW_POST("/set-wrong", set_wrong, DW_ANY_USER),
    DW_POST("/move", move_paper, DW_ANY_USER),
    DW_PUT("/price", set_price, DW_ANY_USER),
    DW_GET("/price", get_price, DW_ANY_USER),
    DW_GET("/prices", find_price, DW_ANY_USER),
};
static const dw_blueprint doors = DW_BLUEPRINT("", routes);

DW_REPEATS(repeats);
DW_MIGRATIONS(papers);

int main(int argc, char **argv)
{
    return dw_main(argc, argv,
                   &(const dw_app){
                       .name = "papers",
                       .version = "1",
                       .migrations = papers_migrations,
                       .owned = (const dw_owned[]){DW_OWNED(items, owner), DW_OWNED(papers, owner), {0}},
                       .principal = &person_by_uid,
                       .repeats = &repeats,
                       .blueprints = (const dw_blueprint *const[]){&doors, &documents, NULL},
                   });
}
