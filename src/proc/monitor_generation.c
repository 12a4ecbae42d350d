/* proc/monitor_generation.c -- children that belong together: their order at the start, at the end, and between.
 *
 * Up: the audit log; keeper and store; then their clients (workers, and who runs jobs) when those are READY.  Down: the clients first, each phase with the whole deadline,
 * so that the store is there until nobody needs it, a new one if need be.  Between: a worker that is not there leaves its listening sockets, and
 * the connections that wait in them, to a sibling. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "proc/monitor_inside.h"

#define TRIAL_MS 500u

static void on_deadline(struct timer *timer)
{
    struct generation *g = DW__LIST_ENTRY(timer, struct generation, deadline);

    if (g->draining || g->monitor->stopping) {
        dw__generation_hurry(g);
    } else {
        g->stood = true;
        dw__monitor_step_soon(g->monitor);
    }
}

static bool spec_holds(const struct child_spec *spec)
{
    return (spec->role == ROLE_STORE || spec->role == ROLE_AUDIT || spec->role == ROLE_KEEPER ||
            dw__role_is_client(spec->role)) &&
           spec->index < DW__MAX_CLIENTS && spec->n_fds <= DW__CHILD_FDS &&
           (spec->n_fds == 0 || spec->fds != NULL);
}

/* A descriptor of our own, or -1 for -1. */
static bool copy_executable(struct generation *g, int executable)
{
    g->executable = executable < 0 ? -1 : fcntl(executable, F_DUPFD_CLOEXEC, 0);
    return executable < 0 || g->executable >= 0;
}

struct generation *dw__generation_new(struct monitor *m, const struct child_spec *specs, size_t n,
                                      int executable)
{
    struct generation *g;

    if (n == 0 || n > (size_t)2 * DW__MAX_WORKERS)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!spec_holds(&specs[i]))
            return NULL;
    g = calloc(1, sizeof *g + n * sizeof g->slots[0]);
    if (g == NULL || !copy_executable(g, executable)) {
        free(g);
        return NULL;
    }
    g->monitor = m;
    g->drain_ms = m->config->drain_ms;
    g->idle_ms = m->config->idle_ms;
    g->n = n;
    g->deadline.fn = on_deadline;
    for (size_t i = 0; i < n; i++)
        dw__slot_init(&g->slots[i], g, &specs[i]);
    return g;
}

void dw__generation_free(struct generation *g)
{
    if (g == NULL)
        return;
    dw__timer_clear(g->monitor->config->loop, &g->deadline);
    if (g->executable >= 0)
        (void)close(g->executable);
    free(g);
}

/* ---- up ---- */

/* Roles that start and end together have one phase. */
static enum role phase_of(const struct slot *s)
{
    if (dw__role_is_client(s->spec.role))
        return ROLE_WORKER;
    return s->spec.role == ROLE_KEEPER ? ROLE_STORE : s->spec.role;
}

/* Whether everything before slot i that is of another phase is READY. */
static bool is_turn_of(const struct generation *g, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (phase_of(&g->slots[k]) != phase_of(&g->slots[i]) && g->slots[k].state != SLOT_READY)
            return false;
    return true;
}

/* Whether slot i may run: always in service; of what drains, what clients need for as long as there are any. */
static bool is_wanted(const struct generation *g, size_t i)
{
    if (!g->draining && !g->monitor->stopping)
        return g->was_ready || is_turn_of(g, i);
    return g->phase == ROLE_WORKER && !dw__role_is_client(g->slots[i].spec.role);
}

void dw__generation_start(struct generation *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->slots[i].state == SLOT_WAITING && is_wanted(g, i))
            dw__slot_start(&g->slots[i]);
}

bool dw__generation_is_ready(const struct generation *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->slots[i].state != SLOT_READY)
            return false;
    return true;
}

/* New workers accept from when they are READY, and a program may be wrong in a way that shows only then: the old ones are there until this
 * is over. */
bool dw__generation_stands(struct generation *g)
{
    if (!g->on_trial) {
        g->on_trial = true;
        dw__monitor_timer(g->monitor, &g->deadline, TRIAL_MS);
    }
    return g->stood;
}

bool dw__generation_has_clients(const struct generation *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (dw__role_is_client(g->slots[i].spec.role) && dw__slot_runs(&g->slots[i]))
            return true;
    return false;
}

/* ---- between ---- */

/* A worker that is READY, the first behind slot i; NULL when there is none. */
static struct slot *sibling_of(struct generation *g, size_t i)
{
    for (size_t k = 1; k < g->n; k++) {
        struct slot *s = &g->slots[(i + k) % g->n];

        if (s->spec.role == ROLE_WORKER && s->state == SLOT_READY)
            return s;
    }
    return NULL;
}

void dw__generation_settle(struct generation *g)
{
    for (size_t i = 0; i < g->n; i++) {
        struct slot *s = &g->slots[i];

        if (s->spec.role != ROLE_WORKER)
            continue;
        if (s->state == SLOT_READY && s->adopter != NULL) {
            dw__slot_tell(s->adopter, MSG_GIVE_UP, s->spec.index, -1);
            s->adopter = NULL;
        } else if (s->state != SLOT_READY && s->was_ready && s->adopter == NULL) {
            s->adopter = sibling_of(g, i);
            if (s->adopter != NULL)
                dw__slot_tell(s->adopter, MSG_ADOPT, s->spec.index, -1);
        }
    }
}

void dw__generation_tell(struct generation *g, enum msg_type type, int fd)
{
    for (size_t i = 0; i < g->n; i++)
        dw__slot_tell(&g->slots[i], type, 0, fd);
}

void dw__generation_tell_clients(struct generation *g, enum msg_type type)
{
    for (size_t i = 0; i < g->n; i++)
        if (dw__role_is_client(g->slots[i].spec.role))
            dw__slot_tell(&g->slots[i], type, 0, -1);
}

/* ---- down ---- */

/* The last slot that has not ended, or NULL. */
static struct slot *last_of(struct generation *g)
{
    for (size_t i = g->n; i > 0; i--)
        if (g->slots[i - 1].state != SLOT_ENDED)
            return &g->slots[i - 1];
    return NULL;
}

static void begin_phase(struct generation *g, enum role role)
{
    bool last = g->monitor->stopping;

    g->phase = role;
    g->last = last;
    dw__monitor_timer(g->monitor, &g->deadline,
                      last || role != ROLE_WORKER ? g->drain_ms : g->drain_ms + g->idle_ms);
    for (size_t i = 0; i < g->n; i++)
        if (phase_of(&g->slots[i]) == role)
            dw__slot_drain(&g->slots[i]);
}

/* Children that were replaced, and wait for their idle connections, hear that everything ends now. */
static void tell_last(struct generation *g)
{
    g->last = true;
    dw__monitor_timer(g->monitor, &g->deadline, g->drain_ms);
    for (size_t i = 0; i < g->n; i++)
        if (g->slots[i].state == SLOT_DRAINING)
            dw__slot_tell(&g->slots[i], MSG_DRAIN, 1, -1);
}

bool dw__generation_drain(struct generation *g)
{
    struct slot *last;

    if (g->phase != 0 && !g->last && g->monitor->stopping)
        tell_last(g);
    dw__generation_start(g);
    while ((last = last_of(g)) != NULL) {
        if (dw__slot_runs(last) && g->phase == phase_of(last))
            return false;
        begin_phase(g, phase_of(last));
    }
    dw__timer_clear(g->monitor->config->loop, &g->deadline);
    return true;
}

void dw__generation_hurry(struct generation *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (phase_of(&g->slots[i]) == g->phase)
            dw__slot_kill(&g->slots[i], "it did not end in time");
}
