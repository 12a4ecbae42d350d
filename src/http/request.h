/* http/request.h -- one request and its reply, whichever protocol carries it.
 *
 * The connection below (HTTP/1.1 now, HTTP/2 later) fills the head, starts a fiber and calls up through struct http_app; a
 * handler cannot tell which protocol it serves.  What goes down again goes through struct http_stream_ops. */
#ifndef DW_HTTP_REQUEST_H
#define DW_HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ctx.h"
#include "codec/ip.h"
#include <dw/req.h>

#define DW__MAX_FIELDS 100u
/* Fields that one request is noted to have been asked for. */
#define DW__READ_FIELDS 8u

enum http_method {
    HTTP_UNKNOWN = 0, /* a valid token that is none of the below: 501 or 405 */
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS
};

/* One header line. The name is in lower case. */
struct http_field {
    dw_text name, value;
};

/* Fields that the framework itself reads, found while parsing. */
enum http_known {
    HTTP_HOST,
    HTTP_CONNECTION,
    HTTP_CONTENT_LENGTH,
    HTTP_TRANSFER_ENCODING,
    HTTP_CONTENT_TYPE,
    HTTP_EXPECT,
    HTTP_ACCEPT,
    HTTP_AUTHORIZATION,
    HTTP_ORIGIN,
    HTTP_COOKIE,
    HTTP_IF_MATCH,
    HTTP_IF_NONE_MATCH,
    HTTP_TRACEPARENT,
    HTTP_KNOWN_COUNT
};

struct http_head {
    enum http_method method;
    dw_text method_text;
    dw_text target; /* as it came */
    dw_text path;   /* raw path of the target */
    dw_text query;  /* without '?'; p == NULL when there was none */
    dw_text host;   /* of absolute-form, else the Host field; as it came */
    unsigned minor; /* HTTP/1.minor */
    bool keep_alive;
    bool chunked;
    bool expect_continue;
    unsigned char marks;             /* of its fields, or'ed: http/field_mark.h */
    int64_t content_length;          /* -1: none given */
    dw_text known[HTTP_KNOWN_COUNT]; /* p == NULL: not there */
    struct http_field *fields;
    size_t n_fields;
};

/* Headers decided at start-up, as HTTP/1.1 text ("Name: value\r\n" …) and as fields for protocols that encode them otherwise. */
struct header_block {
    dw_text h1;
    const struct http_field *fields;
    size_t n;
};

enum reply_state { REPLY_NONE = 0, REPLY_BEGUN, REPLY_ENDED };

/* What will be said. Filled by handlers and `after` guards, read by the protocol when the reply begins. */
struct http_reply {
    enum reply_state state;
    int status;                       /* 0: not decided */
    dw_text content_type;             /* empty: none */
    int64_t length;                   /* of the body; -1: not known */
    const struct header_block *block; /* security headers; set by the headers guard */
    struct http_field *extra;         /* added by handler and guards, in the arena */
    size_t n_extra, cap_extra;
    bool close;          /* end the connection behind this reply */
    bool header_broken;  /* a value held CR, LF or NUL: the reply becomes a 500 */
    uint64_t body_bytes; /* sent so far, for the log */
};

/* What a protocol keeps for a request; its own struct begins with this. */
struct http_stream {
    struct dw_req *req;
};
struct http_app;
struct limited;
struct route_plan;
struct cors;
struct session;

/* What a protocol does for its requests. All run on the request's fiber and may suspend it. */
struct http_stream_ops {
    /* As dw_req_read. Sends 100 Continue first when the client waits for it. Enforces `body_limit`. */
    dw_err (*read)(struct http_stream *s, void *buf, size_t n, size_t *got);
    /* The whole body as one text; no copy when it is already whole in the input buffer. */
    dw_err (*read_all)(struct http_stream *s, dw_text *body);
    /* Encodes req->reply's head. */
    dw_err (*begin)(struct http_stream *s);
    dw_err (*write)(struct http_stream *s, const void *p, size_t n);
    dw_err (*end)(struct http_stream *s);
    /* begin, write of all of `body`, end, in one step: the usual case. */
    dw_err (*send)(struct http_stream *s, dw_text body);
};

/* Who is at the other end: the client, also where a trusted proxy stands between. */
struct peer_address {
    dw_text text;              /* "127.0.0.1" or "::1" or "unix" */
    bool loopback;             /* or a Unix socket */
    struct ip_counted counted; /* what is counted of it */
    uint64_t note;             /* what http_app.soon has noted of it; 0: nothing */
};

struct dw_req {
    dw_ctx ctx; /* first */
    struct arena arena;
    struct http_head head;
    dw_text path;   /* normal form, decoded once: what routing, policy and logs see */
    dw_err refused; /* not DW_OK: the parser refused; head may be empty. Only an error reply is to be made */
    const char *refused_why; /* for the log: a static string */
    bool admin;              /* came on the admin listener */
    bool https;              /* as the client sees it */
    struct peer_address peer;
    dw_text via;             /* the trusted proxy that the connection is with; p == NULL: the client itself */
    bool of_proxy;           /* its peer is a trusted proxy, and it is not known for whom that speaks */
    bool forwarding_dropped; /* who is no trusted proxy sent a header of theirs */
    uint64_t body_limit;     /* bytes; set by the size guard before the body is read */
    uint64_t body_read;      /* bytes so far, for the log */
    dw_text whole_body;   /* once a guard has read it: what dw_req_body gives again; p == NULL: nobody has */
    struct buf *trailers; /* where those of the body go, by http/trailer.h; NULL: they are dropped */
    uint64_t begun_ns;
    const struct route_plan *plan; /* set by routing; never NULL when a reply begins */
    const struct cors *cors; /* of the route, or of the prefix that a path without one lies below; or NULL */
    const struct route_plan *preflight;       /* a browser asked about it, and may; or NULL */
    void *const *load_keys;                   /* one for each of the plan's loaders, bound; in the arena */
    const void **loaded;                      /* … and what each has loaded; NULL: not yet */
    const char *read_fields[DW__READ_FIELDS]; /* that dw_req_header was asked for: guard/vary.c */
    unsigned n_read_fields;                   /* DW__READ_FIELDS + 1: more */
    struct http_reply reply;
    unsigned allow_methods;    /* for 405: bit m is enum http_method m */
    const char *fail_sentence; /* dw_req_fail */
    dw_text fail_internal;     /* dw_req_fail_internal: for the log */
    void **fail_frames; /* in development: program counters of where it failed, in the arena; else NULL */
    int n_fail_frames;
    uint32_t retry_after_s; /* for 429 and 503: seconds; 0: one */
    bool
        shed; /* refused because there is more to do than can be: the log is told once a second, not for each */
    bool in_place;           /* it holds a place of its route's .at_once */
    struct limited *limited; /* what the guards of limits found (guard/charge.h), for the reply; or NULL */
    const struct session
        *session; /* that its cookie names and that lives (auth/session.h); NULL: none, or nobody looked … */
    bool session_looked; /* … and whether somebody did */
    const struct session
        *waiting; /* the sign-in that it names instead, and that waits for a second factor; or NULL */
    struct {
        dw_text sign_in;                /* of ours that their access token is of; empty: none */
        dw_text key_id;                 /* of their API key; empty: none */
        dw_text subject;                /* of a token of another issuer; empty: the account's uid */
        const struct dw_query *account; /* … and what looked it up; NULL: dw_app.principal */
    } came_with;                        /* the caller, for auth/caller.c */
    dw_text
        form_id; /* what forms of this reply are bound to where nobody is signed in; p == NULL: none yet */
    bool gives_session; /* its cookie goes on whatever reply is made, … */
    dw_text
        given_token; /* … this one of a browser that is remembered, where p != NULL, for so many seconds … */
    int64_t given_seconds;
    bool forgets_browser;  /* … or that the browser has none any more */
    bool may_sign_in;      /* the CSRF guard has found that no other site can have made it */
    bool csrf_pending;     /* … or is to look for the token in the body */
    bool sets_cookie;      /* the reply is private */
    const void *faults;    /* struct bind_faults of schema/, or NULL */
    dw_text content_range; /* for 416: what there is; p == NULL otherwise */
    dw_err outcome;        /* what the handler or a guard returned: for the log */
    const struct http_stream_ops *ops;
    struct http_stream *stream;
    const struct http_app *app; /* NULL in tests that have none */
};

/* What http/ calls upward; one per process. */
struct http_app {
    void *self;
    /* Bytes have come from `peer` that will be looked at later in this turn: asks for memory that will be needed then, without waiting for it. *note is 0 at first,
     * stays with the peer, and is what requests have in req->peer.note. May be NULL. */
    void (*soon)(void *self, const struct services *services, const struct ip_counted *peer, uint64_t *note);
    /* Answers req, on its fiber: a complete reply has been made when it returns, else the connection is cut. */
    void (*serve)(void *self, dw_req *req);
    /* A reply is about to begin, whatever made it: req->reply has status and content type; sets its block and may add headers.
     * Called once for each reply by dw_reply_begin and dw__reply_send, before the head is encoded. */
    void (*reply_begins)(void *self, dw_req *req);
    /* After the reply has been handed to the connection (or cut), before the request's memory goes: the access line. */
    void (*done)(void *self, dw_req *req);
    /* Said instead of calling serve when no fiber can be had: a complete HTTP/1.1 reply of 503 with Retry-After, static text; and the length of its head, which is all
     * that HEAD is answered with. */
    dw_text overloaded;
    size_t overloaded_head;
};

/* A header of the reply; name in its usual spelling; both literal or arena. DW_INTERNAL, header_broken and an event for a value with CR,
 * LF, NUL or another control character, for a name that is no token, and for the names that belong to the protocol (Connection,
 * Content-Length, Date, Server, Transfer-Encoding …). DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__reply_header(dw_req *req, dw_text name, dw_text value);
/* Sends status (200 … 599), content_type (empty: none) and body in one step; a HEAD request, 204 and 304 get no body. `body` must stay until
 * this returns. DW_INTERNAL when a reply was begun already, or header_broken; DW_CANCELED when the client has gone. */
DW_MUST dw_err dw__reply_send(dw_req *req, int status, dw_text content_type, dw_text body);
/* As if no handler had run: status, sentence and the headers behind the first `n_extra` are gone. */
void dw__reply_forget(dw_req *req, size_t n_extra);
/* Stops req, whose handler asked for what there cannot be: a mistake of the program. Nothing that waits, no statement and no reply of its handler's
 * works any more; an event says `why`, and so does the log of the 500 that it becomes. */
void dw__req_stop(dw_req *req, dw_text why);
/* The reason phrase of an HTTP status, "" when unknown. */
const char *dw__http_reason(int status);

#endif
