/* base/ctx.h -- what requests, commands and tests share: the inside of dw_ctx.
 *
 * A deadline and a cancellation are part of it from the first day: every wait looks at both.  The services are process-wide
 * and belong to higher rooms; here they are only carried. */
#ifndef DW_BASE_CTX_H
#define DW_BASE_CTX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include <dw/auth.h>
#include <dw/ctx.h>

struct api_docs;
struct api_key_cache;
struct at_once;
struct audit_client;
struct bans;
struct counts;
struct dw_api_keys;
struct fiber;
struct guess_rules;
struct issuers;
struct job_run;
struct job_table;
struct keeper_client;
struct keyring;
struct lag;
struct load;
struct loop;
struct log;
struct mail_transport;
struct pool;
struct sql_client;
struct sql_tx;
struct password_pool;
struct principal_cache;
struct rate_table;
struct refresh_keys;
struct session_rules;
struct session_values;
struct token_cache;
struct token_keys;
struct verify_budget;

/* One per process, built at start-up, immutable afterwards. A member may be NULL where the process has no such thing. */
struct services {
    const char *name; /* of the application */
    dw_text origin;   /* by which clients know it (CANONICAL_ORIGIN), or empty */
    struct loop *loop;
    struct log *log;
    struct audit_client *audit;            /* the audit log; NULL: there is none */
    struct pool *blocking;                 /* dw_blocking */
    struct sql_client *sql;                /* DW_ONE … */
    struct password_pool *passwords;       /* Argon2id */
    struct token_keys *tokens;             /* access tokens */
    struct keeper_client *keeper;          /* who signs them; NULL: this process can */
    struct token_cache *token_cache;       /* … that were verified before */
    struct refresh_keys *refresh;          /* what refresh tokens follow each other by */
    const struct dw_tokens *families;      /* dw_app.tokens, or NULL */
    const struct dw_query *account;        /* dw_app.principal, or NULL */
    const struct issuers *issuers;         /* whose tokens are taken beside ours, or NULL */
    struct verify_budget *verify_budget;   /* … or not, and what each address may cost with those */
    struct rate_table *rates;              /* who has asked how often */
    struct guess_rules *guesses;           /* … and passwords may be wrong; NULL: none are asked for */
    struct bans *bans;                     /* … and for what nobody has; or NULL */
    struct principal_cache *principals;    /* … whose accounts were looked up before */
    const struct dw_api_keys *api_keys;    /* statements of API keys */
    struct api_key_cache *api_key_cache;   /* … that were verified before */
    struct session_rules *sessions;        /* who is signed in with a browser; NULL: nobody can be */
    struct session_values *session_values; /* what the application keeps with a session */
    const struct keyring *data_keys;       /* what stored values are sealed with */
    const struct api_docs *api_docs;       /* what /openapi.json says */
    struct counts *counts;                 /* what this process has done; of its own slot the only writer */
    const struct counts *all_counts;       /* … and n_counts processes like it */
    unsigned n_counts;
    struct at_once *at_once;           /* how many requests of a route are handled at a time */
    struct load *load;                 /* whether there is more to do than can be; NULL: nobody looks … */
    struct lag *lag;                   /* … and who does, when told that there is work; or NULL */
    const void *settings;              /* the application's own (DW_SETTINGS) */
    const struct job_table *jobs;      /* what DW_PUT_JOB may put */
    const struct dw_mfa *mfa;          /* what looks after second factors */
    const char *mfa_issuer;            /* … and whose accounts they are of */
    const struct mail_transport *mail; /* where mails go; of the process that runs jobs */
    int jobs_wake;                     /* eventfd that whoever runs jobs sleeps on; 0: none */
    bool development;
};

/* What a context asked of the database. */
#define DW__STATEMENTS_KEPT 32u
struct statements {
    unsigned total;
    size_t n;
    struct {
        const char *name; /* of the statement, static */
        unsigned times;
    } each[DW__STATEMENTS_KEPT]; /* the first that came */
};

struct deferred {
    void (*fn)(void *p);
    void *p;
    struct deferred *next;
};

struct dw_ctx {
    struct arena *arena;
    const struct clock *clock;
    const struct services *services;
    struct fiber *fiber;           /* the fiber that runs it, or NULL before it starts */
    const dw_principal *principal; /* NULL: anonymous */
    bool principal_asked;          /* somebody looked: the reply is private */
    bool read_only;                /* GET and HEAD: statements that write are refused */
    bool in_store;                 /* it is the database that is waited for */
    bool waited;          /* it wanted to wait for something else in a transaction, and was refused */
    bool stopped;         /* it asked for what is not there: it can do nothing more */
    bool tx_left;         /* a transaction was left that had not come to its end */
    bool jobs_put;        /* a job was put in the open transaction */
    struct job_run *job;  /* the job that it is of, or NULL */
    struct sql_tx *tx;    /* the innermost block of the open transaction, or NULL */
    bool canceled;        /* the client left, or the server drains */
    bool stays;           /* … and even so does not end before what it began on another thread has */
    uint64_t deadline_ns; /* on clock->mono_ns; 0: none */
    uint32_t retry_s;     /* who said DW_TOO_MANY: after so many seconds; 0: nothing was said */
    dw_text request_id;   /* empty outside a request */
    dw_text traceparent;  /* W3C trace context, or empty */
    dw_text route;        /* pattern of the route, or empty */
    dw_text peer;         /* the client's address, or empty */
    const void *
        faults; /* struct bind_faults of schema/: what broke a rule behind the request's own input; or NULL */
    struct statements *statements; /* in development; NULL: nobody counts */
    struct deferred *deferred;
};

/* An empty context over `arena`. */
void dw__ctx_init(dw_ctx *ctx, struct arena *arena, const struct services *services,
                  const struct clock *clock);
/* Whether ctx may wait for something now: DW_INTERNAL when it was stopped, or with an event when a transaction is open and it is not its database. */
DW_MUST dw_err dw__ctx_may_wait(dw_ctx *ctx);
/* Counts one run of the statement `name`, which is static, where somebody counts. */
void dw__ctx_count(dw_ctx *ctx, const char *name);
/* Runs what was deferred, last first, and leaves the list empty. The arena is its owner's to release. */
void dw__ctx_end(dw_ctx *ctx);

#endif
