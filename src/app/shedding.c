/* app/shedding.c -- see shedding.h.
 *
 * Once is no load: a handler that computed, a machine that did something else.  So the better of two beats counts, which is late only when what waits
 * grows faster than it is done. */
#include "app/shedding.h"

#include <malloc.h>

#define READ_EVERY_NS UINT64_C(250000000)
#define GIVE_BACK_EVERY_NS UINT64_C(5000000000)
#define FULL_LAGS 4u

enum load_level dw__shedding_level(uint64_t lag_ms, uint64_t from_lag_ms, unsigned memory_percent,
                                   unsigned from_percent)
{
    const unsigned full_percent = (100 + from_percent) / 2;
    const bool memory = from_percent < 100;

    if (lag_ms >= FULL_LAGS * from_lag_ms || (memory && memory_percent >= full_percent))
        return LOAD_FULL;
    return lag_ms >= from_lag_ms || (memory && memory_percent >= from_percent) ? LOAD_HIGH : LOAD_CALM;
}

/* Reads how much memory is used, when that is due. */
static void look_at_memory(struct shedding *s, uint64_t now)
{
    if (s->read_at_ns != 0 && now - s->read_at_ns < READ_EVERY_NS)
        return;
    s->read_at_ns = now;
    s->load.memory_percent = dw__cgroup_memory(&s->cgroup) / 10;
}

void dw__shedding_give_back(struct shedding *s, uint64_t now)
{
    if (s->memory_percent == 100 || s->load.memory_percent < s->memory_percent ||
        (s->given_back_at_ns != 0 && now - s->given_back_at_ns < GIVE_BACK_EVERY_NS))
        return;
    s->given_back_at_ns = now;
    (void)malloc_trim(0);
}

static bool heard(void *self, uint64_t lag_ns)
{
    struct shedding *s = self;
    const uint64_t now = dw__loop_clock(s->lag.loop)->mono_ns;
    const uint64_t lag_ms = lag_ns / 1000000, better = lag_ms < s->last_lag_ms ? lag_ms : s->last_lag_ms;
    struct load *load = &s->load;

    s->last_lag_ms = lag_ms;
    load->lag_ms = better;
    look_at_memory(s, now);
    dw__shedding_give_back(s, now);
    load->level = dw__shedding_level(better, s->lag_ms, load->memory_percent, s->memory_percent);
    dw__count_set(&s->counts->lag_ms, lag_ms);
    return load->level != LOAD_CALM || lag_ms >= s->lag_ms;
}

dw_err dw__shedding_open(struct shedding *s, struct loop *loop, const struct config *config,
                         struct counts *counts)
{
    *s = (struct shedding){
        .counts = counts, .lag_ms = config->shed_lag_ms, .memory_percent = config->shed_memory};
    dw__cgroup_find(&s->cgroup, config->cgroup);
    return dw__lag_open(&s->lag, loop, heard, s);
}

void dw__shedding_close(struct shedding *s)
{
    dw__lag_close(&s->lag);
}
