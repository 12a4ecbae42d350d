/* conformance/blueprints/limits.c -- limits to run into: of callers and addresses, several at once, shared, inherited, lifted. */
#include "../conformance.h"

DW_SCHEMA(limited_out, (bool, ok));

static dw_err limited(dw_req *req, const dw_nothing *in, limited_out *out)
{
    (void)req, (void)in;
    out->ok = true;
    return DW_OK;
}
DW_HANDLER(limited, dw_nothing, limited_out);

static const dw_route routes[] = {
    DW_GET("/user", limited, DW_ANY_USER, .rate = DW_PER_MINUTE(3)),
    DW_GET("/admin", limited, DW_ROLES(admin), .rate = DW_PER_MINUTE(3)),
    DW_GET("/address", limited, DW_ANY_USER, .rate = "3 per minute", .rate_by = DW_RATE_BY_ADDRESS),
    DW_GET("/fast", limited, DW_PUBLIC("a limit that is soon over"), .rate = DW_PER_SECOND(2)),
    DW_GET("/multi", limited, DW_PUBLIC("two limits at once"), .rate = "2/second;5/minute"),
    DW_GET("/method", limited, DW_PUBLIC("a limit of its own"), .rate = DW_PER_MINUTE(2)),
    DW_POST("/method", limited, DW_PUBLIC("a limit of its own"), .rate = DW_PER_MINUTE(2), .status = 200),
    DW_GET("/s1", limited, DW_PUBLIC("a limit shared"), .rate = DW_PER_MINUTE(2), .rate_shared = "s"),
    DW_GET("/s2", limited, DW_PUBLIC("a limit shared"), .rate = DW_PER_MINUTE(2), .rate_shared = "s"),
    DW_GET("/inherited", limited, DW_PUBLIC("the blueprint's limit")),
    DW_GET("/inherited/too", limited, DW_PUBLIC("the blueprint's limit")),
    DW_GET("/exempt", limited, DW_PUBLIC("no limit"), .no_rate = "to be compared with"),
    DW_GET("/many", limited, DW_PUBLIC("a limit for all workers"), .rate = DW_PER_HOUR(500)),
};
const dw_blueprint limits = DW_BLUEPRINT("/limited", routes, .rate = "4/minute");
