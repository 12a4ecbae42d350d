/* guard/hosts.c -- only hosts that the operator named are answered.
 *
 * Against Host header attacks (links in mails, cache poisoning, DNS rebinding).  The Host field is reg-name, IPv4 or [IPv6], with an
 * optional port (RFC 9110 §7.2); anything else is 400, and so is a host that is not in the list.  Names are compared without
 * regard to case; a port is not part of the comparison, since the listener decides that.  The admin listener is reached by address, or by a name of the
 * machine, and not at all by a name of somebody's domain that leads there: that is a page in a browser which wants to read or lift what it says. */
#include "base/log.h"
#include "base/text.h"
#include "guard/guard.h"

/* Whether t is nothing, or ':' and a port. */
static bool is_port_part(dw_text t)
{
    uint64_t port;

    if (t.n == 0)
        return true;
    return t.p[0] == ':' && t.n <= 6 && dw__text_u64((dw_text){t.p + 1, t.n - 1}, &port) && port <= 65535;
}

/* The host without its port, and without a final dot; false when it is not a host at all. */
static bool host_name(dw_text host, dw_text *name)
{
    size_t end;

    if (host.n > 0 && host.p[0] == '[') {
        end = dw__text_find(host, ']');
        if (end == host.n)
            return false;
        end++;
    } else {
        end = dw__text_find(host, ':');
    }
    *name = (dw_text){host.p, end};
    if (!is_port_part((dw_text){host.p + end, host.n - end}))
        return false;
    for (size_t i = 0; i < name->n; i++) {
        char c = name->p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
              c == '.' || c == '_' || (name->p[0] == '[' && (c == ':' || c == '[' || c == ']'))))
            return false;
    }
    if (name->n > 1 && name->p[name->n - 1] == '.')
        name->n--;
    return name->n > 0;
}

static bool host_matches(dw_text rule, dw_text name)
{
    if (rule.n > 1 && rule.p[0] == '.') {
        dw_text bare = {rule.p + 1, rule.n - 1};

        if (dw__text_eq_nocase(bare, name))
            return true;
        return name.n > rule.n && dw__text_eq_nocase(rule, (dw_text){name.p + name.n - rule.n, rule.n});
    }
    return dw__text_eq_nocase(rule, name);
}

/* The usual case: the host as the operator wrote it, with or without a port. What this does not know is looked at closely. */
static bool plainly_ours(const struct guard_env *env, dw_text host)
{
    for (size_t i = 0; i < env->n_hosts; i++) {
        dw_text rule = env->hosts[i];

        if (rule.n > 0 && rule.p[0] != '.' && dw__text_starts(host, rule) &&
            is_port_part((dw_text){host.p + rule.n, host.n - rule.n}))
            return true;
    }
    return false;
}

/* An address, or a name without a domain: nobody else can have it lead to us. */
static bool is_of_this_machine(dw_text name)
{
    dw_ip ip;

    return name.p[0] == '[' || dw_ip_read(name, &ip) || dw__text_find(name, '.') == name.n;
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    dw_text name;

    (void)guarded;
    if ((req->admin && req->head.host.n == 0) || plainly_ours(env, req->head.host))
        return DW_OK;
    if (host_name(req->head.host, &name)) {
        if (req->admin && is_of_this_machine(name))
            return DW_OK;
        for (size_t i = 0; i < env->n_hosts; i++)
            if (host_matches(env->hosts[i], name))
                return DW_OK;
    }
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_WARN, "host.refused",
              DW_KV(host, req->head.host));
    return dw_req_fail(req, DW_BAD_REQUEST, "This server does not answer for that host");
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    dw__audit_say(audit, FOUND_HOSTS_ANSWERED, NULL, "answers for %zu host%s", env->n_hosts,
                  env->n_hosts == 1 ? "" : "s");
}

static guard_errors refuses(const struct route_plan *plan)
{
    (void)plan;
    return DW__GUARD_ERROR(DW_BAD_REQUEST);
}

const struct guard dw__guard_hosts = {"hosts", before, NULL, audit, refuses};
