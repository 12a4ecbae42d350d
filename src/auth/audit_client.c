/* auth/audit_client.c -- who waits has a ticket on its stack; an answer that nobody waits for is nothing. */
#include "auth/audit_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
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
    struct buf *lines; /* NULL: it has not asked for any */
    uint32_t said;
};

static void answer(struct waiter *w, const struct audit_answer *a, dw_text piece)
{
    if (a->said == AUDIT_SAID_PIECE) {
        if (w->lines != NULL)
            dw__buf_text(w->lines, piece);
        return;
    }
    w->said = a->said;
    dw__fiber_wake(w->fiber, a->said == AUDIT_SAID_NO ? DW_UNAVAILABLE : DW_OK);
}

static void find_and_answer(struct audit_client *client, const struct audit_answer *a, dw_text piece)
{
    for (struct list *l = client->waiters.next; l != &client->waiters; l = l->next) {
        struct waiter *w = DW__LIST_ENTRY(l, struct waiter, link);

        if (w->ticket == a->ticket) {
            answer(w, a, piece);
            return;
        }
    }
}

static void on_answers(struct io *io, uint32_t events)
{
    struct audit_client *client = DW__LIST_ENTRY(io, struct audit_client, answers);
    char bytes[DW__AUDIT_RECORD];
    struct audit_answer a;
    ssize_t n;

    (void)events;
    while ((n = read(io->fd, bytes, sizeof bytes)) >= (ssize_t)sizeof a) {
        memcpy(&a, bytes, sizeof a);
        if (a.n == (size_t)n - sizeof a)
            find_and_answer(client, &a, (dw_text){bytes + sizeof a, a.n});
    }
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

/* Waits for the answer to what was sent, whatever the client of the request does: it may have been written. */
static dw_err wait_for_answer(dw_ctx *ctx, struct audit_client *client, struct waiter *w)
{
    dw_err err;

    dw__list_append(&client->waiters, &w->link);
    err = dw__ctx_park_uncanceled(ctx, ctx->clock->mono_ns + PATIENCE_NS);
    dw__list_remove(&w->link);
    return err == DW_OK ? DW_OK : DW_UNAVAILABLE;
}

static dw_err put_and_wait(dw_ctx *ctx, struct audit_client *client, const char *event, const dw_kv *kv,
                           size_t n)
{
    struct waiter w = {.ticket = next_ticket(client), .fiber = ctx->fiber};
    dw_err err = dw__audit_put(&client->link, ctx, AUDIT_OWN, event, kv, n, w.ticket);

    if (err == DW_OK)
        err = wait_for_answer(ctx, client, &w);
    return err == DW_OK && w.said != AUDIT_SAID_YES ? DW_UNAVAILABLE : err;
}

/* All or nothing, as a record. */
static bool hand_over(const struct audit_client *client, const uint8_t *p, size_t n)
{
    ssize_t sent;

    do
        sent = write(client->link.fd, p, n);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)n;
}

dw_err dw__audit_client_ask(dw_ctx *ctx, struct audit_client *client, struct audit_ask *ask,
                            struct buf *lines, bool *more)
{
    struct waiter w = {.ticket = next_ticket(client), .fiber = ctx->fiber, .lines = lines};
    uint8_t bytes[DW__AUDIT_RECORD];
    size_t n;
    dw_err err;

    *more = false;
    ask->ticket = w.ticket;
    if ((n = dw__audit_ask_write(ask, bytes)) == 0)
        return DW_INVALID;
    if (!hand_over(client, bytes, n))
        return DW_UNAVAILABLE;
    if ((err = wait_for_answer(ctx, client, &w)) != DW_OK)
        return err;
    *more = w.said == AUDIT_SAID_MORE;
    if (lines->failed)
        return DW_UNAVAILABLE;
    return w.said == AUDIT_SAID_NOT_THERE ? DW_NOT_FOUND : DW_OK;
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
