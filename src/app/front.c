/* app/front.c -- what the settings say of connections and requests, told to the server. */
#include "app/front.h"

/* Where nothing is said one address may have half of all places, but for those of this machine: a proxy that nobody has named stands there. */
static void cap_addresses(struct net_limits *net, const struct config *config)
{
    const unsigned half = config->connections_max / 2;

    net->spares_loopback = config->connections_per_address == 0;
    net->per_address = config->connections_per_address != 0 ? config->connections_per_address
                       : half > 0                           ? half
                                                            : 1;
    net->new_per_second = config->connections_per_second;
    net->heads_per_address = config->heads_per_address;
}

dw_err dw__front_open(struct front *f, struct runtime *p, const struct image *image, bool poison)
{
    struct net_limits net = dw__net_limits_default();
    struct http_limits http = dw__http_limits_default();
    const struct config *config = p->config;

    net.head_ms = (uint32_t)config->head_timeout_ms;
    net.idle_ms = (uint32_t)config->idle_timeout_ms;
    net.reply_ms = (uint32_t)config->reply_timeout_ms;
    net.connections = config->connections_max;
    cap_addresses(&net, config);
    http.target = (uint32_t)config->request_target_max;
    http.line = (uint32_t)config->header_line_max;
    http.fields = config->header_count_max;
    http.total = config->memory_max;
    p->chunks.max_lent = config->memory_max;
    f->answerer = (struct answerer){.env = image->env, .poison = poison};
    dw__answer_bind(&f->app, &f->answerer);
    return dw__http_server_new(&f->server, &(struct http_server_config){
                                               .loop = p->loop,
                                               .fibers = p->fibers,
                                               .chunks = &p->chunks,
                                               .services = &p->services,
                                               .app = &f->app,
                                               .net = &net,
                                               .http = &http,
                                               .log = p->log,
                                               .proxies = image->env.proxies,
                                               .proxy_protocol = config->listen_proxy_protocol != 0,
                                           });
}
