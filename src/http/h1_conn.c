/* http/h1_conn.c -- the state machine of an HTTP/1.1 connection between its requests.
 *
 * Read, parse, answer, and again, straight on the event that brought the bytes, until there are none, a request suspends, or
 * the budget of the turn is used up.  What a client may do is small: be slow (a deadline for each phase), be too fast (a
 * budget, a bound on what is unsent), send nonsense (one answer, then the end), or leave.
 *
 * Who ends its sending and waits gets its answer, for a second: a client that left looks the same to TCP.  A reset is the
 * end at once. */
#include "http/h1_conn.h"

#include "http/h1_room.h"
#include "http/server_inside.h"
#include "os/wait.h"

#define NS_PER_MS UINT64_C(1000000)

static struct h1_conn *of(struct conn *c)
{
    return DW__LIST_ENTRY(c, struct h1_conn, conn);
}

static const struct net_limits *limits_of(const struct h1_conn *h)
{
    return &h->server->net;
}

static void deadline_in(struct h1_conn *h, uint32_t ms)
{
    uint64_t now = dw__loop_clock(h->server->config.loop)->mono_ns;
    dw__conn_deadline(&h->conn, now + ms * NS_PER_MS);
}

void dw__h1_cut(struct h1_conn *h)
{
    dw__conn_close(&h->conn);
    if (h->request != NULL && !h->request->ended)
        dw__ctx_cancel(&h->request->req.ctx);
}

void dw__h1_hurry(struct h1_conn *h)
{
    if (h->phase == H1_IDLE && h->request == NULL)
        deadline_in(h, limits_of(h)->idle_ms);
}

/* ---- heads ---- */

/* Nothing to do until more comes. */
static void await_input(struct h1_conn *h)
{
    bool begun = dw__conn_input(&h->conn).n > 0;
    if (!begun) {
        h->phase = H1_IDLE;
        deadline_in(h, limits_of(h)->idle_ms);
        if (h->conn.blocked)
            dw__h1_stalls(h);
        else
            dw__h1_idles(h);
    } else if (h->phase != H1_HEAD) {
        h->phase = H1_HEAD;
        deadline_in(h, limits_of(h)->head_ms);
        if (!dw__h1_head_begins(h))
            return;
    }
    dw__conn_settle(&h->conn);
}

/* More of a head is needed. Whether it came. */
static bool read_more(struct h1_conn *h, struct h1_request *r)
{
    static const struct h1_fault too_large = {DW_HEAD_TOO_LARGE, "head too large"};
    ptrdiff_t got = dw__conn_fill(&h->conn);
    switch (got) {
    case STREAM_AGAIN: await_input(h); return false;
    case STREAM_END:
        dw__h1_head_ended(h);
        h->phase = H1_CLOSING;
        return true;
    case STREAM_FAILED: return false;
    case CONN_FULL:
        dw__h1_head_ended(h);
        dw__h1_refuse(h, r, &too_large);
        return true;
    default: return true;
    }
}

/* Whether to go on. */
static bool next_head(struct h1_conn *h, uint32_t *budget)
{
    struct h1_request *r = dw__http_server_spare(h->server);
    if (r == NULL) {
        dw__h1_overloaded(h, HTTP_UNKNOWN);
        return true;
    }
    size_t n = dw__conn_input(&h->conn).n;
    if (n == h->seen)
        return read_more(h, r);
    struct h1_fault fault;
    int used =
        dw__h1_parse(dw__conn_input_bytes(&h->conn), n, h->seen, &h->server->http, &r->req.head, &fault);
    h->seen = used == H1_MORE ? (uint32_t)n : 0;
    if (used == H1_MORE)
        return read_more(h, r);
    --*budget;
    dw__h1_head_ended(h);
    if (used > 0)
        dw__h1_dispatch(h, r, (size_t)used);
    else
        dw__h1_refuse(h, r, &fault);
    return true;
}

/* ---- the rest of a body, and the end ---- */

/* Drops what is left of a body that nobody read. Whether to go on. */
static bool discard(struct h1_conn *h)
{
    dw_text in = dw__conn_input(&h->conn), data = {0};
    size_t used = 0;
    enum h1_body_result result = dw__h1_body_next(&h->body, in.p, in.n, SIZE_MAX, &used, &data, NULL);
    dw__conn_consume(&h->conn, used);
    h->dropped += (uint32_t)used;
    if (result == H1_BODY_END) {
        dw__h1_moves(h);
        h->phase = H1_IDLE;
        return true;
    }
    if (result == H1_BODY_BAD || h->dropped > h->server->http.discard) {
        h->dirty = true;
        h->phase = H1_CLOSING;
        return true;
    }
    if (result == H1_BODY_DATA)
        return true;
    ptrdiff_t got = dw__conn_fill(&h->conn);
    if (got == STREAM_END) {
        h->phase = H1_CLOSING;
    } else if (got == STREAM_AGAIN) {
        dw__h1_stalls(h);
        dw__conn_settle(&h->conn);
    }
    return got >= STREAM_END;
}

/* Sends what is left; closes, or lingers. Whether to go on. */
static bool close_when_sent(struct h1_conn *h)
{
    struct conn *c = &h->conn;
    dw__conn_deadline(c, 0);
    dw__conn_flush(c);
    if (c->closed)
        return false;
    if (c->unsent > 0) {
        dw__h1_stalls(h);
        return false;
    }
    dw__h1_moves(h);
    if (!h->dirty || c->ended) {
        dw__conn_close(c);
        return false;
    }
    dw__conn_shutdown(c);
    dw__h1_idles(h);
    h->phase = H1_LINGER;
    h->dropped = 0;
    deadline_in(h, limits_of(h)->linger_ms);
    return true;
}

/* Reads and drops until the client closes: closing on unread bytes would reset the connection and destroy the answer on its way. */
static void linger(struct h1_conn *h)
{
    struct conn *c = &h->conn;
    for (uint32_t turn = 0;;) {
        size_t n = dw__conn_input(c).n;
        dw__conn_consume(c, n);
        h->dropped += (uint32_t)n;
        turn += (uint32_t)n;
        if (h->dropped > limits_of(h)->linger_bytes)
            break;
        if (turn > limits_of(h)->bytes_per_turn) {
            dw__loop_ready(h->server->config.loop, &h->task);
            return;
        }
        ptrdiff_t got = dw__conn_fill(c);
        if (got == STREAM_AGAIN) {
            dw__conn_settle(c);
            return;
        }
        if (got <= 0)
            break;
    }
    dw__conn_close(c);
}

/* ---- going on ---- */

/* A client that does not read what it asked for waits with its next request. */
static bool output_has_room(struct h1_conn *h)
{
    if (h->conn.unsent > limits_of(h)->unsent_bytes)
        dw__conn_flush(&h->conn);
    return h->conn.unsent <= limits_of(h)->unsent_bytes;
}

static bool step(struct h1_conn *h, uint32_t *budget)
{
    switch (h->phase) {
    case H1_PROXY: return dw__h1_proxy_header(h);
    case H1_DISCARD: return discard(h);
    case H1_CLOSING: return close_when_sent(h);
    case H1_LINGER: linger(h); return false;
    default: break;
    }
    if (!output_has_room(h)) {
        dw__h1_stalls(h);
        return false;
    }
    if (*budget == 0) {
        dw__loop_ready(h->server->config.loop, &h->task);
        return false;
    }
    return next_head(h, budget);
}

/* Does whatever can be done now. */
static void go_on(struct h1_conn *h)
{
    uint32_t budget = limits_of(h)->requests_per_turn;
    while (h->request == NULL && !h->conn.closed && step(h, &budget))
        ;
}

static void on_task(struct task *task)
{
    struct h1_conn *h = DW__LIST_ENTRY(task, struct h1_conn, task);
    if (h->request != NULL && h->request->ended) {
        if (dw__h1_finish(h))
            go_on(h);
    } else if (h->request == NULL) {
        go_on(h);
    } else if (h->waiting == H1_WAIT_TURN) {
        dw__fiber_wake(h->request->req.ctx.fiber, DW_OK);
    }
}

/* ---- upward calls of the connection ---- */

/* What the read came to, go_on will find. Behind a proxy it is not known yet who asks. */
static void read_ahead(struct h1_conn *h)
{
    const struct http_server_config *config = &h->server->config;

    if (dw__conn_fill(&h->conn) > 0 && config->app->soon != NULL && h->hops == 0 && !h->admin)
        config->app->soon(config->app->self, config->services, &h->counted, &h->note);
}

static void on_input(struct conn *c)
{
    struct h1_conn *h = of(c);
    if (h->request == NULL) {
        /* Reads now, answers later in the turn (net/conn_out.c says why). */
        if (h->phase <= H1_HEAD)
            read_ahead(h);
        dw__loop_ready(h->server->config.loop, &h->task);
        return;
    }
    if (h->waiting == H1_WAIT_INPUT)
        dw__fiber_wake(h->request->req.ctx.fiber, DW_OK);
    if (c->ending && !h->half_closed) {
        h->half_closed = true;
        deadline_in(h, limits_of(h)->half_close_ms);
    }
}

static void on_writable(struct conn *c)
{
    struct h1_conn *h = of(c);
    if (h->request == NULL)
        go_on(h);
    else if (h->waiting == H1_WAIT_OUTPUT)
        dw__fiber_wake(h->request->req.ctx.fiber, DW_OK);
}

/* What it has not taken of replies holds memory, also between two requests. */
static void on_full(struct conn *c)
{
    struct h1_conn *h = of(c);
    if (h->request == NULL && h->phase == H1_IDLE)
        dw__h1_stalls(h);
}

static void on_closed(struct conn *c)
{
    dw__h1_cut(of(c));
}

static void on_timeout(struct conn *c, enum conn_deadline which)
{
    static const struct h1_fault too_slow = {DW_REQUEST_TIMEOUT, "the head was too slow"};
    struct h1_conn *h = of(c);
    if (which == CONN_DEADLINE_IN && h->request != NULL) {
        if (!h->request->ended)
            dw__ctx_cancel(&h->request->req.ctx);
        return;
    }
    dw__count_up(&h->server->counts->timed_out);
    struct h1_request *r = NULL;
    if (which == CONN_DEADLINE_IN && h->phase == H1_HEAD)
        r = dw__http_server_spare(h->server);
    if (r == NULL) {
        dw__h1_cut(h);
        return;
    }
    dw__h1_head_ended(h);
    dw__h1_refuse(h, r, &too_slow);
    go_on(h);
}

static void on_released(struct conn *c)
{
    struct h1_conn *h = of(c);
    h->released = true;
    if (h->request == NULL)
        dw__http_server_forget(h->server, h);
}

const struct conn_events dw__h1_events = {
    .on_input = on_input,
    .on_writable = on_writable,
    .on_full = on_full,
    .on_closed = on_closed,
    .on_timeout = on_timeout,
    .on_released = on_released,
};

const struct http_stream_ops dw__h1_stream_ops = {
    .read = dw__h1_read,
    .read_all = dw__h1_read_all,
    .begin = dw__h1_begin,
    .write = dw__h1_write,
    .end = dw__h1_end,
    .send = dw__h1_send,
};

void dw__h1_start(struct h1_conn *h)
{
    dw__task_init(&h->task, on_task);
    h->phase = H1_IDLE;
    h->counted = dw__ip_counted((dw_text){h->conn.peer, h->conn.peer_n});
    dw__h1_meet(h);
    if (h->conn.closed || !dw__h1_admit(h))
        return;
    if (h->refused)
        h->refused = !dw__h1_make_room(h->server);
    if (h->refused)
        dw__h1_overloaded(h, HTTP_UNKNOWN);
    else
        dw__h1_arrives(h);
    dw__conn_start(&h->conn);
}
