/* codec/forwarded.h -- what proxies say of the requests that they pass on: X-Forwarded-For, -Proto and -Host, or Forwarded (RFC 7239).
 *
 * Pure.  Each proxy adds to the end of a list what it saw, so only as many elements from the end as there are proxies of ours between a
 * client and us mean anything; what stands before them the client may have written.  What is garbled anywhere is refused, and so is what
 * says two things at once: whoever wrote that, it was not one of ours that we understand. */
#ifndef DW_CODEC_FORWARDED_H
#define DW_CODEC_FORWARDED_H

#include "codec/ip_net.h"

/* Most proxies in a row. */
#define DW__HOPS 8u

enum forwarded_by { FORWARDED_X, FORWARDED_RFC7239 };

/* Whom to believe: peers in `nets`, at most `hops` (1 to DW__HOPS) in a row, what they say in the headers of `by`. */
struct proxies {
    const struct ip_net *nets;
    size_t n_nets;
    unsigned hops;
    enum forwarded_by by;
};

enum forwarded_proto { FORWARDED_NO_PROTO, FORWARDED_HTTP, FORWARDED_HTTPS };

/* Who an element says that the proxy was talking to. */
struct forwarded_node {
    enum { NODE_ABSENT, NODE_HIDDEN /* "unknown", "_name" */, NODE_ADDRESS } kind;
    dw_ip ip;
};

/* The lists of one request, the last DW__HOPS of each: the i-th from the end is [(n - i) % DW__HOPS]. Zero: nothing was said. */
struct forwarded {
    size_t n_nodes, n_protos, n_hosts;
    struct forwarded_node nodes[DW__HOPS];
    enum forwarded_proto protos[DW__HOPS];
    dw_text hosts[DW__HOPS]; /* in the header's memory; p == NULL: absent */
    bool protos_differ, hosts_differ;
    bool standard; /* elements of RFC 7239: each has a place for all three */
};

/* Takes up one line of the header; several lines are one list, in their order. False: it is garbled, and *f not to be used. */
bool dw__forwarded_for(struct forwarded *f, dw_text value);
bool dw__forwarded_proto(struct forwarded *f, dw_text value);
bool dw__forwarded_host(struct forwarded *f, dw_text value);
bool dw__forwarded_standard(struct forwarded *f, dw_text value);

/* What it comes to. */
struct forwarded_word {
    bool has_client; /* else `client` is the peer */
    dw_ip client;
    enum forwarded_proto proto;
    dw_text host; /* p == NULL: not said */
};

/* What `f`, which came from `peer`, who is in nets, says of the client, as far as at most `hops` proxies are believed.  NULL with *out filled, else why
 * it must be refused: a static string. */
const char *dw__forwarded_resolve(const struct forwarded *f, const struct proxies *proxies, unsigned hops,
                                  dw_ip peer, struct forwarded_word *out);
/* Whether two such words, of the two kinds of header, say different things. */
bool dw__forwarded_conflict(const struct forwarded_word *a, const struct forwarded_word *b);

#endif
