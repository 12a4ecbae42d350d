/* conformance/blueprints/search.c -- a read of the database that takes as long as its caller wants. */
#include "../conformance.h"

DW_SCHEMA(search_in, (int64_t, rows, DW_RANGE(1, INT64_MAX)));
DW_SCHEMA(search_out, (int64_t, found));

DW_QUERY(search_rows, search_in, search_out,
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :rows) SELECT count(*) AS found FROM c");

static dw_err search(dw_req *req, const search_in *in, search_out *out)
{
    return DW_ONE(dw_req_ctx(req), search_rows, in, out);
}
DW_HANDLER(search, search_in, search_out);

static const dw_route routes[] = {
    DW_GET("/search", search, DW_PUBLIC("for tests: a slow read"), .deadline_ms = 4000),
};
const dw_blueprint searches = DW_BLUEPRINT("", routes);
