/* app/reply_rows.c -- a list of any length as one reply, in the memory of a page.
 *
 * Rows come page by page (store/order.c) and go out as they come: what is printed is written when some kilobytes are together, and writing waits
 * for a client that is slow, so that no row is read before there is room for it.  No statement is open meanwhile. */
#include <dw/docs.h>
#include <dw/order.h>
#include <dw/req.h>

#include "app/view.h"
#include "http/request.h"
#include "schema/print.h"
#include "store/client.h"
#include "store/docs.h"

#define WRITE_AT ((size_t)16 << 10)
#define ROW_MAX ((size_t)1 << 20)

struct rows {
    dw_req *req;
    const struct schema_plan *plan;
    uint64_t roles; /* of the caller */
    struct buf b;
    bool any;
};

static dw_err flush(struct rows *r)
{
    dw_err err = dw_reply_write(r->req, r->b.p, r->b.n);

    r->b.n = 0;
    return err;
}

static dw_err put_row(void *self, const void *row)
{
    struct rows *r = self;

    if (r->any)
        dw__buf_putc(&r->b, ',');
    r->any = true;
    dw__print_json(r->plan, row, r->roles, &r->b, NULL, NULL);
    if (r->b.failed)
        return DW_UNAVAILABLE;
    return r->b.n >= WRITE_AT ? flush(r) : DW_OK;
}

static dw_err reply(dw_req *req, const struct schema_plan *plan, const dw_ordered *o, dw_text sort, void *in)
{
    struct rows r = {.req = req, .plan = plan};
    struct buf why;
    dw_err err;

    dw__buf_init(&why, &req->arena, WRITE_AT);
    dw__buf_init(&r.b, &req->arena, ROW_MAX);
    if (!plan || dw__schema_check_output(plan, &why) != DW_OK)
        return dw_req_fail_internal(req, (dw_text){why.p, why.n});
    if (!dw__order_is(o, sort))
        return DW_BAD_REQUEST;
    r.roles = dw__view_roles(&req->ctx, plan);
    if ((err = dw_reply_begin(req, 200, DW_TEXT("application/json"), -1)) != DW_OK)
        return err;
    dw__buf_lit(&r.b, "{\"items\":[");
    err = dw_x_each(&req->ctx, o, sort, in, put_row, &r);
    if (err != DW_OK)
        return err;
    dw__buf_lit(&r.b, "]}");
    if (r.b.failed)
        return DW_UNAVAILABLE;
    err = flush(&r);
    return err == DW_OK ? dw_reply_end(req) : err;
}

dw_err dw_x_reply_rows(dw_req *req, const dw_ordered *o, dw_text sort, void *in)
{
    const struct sql_client *c = req->ctx.services->sql;

    return c ? reply(req, dw__sql_output_of(c, o->orders[0].first), o, sort, in) : DW_UNAVAILABLE;
}

dw_err dw_x_reply_docs(dw_req *req, const dw_collection *c, const dw_doc_field *field, const void *value,
                       dw_text sort)
{
    dw_doc_range range = {.n = DW__DOCS_AT_A_TIME};
    dw_err err = dw__docs_where(&req->ctx, c, field, value, &range);

    if (err != DW_OK)
        return err;
    return reply(req, dw__docs_of(req->ctx.services->sql->inv, c)->printed, field ? field->where : c->list,
                 sort, &range);
}
