/* auth/session_pending.c -- a sign-in in two steps: a password was good, and a second factor is waited for.
 *
 * What waits is a row among the sessions, under the same cookie, with a bit that keeps it from being one: auth/session.c finds it as nothing that
 * identifies anybody.  So whatever ends the sessions of an account (another password, an admin, its row going) ends it too, and it cannot be used twice.
 *
 * Must never: let the id that waited be the id of the session. */
#include "auth/session.h"

dw_err dw_session_begin_pending(dw_req *req, dw_text uid, unsigned amr, const dw_still *still)
{
    return dw__session_start(
        req, &(const struct session_start){.account = uid, .amr = amr, .still = still, .waits = true});
}

/* NULL, and *err says why, when there is none. */
static const struct session *find_waiting(dw_req *req, dw_err *err)
{
    const struct session *session;

    if (req->ctx.services->sessions == NULL) {
        *err = dw_req_fail_internal(req, DW_TEXT("dw_app.sessions is not set, or SIGNING_KEYS is missing"));
        return NULL;
    }
    req->ctx.principal_asked = true;
    if ((*err = dw__session_find(req, &session)) != DW_OK)
        return NULL;
    *err = req->waiting != NULL ? DW_OK : DW_UNAUTHENTICATED;
    return req->waiting;
}

dw_err dw_session_pending(dw_req *req, dw_text *uid)
{
    dw_err err;
    const struct session *waiting = find_waiting(req, &err);

    *uid = waiting != NULL ? waiting->row.account : (dw_text){NULL, 0};
    return err;
}

dw_err dw_session_complete(dw_req *req, unsigned amr, const dw_still *still)
{
    dw_err err;
    const struct session *waiting = find_waiting(req, &err);

    if (waiting == NULL)
        return err;
    return dw__session_start(
        req, &(const struct session_start){.account = waiting->row.account,
                                           .amr = amr | (unsigned)(waiting->row.amr & ~DW__SESSION_WAITS),
                                           .still = still,
                                           .from = waiting});
}
