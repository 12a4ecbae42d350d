/* http/h1_room.c -- see h1_room.h. Must never: count what is not given back, on whatever way a connection ends. */
#include "http/h1_room.h"

#include "base/log.h"
#include "http/server_inside.h"

#define PATIENCE_NS UINT64_C(250000000)
#define SECOND_NS UINT64_C(1000000000)
#define LOOKED_AT 64u /* of a line, for one who may leave */
#define WAY_EVERY_NS (PATIENCE_NS / 64)

static uint64_t now_of(const struct http_server *server)
{
    return dw__loop_clock(server->config.loop)->mono_ns;
}

/* Whether a second has gone by since *told_ns, which is now then. */
static bool is_time(uint64_t *told_ns, uint64_t now)
{
    if (*told_ns != 0 && now - *told_ns < SECOND_NS)
        return false;
    *told_ns = now;
    return true;
}

/* ---- addresses ---- */

static void cut(struct h1_conn *h, const char *why)
{
    struct http_server *server = h->server;
    dw_text address = {h->conn.peer, h->conn.peer_n};

    dw__count_up(&server->counts->capped);
    if (is_time(&server->capped_told_ns, now_of(server)))
        DW__EVENT(server->config.log, NULL, DW_LOG_LEVEL_WARN, "connection.capped", DW_KV(address, address),
                  DW_KV(why, why), DW_KV(capped, (int64_t)server->counts->capped));
    dw__conn_close(&h->conn);
}

bool dw__h1_admit(struct h1_conn *h)
{
    struct http_server *server = h->server;
    const struct net_limits *net = &server->net;
    const bool spared = net->spares_loopback != 0 && h->conn.peer_loopback;
    const char *why;

    if (h->admin || h->cap != NULL || dw__h1_is_proxy(h))
        return true;
    why = dw__cap_begin(server->caps, &h->counted, spared ? 0 : net->per_address, now_of(server), &h->cap);
    if (why != NULL)
        cut(h, why);
    return why == NULL;
}

void dw__h1_leave(struct h1_conn *h)
{
    dw__h1_head_ended(h);
    if (h->cap != NULL)
        dw__cap_end(h->server->caps, h->cap);
    h->cap = NULL;
}

/* ---- lines ---- */

static void step_out(struct h1_conn *h)
{
    if (h->line != NULL)
        dw__list_remove(&h->line_link);
    if (h->line == &h->server->stalled)
        h->server->n_stalled--;
    h->line = NULL;
}

/* Who stands there already keeps its place. */
static void enter(struct h1_conn *h, struct list *line)
{
    if (h->line == line || h->admin || h->conn.closed)
        return;
    step_out(h);
    h->line = line;
    h->waits_since_ns = now_of(h->server);
    dw__list_append(line, &h->line_link);
    if (line == &h->server->stalled)
        h->server->n_stalled++;
}

void dw__h1_arrives(struct h1_conn *h)
{
    enter(h, &h->server->heads);
}

void dw__h1_idles(struct h1_conn *h)
{
    if (h->line != &h->server->heads)
        enter(h, &h->server->idle);
}

bool dw__h1_head_begins(struct h1_conn *h)
{
    if (h->admin || h->head_counted)
        return true;
    if (!dw__cap_head_begin(h->server->caps, h->cap)) {
        cut(h, "too many of its heads are not complete");
        return false;
    }
    h->head_counted = true;
    enter(h, &h->server->heads);
    return true;
}

void dw__h1_head_ended(struct h1_conn *h)
{
    step_out(h);
    if (h->head_counted)
        dw__cap_head_end(h->cap);
    h->head_counted = false;
}

void dw__h1_stalls(struct h1_conn *h)
{
    enter(h, &h->server->stalled);
}

void dw__h1_moves(struct h1_conn *h)
{
    step_out(h);
}

/* ---- all places are taken ---- */

/* Whether it is its client that is waited for, not a handler that has read a part of what comes, nor its next turn; and it holds a place of those that there are. */
static bool may_leave(const struct h1_conn *h)
{
    return !h->refused && (h->request == NULL || h->waiting == H1_WAIT_INPUT || h->waiting == H1_WAIT_OUTPUT);
}

/* The first of `line` that may leave, if it has stood there for long enough; or NULL. */
static struct h1_conn *slowest(const struct http_server *server, struct list *line)
{
    struct list *link = line->next;

    for (unsigned i = 0; i < LOOKED_AT && link != line; i++, link = link->next) {
        struct h1_conn *h = DW__LIST_ENTRY(link, struct h1_conn, line_link);

        if (now_of(server) - h->waits_since_ns < PATIENCE_NS)
            return NULL;
        if (may_leave(h))
            return h;
    }
    return NULL;
}

static bool displace(struct http_server *server, struct h1_conn *h)
{
    if (h == NULL)
        return false;
    dw__count_up(&server->counts->displaced);
    if (is_time(&server->displaced_told_ns, now_of(server)))
        DW__EVENT(server->config.log, NULL, DW_LOG_LEVEL_WARN, "connection.displaced",
                  DW_KV(displaced, (int64_t)server->counts->displaced),
                  DW_KV(connections, (int64_t)server->counts->connections));
    step_out(h);
    dw__h1_cut(h);
    return true;
}

bool dw__h1_make_room(struct http_server *server)
{
    struct h1_conn *h = slowest(server, &server->heads);

    if (h == NULL)
        h = slowest(server, &server->stalled);
    if (h == NULL)
        h = slowest(server, &server->idle);
    return displace(server, h);
}

/* A head of which a part is there. */
static struct h1_conn *slowest_head(struct http_server *server)
{
    struct h1_conn *h = slowest(server, &server->heads);

    return h != NULL && h->head_counted ? h : NULL;
}

static void make_way_for_memory(struct http_server *server)
{
    const uint64_t now = now_of(server);
    struct h1_conn *h = slowest(server, &server->stalled);

    if (now - server->made_way_ns < WAY_EVERY_NS)
        return;
    if (displace(server, h != NULL ? h : slowest_head(server)))
        server->made_way_ns = now;
}

void dw__h1_make_way(struct http_server *server, bool for_memory)
{
    if (for_memory)
        make_way_for_memory(server);
    else if (server->n_stalled * 4 >= dw__fiber_live(server->config.fibers))
        (void)displace(server, slowest(server, &server->stalled));
}
