/* store/pg_connect.c -- how a connection of a worker comes to be, without blocking its loop.
 *
 * libpq would look a name up itself, and block: a thread does that first.  A connection that was made is watched from then on. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/check.h"
#include "os/pool.h"
#include "store/pg_conn.h"

struct lookup {
    char host[256], port[16];
    char address[64];
};

/* On a thread: names are looked up by the C library, which blocks. */
static void look_up(void *arg)
{
    struct lookup *l = arg;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;

    l->address[0] = '\0';
    if (getaddrinfo(l->host, NULL, &hints, &found) != 0)
        return;
    if (getnameinfo(found->ai_addr, found->ai_addrlen, l->address, sizeof l->address, NULL, 0,
                    NI_NUMERICHOST) != 0)
        l->address[0] = '\0';
    freeaddrinfo(found);
}

/* Adds the address of the host where that must be found first. */
static dw_err add_address(struct pg_params *p, dw_ctx *ctx, struct lookup *l, char *trouble)
{
    dw_err err;

    if (!p->host)
        return DW_OK;
    if (strlen(p->host) >= sizeof l->host)
        return DW_DENIED;
    memcpy(l->host, p->host, strlen(p->host) + 1);
    err = dw_blocking(ctx, look_up, l, sizeof *l);
    if (err != DW_OK)
        return err;
    if (!l->address[0]) {
        (void)snprintf(trouble, DW__PG_TROUBLE, "the name of the server has no address");
        return DW_UNAVAILABLE;
    }
    p->keys[p->n] = "hostaddr";
    p->values[p->n++] = l->address;
    p->keys[p->n] = p->values[p->n] = NULL;
    return DW_OK;
}

static dw_err poll_connect(PGconn *pg, dw_ctx *ctx, uint64_t until_ns)
{
    PostgresPollingStatusType what = PGRES_POLLING_WRITING;
    dw_err err;

    while (what == PGRES_POLLING_WRITING || what == PGRES_POLLING_READING) {
        if (PQstatus(pg) == CONNECTION_BAD)
            return DW_UNAVAILABLE;
        err = dw_wait_fd(ctx, PQsocket(pg), what == PGRES_POLLING_READING ? DW_READABLE : DW_WRITABLE,
                         until_ns);
        if (err != DW_OK)
            return err;
        what = PQconnectPoll(pg);
    }
    return what == PGRES_POLLING_OK ? DW_OK : DW_UNAVAILABLE;
}

static void on_notice(void *self, const PGresult *result)
{
    (void)self;
    (void)result;
}

static void on_io(struct io *io, uint32_t events)
{
    struct pg_conn *c = DW__LIST_ENTRY(io, struct pg_conn, io);

    (void)events;
    if (c->fiber)
        dw__fiber_wake(c->fiber, DW_OK);
    else if (c->idle)
        c->idle_input(c); /* else it is for the one it was just lent to, who is about to look */
}

static dw_err connected(struct pg_conn *c, char *trouble)
{
    const char *fault = dw__pg_server_fault(c->pg);

    if (fault) {
        (void)snprintf(trouble, DW__PG_TROUBLE, "%s", fault);
        return DW_UNAVAILABLE;
    }
    (void)PQsetNoticeReceiver(c->pg, on_notice, NULL);
    if (PQsetnonblocking(c->pg, 1) != 0 || PQenterPipelineMode(c->pg) != 1)
        return DW_UNAVAILABLE;
    c->io.fd = PQsocket(c->pg);
    return dw__loop_watch(c->loop, &c->io, EPOLLIN | EPOLLRDHUP);
}

dw_err dw__pg_conn_open(struct pg_conn **out, const struct pg_params *params, const struct pg_statements *all,
                        dw_ctx *ctx, uint64_t until_ns, char trouble[static DW__PG_TROUBLE])
{
    struct pg_params with_address = *params;
    struct lookup lookup = {0};
    struct pg_conn *c = calloc(1, sizeof *c + (all->n + 1 + 63) / 64 * sizeof *c->prepared);
    dw_err err;

    *out = NULL;
    if (!c)
        return DW_UNAVAILABLE;
    c->loop = dw__fiber_loop(ctx->fiber);
    c->io = (struct io){.fn = on_io, .fd = -1};
    c->types = calloc(all->n_params + 1, sizeof *c->types);
    if (!c->types) {
        err = DW_UNAVAILABLE;
        goto err0;
    }
    err = add_address(&with_address, ctx, &lookup, trouble);
    if (err != DW_OK)
        goto err0;
    c->pg = PQconnectStartParams(with_address.keys, with_address.values, 0);
    err = poll_connect(c->pg, ctx, until_ns);
    if (err == DW_UNAVAILABLE)
        dw__pg_say_conn(c->pg, trouble);
    if (err == DW_OK)
        err = connected(c, trouble);
    if (err != DW_OK)
        goto err0;
    *out = c;
    return DW_OK;
err0:
    dw__pg_conn_close(c);
    return err;
}

void dw__pg_conn_close(struct pg_conn *c)
{
    if (!c)
        return;
    if (c->io.events != 0 && dw__loop_watch(c->loop, &c->io, 0) != DW_OK)
        dw__check_failed(__FILE__, __LINE__, "the connection was not watched");
    PQfinish(c->pg);
    free(c->types);
    free(c);
}
