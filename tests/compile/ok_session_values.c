// What is kept with a session, and a sign-in in two steps, right.
#include <dw/dw.h>

DW_SCHEMA(visit, (int64_t, basket, DW_RANGE(0, 99), .optional = true), (dw_text, language, DW_DEFAULT("en")));
DW_SESSIONS(browsers);
DW_SESSION_VALUES(kept, visit);

static dw_err add(dw_req *req, const dw_nothing *in, visit *out)
{
    dw_err err = DW_SESSION_GET(req, visit, out);
    const visit more = {.basket = out->basket + 1, .has.basket = true};

    (void)in;
    return err == DW_OK ? DW_SESSION_SET(req, visit, &more) : err;
}
DW_HANDLER(add, dw_nothing, visit);

static dw_err finish(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    dw_text uid;
    dw_err err = dw_session_pending(req, &uid);

    (void)in, (void)out;
    return err == DW_OK ? dw_session_complete(req, DW_AMR_OTP, NULL) : err;
}
DW_HANDLER(finish, dw_nothing, dw_nothing);

static const dw_route routes[] = {
    DW_POST("/visit", add, DW_ANY_USER, .by = DW_SESSION),
    DW_POST("/finish", finish, DW_PUBLIC("the second step of signing in"), .signs_in = true),
};
const dw_blueprint visits = DW_BLUEPRINT("", routes);
const dw_app app = {.name = "shop", .sessions = &browsers, .session_values = &kept};
