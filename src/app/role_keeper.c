/* app/role_keeper.c -- the process that holds the keys that access tokens are signed with, and does nothing else.
 *
 * It has pipes, and the log; no listener, no database, no file.  Before it reads the first byte of another process it gives up every system call but those
 * that move bytes through what is open.  What it is asked is looked at byte by byte (auth/keeper.h); a worker that says something else is reported
 * to the monitor, which ends it.  One that does not read its answers waits for itself alone: nothing more of it is read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "app/command.h"
#include "app/role.h"
#include "app/runtime.h"
#include "auth/keeper.h"
#include "base/list.h"
#include "crypto/keyring.h"
#include "os/sandbox.h"

#define ASKS_A_TURN 16u
#define LEFT_OVER_MAX 4096u
#define FREE_CHUNKS 4u
#define MEMORY_MAX ((size_t)64 << 10)

struct keeper;

struct asker {
    struct keeper *keeper;
    unsigned index;
    struct io asks, answers;
    bool waits; /* for room for `answer` */
    struct keeper_answer answer;
};

struct keeper {
    struct loop *loop;
    struct log *log;
    struct child_link *link;
    struct token_keys *keys;
    struct chunk_pool chunks;
    struct asker askers[DW__MAX_CLIENTS];
    size_t n_askers;
};

/* Without a place to wait there is nothing to do: the monitor starts another. */
static void watch(struct keeper *k, struct io *io, uint32_t events)
{
    if (dw__loop_watch(k->loop, io, events) != DW_OK)
        dw__loop_stop(k->loop);
}

/* ---- answering ---- */

/* Sends the answer; false when there is no room. One that cannot be sent at all is nobody's. */
static bool send_answer(struct asker *a)
{
    ssize_t n;

    do
        n = write(a->answers.fd, &a->answer, sizeof a->answer);
    while (n < 0 && errno == EINTR);
    return n >= 0 || errno != EAGAIN;
}

static void on_room(struct io *io, uint32_t events)
{
    struct asker *a = DW__LIST_ENTRY(io, struct asker, answers);

    (void)events;
    if (!send_answer(a))
        return;
    a->waits = false;
    watch(a->keeper, &a->answers, 0);
    watch(a->keeper, &a->asks, EPOLLIN);
}

static void answer(struct asker *a)
{
    if (send_answer(a))
        return;
    a->waits = true;
    watch(a->keeper, &a->asks, 0);
    watch(a->keeper, &a->answers, EPOLLOUT);
}

/* ---- being asked ---- */

/* What else it has sent is not looked at, so that nothing of it is left for the process that takes its place. */
static void refuse(struct asker *a)
{
    uint8_t bytes[DW__KEEPER_ASK + 1];

    for (unsigned i = 0; i < LEFT_OVER_MAX && read(a->asks.fd, bytes, sizeof bytes) > 0; i++)
        ;
    dw__child_blame(a->keeper->link, a->index);
}

static dw_err do_what(struct asker *a, dw_bytes ask)
{
    struct keeper *k = a->keeper;
    struct arena arena;
    dw_err err;

    dw__arena_init(&arena, &k->chunks, MEMORY_MAX);
    err = dw__keeper_do(k->keys, dw__loop_clock(k->loop)->unix_ms / 1000, ask, &arena, &a->answer);
    dw__arena_release(&arena);
    return err;
}

/* One message; false when there is none now, or its sender has to wait. */
static bool take(struct asker *a)
{
    uint8_t bytes[DW__KEEPER_ASK + 1]; /* one that is too long is seen to be */
    ssize_t n;

    if (a->waits)
        return false;
    n = read(a->asks.fd, bytes, sizeof bytes);
    if (n <= 0)
        return n < 0 && errno == EINTR;
    if (do_what(a, (dw_bytes){bytes, (size_t)n}) == DW_OK)
        answer(a);
    else
        refuse(a);
    return true;
}

static void on_asked(struct io *io, uint32_t events)
{
    struct asker *a = DW__LIST_ENTRY(io, struct asker, asks);

    (void)events;
    for (unsigned i = 0; i < ASKS_A_TURN && take(a); i++)
        ;
}

/* ---- life ---- */

static void on_drain(void *self, bool last)
{
    (void)last;
    dw__loop_stop(((struct keeper *)self)->loop);
}

static void on_log(void *self, int fd)
{
    dw__log_reopen(((struct keeper *)self)->log, fd);
}

static dw_err make_keys(struct keeper *k, struct role_start *start)
{
    const struct token_config config = dw__runtime_token_config(&start->config);
    struct keyring *ring;
    dw_err err = dw__keyring_of_part(&ring, start->config.signing_part);

    if (err == DW_OK)
        err = dw__token_keys_new(&k->keys, ring, &config);
    dw__keyring_free(ring);
    dw__config_forget_secrets(&start->config);
    if (err == DW_OK && !dw__token_keys_can_sign(k->keys))
        err = DW_INVALID;
    if (err != DW_OK)
        dw__buf_lit(&start->why, "the signing keys from the monitor cannot be used\n");
    return err;
}

static dw_err add_askers(struct keeper *k, size_t n_fds)
{
    dw_err err = DW_OK;

    for (size_t n = n_fds / KEEPER_FDS_PER_CLIENT; k->n_askers < n && err == DW_OK; k->n_askers++) {
        struct asker *a = &k->askers[k->n_askers];
        int first = KEEPER_FD_CLIENTS + (int)(k->n_askers * KEEPER_FDS_PER_CLIENT);

        a->keeper = k;
        a->index = (unsigned)k->n_askers;
        a->asks = (struct io){.fn = on_asked, .fd = first};
        a->answers = (struct io){.fn = on_room, .fd = first + 1};
        err = dw__loop_watch(k->loop, &a->asks, EPOLLIN);
    }
    return err;
}

/* The last step before anybody is heard. */
static dw_err confine(struct keeper *k, struct role_start *start)
{
    dw_err err = dw__sandbox_only_io();

    if (err == DW_NOT_IMPLEMENTED) {
        DW__EVENT(k->log, NULL, DW_LOG_LEVEL_WARN, "keeper.unconfined",
                  DW_KV(why, "this kernel has no filters for system calls"));
        return DW_OK;
    }
    if (err != DW_OK)
        dw__buf_lit(&start->why, "this kernel has filters for system calls, and refuses to use them\n");
    return err;
}

static dw_err begin(struct keeper *k, struct role_start *start, size_t n_fds)
{
    const struct child_handlers handlers = {.self = k, .drain = on_drain, .log = on_log};
    dw_err err;

    if (n_fds % KEEPER_FDS_PER_CLIENT != 0 || n_fds > (size_t)DW__MAX_CLIENTS * KEEPER_FDS_PER_CLIENT)
        return DW_INVALID;
    dw__chunk_pool_init(&k->chunks, FREE_CHUNKS);
    if ((err = make_keys(k, start)) != DW_OK || (err = dw__loop_new(&k->loop)) != DW_OK ||
        (err = dw__log_new(&k->log, CHILD_FD_LOG, (dw_log_level)start->config.log_level, "keeper")) !=
            DW_OK ||
        (err = add_askers(k, n_fds)) != DW_OK ||
        (err = dw__child_link_new(&k->link, k->loop, &handlers)) != DW_OK)
        return err;
    return confine(k, start);
}

static void end(struct keeper *k)
{
    dw__child_link_free(k->link);
    dw__token_keys_free(k->keys);
    dw__log_free(k->log);
    dw__loop_free(k->loop);
    dw__chunk_pool_release(&k->chunks);
}

int dw__role_keeper(const dw_app *app, const dw_build *build, const struct child_self *self)
{
    static struct keeper keeper;
    struct role_start start;
    dw_err confined;

    if (dw__role_seal(app) != DW_OK)
        return EXIT_FAILED;
    confined = dw__sandbox_no_file_changes();
    if (confined != DW_OK && confined != DW_NOT_IMPLEMENTED) {
        (void)fprintf(stderr, "%s: this kernel has Landlock, and refuses to use it\n", app->name);
        return EXIT_FAILED;
    }
    if (dw__role_start(&start, ROLE_KEEPER, app, build) != DW_OK ||
        begin(&keeper, &start, self->n_fds) != DW_OK) {
        dw__print_findings(app, &start.why);
        return EXIT_BAD_CONFIG;
    }
    dw__role_start_release(&start);
    dw__child_ready(keeper.link);
    dw__loop_run(keeper.loop);
    end(&keeper);
    _exit(EXIT_DONE); /* what libraries do at an exit takes more than is left to us */
}
