/* app/role_worker.c -- a worker: accepts, parses, guards, handles; reads the database itself, and has the store write.
 *
 * It is what an attacker reaches, so it starts with the least: no environment, no right to write the database, secrets only
 * as keys, and those in memory that is neither dumped nor swapped. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/command.h"
#include "app/counters.h"
#include "app/data_keys.h"
#include "app/debug_info.h"
#include "app/front.h"
#include "app/issuers.h"
#include "app/role.h"
#include "app/role_database.h"
#include "app/shedding.h"
#include "auth/issuer.h"
#include "auth/keeper_client.h"
#include "base/text.h"
#include "os/sandbox.h"

#define FIBERS_MAX 4096u
#define LAST_IDLE_MS 500u /* for idle connections when the server ends for good */

struct worker {
    struct runtime runtime;
    struct role_start start;
    struct role_database database;
    struct api_docs *api_docs;
    struct issuers *issuers;
    struct counts *counts; /* of all workers */
    struct shedding shedding;
    struct front front;
    struct dev dev; /* in development */
    struct child_link *link;
    struct timer give_up; /* on the requests that drain too long */
    unsigned index, n_workers, n_addresses;
    bool again; /* it takes the place of another */
};

static void on_drained(void *self)
{
    dw__loop_stop(((struct worker *)self)->runtime.loop);
}

/* The monitor is about to lose its patience: handlers still running are canceled, so that they can clean up. */
static void on_give_up_requests(struct timer *timer)
{
    dw__http_server_cut_all(DW__LIST_ENTRY(timer, struct worker, give_up)->front.server);
}

/* At most a second before the deadline of the monitor, who kills. */
static dw_err set_give_up(struct worker *w)
{
    uint64_t ms = w->start.config.drain_timeout_ms;

    w->give_up.fn = on_give_up_requests;
    ms -= ms / 4 < 1000 ? ms / 4 : 1000;
    return dw__timer_set(w->runtime.loop, &w->give_up,
                         dw__loop_clock(w->runtime.loop)->mono_ns + ms * UINT64_C(1000000));
}

static void on_drain(void *self, bool last)
{
    struct worker *w = self;

    if (last)
        dw__http_server_hurry(w->front.server, LAST_IDLE_MS);
    if (set_give_up(w) != DW_OK)
        dw__http_server_cut_all(w->front.server);
    dw__http_server_drain(w->front.server, on_drained, w);
}

static void on_log(void *self, int fd)
{
    struct worker *w = self;

    w->dev.terminal = w->start.config.development && isatty(fd) == 1;
    dw__log_reopen(w->runtime.log, fd);
}

/* Worker `index` died: its sockets are polled here meanwhile, one for each address. */
static void on_adopt(void *self, unsigned index)
{
    struct worker *w = self;

    for (unsigned a = 0; a < w->n_addresses && index < w->n_workers; a++)
        dw__http_server_adopt(w->front.server, 1 + dw__listener_index(a, index, w->n_workers));
}

static void on_give_up(void *self, unsigned index)
{
    struct worker *w = self;

    for (unsigned a = 0; a < w->n_addresses && index < w->n_workers; a++)
        dw__http_server_give_up(w->front.server, 1 + dw__listener_index(a, index, w->n_workers));
}

static void on_store_down(void *self)
{
    dw__role_database_down(&((struct worker *)self)->database);
}

static void on_store_up(void *self)
{
    dw__role_database_up(&((struct worker *)self)->database);
}

static void on_keeper_up(void *self)
{
    dw__keeper_client_again(((struct worker *)self)->runtime.services.keeper);
}

/* Every listener is known; this worker's own are polled. The admin's is polled by all. */
static dw_err open_listeners(struct worker *w, size_t n_fds)
{
    size_t n = n_fds - (WORKER_FD_LISTEN - CHILD_FD_FIRST);
    dw_err err = dw__http_server_listen(w->front.server, WORKER_FD_ADMIN, 0, true, true);

    for (unsigned i = 0; i < n && err == DW_OK; i++)
        err = dw__http_server_listen(w->front.server, WORKER_FD_LISTEN + (int)i, 1 + i, false,
                                     i % w->n_workers == w->index);
    return err;
}

static void begin_development(struct worker *w)
{
    w->dev = (struct dev){.log = w->runtime.log, .terminal = isatty(CHILD_FD_LOG) == 1};
    dw__debug_prepare();
    dw__dev_hold_begin(&w->dev);
}

/* Its own slot is written here; those of all are shown. */
static dw_err share_counts(struct worker *w)
{
    struct services *services = &w->runtime.services;
    dw_err err = w->index < DW__MAX_WORKERS ? dw__counters_map(WORKER_FD_COUNTERS, &w->counts) : DW_INVALID;

    if (err != DW_OK)
        return err;
    (void)close(WORKER_FD_COUNTERS);
    dw__counters_begin(&w->counts[w->index], dw__loop_clock(w->runtime.loop)->unix_ms / 1000);
    services->bans = dw__counters_bans(w->counts);
    services->counts = &w->counts[w->index];
    services->all_counts = w->counts;
    services->n_counts = w->n_workers;
    w->runtime.at_once =
        (struct at_once){.rows = dw__counters_at_once(w->counts), .n = w->n_workers, .mine = w->index};
    dw__at_once_begin(&w->runtime.at_once);
    return DW_OK;
}

static dw_err begin_shedding(struct worker *w)
{
    struct services *services = &w->runtime.services;

    services->load = &w->shedding.load;
    services->lag = &w->shedding.lag;
    return dw__shedding_open(&w->shedding, w->runtime.loop, &w->start.config, &w->counts[w->index]);
}

/* Before the first of a version serves. One that takes the place of another must not end the server for what was so before. */
static bool is_to_compare_keys(const struct worker *w)
{
    return w->index == 0 && !w->again && !w->start.config.development && !w->database.away;
}

static dw_err open_database(struct worker *w)
{
    dw_err err = dw__role_database_open(&w->database, &w->start, &w->runtime, w->again);

    if (err == DW_OK && is_to_compare_keys(w))
        err = dw__data_keys_hold(&w->runtime, &w->start.why);
    return err;
}

static dw_err begin(struct worker *w, const dw_app *app, const dw_build *build, size_t n_fds)
{
    const struct child_handlers handlers = {.self = w,
                                            .drain = on_drain,
                                            .log = on_log,
                                            .adopt = on_adopt,
                                            .give_up = on_give_up,
                                            .store_down = on_store_down,
                                            .store_up = on_store_up,
                                            .keeper_up = on_keeper_up};
    char who[32];
    dw_err err;

    if ((err = dw__role_start(&w->start, ROLE_WORKER, app, build)) != DW_OK)
        return err;
    w->n_workers = w->start.config.workers;
    w->n_addresses = (unsigned)w->start.config.n_listen;
    if (n_fds != WORKER_FD_LISTEN - CHILD_FD_FIRST + (size_t)w->n_workers * w->n_addresses)
        return DW_INVALID;
    (void)snprintf(who, sizeof who, "worker %u", w->index);
    if ((err = dw__runtime_init(&w->runtime, &w->start.config, app, CHILD_FD_LOG, who, FIBERS_MAX,
                                &w->start.why)) != DW_OK)
        return err;
    if ((err = dw__runtime_join_audit(&w->runtime, CLIENT_FD_AUDIT, CLIENT_FD_AUDIT_SAY)) != DW_OK ||
        (err = dw__runtime_join_keeper(&w->runtime, CLIENT_FD_KEEPER, CLIENT_FD_KEEPER_SAY, &w->start.why)) !=
            DW_OK)
        return err;
    if (dw__runtime_share_limits(&w->runtime, WORKER_FD_LIMITS) != DW_OK) {
        dw__buf_lit(&w->start.why, "the memory for limits from the monitor cannot be used\n");
        return DW_INVALID;
    }
    if (share_counts(w) != DW_OK) {
        dw__buf_lit(&w->start.why, "the memory for counts from the monitor cannot be used\n");
        return DW_INVALID;
    }
    if ((err = begin_shedding(w)) != DW_OK)
        return err;
    if (w->start.config.development)
        begin_development(w);
    if ((err = dw__api_docs_new(&w->api_docs, w->start.image, &w->start.config, &w->start.why)) != DW_OK)
        return err;
    w->runtime.services.api_docs = w->api_docs;
    if ((err = dw__app_issuers_new(&w->issuers, app, &w->start.config, &w->start.why)) != DW_OK)
        return err;
    w->runtime.services.issuers = w->issuers;
    w->runtime.services.jobs = w->start.image->jobs;
    w->runtime.services.jobs_wake = CLIENT_FD_JOBS;
    if ((err = open_database(w)) != DW_OK ||
        (err = dw__front_open(&w->front, &w->runtime, w->start.image, w->start.config.development)) !=
            DW_OK ||
        (err = open_listeners(w, n_fds)) != DW_OK)
        return err;
    if (w->start.config.development)
        w->front.answerer.dev = &w->dev;
    return dw__child_link_new(&w->link, w->runtime.loop, &handlers);
}

static void end(struct worker *w)
{
    dw__dev_hold_end();
    dw__child_link_free(w->link);
    dw__timer_clear(w->runtime.loop, &w->give_up);
    dw__http_server_free(w->front.server);
    dw__shedding_close(&w->shedding);
    dw__role_database_close(&w->database);
    dw__api_docs_free(w->api_docs);
    dw__issuers_free(w->issuers);
    dw__runtime_release(&w->runtime);
    dw__counters_unmap(w->counts);
    dw__role_start_release(&w->start);
}

int dw__role_worker(const dw_app *app, const dw_build *build, const struct child_self *self)
{
    static struct worker worker; /* one per process; too large for the stack */
    dw_err confined;

    worker.index = self->index;
    worker.again = self->again;
    if (dw__role_seal(app) != DW_OK)
        return EXIT_FAILED;
    confined = dw__sandbox_no_file_changes();
    if (confined != DW_OK && confined != DW_NOT_IMPLEMENTED) {
        (void)fprintf(stderr, "%s: this kernel has Landlock, and refuses to use it\n", app->name);
        return EXIT_FAILED;
    }
    if (begin(&worker, app, build, self->n_fds) != DW_OK) {
        dw__print_findings(app, &worker.start.why);
        return EXIT_BAD_CONFIG;
    }
    if (confined == DW_NOT_IMPLEMENTED)
        DW__EVENT(worker.runtime.log, NULL, DW_LOG_LEVEL_WARN, "worker.unconfined",
                  DW_KV(why, "this kernel has no Landlock: the worker's user may write the database"));
    dw__child_ready(worker.link);
    dw__loop_run(worker.runtime.loop);
    end(&worker);
    return EXIT_DONE;
}
