/* auth/keeper_client.c -- who waits lies on its own stack, in one of two lists: to be asked, and asked.
 *
 * An answer is for a ticket; one that nobody waits for (any more) is nothing.  Must never: hold the loop when a pipe is full. */
#include "auth/keeper_client.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "auth/keeper.h"
#include "base/ctx.h"
#include "base/list.h"
#include "base/log.h"
#include "os/wait.h"

#define PATIENCE_NS ((uint64_t)10 * 1000 * 1000 * 1000)
#define PATIENCE_IN_TX_NS ((uint64_t)1000 * 1000 * 1000)

struct keeper_client {
    struct loop *loop;
    struct io asks, answers;
    struct list to_ask, asked;
    uint64_t last_ticket;
};

struct waiter {
    struct list link;
    struct fiber *fiber;
    uint64_t ticket;
    size_t n;
    uint8_t ask[DW__KEEPER_ASK];
    struct keeper_answer answer;
};

/* ---- asking ---- */

/* Asks for as many as the pipe takes; it says when it takes more. */
static void ask_all(struct keeper_client *client)
{
    bool full = false;

    while (!full && !dw__list_empty(&client->to_ask)) {
        struct waiter *w = DW__LIST_ENTRY(client->to_ask.next, struct waiter, link);

        full = write(client->asks.fd, w->ask, w->n) !=
               (ssize_t)w->n; /* all or nothing: it is less than a page */
        if (!full) {
            dw__list_remove(&w->link);
            dw__list_append(&client->asked, &w->link);
        }
    }
    if (dw__loop_watch(client->loop, &client->asks, full ? EPOLLOUT : 0) != DW_OK)
        return; /* then with the next that is asked */
}

static void on_room(struct io *io, uint32_t events)
{
    (void)events;
    ask_all(DW__LIST_ENTRY(io, struct keeper_client, asks));
}

void dw__keeper_client_again(struct keeper_client *client)
{
    if (client == NULL)
        return;
    while (!dw__list_empty(&client->asked)) {
        struct list *link = client->asked.next;

        dw__list_remove(link);
        dw__list_append(&client->to_ask, link);
    }
    ask_all(client);
}

/* ---- hearing ---- */

static struct waiter *find(struct list *list, uint64_t ticket)
{
    for (struct list *l = list->next; l != list; l = l->next) {
        struct waiter *w = DW__LIST_ENTRY(l, struct waiter, link);

        if (w->ticket == ticket)
            return w;
    }
    return NULL;
}

static void hear(struct keeper_client *client, const struct keeper_answer *a)
{
    struct waiter *w = find(&client->asked, a->ticket);

    if (w == NULL) /* asked of the keeper before, which had read it */
        w = find(&client->to_ask, a->ticket);
    if (w == NULL || a->n > sizeof(a->token))
        return;
    w->answer = *a;
    dw__list_remove(&w->link);
    dw__fiber_wake(w->fiber, DW_OK);
}

static void on_answers(struct io *io, uint32_t events)
{
    struct keeper_client *client = DW__LIST_ENTRY(io, struct keeper_client, answers);
    struct keeper_answer a;

    (void)events;
    while (read(io->fd, &a, sizeof(a)) == (ssize_t)sizeof(a))
        hear(client, &a);
}

/* ---- life ---- */

/* A process that was here before may have changed how these pipes work, which goes with them. */
static bool make_pipe(int fd, int flags)
{
    return fcntl(fd, F_SETFL, flags) == 0;
}

dw_err dw__keeper_client_new(struct keeper_client **out, struct loop *loop, int asks, int answers)
{
    struct keeper_client *client;
    dw_err err;

    *out = NULL;
    if (!make_pipe(asks, O_NONBLOCK | O_DIRECT) || !make_pipe(answers, O_NONBLOCK))
        return DW_INTERNAL;
    client = calloc(1, sizeof(*client));
    if (client == NULL)
        return DW_UNAVAILABLE;
    client->loop = loop;
    client->asks = (struct io){.fn = on_room, .fd = asks};
    client->answers = (struct io){.fn = on_answers, .fd = answers};
    dw__list_init(&client->to_ask);
    dw__list_init(&client->asked);
    /* The pipe may have answers to the process before. */
    dw_random(&client->last_ticket, sizeof(client->last_ticket));
    err = dw__loop_watch(loop, &client->answers, EPOLLIN);
    if (err != DW_OK) {
        free(client);
        return err;
    }
    *out = client;
    return DW_OK;
}

void dw__keeper_client_free(struct keeper_client *client)
{
    if (client == NULL)
        return;
    (void)!dw__loop_watch(client->loop, &client->asks, 0); /* removing never fails */
    (void)!dw__loop_watch(client->loop, &client->answers, 0);
    free(client);
}

/* ---- a token ---- */

/* Until when an answer is waited for: never longer than the context has.  A transaction holds others up meanwhile. */
static uint64_t until_of(const dw_ctx *ctx)
{
    const uint64_t until = ctx->clock->mono_ns + (ctx->tx != NULL ? PATIENCE_IN_TX_NS : PATIENCE_NS);

    return ctx->deadline_ns != 0 && ctx->deadline_ns < until ? ctx->deadline_ns : until;
}

static dw_err refuse(const dw_ctx *ctx, const char *why)
{
    DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_ERROR, "keeper.no_answer", dw_x_kv_cstr("why", why));
    return DW_UNAVAILABLE;
}

static dw_err wait_for(dw_ctx *ctx, struct keeper_client *client, struct waiter *w)
{
    const uint64_t until = until_of(ctx);
    dw_err err = until > ctx->clock->mono_ns ? DW_OK : DW_TIMEOUT;

    dw__list_append(&client->to_ask, &w->link);
    if (err == DW_OK) {
        ask_all(client);
        err = dw__fiber_park_interruptible(until);
    }
    dw__list_remove(&w->link);
    if (err == DW_OK || err == DW_CANCELED)
        return err;
    return refuse(ctx, err == DW_TIMEOUT ? "the keeper did not answer in time" : "no memory for a timer");
}

static dw_err take(dw_ctx *ctx, const struct keeper_answer *answer, dw_text *token, int64_t *life)
{
    if (answer->err != DW_OK)
        return answer->err == DW_INVALID ? DW_INVALID : refuse(ctx, "the keeper could not sign");
    *token = dw__arena_text(ctx->arena, (dw_text){answer->token, answer->n});
    *life = answer->life;
    return token->p != NULL ? DW_OK : DW_UNAVAILABLE;
}

static dw_err ask(dw_ctx *ctx, struct keeper_client *client, const struct token_sign_in *in, dw_text *token,
                  int64_t *life)
{
    struct waiter w = {.fiber = ctx->fiber, .ticket = ++client->last_ticket};
    dw_err err;

    dw__list_init(&w.link);
    w.n = dw__keeper_write(w.ticket, in, w.ask);
    if (w.n == 0)
        return DW_INVALID;
    err = wait_for(ctx, client, &w);
    return err == DW_OK ? take(ctx, &w.answer, token, life) : err;
}

static dw_err issue_here(dw_ctx *ctx, const struct token_sign_in *in, dw_text *token, int64_t *life)
{
    const int64_t now = ctx->clock->unix_ms / 1000;
    int64_t exp;
    const dw_err err = dw__token_issue_in(ctx->services->tokens, in, now, ctx->arena, token, &exp);

    if (err == DW_OK)
        *life = exp - now;
    return err;
}

dw_err dw__keeper_issue(dw_ctx *ctx, const struct token_sign_in *in, dw_text *token, int64_t *life)
{
    struct keeper_client *client = ctx->services->keeper;

    *token = (dw_text){NULL, 0};
    *life = 0;
    if (client == NULL)
        return issue_here(ctx, in, token, life);
    if (ctx->stopped || ctx->fiber == NULL || ctx->fiber != dw__fiber_self())
        return DW_INTERNAL;
    return ctx->canceled ? DW_CANCELED : ask(ctx, client, in, token, life);
}
