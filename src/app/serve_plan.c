/* app/serve_plan.c -- binds the sockets, makes the rings, seals the settings, and lays out each child's descriptors.
 *
 * One listening socket for each worker and address, all bound here and inherited by all: a worker that dies leaves its queue
 * of connections to its siblings, and an upgrade takes no connection from anybody. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app/counters.h"
#include "app/limits.h"
#include "app/serve.h"
#include "app/upgrade.h"
#include "os/memfd.h"
#include "os/socket.h"
#include <dw/ctx.h>

static dw_err fail(const struct invocation *inv, const char *what)
{
    (void)fprintf(stderr, "%s: %s\n", inv->app->name, what);
    return DW_INVALID;
}

static dw_err bind_public(struct server_plan *plan, const struct invocation *inv)
{
    const struct config *config = inv->config;
    char why[DW__WHY], path[108];

    for (size_t a = 0; a < config->n_listen; a++) {
        const struct config_address *address = &config->listen[a];
        int *fds = &plan->listeners[dw__listener_index((unsigned)a, 0, config->workers)];

        if (address->path.n > 0) {
            (void)snprintf(path, sizeof path, "%.*s", DW_FMT(address->path));
            if (config->workers != 1)
                return fail(inv, "LISTEN: a Unix socket needs WORKERS=1");
            if (dw__listen_unix(path, 0660, fds, why) != DW_OK)
                return fail(inv, why);
        } else if (dw__listen_tcp_shared(address->text, fds, config->workers, why) != DW_OK) {
            return fail(inv, why);
        }
        plan->n_listeners += config->workers;
    }
    return DW_OK;
}

static dw_err bind_admin(struct server_plan *plan, const struct invocation *inv)
{
    const struct config_address *address = inv->config->admin_listen;
    char why[DW__WHY], path[108];
    dw_err err;

    if (address->path.n > 0) {
        (void)snprintf(path, sizeof path, "%.*s", DW_FMT(address->path));
        err = dw__listen_unix(path, 0660, &plan->admin, why);
    } else {
        err = dw__listen_tcp(address->text, false, &plan->admin, why);
    }
    return err == DW_OK ? DW_OK : fail(inv, why);
}

static bool make_ring(struct server_ring *ring)
{
    *ring = (struct server_ring){-1, -1, -1};
    if (dw__shared_new("ring", dw__ring_shared_size(), &ring->memory, NULL) != DW_OK)
        return false;
    ring->wake_worker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ring->wake_store = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return ring->wake_worker >= 0 && ring->wake_store >= 0;
}

static dw_err make_rings(struct server_plan *plan, const struct invocation *inv)
{
    while (plan->n_rings < inv->config->workers + 1)
        if (!make_ring(&plan->rings[plan->n_rings++]))
            return DW_UNAVAILABLE;
    plan->jobs_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return plan->jobs_wake >= 0 ? DW_OK : DW_UNAVAILABLE;
}

static dw_err make_family(struct server_plan *plan)
{
    uint64_t family;

    do
        dw_random(&family, sizeof family);
    while (family == 0);
    return dw__memfd_sealed("family", &family, sizeof family, &plan->family);
}

dw_err dw__settings_seal(const struct config *config, enum role role, int *fd)
{
    struct arena arena;
    struct buf packed;
    dw_err err = DW_UNAVAILABLE;

    dw__arena_init(&arena, NULL, (size_t)4 << 20);
    dw__buf_init(&packed, &arena, (size_t)1 << 20);
    dw__config_pack(config, role, &packed);
    if (!packed.failed)
        err = dw__memfd_sealed("settings", packed.p, packed.n, fd);
    dw__arena_release(&arena); /* wipes */
    return err;
}

static void add_child(struct server_plan *plan, struct child_spec spec)
{
    plan->children[plan->n_children++] = spec;
}

static void list_store(struct server_plan *plan)
{
    size_t n = 0;

    plan->store_fds[n++] = plan->family;
    plan->store_fds[n++] = plan->audit.log >= 0 ? plan->audit.store.write : plan->audit.null;
    for (size_t i = 0; i < plan->n_rings; i++) {
        plan->store_fds[n++] = plan->rings[i].memory;
        plan->store_fds[n++] = plan->rings[i].wake_store;
        plan->store_fds[n++] = plan->rings[i].wake_worker;
    }
    add_child(plan, (struct child_spec){
                        .role = ROLE_STORE, .blob_fd = plan->blob_store, .fds = plan->store_fds, .n_fds = n});
}

/* In the order of enum client_fd; how many. */
static size_t list_client_fds(const struct server_plan *plan, size_t i, int *fds)
{
    const struct server_ring *ring = &plan->rings[i];
    size_t n = 0;

    fds[n++] = ring->memory;
    fds[n++] = ring->wake_worker;
    fds[n++] = ring->wake_store;
    fds[n++] = plan->jobs_wake;
    dw__audit_plan_client(&plan->audit, i, &fds[n]);
    n += 2;
    dw__keeper_plan_client(&plan->keeper, i, plan->audit.null, &fds[n]);
    return n + 2;
}

static void list_audit(struct server_plan *plan)
{
    add_child(plan, (struct child_spec){.role = ROLE_AUDIT,
                                        .blob_fd = plan->audit.blob,
                                        .fds = plan->audit.fds,
                                        .n_fds = dw__audit_plan_fds(&plan->audit, plan->n_rings)});
}

static void list_keeper(struct server_plan *plan)
{
    add_child(plan, (struct child_spec){.role = ROLE_KEEPER,
                                        .blob_fd = plan->keeper.blob,
                                        .fds = plan->keeper.fds,
                                        .n_fds = dw__keeper_plan_fds(&plan->keeper, plan->n_rings)});
}

static void list_children(struct server_plan *plan, const struct invocation *inv, bool has_jobs)
{
    unsigned n = inv->config->workers;

    if (plan->audit.log >= 0)
        list_audit(plan);
    if (plan->keeper.is_there)
        list_keeper(plan);
    if (inv->image->inventory != NULL && !inv->config->postgres)
        list_store(plan);
    for (unsigned i = 0; i < n; i++) {
        int *fds = plan->worker_fds[i];
        size_t n_fds = list_client_fds(plan, i, fds);

        fds[n_fds++] = plan->limits;
        fds[n_fds++] = plan->counters;
        fds[n_fds++] = plan->admin;
        memcpy(fds + n_fds, plan->listeners, plan->n_listeners * sizeof *fds);
        n_fds += plan->n_listeners;
        add_child(
            plan,
            (struct child_spec){
                .role = ROLE_WORKER, .index = i, .blob_fd = plan->blob_worker, .fds = fds, .n_fds = n_fds});
    }
    if (has_jobs)
        add_child(plan, (struct child_spec){.role = ROLE_JOBS,
                                            .index = n,
                                            .blob_fd = plan->blob_jobs,
                                            .fds = plan->jobs_fds,
                                            .n_fds = list_client_fds(plan, n, plan->jobs_fds)});
}

static void begin_plan(struct server_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    dw__audit_plan_init(&plan->audit);
    dw__keeper_plan_init(&plan->keeper);
    plan->blob_worker = plan->blob_store = plan->blob_jobs = plan->jobs_wake = plan->counters = -1;
}

dw_err dw__server_plan_make(struct server_plan *plan, const struct invocation *inv)
{
    dw_err err;

    begin_plan(plan);
    if ((err = bind_public(plan, inv)) != DW_OK || (err = bind_admin(plan, inv)) != DW_OK ||
        (err = dw__audit_plan_open(&plan->audit, inv)) != DW_OK)
        return err;
    if (make_family(plan) != DW_OK ||
        dw__limits_share(inv->config->rate_limit_keys, &plan->limits) != DW_OK ||
        dw__counters_new(&plan->counters) != DW_OK || make_rings(plan, inv) != DW_OK ||
        dw__audit_plan_pipes(&plan->audit, plan->n_rings) != DW_OK ||
        (dw__keeper_is_needed(inv) && dw__keeper_plan_pipes(&plan->keeper, plan->n_rings) != DW_OK))
        return fail(inv, "no memory or descriptors for what the processes share");
    if (dw__settings_seal(inv->config, ROLE_WORKER, &plan->blob_worker) != DW_OK ||
        dw__settings_seal(inv->config, ROLE_JOBS, &plan->blob_jobs) != DW_OK ||
        dw__settings_seal(inv->config, ROLE_AUDIT, &plan->audit.blob) != DW_OK ||
        dw__settings_seal(inv->config, ROLE_KEEPER, &plan->keeper.blob) != DW_OK ||
        dw__settings_seal(inv->config, ROLE_STORE, &plan->blob_store) != DW_OK)
        return fail(inv, "the settings cannot be handed to the workers");
    list_children(plan, inv, inv->image->jobs != NULL);
    return DW_OK;
}

dw_err dw__server_plan_next(struct server_plan *plan, const struct server_plan *before,
                            const struct invocation *inv, const struct upgrade_answer *answer)
{
    begin_plan(plan);
    memcpy(plan->listeners, before->listeners, sizeof plan->listeners);
    plan->n_listeners = before->n_listeners;
    plan->admin = before->admin;
    plan->family = before->family;
    plan->limits = before->limits;
    dw__audit_plan_share(&plan->audit, &before->audit);
    plan->blob_worker = fcntl(answer->blob_worker, F_DUPFD_CLOEXEC, 0);
    plan->blob_store = fcntl(answer->blob_store, F_DUPFD_CLOEXEC, 0);
    plan->blob_jobs = fcntl(answer->blob_jobs, F_DUPFD_CLOEXEC, 0);
    plan->audit.blob = fcntl(answer->blob_audit, F_DUPFD_CLOEXEC, 0);
    plan->keeper.blob = fcntl(answer->blob_keeper, F_DUPFD_CLOEXEC, 0);
    if (plan->audit.blob < 0 || plan->keeper.blob < 0 || plan->blob_worker < 0 || plan->blob_store < 0 ||
        plan->blob_jobs < 0 || dw__counters_new(&plan->counters) != DW_OK || make_rings(plan, inv) != DW_OK ||
        dw__audit_plan_pipes(&plan->audit, plan->n_rings) != DW_OK ||
        (answer->has_keeper && dw__keeper_plan_pipes(&plan->keeper, plan->n_rings) != DW_OK)) {
        dw__server_plan_drop(plan);
        return DW_UNAVAILABLE;
    }
    list_children(plan, inv, answer->has_jobs);
    return DW_OK;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

void dw__server_plan_drop(struct server_plan *plan)
{
    for (size_t i = 0; i < plan->n_rings; i++) {
        close_fd(plan->rings[i].memory);
        close_fd(plan->rings[i].wake_worker);
        close_fd(plan->rings[i].wake_store);
    }
    dw__audit_plan_drop(&plan->audit);
    dw__keeper_plan_drop(&plan->keeper);
    close_fd(plan->blob_worker);
    close_fd(plan->jobs_wake);
    close_fd(plan->blob_store);
    close_fd(plan->counters);
    close_fd(plan->blob_jobs);
    begin_plan(plan);
}
