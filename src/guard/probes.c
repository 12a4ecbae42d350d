/* guard/probes.c -- who looks for what is not here: consoles, secrets left in a directory, other people's programs.
 *
 * None of it is served, and asking for it says something about who asks.  Five in a minute from one address, and that address is
 * answered 429 for a minute.  Three things are not held against anybody: what a browser says another site made it fetch, what somebody who is signed in asks for,
 * whatever their address has done, and a path that the application has. */
#include "guard/probes.h"

#include "base/log.h"
#include "base/text.h"
#include "guard/bans.h"
#include "guard/guard.h"
#include "guard/once.h"
#include "guard/somebody.h"
#include "http/precondition.h"

#define SECOND_NS UINT64_C(1000000000)

enum where {
    AT,      /* the path, and all below it */
    BEGINS,  /* the path begins so */
    ANYWHERE /* a part of the path begins so */
};

/* In lower case: case does not matter. */
static const struct {
    dw_text text;
    enum where where;
} rows[] = {
    {DW_TEXT_INIT("/console"), AT},        {DW_TEXT_INIT("/debugshell"), AT},
    {DW_TEXT_INIT("/debug/pprof"), AT},    {DW_TEXT_INIT("/__debug__"), AT},
    {DW_TEXT_INIT("/_ignition"), AT},      {DW_TEXT_INIT("/_profiler"), AT},
    {DW_TEXT_INIT("/telescope"), AT},      {DW_TEXT_INIT("/actuator"), AT},
    {DW_TEXT_INIT("/jolokia"), AT},        {DW_TEXT_INIT("/jmx-console"), AT},
    {DW_TEXT_INIT("/manager/html"), AT},   {DW_TEXT_INIT("/solr"), AT},
    {DW_TEXT_INIT("/server-status"), AT},  {DW_TEXT_INIT("/server-info"), AT},
    {DW_TEXT_INIT("/cgi-bin"), AT},        {DW_TEXT_INIT("/boaform"), AT},
    {DW_TEXT_INIT("/hnap1"), AT},          {DW_TEXT_INIT("/adminer"), AT},
    {DW_TEXT_INIT("/phpinfo"), AT},        {DW_TEXT_INIT("/phpinfo.php"), AT},
    {DW_TEXT_INIT("/xmlrpc.php"), AT},     {DW_TEXT_INIT("/wordpress"), AT},
    {DW_TEXT_INIT("/vendor/phpunit"), AT}, {DW_TEXT_INIT("/web.config"), AT},
    {DW_TEXT_INIT("/wp-"), BEGINS},        {DW_TEXT_INIT("/phpmyadmin"), BEGINS},
    {DW_TEXT_INIT("/.env"), ANYWHERE},     {DW_TEXT_INIT("/.git"), ANYWHERE},
    {DW_TEXT_INIT("/.svn"), ANYWHERE},     {DW_TEXT_INIT("/.hg"), ANYWHERE},
    {DW_TEXT_INIT("/.aws"), ANYWHERE},     {DW_TEXT_INIT("/.ssh"), ANYWHERE},
    {DW_TEXT_INIT("/.ht"), ANYWHERE},      {DW_TEXT_INIT("/.ds_store"), ANYWHERE},
    {DW_TEXT_INIT("/.vscode"), ANYWHERE},  {DW_TEXT_INIT("/.idea"), ANYWHERE},
};

static const dw_text debugger = DW_TEXT_INIT("__debugger__=");

/* ---- the table ---- */

static bool begins(dw_text path, dw_text with)
{
    return path.n >= with.n && dw__text_eq_nocase((dw_text){path.p, with.n}, with);
}

static bool is_anywhere(dw_text path, dw_text text)
{
    for (size_t i = 0; i + text.n <= path.n; i++)
        if (path.p[i] == '/' && begins((dw_text){path.p + i, path.n - i}, text))
            return true;
    return false;
}

dw_text dw__probe_find(dw_text path)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dw_text text = rows[i].text;
        bool found = rows[i].where == ANYWHERE ? is_anywhere(path, text) : begins(path, text);

        if (found && (rows[i].where != AT || path.n == text.n || path.p[text.n] == '/'))
            return text;
    }
    return (dw_text){0};
}

/* ?__debugger__=yes, which a debugger of another framework would answer on any path. */
static bool asks_debugger(dw_text query)
{
    while (query.n > 0)
        if (dw__text_starts(dw__text_cut(&query, '&'), debugger))
            return true;
    return false;
}

/* ---- who is banned ---- */

static dw_err judge_banned(const struct guard_env *env, dw_req *req)
{
    const uint64_t now = req->ctx.clock->mono_ns;
    uint64_t left = dw__ban_left(req->ctx.services->bans, req->peer.counted, now);

    if (left == 0 || dw__is_somebody(env, req))
        return DW_OK;
    req->retry_after_s = (uint32_t)((left + SECOND_NS - 1) / SECOND_NS);
    return DW_TOO_MANY;
}

/* ---- what counts ---- */

/* Says so, and bans whoever does it for the fifth time in any minute; behind the ban all begins anew. */
static void count(const struct guard_env *env, dw_req *req, dw_text probe)
{
    static const struct rate_rule four = {{4, 60}, DW_RATE_MOVING_WINDOW, 1},
                                  once = {{1, 60}, DW_RATE_GCRA, 1};
    struct log *log = req->ctx.services->log;

    if (dw__text_is(dw__req_single_field(req, DW_TEXT("sec-fetch-site")), "cross-site"))
        return;
    if (dw__once(req, ONCE_PROBE, &once))
        DW__EVENT(log, &req->ctx, DW_LOG_LEVEL_WARN, "probe.seen", DW_KV(probe, probe),
                  DW_KV(address, req->peer.text));
    if (dw__is_somebody(env, req) || dw__once(req, ONCE_PROBES, &four))
        return;
    dw__once_forget(req, ONCE_PROBES, &four);
    dw__ban(req->ctx.services->bans, req->peer.counted, req->ctx.clock->mono_ns);
    DW__EVENT(log, &req->ctx, DW_LOG_LEVEL_WARN, "probe.banned", DW_KV(address, req->peer.text));
}

static dw_err judge(const struct guard_env *env, dw_req *req)
{
    dw_text probe = dw__probe_find(req->path);
    dw_err err = judge_banned(env, req);

    if (err != DW_OK)
        return err;
    if (probe.p == NULL && asks_debugger(req->head.query))
        probe = debugger;
    if (probe.p != NULL)
        count(env, req, probe);
    return DW_NOT_FOUND;
}

dw_err dw__probes_judge(dw_req *req)
{
    return judge(NULL, req);
}

/* ---- on the way to a route ---- */

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    (void)guarded;
    if (req->head.query.n >= debugger.n && asks_debugger(req->head.query))
        return judge(env, req);
    return dw__bans_any(req->ctx.services->bans, req->ctx.clock->mono_ns) ? judge_banned(env, req) : DW_OK;
}

static guard_errors refuses(const struct route_plan *plan)
{
    (void)plan;
    return 0; /* nobody whom the description is for */
}

const struct guard dw__guard_probes = {"probes", before, NULL, NULL, refuses};
