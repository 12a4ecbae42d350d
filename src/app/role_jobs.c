/* app/role_jobs.c -- the process that runs jobs: a worker without listeners.
 *
 * Jobs are the application's code, and may crash, hang or eat memory: here that costs no request.  It has a ring to the store, or connections to
 * PostgreSQL, as a worker has, and the rights of one; nobody outside reaches it. */
#include "app/command.h"
#include "app/role_database.h"
#include "auth/keeper_client.h"
#include "base/text.h"
#include "jobs/mail.h"
#include "jobs/runner.h"
#include "os/sandbox.h"

#define JOB_MEMORY ((size_t)64 << 20)
#define FIBERS (DW__JOBS_AT_ONCE + 2)

struct jobs {
    struct runtime runtime;
    struct role_start start;
    struct role_database database;
    struct mail_transport *mail;
    struct job_runner *runner;
    struct child_link *link;
    struct timer give_up;
    bool again;
};

static void on_drained(void *self)
{
    dw__loop_stop(((struct jobs *)self)->runtime.loop);
}

/* The monitor is about to lose its patience: what still runs waits again, and is another's. */
static void on_give_up(struct timer *timer)
{
    dw__job_runner_cut_all(DW__LIST_ENTRY(timer, struct jobs, give_up)->runner);
}

/* As a worker does, a second before the monitor's deadline, for a run may take that long to be written down. */
static void on_drain(void *self, bool last)
{
    struct jobs *j = self;
    uint64_t ms = j->start.config.drain_timeout_ms;

    (void)last;
    ms -= ms / 4 < 1000 ? ms / 4 : 1000;
    j->give_up.fn = on_give_up;
    if (dw__timer_set(j->runtime.loop, &j->give_up,
                      dw__loop_clock(j->runtime.loop)->mono_ns + ms * UINT64_C(1000000)) != DW_OK)
        dw__job_runner_cut_all(j->runner);
    dw__job_runner_drain(j->runner, on_drained, j);
}

static void on_log(void *self, int fd)
{
    dw__log_reopen(((struct jobs *)self)->runtime.log, fd);
}

static void on_store_down(void *self)
{
    dw__role_database_down(&((struct jobs *)self)->database);
}

static void on_store_up(void *self)
{
    dw__role_database_up(&((struct jobs *)self)->database);
}

static void on_keeper_up(void *self)
{
    dw__keeper_client_again(((struct jobs *)self)->runtime.services.keeper);
}

/* The rights of a worker; where mails are files, it must be able to write those. */
static dw_err confine(struct jobs *j)
{
    dw_err err = DW_OK;

    if (!dw__text_starts(j->start.config.mail_url, DW_TEXT("file:")))
        err = dw__sandbox_no_file_changes();
    if (err == DW_OK || err == DW_NOT_IMPLEMENTED)
        return DW_OK;
    dw__buf_lit(&j->start.why, "this kernel has Landlock, and refuses to use it\n");
    return err;
}

static dw_err open_mail(struct jobs *j)
{
    const struct config *config = &j->start.config;
    dw_err err = dw__mail_transport_new(&j->mail, config->mail_url, config->mail_from, config->mail_password,
                                        &j->start.why);

    j->runtime.services.mail = j->mail;
    return err;
}

static dw_err begin_runtime(struct jobs *j, const dw_app *app, const dw_build *build, size_t n_fds)
{
    dw_err err = dw__role_start(&j->start, ROLE_JOBS, app, build);

    if (err != DW_OK || (err = confine(j)) != DW_OK)
        return err;
    if (n_fds != CLIENT_FD_OWN - CHILD_FD_FIRST || j->start.image->jobs == NULL)
        return DW_INVALID;
    err = dw__runtime_init(&j->runtime, &j->start.config, app, CHILD_FD_LOG, "jobs", FIBERS, &j->start.why);
    if (err != DW_OK)
        return err;
    if ((err = dw__runtime_join_audit(&j->runtime, CLIENT_FD_AUDIT, CLIENT_FD_AUDIT_SAY)) != DW_OK ||
        (err = dw__runtime_join_keeper(&j->runtime, CLIENT_FD_KEEPER, CLIENT_FD_KEEPER_SAY, &j->start.why)) !=
            DW_OK)
        return err;
    j->runtime.chunks.max_lent = j->start.config.memory_max;
    j->runtime.services.jobs = j->start.image->jobs;
    j->runtime.services.jobs_wake = CLIENT_FD_JOBS;
    return open_mail(j);
}

static dw_err begin(struct jobs *j, const dw_app *app, const dw_build *build, size_t n_fds)
{
    const struct child_handlers handlers = {.self = j,
                                            .drain = on_drain,
                                            .log = on_log,
                                            .store_down = on_store_down,
                                            .store_up = on_store_up,
                                            .keeper_up = on_keeper_up};
    struct runtime *p = &j->runtime;
    dw_err err;

    if ((err = begin_runtime(j, app, build, n_fds)) != DW_OK ||
        (err = dw__role_database_open(&j->database, &j->start, p, j->again)) != DW_OK)
        return err;
    err = dw__job_runner_new(&j->runner, &(struct job_runner_config){.services = &p->services,
                                                                     .fibers = p->fibers,
                                                                     .chunks = &p->chunks,
                                                                     .memory = JOB_MEMORY,
                                                                     .several = j->start.config.postgres});
    return err == DW_OK ? dw__child_link_new(&j->link, p->loop, &handlers) : err;
}

static void end(struct jobs *j)
{
    dw__child_link_free(j->link);
    dw__timer_clear(j->runtime.loop, &j->give_up);
    dw__job_runner_free(j->runner);
    dw__role_database_close(&j->database);
    dw__runtime_release(&j->runtime);
    dw__mail_transport_free(j->mail);
    dw__role_start_release(&j->start);
}

int dw__role_jobs(const dw_app *app, const dw_build *build, const struct child_self *self)
{
    static struct jobs jobs;

    jobs.again = self->again;
    if (dw__role_seal(app) != DW_OK)
        return EXIT_FAILED;
    if (begin(&jobs, app, build, self->n_fds) != DW_OK) {
        dw__print_findings(app, &jobs.start.why);
        return EXIT_BAD_CONFIG;
    }
    dw__child_ready(jobs.link);
    dw__loop_run(jobs.runtime.loop);
    end(&jobs);
    return EXIT_DONE;
}
