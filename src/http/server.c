/* http/server.c -- what the connections of a worker share: listeners, memory, counts, and the end of it all.
 *
 * Connections lie in slabs and requests in a free list, so that serving allocates nothing.  One request is always at hand to
 * parse the next head into; it becomes a connection's only when the head is complete. */
#include "http/server.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "http/h1_room.h"
#include "http/server_inside.h"

#define CONNS_PER_SLAB 64
#define KEEP_REQUESTS 256

struct conn_slab {
    struct conn_slab *next;
    struct h1_conn conns[CONNS_PER_SLAB];
};

struct http_limits dw__http_limits_default(void)
{
    return (struct http_limits){
        .target = 8192,
        .line = 8192,
        .fields = DW__MAX_FIELDS,
        .head = HTTP_HEAD_MAX,
        .discard = 65536,
        .memory = 8u << 20,
        .total = (size_t)512 << 20,
    };
}

/* ---- requests ---- */

struct h1_request *dw__http_server_spare(struct http_server *server)
{
    struct h1_request *r = server->spare;
    if (r != NULL)
        return r;
    r = server->free_requests;
    if (r != NULL) {
        server->free_requests = r->next_free;
        server->n_free_requests--;
    } else {
        r = calloc(1, sizeof(*r));
        if (r == NULL)
            return NULL;
    }
    r->next_free = NULL;
    r->req.head.fields = r->fields;
    server->spare = r;
    return r;
}

void dw__http_server_take_spare(struct http_server *server)
{
    DW__CHECK(server->spare != NULL);
    server->spare = NULL;
}

static void say_memory(struct http_server *server)
{
    dw__count_set(&server->counts->memory, server->config.chunks->lent + server->bufs.lent_bytes);
}

void dw__http_server_recycle(struct http_server *server, struct h1_request *r)
{
    if (!r->req.admin)
        dw__count_down(&server->counts->in_hand);
    say_memory(server);
    if (server->n_free_requests >= KEEP_REQUESTS) {
        free(r);
        return;
    }
    memset(r, 0, offsetof(struct h1_request, fields));
    r->next_free = server->free_requests;
    server->free_requests = r;
    server->n_free_requests++;
}

/* ---- connections ---- */

static bool add_slab(struct http_server *server)
{
    struct conn_slab *slab = malloc(sizeof(*slab));
    if (slab == NULL)
        return false;
    slab->next = server->slabs;
    server->slabs = slab;
    for (size_t i = 0; i < CONNS_PER_SLAB; i++)
        dw__list_append(&server->free_conns, &slab->conns[i].link);
    return true;
}

static dw_err begin_conn(struct http_server *server, int fd, const struct sockaddr_storage *peer, bool admin,
                         bool refuse)
{
    if (dw__list_empty(&server->free_conns) && !add_slab(server))
        return DW_UNAVAILABLE;
    struct h1_conn *h = DW__LIST_ENTRY(server->free_conns.next, struct h1_conn, link);
    dw__list_remove(&h->link);
    memset(h, 0, sizeof(*h));
    h->server = server;
    h->admin = admin;
    h->refused = refuse;
    dw__list_append(&server->conns, &h->link);
    if (!admin) {
        dw__count_up(&server->counts->accepted);
        dw__count_up(&server->counts->connections);
    }
    dw__conn_init(&h->conn, &server->env, fd, peer);
    dw__h1_start(h);
    return DW_OK;
}

static void on_accepted(void *self, int fd, const struct sockaddr_storage *peer, bool admin, bool refuse)
{
    struct http_server *server = self;
    if (begin_conn(server, fd, peer, admin, refuse) == DW_OK)
        return;
    close(fd);
    dw__listen_ended(server->listen);
}

dw_err dw__http_server_take(struct http_server *server, int fd, bool admin)
{
    dw_err err = begin_conn(server, fd, NULL, admin, false);
    if (err == DW_OK)
        dw__listen_began(server->listen);
    return err;
}

static void say_when_drained(struct http_server *server)
{
    if (server->draining && server->drained != NULL && dw__http_server_idle(server))
        dw__loop_at_end(server->config.loop, &server->drained_task);
}

void dw__http_server_forget(struct http_server *server, struct h1_conn *h)
{
    DW__CHECK(h->request == NULL);
    dw__conn_release(&h->conn);
    dw__task_cancel(&h->task);
    dw__h1_leave(h);
    dw__list_remove(&h->link);
    /* At the front: the next connection finds it in the cache. */
    dw__list_append(server->free_conns.next, &h->link);
    if (!h->admin)
        dw__count_down(&server->counts->connections);
    say_memory(server);
    dw__listen_ended(server->listen);
    say_when_drained(server);
}

static void on_drained(struct task *task)
{
    struct http_server *server = DW__LIST_ENTRY(task, struct http_server, drained_task);
    void (*drained)(void *arg) = server->drained;
    server->drained = NULL;
    if (drained != NULL)
        drained(server->drained_arg);
}

/* ---- the server ---- */

dw_err dw__http_server_new(struct http_server **out, const struct http_server_config *config)
{
    *out = NULL;
    struct http_server *server = calloc(1, sizeof(*server));
    if (server == NULL)
        return DW_UNAVAILABLE;
    server->config = *config;
    server->counts = config->services != NULL && config->services->counts != NULL ? config->services->counts
                                                                                  : &server->own_counts;
    server->net = config->net != NULL ? *config->net : dw__net_limits_default();
    server->http = config->http != NULL ? *config->http : dw__http_limits_default();
    if (server->http.fields > DW__MAX_FIELDS)
        server->http.fields = DW__MAX_FIELDS;
    dw__netbuf_pool_init(&server->bufs);
    server->env = (struct conn_env){config->loop, &server->bufs, &server->net, &dw__h1_events};
    dw__list_init(&server->conns);
    dw__list_init(&server->free_conns);
    dw__list_init(&server->heads);
    dw__list_init(&server->stalled);
    dw__list_init(&server->idle);
    dw__task_init(&server->drained_task, on_drained);
    const struct listen_config listen = {
        .loop = config->loop,
        .log = config->log,
        .limits = &server->net,
        .accepted = on_accepted,
        .self = server,
    };
    const struct cap_limits caps = {server->net.new_per_second, server->net.heads_per_address};
    dw_err err = dw__caps_new(&server->caps, &caps, server->net.connections + server->net.refused);
    if (err == DW_OK)
        err = dw__listen_set_new(&server->listen, &listen);
    if (err != DW_OK) {
        dw__caps_free(server->caps);
        free(server);
        return err;
    }
    *out = server;
    return DW_OK;
}

void dw__http_server_cut_all(struct http_server *server)
{
    for (struct list *link = server->conns.next; link != &server->conns; link = link->next)
        dw__h1_cut(DW__LIST_ENTRY(link, struct h1_conn, link));
}

void dw__http_server_free(struct http_server *server)
{
    if (server == NULL)
        return;
    server->drained = NULL;
    dw__http_server_cut_all(server);
    while (!dw__list_empty(&server->conns))
        dw__http_server_forget(server, DW__LIST_ENTRY(server->conns.next, struct h1_conn, link));
    dw__task_cancel(&server->drained_task);
    dw__listen_set_free(server->listen);
    free(server->spare);
    while (server->free_requests != NULL) {
        struct h1_request *r = server->free_requests;
        server->free_requests = r->next_free;
        free(r);
    }
    while (server->slabs != NULL) {
        struct conn_slab *slab = server->slabs;
        server->slabs = slab->next;
        free(slab);
    }
    dw__netbuf_pool_release(&server->bufs);
    dw__caps_free(server->caps);
    free(server);
}

dw_err dw__http_server_listen(struct http_server *server, int fd, unsigned index, bool admin, bool mine)
{
    dw_err err = dw__listen_add(server->listen, fd, index, admin);
    if (err == DW_OK && mine)
        dw__listen_poll(server->listen, index, true);
    return err;
}

void dw__http_server_adopt(struct http_server *server, unsigned index)
{
    dw__listen_poll(server->listen, index, true);
}

void dw__http_server_give_up(struct http_server *server, unsigned index)
{
    dw__listen_poll(server->listen, index, false);
}

void dw__http_server_drain(struct http_server *server, void (*drained)(void *arg), void *arg)
{
    server->draining = true;
    server->drained = drained;
    server->drained_arg = arg;
    dw__listen_stop(server->listen);
    say_when_drained(server);
}

void dw__http_server_hurry(struct http_server *server, uint32_t idle_ms)
{
    if (idle_ms < server->net.idle_ms)
        server->net.idle_ms = idle_ms;
    for (struct list *l = server->conns.next; l != &server->conns; l = l->next)
        dw__h1_hurry(DW__LIST_ENTRY(l, struct h1_conn, link));
}

bool dw__http_server_idle(const struct http_server *server)
{
    return dw__list_empty(&server->conns);
}

struct http_server_counts dw__http_server_counts(const struct http_server *server)
{
    const struct counts *c = server->counts;
    return (struct http_server_counts){
        .accepted = c->accepted,
        .requests = c->requests,
        .refused = c->refused,
        .overloaded = c->overloaded,
        .timed_out = c->timed_out,
        .connections = (size_t)c->connections,
        .buffer_bytes = server->bufs.lent_bytes,
    };
}
