/* conformance/blueprints/limits.c -- limits to run into: of callers and addresses, several at once, shared, inherited, lifted; of each
 * strategy, with costs, for certain outcomes, and with a penalty. */
#include "../conformance.h"

DW_SCHEMA(limited_out, (bool, ok));

static dw_err limited(dw_req *req, const dw_nothing *in, limited_out *out)
{
    (void)req, (void)in;
    out->ok = true;
    return DW_OK;
}
DW_HANDLER(limited, dw_nothing, limited_out);

/* As ?status= says: what counts is how it ends. */
DW_SCHEMA(ending_in, (dw_text, code, DW_LEN(3, 3)));

static dw_err ending(dw_req *req, const ending_in *in, limited_out *out)
{
    (void)req;
    out->ok = true;
    return in->code.p[0] == '2' ? DW_OK : in->code.p[2] == '1' ? DW_UNAUTHENTICATED : DW_NOT_FOUND;
}
DW_HANDLER(ending, ending_in, limited_out);

/* What is asked for more than once at a time costs more. */
DW_SCHEMA(priced_in, (int64_t, copies, .optional = true));

static dw_err priced(dw_req *req, const priced_in *in, limited_out *out)
{
    (void)req, (void)in;
    out->ok = true;
    return DW_OK;
}
DW_HANDLER(priced, priced_in, limited_out);

/* Who asks, by a header of this application; nobody, when it is not there. */
static dw_text by_account(dw_req *req)
{
    return dw_req_header(req, "x-account");
}

/* Two for what is asked with a query, else one. */
static uint32_t by_query(dw_req *req)
{
    return dw_req_query(req).n > 0 ? 2 : 1;
}

/* Whose account it is about, whoever asks. */
DW_SCHEMA(named_in, (dw_text, account, DW_LEN(0, 300), .optional = true));

static dw_err named(dw_req *req, const named_in *in, limited_out *out)
{
    (void)req, (void)in;
    out->ok = true;
    return DW_OK;
}
DW_HANDLER(named, named_in, limited_out);

/* Has its place while it waits: with what it makes of its output, and with a reply that it sends itself. */
DW_SCHEMA(waiting_in, (int64_t, ms, DW_RANGE(0, 10000)));

static dw_err waiting(dw_req *req, const waiting_in *in, limited_out *out)
{
    out->ok = true;
    return dw_sleep(dw_req_ctx(req), (uint64_t)in->ms);
}
DW_HANDLER(waiting, waiting_in, limited_out);

static dw_err telling(dw_req *req, const waiting_in *in)
{
    dw_err err = dw_reply_begin(req, 200, DW_TEXT("text/plain"), -1);

    if (err == DW_OK)
        err = dw_sleep(dw_req_ctx(req), (uint64_t)in->ms);
    return err != DW_OK ? err : dw_reply_end(req);
}
DW_RAW(telling, waiting_in);

static const dw_route routes[] = {
    DW_GET("/user", limited, DW_ANY_USER, .rate = DW_PER_MINUTE(3)),
    DW_GET("/admin", limited, DW_ROLES(admin), .rate = DW_PER_MINUTE(3)),
    DW_GET("/address", limited, DW_ANY_USER, .rate = "3 per minute", .rate_by = DW_RATE_BY_ADDRESS),
    DW_GET("/key", limited, DW_ANY_USER, .by = DW_API_KEY | DW_BEARER, .scopes = DW_SCOPES(read),
           .rate = DW_PER_MINUTE(2), .rate_by = DW_RATE_BY_API_KEY),
    DW_GET("/session", limited, DW_ANY_USER, .by = DW_SESSION | DW_BEARER, .rate = DW_PER_MINUTE(2),
           .rate_by = DW_RATE_BY_SESSION),
    DW_GET("/fast", limited, DW_PUBLIC("a limit that is soon over"), .rate = DW_PER_SECOND(2)),
    DW_GET("/multi", limited, DW_PUBLIC("two limits at once"), .rate = "2/second;5/minute"),
    DW_GET("/method", limited, DW_PUBLIC("a limit of its own"), .rate = DW_PER_MINUTE(2)),
    DW_POST("/method", limited, DW_PUBLIC("a limit of its own"), .rate = DW_PER_MINUTE(2), .status = 200),
    DW_GET("/s1", limited, DW_PUBLIC("a limit shared"), .rate = DW_PER_MINUTE(2), .rate_shared = "s"),
    DW_GET("/s2", limited, DW_PUBLIC("a limit shared"), .rate = DW_PER_MINUTE(2), .rate_shared = "s"),
    DW_GET("/inherited", limited, DW_PUBLIC("the blueprint's limit")),
    DW_GET("/inherited/too", limited, DW_PUBLIC("the blueprint's limit")),
    DW_GET("/exempt", limited, DW_PUBLIC("no limit"), .no_rate = "to be compared with"),
    DW_GET("/window", limited, DW_PUBLIC("a moving window"), .rate = "2 per 2 seconds",
           .rate_strategy = DW_RATE_MOVING_WINDOW),
    DW_GET("/fixed", limited, DW_PUBLIC("a fixed window"), .rate = "2 per 2 seconds",
           .rate_strategy = DW_RATE_FIXED_WINDOW),
    DW_GET("/sliding", limited, DW_PUBLIC("a sliding window"), .rate = "2/second",
           .rate_strategy = DW_RATE_SLIDING_COUNTER),
    DW_GET("/cost", limited, DW_PUBLIC("a request that costs two"), .rate = "4/minute", .rate_cost = 2),
    DW_GET("/price", priced, DW_PUBLIC("a request that costs what it asks"), .rate = "4/minute",
           .rate_cost_of = by_query),
    DW_GET("/failures", ending, DW_PUBLIC("only failures count"), .rate = "3/minute",
           .rate_on = DW_RATE_ON_4XX),
    DW_GET("/left", waiting, DW_PUBLIC("only what was done counts"), .rate = "3/minute",
           .rate_on = DW_RATE_ON_2XX),
    DW_GET("/denials", ending, DW_PUBLIC("only 401 counts"), .rate = "3/minute", .rate_on = DW_RATE_ON_401),
    DW_GET("/meta", limited, DW_PUBLIC("a limit not to run into twice"), .rate = "2/second",
           .rate_meta = "2/minute"),
    DW_GET("/account", limited, DW_PUBLIC("a limit of each account"), .rate = "2/minute",
           .rate_key = by_account),
    DW_POST("/named", named, DW_PUBLIC("a limit of each account that is named"), .rate = "2/minute",
            .rate_by_field = DW_FIELD(named_in, account), .body = DW_BODY_JSON_OR_FORM, .status = 200),
    DW_GET("/setting", limited, DW_PUBLIC("a limit that a setting may change"), .rate = "2/minute",
           .rate_setting = "RATE_LIMIT_API"),
    DW_GET("/busy", waiting, DW_PUBLIC("two at a time"), .no_rate = "it counts those at a time",
           .at_once = 2),
    DW_POST("/busy", waiting, DW_PUBLIC("two at a time"), .no_rate = "it counts those at a time",
            .at_once = 2, .deadline_ms = 1000, .status = 200),
    DW_GET("/busy/telling", telling, DW_PUBLIC("one at a time"), .no_rate = "it counts those at a time",
           .at_once = 1),
    DW_GET("/brief", waiting, DW_PUBLIC("a wait that is cut short"), .no_rate = "to be cut short at once",
           .deadline_ms = 100),
    DW_GET("/many", limited, DW_PUBLIC("a limit for all workers"), .rate = DW_PER_HOUR(500)),
};
const dw_blueprint limits = DW_BLUEPRINT("/limited", routes, .rate = "4/minute");
