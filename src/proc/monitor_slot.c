/* proc/monitor_slot.c -- the life of one child: started, READY, dead, started again.
 *
 * A child that dies in service is replaced after a pause that doubles from 100 ms to 10 s, and begins anew when it was up for
 * 10 s: a crash costs a tenth of a second, a crash loop costs next to nothing.  A child that fails the first time is
 * not a crash but a wrong set-up, and ends the whole with its own status. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "proc/monitor_inside.h"

#define BACKOFF_FIRST_MS 100u
#define BACKOFF_LAST_MS 10000u
#define UP_FOR_GOOD_NS ((uint64_t)10 * 1000 * 1000 * 1000)
#define READY_MS 10000u
#define LAST_BREATH_MS 1000u
#define NS_PER_SECOND ((uint64_t)1000 * 1000 * 1000)
#define HEARD_FIRST 256u /* messages: more than a store has workers to blame */
#define HEARD_A_SECOND 16u

bool dw__slot_runs(const struct slot *s)
{
    return s->state == SLOT_STARTING || s->state == SLOT_READY || s->state == SLOT_DRAINING;
}

const char *dw__slot_name(const struct slot *s, char out[static 24])
{
    if (s->spec.role == ROLE_STORE)
        snprintf(out, 24, "store");
    else if (s->spec.role == ROLE_JOBS)
        snprintf(out, 24, "jobs");
    else if (s->spec.role == ROLE_AUDIT)
        snprintf(out, 24, "audit");
    else if (s->spec.role == ROLE_KEEPER)
        snprintf(out, 24, "keeper");
    else
        snprintf(out, 24, "worker %u", s->spec.index);
    return out;
}

static unsigned ready_ms(const struct slot *s)
{
    const struct monitor_config *config = s->monitor->config;

    if (s->spec.role == ROLE_STORE && !s->was_ready && config->store_ready_ms != 0)
        return config->store_ready_ms;
    return config->ready_ms != 0 ? config->ready_ms : READY_MS;
}

static uint64_t now_ns(const struct slot *s)
{
    return dw__loop_clock(s->monitor->config->loop)->mono_ns;
}

static void unwatch(struct slot *s, struct io *io)
{
    dw_err removed = io->fd >= 0 ? dw__loop_watch(s->monitor->config->loop, io, 0) : DW_OK;

    DW__CHECK(removed == DW_OK);
}

static void stop_hearing(struct slot *s)
{
    unwatch(s, &s->told);
    if (s->told.fd >= 0)
        (void)close(s->told.fd);
    s->told.fd = -1;
}

static void close_control(struct slot *s)
{
    if (s->control >= 0)
        (void)close(s->control);
    s->control = -1;
}

void dw__slot_kill(struct slot *s, const char *why)
{
    char name[24];

    if (!dw__slot_runs(s) || s->was_killed)
        return;
    s->was_killed = true;
    DW__EVENT(s->monitor->config->log, NULL, DW_LOG_LEVEL_ERROR, "child.killed",
              DW_KV(child, dw__slot_name(s, name)), DW_KV(pid, (int)s->process.pid), DW_KV(why, why));
    dw__process_signal(&s->process, SIGKILL);
    dw__timer_clear(s->monitor->config->loop, &s->timer);
    stop_hearing(s);
}

/* It closed its end of one of the two: it is about to end; if not, its timer ends it. */
static void wait_for_end(struct slot *s)
{
    stop_hearing(s);
    dw__monitor_timer(s->monitor, &s->timer, LAST_BREATH_MS);
}

void dw__slot_tell(struct slot *s, enum msg_type type, uint32_t number, int fd)
{
    dw_err err;

    if (!dw__slot_runs(s) || s->was_killed)
        return;
    err = dw__msg_send(s->control, type, number, fd);
    if (err == DW_UNAVAILABLE)
        dw__slot_kill(s, "it does not read its messages");
    else if (err != DW_OK)
        wait_for_end(s);
}

void dw__slot_drain(struct slot *s)
{
    dw__timer_clear(s->monitor->config->loop, &s->timer);
    if (!dw__slot_runs(s)) {
        s->state = SLOT_ENDED;
        return;
    }
    if (s->state == SLOT_DRAINING)
        return;
    s->state = SLOT_DRAINING;
    dw__slot_tell(s, MSG_DRAIN, s->monitor->stopping ? 1 : 0, -1);
}

/* ---- death ---- */

static void log_death(const struct slot *s, int pid, int status)
{
    struct log *log = s->monitor->config->log;
    char name[24];

    dw__slot_name(s, name);
    if (WIFSIGNALED(status)) {
        const char *signal_name = sigabbrev_np(WTERMSIG(status));

        DW__EVENT(log, NULL, DW_LOG_LEVEL_ERROR, "child.died", DW_KV(child, (const char *)name),
                  DW_KV(pid, pid), DW_KV(signal, signal_name != NULL ? signal_name : "unknown"));
    } else if (s->state == SLOT_DRAINING && WEXITSTATUS(status) == 0) {
        DW__EVENT(log, NULL, DW_LOG_LEVEL_INFO, "child.ended", DW_KV(child, (const char *)name),
                  DW_KV(pid, pid));
    } else {
        DW__EVENT(log, NULL, DW_LOG_LEVEL_ERROR, "child.died", DW_KV(child, (const char *)name),
                  DW_KV(pid, pid), DW_KV(status, WEXITSTATUS(status)));
    }
}

/* The pause before the next start. */
static void back_off(struct slot *s)
{
    uint64_t now = now_ns(s);
    char name[24];

    if (s->was_ready && s->ready_ns != 0 && now - s->ready_ns >= UP_FOR_GOOD_NS)
        s->backoff_ms = 0;
    s->ready_ns = 0;
    s->backoff_ms = s->backoff_ms == 0                    ? BACKOFF_FIRST_MS
                    : s->backoff_ms > BACKOFF_LAST_MS / 2 ? BACKOFF_LAST_MS
                                                          : s->backoff_ms * 2;
    s->state = SLOT_BACKOFF;
    dw__monitor_timer(s->monitor, &s->timer, s->backoff_ms);
    DW__EVENT(s->monitor->config->log, NULL, DW_LOG_LEVEL_WARN, "child.respawn",
              DW_KV(child, dw__slot_name(s, name)), DW_KV(in_ms, s->backoff_ms));
}

/* Whether nothing of the slot's generation has worked until now. A program that is to take over must not lose one child before it has; at
 * the first start, one that was READY is as good as in service. */
static bool is_first_start(const struct slot *s)
{
    const struct generation *g = s->generation;

    return !g->was_ready && !(s->was_ready && g == s->monitor->current);
}

/* Whether a child must be there in place of the one that died. While everything drains that is only one that was not told to end and
 * that clients still need: the workers write. */
static bool is_replaced(const struct slot *s)
{
    const struct generation *g = s->generation;

    if (!g->draining && !s->monitor->stopping)
        return true;
    return !dw__role_is_client(s->spec.role) && s->was_ready && s->state != SLOT_DRAINING &&
           dw__generation_has_clients(g);
}

/* The child of `s` is no more (or never was); `status` is what the whole ends with if it was a first start. */
static void after_death(struct slot *s, int status)
{
    struct monitor *m = s->monitor;
    struct generation *g = s->generation;
    bool was_up = s->state == SLOT_READY;

    dw__timer_clear(m->config->loop, &s->timer);
    for (size_t i = 0; i < g->n; i++)
        if (g->slots[i].adopter == s)
            g->slots[i].adopter = NULL;
    if (is_first_start(s) && !g->draining && !m->stopping) {
        g->draining = true; /* an upgrade that fails: the current generation stays */
        if (g == m->current)
            dw__monitor_stop(m, status);
    }
    if (is_replaced(s))
        back_off(s);
    else
        s->state = SLOT_ENDED;
    if (was_up && s->spec.role == ROLE_STORE)
        dw__generation_tell_clients(g, MSG_STORE_DOWN);
    dw__monitor_step_soon(m);
}

static void on_ended(struct io *io, uint32_t events)
{
    struct slot *s = DW__LIST_ENTRY(io, struct slot, ended);
    int pid = (int)s->process.pid, status = 0;

    (void)events;
    unwatch(s, &s->ended); /* before reaping, which closes it */
    if (!dw__process_reap(&s->process, &status)) {
        if (dw__loop_watch(s->monitor->config->loop, &s->ended, EPOLLIN) != DW_OK)
            dw__monitor_stop(s->monitor, EX_OSERR);
        return;
    }
    s->ended.fd = -1;
    close_control(s);
    stop_hearing(s);
    if (!dw__slot_log_crash(s, pid, status))
        log_death(s, pid, status);
    after_death(s, WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : EX_SOFTWARE);
    dw__monitor_sweep(s->monitor);
}

/* ---- what it says ---- */

static void became_ready(struct slot *s)
{
    struct generation *g = s->generation;
    bool again = s->was_ready;
    char name[24];

    s->state = SLOT_READY;
    s->was_ready = true;
    s->ready_ns = now_ns(s);
    dw__timer_clear(s->monitor->config->loop, &s->timer);
    DW__EVENT(s->monitor->config->log, NULL, DW_LOG_LEVEL_INFO, "child.ready",
              DW_KV(child, dw__slot_name(s, name)), DW_KV(pid, (int)s->process.pid));
    if (s->spec.role == ROLE_STORE && again)
        dw__generation_tell_clients(g, MSG_STORE_UP);
    if (s->spec.role == ROLE_KEEPER && again)
        dw__generation_tell_clients(g, MSG_KEEPER_UP);
    for (size_t i = 0; i < g->n && dw__role_is_client(s->spec.role); i++)
        if (g->slots[i].spec.role == ROLE_STORE && g->slots[i].state != SLOT_READY)
            dw__slot_tell(s, MSG_STORE_DOWN, 0, -1);
    dw__monitor_step_soon(s->monitor);
}

static const char *breach_of(enum role towards)
{
    if (towards == ROLE_STORE)
        return "it broke the rules towards the store";
    return towards == ROLE_KEEPER ? "it broke the rules towards the keeper"
                                  : "it broke the rules towards the audit log";
}

/* The client of that number in the generation of `s`; NULL: there is none. */
static struct slot *client_of(const struct slot *s, uint32_t index)
{
    struct generation *g = s->generation;

    for (size_t i = 0; i < g->n; i++)
        if (dw__role_is_client(g->slots[i].spec.role) && g->slots[i].spec.index == index)
            return &g->slots[i];
    return NULL;
}

/* The store or the keeper says that a client of its generation broke the rules.  One that is not READY cannot have: what the store has found was
 * left by its predecessor, which died before the store came to look at it. */
static void blame_by_other(const struct slot *s, struct slot *client)
{
    if (client->state != SLOT_STARTING)
        dw__slot_kill(client, breach_of(s->spec.role));
}

/* The writer of the audit log says so.  It reads a pipe that outlives the processes which write to it, however late: until it has said that it knows of
 * the present one, it means one before. */
static void blame_by_audit(struct slot *client)
{
    if (client->unseen == 0)
        dw__slot_kill(client, breach_of(ROLE_AUDIT));
}

static void blame(struct slot *s, uint32_t index)
{
    struct slot *client = client_of(s, index);

    if (client == NULL)
        dw__slot_kill(s, "it blamed a worker that there is not");
    else if (s->spec.role == ROLE_AUDIT)
        blame_by_audit(client);
    else
        blame_by_other(s, client);
}

static void seen(struct slot *s, uint32_t index)
{
    struct slot *client = client_of(s, index);

    if (client == NULL || client->unseen == 0)
        dw__slot_kill(s, "it knows of a worker that there is not");
    else
        client->unseen--;
}

/* To be called before a process is started in `s`, and behind that of the one before. A writer of the audit log that begins reads what is there before it is
 * READY, and blames nobody for it. */
static void tell_of_successor(struct slot *s)
{
    struct generation *g = s->generation;

    for (size_t i = 0; i < g->n; i++) {
        struct slot *other = &g->slots[i];

        if (s->spec.role == ROLE_AUDIT)
            other->unseen = 0;
        else if (dw__role_is_client(s->spec.role) && other->spec.role == ROLE_AUDIT && dw__slot_runs(other)) {
            s->unseen++;
            dw__slot_tell(other, MSG_SUCCESSOR, s->spec.index, -1);
        }
    }
}

static void be_ready(struct slot *s)
{
    if (s->said_ready)
        dw__slot_kill(s, "it was READY twice");
    else if (s->state == SLOT_STARTING) /* not, when it was told to drain just before */
        became_ready(s);
    s->said_ready = true;
}

/* Whether it says more than there is to say: each message is a turn of our loop, which is there for all. */
static bool is_too_loud(struct slot *s)
{
    uint64_t seconds = (now_ns(s) - s->started_ns) / NS_PER_SECOND;

    return ++s->heard > HEARD_FIRST + HEARD_A_SECOND * seconds;
}

static void handle(struct slot *s, const struct msg *msg)
{
    if (is_too_loud(s))
        dw__slot_kill(s, "it sends too many messages");
    else if (msg->type == MSG_BLAME)
        blame(s, msg->number);
    else if (msg->type == MSG_ALIVE)
        s->unanswered = 0;
    else if (msg->type == MSG_SEEN)
        seen(s, msg->number);
    else if (msg->type == MSG_NEXT_FILE)
        dw__monitor_next_audit_log(s->monitor);
    else
        be_ready(s);
}

static void on_told(struct io *io, uint32_t events)
{
    struct slot *s = DW__LIST_ENTRY(io, struct slot, told);
    struct msg msg;
    const char *why;

    (void)events;
    switch (dw__msg_read(io->fd, dw__msg_sender(s->spec.role), &msg, &why)) {
    case DW_OK: handle(s, &msg); return;
    case DW_NOT_FOUND: return;
    case DW_CANCELED: wait_for_end(s); return;
    default: dw__slot_kill(s, why); return;
    }
}

/* ---- time ---- */

static void on_timer(struct timer *timer)
{
    struct slot *s = DW__LIST_ENTRY(timer, struct slot, timer);
    char name[24];

    if (s->state == SLOT_BACKOFF) {
        s->state = SLOT_WAITING;
        dw__monitor_step_soon(s->monitor);
    } else if (s->told.fd < 0) {
        dw__slot_kill(s, "it closed what ties it to the monitor");
    } else if (s->state == SLOT_STARTING) {
        if (is_first_start(s))
            fprintf(stderr, "%s: %s was not ready within %u ms\n", dw__monitor_name(s->monitor),
                    dw__slot_name(s, name), ready_ms(s));
        dw__slot_kill(s, "it was not READY in time");
    }
}

void dw__slot_init(struct slot *s, struct generation *g, const struct child_spec *spec)
{
    *s = (struct slot){.monitor = g->monitor,
                       .generation = g,
                       .spec = *spec,
                       .state = SLOT_WAITING,
                       .control = -1,
                       .crash_fd = -1};
    s->process = (struct process){.pid = -1, .pidfd = -1};
    s->told = (struct io){.fn = on_told, .fd = -1};
    s->ended = (struct io){.fn = on_ended, .fd = -1};
    s->timer.fn = on_timer;
}

void dw__slot_start(struct slot *s)
{
    struct monitor *m = s->monitor;
    char name[24];

    tell_of_successor(s);
    if (!dw__slot_spawn(s)) {
        int error = errno;

        DW__EVENT(m->config->log, NULL, DW_LOG_LEVEL_ERROR, "child.not_started",
                  DW_KV(child, dw__slot_name(s, name)), DW_KV(error, (const char *)strerrordesc_np(error)));
        if (is_first_start(s))
            fprintf(stderr, "%s: %s cannot be started: %s\n", dw__monitor_name(m), dw__slot_name(s, name),
                    strerrordesc_np(error));
        after_death(s, EX_OSERR);
        return;
    }
    s->state = SLOT_STARTING;
    s->was_killed = s->said_ready = false;
    s->heard = s->unanswered = 0;
    s->started_ns = now_ns(s);
    s->ended.fd = s->process.pidfd;
    dw__monitor_timer(m, &s->timer, ready_ms(s));
    if (dw__loop_watch(m->config->loop, &s->told, EPOLLIN) != DW_OK ||
        dw__loop_watch(m->config->loop, &s->ended, EPOLLIN) != DW_OK)
        dw__monitor_stop(m, EX_OSERR);
}
