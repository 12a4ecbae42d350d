/* conformance/blueprints/guarded.c -- guards of one's own: in every phase, at every level, and one that tries what it may not.
 *
 * What each does, a header of the request says: X-Barrier for the one of the whole application, X-Guard for those here. */
#include "../conformance.h"

#include <stdio.h>

/* ---- the whole application's ---- */

static dw_err bar(dw_req *req)
{
    dw_text how = dw_req_header(req, "x-barrier");

    if (dw_text_is(how, "refuse"))
        return dw_req_fail(req, BARRED, "Barred before there is a route");
    return dw_text_is(how, "fail") ? DW_INTERNAL : DW_OK;
}

static dw_err mark(dw_req *req, int status)
{
    dw_text how = dw_req_header(req, "x-barrier");

    return dw_text_is(how, "mark")
               ? dw_reply_header(req, "X-Marked", dw_format(dw_req_ctx(req), "%d", status))
               : DW_OK;
}

static void tell(dw_audit *audit)
{
    dw_audit_note(audit, "bars what asks for it, with %d", 403);
}
DW_GUARD(barrier, DW_PHASE_EARLY, "a tester asks to be barred", .before = bar, .after = mark, .audit = tell,
         .refuses = DW_REFUSES(BARRED));

/* ---- those of the blueprint and of one route ---- */

/* What X-Guard: PHASE-HOW asks of the guard of a phase. */
static dw_err judge(dw_req *req, const char *phase)
{
    dw_text asked = dw_req_header(req, "x-guard"), body;
    char word[32];
    int n = snprintf(word, sizeof word, "%s-", phase);

    if (asked.n <= (size_t)n || !dw_text_eq((dw_text){asked.p, (size_t)n}, (dw_text){word, (size_t)n}))
        return DW_OK;
    asked = (dw_text){asked.p + n, asked.n - (size_t)n};
    if (dw_text_is(asked, "refuse"))
        return BARRED;
    if (dw_text_is(asked, "too-many"))
        return DW_TOO_MANY;
    if (dw_text_is(asked, "unsaid"))
        return DW_CONFLICT;
    if (dw_text_is(asked, "reply"))
        return dw_reply_html(req, 200, DW_TEXT("<p>let in"));
    if (dw_text_is(asked, "body"))
        return dw_req_body(req, &body);
    if (dw_text_is(asked, "status"))
        dw_reply_status(req, 299);
    if (dw_text_is(asked, "who"))
        return dw_req_principal(req)->id > 0 ? DW_OK : BARRED;
    return DW_OK;
}

static dw_err judge_head(dw_req *req)
{
    return judge(req, "head");
}
static dw_err judge_body(dw_req *req)
{
    return judge(req, "body");
}
DW_GUARD(head_guard, DW_PHASE_HEAD, "a tester asks it to refuse", .before = judge_head,
         .refuses = DW_REFUSES(BARRED, DW_TOO_MANY));
DW_GUARD(body_guard, DW_PHASE_BODY, "a tester asks it to refuse", .before = judge_body,
         .refuses = DW_REFUSES(BARRED, DW_TOO_MANY));

/* Tries to say, and to say again, what is not its to say. */
static dw_err meddle(dw_req *req, int status)
{
    dw_text asked = dw_req_header(req, "x-meddle");

    (void)status;
    if (dw_text_is(asked, "status"))
        dw_reply_status(req, 200);
    if (dw_text_is(asked, "reply"))
        return dw_reply_html(req, 200, DW_TEXT("<p>another"));
    if (dw_text_is(asked, "frame"))
        return dw_reply_header(req, "X-Frame-Options", DW_TEXT("ALLOWALL"));
    if (dw_text_is(asked, "sniff"))
        return dw_reply_header(req, "x-content-type-options", DW_TEXT(""));
    if (dw_text_is(asked, "cache"))
        return dw_reply_header(req, "Cache-Control", DW_TEXT("public, max-age=31536000"));
    if (dw_text_is(asked, "cors"))
        return dw_reply_header(req, "Access-Control-Allow-Origin", DW_TEXT("*"));
    if (dw_text_is(asked, "split"))
        return dw_reply_header(req, "X-Split", DW_TEXT("a\r\nSet-Cookie: b=c"));
    if (dw_text_is(asked, "who"))
        return dw_reply_header(req, "X-Who",
                               dw_format(dw_req_ctx(req), "%lld", (long long)dw_req_principal(req)->id));
    if (dw_text_is(asked, "fail")) {
        dw_err err = dw_reply_header(req, "X-Half", DW_TEXT("said"));
        return err == DW_OK ? DW_CONFLICT : err;
    }
    return dw_text_is(asked, "good") ? dw_reply_header(req, "X-Good", DW_TEXT("said")) : DW_OK;
}
DW_GUARD(meddler, DW_PHASE_AFTER, "a tester asks it to meddle", .after = meddle);

/* ---- what they guard ---- */

DW_SCHEMA(guarded_in, (dw_text, word, DW_LEN(1, 10)));

static dw_err say_word(dw_req *req, const guarded_in *in, guarded_in *out)
{
    (void)req;
    *out = *in;
    return DW_OK;
}
DW_HANDLER(say_word, guarded_in, guarded_in);

static dw_err say_nothing(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(say_nothing, dw_nothing, dw_nothing);

static const dw_route routes[] = {
    DW_POST("/word", say_word, DW_ANY_USER, .guards = DW_GUARDS(body_guard)),
    DW_GET("/public", say_nothing, DW_PUBLIC("there is nothing to see here")),
    DW_GET("/lone", say_nothing, DW_ROLES(admin)),
};
const dw_blueprint guarded = DW_BLUEPRINT("/guarded", routes, .guards = DW_GUARDS(head_guard, meddler));
