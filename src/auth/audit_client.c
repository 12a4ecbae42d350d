/* auth/audit_client.c -- who waits has a ticket on its stack; an answer that nobody waits for is nothing. */
#include "auth/audit_client.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/ctx.h"
#include "base/list.h"
#include "base/log.h"
#include "base/text.h"
#include "os/wait.h"
#include <dw/audit.h>

#define PATIENCE_NS ((uint64_t)5 * 1000 * 1000 * 1000)

struct audit_client {
    struct audit_link link;
    struct loop *loop;
    struct io answers;
    struct list waiters;
    uint64_t last_ticket;
};

struct waiter {
    struct list link;
    uint64_t ticket;
    struct fiber *fiber;
};

static void answer(struct audit_client *client, const struct audit_answer *a)
{
    for (struct list *l = client->waiters.next; l != &client->waiters; l = l->next) {
        const struct waiter *w = DW__LIST_ENTRY(l, struct waiter, link);

        if (w->ticket == a->ticket) {
            dw__fiber_wake(w->fiber, a->ok == 1 ? DW_OK : DW_UNAVAILABLE);
            return;
        }
    }
}

static void on_answers(struct io *io, uint32_t events)
{
    struct audit_client *client = DW__LIST_ENTRY(io, struct audit_client, answers);
    struct audit_answer a;

    (void)events;
    while (read(io->fd, &a, sizeof a) == (ssize_t)sizeof a)
        answer(client, &a);
}

dw_err dw__audit_client_new(struct audit_client **out, struct loop *loop, int records, int answers)
{
    struct audit_client *client = calloc(1, sizeof *client);
    dw_err err;

    *out = NULL;
    if (client == NULL)
        return DW_UNAVAILABLE;
    client->link.fd = records;
    client->loop = loop;
    client->answers = (struct io){.fn = on_answers, .fd = answers};
    dw__list_init(&client->waiters);
    /* The pipe may have answers to the process before. */
    dw_random(&client->last_ticket, sizeof client->last_ticket);
    err = dw__loop_watch(loop, &client->answers, EPOLLIN);
    if (err != DW_OK) {
        free(client);
        return err;
    }
    *out = client;
    return DW_OK;
}

void dw__audit_client_free(struct audit_client *client)
{
    if (client == NULL)
        return;
    dw_err removed = dw__loop_watch(client->loop, &client->answers, 0);
    (void)removed; /* removing never fails */
    free(client);
}

struct audit_link *dw__audit_client_link(struct audit_client *client)
{
    return &client->link;
}

/* Never 0, with which nobody waits. */
static uint64_t next_ticket(struct audit_client *client)
{
    if (++client->last_ticket == 0)
        client->last_ticket = 1;
    return client->last_ticket;
}

/* Sends the record and waits for its answer, whatever the client of the request does: it may have been written. */
static dw_err put_and_wait(dw_ctx *ctx, struct audit_client *client, const char *event, const dw_kv *kv,
                           size_t n)
{
    struct waiter w = {.ticket = next_ticket(client), .fiber = ctx->fiber};
    dw_err err = dw__audit_put(&client->link, ctx, AUDIT_OWN, event, kv, n, w.ticket);

    if (err != DW_OK)
        return err;
    dw__list_append(&client->waiters, &w.link);
    err = dw__ctx_park_uncanceled(ctx, ctx->clock->mono_ns + PATIENCE_NS);
    dw__list_remove(&w.link);
    return err == DW_OK ? DW_OK : DW_UNAVAILABLE;
}

dw_err dw_x_audit(dw_ctx *ctx, const char *event, const dw_kv *kv, size_t n)
{
    struct audit_client *client = ctx->services != NULL ? ctx->services->audit : NULL;
    dw_err err = dw__ctx_may_wait(ctx);

    if (err != DW_OK)
        return err;
    if (!dw__audit_own_holds(event, kv, n)) /* the writer would take this process for one that lies */
        return DW_INTERNAL;
    if (client != NULL && ctx->fiber != NULL)
        return put_and_wait(ctx, client, event, kv, n);
    dw_x_log(ctx, DW_LOG_LEVEL_WARN, event, kv, n);
    return client == NULL ? DW_OK : DW_UNAVAILABLE;
}
