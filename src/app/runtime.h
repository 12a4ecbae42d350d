/* app/runtime.h -- what every process that runs application code is made of: loop, log, fibers, crypto, database client.
 *
 * One after the other, in the order in which they need each other, and taken down backwards. */
#ifndef DW_APP_RUNTIME_H
#define DW_APP_RUNTIME_H

#include "app/config.h"
#include "app/image.h"
#include "app/limits.h"
#include "auth/token.h"
#include "base/log.h"
#include "guard/at_once.h"
#include "guard/bans.h"
#include "os/fiber.h"
#include "os/pool.h"

struct runtime {
    const struct config *config;
    struct loop *loop;
    struct log *log;
    struct fiber_pool *fibers;
    struct chunk_pool chunks;
    struct keyring *signing, *data;
    struct limits limits;
    struct bans bans;               /* of a process by itself, … */
    struct at_once_row at_once_row; /* … and this */
    struct at_once at_once;
    struct services services;
};

/* Loop, log on `log_fd` (owned), fibers (at most `max_fibers`), threads, keys.  A sentence in `why` on failure; then everything has been taken
 * down.  services.sql is the caller's to make and free. */
DW_MUST dw_err dw__runtime_init(struct runtime *p, const struct config *config, const dw_app *app, int log_fd,
                                const char *who, size_t max_fibers, struct buf *why);
/* Counts limits in what the workers share (fd is the callee's), no longer alone. */
DW_MUST dw_err dw__runtime_share_limits(struct runtime *p, int fd);
/* Where the settings have an audit log: events go there by the pipe `records`, and answers come by `answers`; both borrowed. */
DW_MUST dw_err dw__runtime_join_audit(struct runtime *p, int records, int answers);
/* Where this process has no key to sign with: tokens are asked for by the pipe `asks`, and come by `answers`; both borrowed. A sentence in `why` on failure. */
DW_MUST dw_err dw__runtime_join_keeper(struct runtime *p, int asks, int answers, struct buf *why);
void dw__runtime_release(struct runtime *p);

/* What access tokens are, as the settings say; its texts are those of `config`. */
struct token_config dw__runtime_token_config(const struct config *config);

#endif
