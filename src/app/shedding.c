/* app/shedding.c -- see shedding.h.
 *
 * Once is no load: a handler that computed, a machine that did something else.  So the better of two beats counts, which is late only when what waits
 * grows faster than it is done. */
#include "app/shedding.h"

#define READ_EVERY_NS UINT64_C(250000000)
#define FULL_LAGS 4u

static uint64_t load_word(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

enum load_level dw__shedding_level(uint64_t lag_ms, uint64_t from_lag_ms, unsigned memory_percent,
                                   unsigned from_percent)
{
    const unsigned full_percent = (100 + from_percent) / 2;
    const bool memory = from_percent < 100;

    if (lag_ms >= FULL_LAGS * from_lag_ms || (memory && memory_percent >= full_percent))
        return LOAD_FULL;
    return lag_ms >= from_lag_ms || (memory && memory_percent >= from_percent) ? LOAD_HIGH : LOAD_CALM;
}

/* The percentage of the last reading, after another one when that is due and no other worker has just begun to. */
static unsigned memory_percent(struct shedding *s, uint64_t now)
{
    struct memory_reading *reading = s->reading;
    uint64_t at = load_word(&reading->at_ns);

    if ((at > now || now - at >= READ_EVERY_NS) &&
        __atomic_compare_exchange_n(&reading->at_ns, &at, now, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        __atomic_store_n(&reading->used, dw__cgroup_memory(&s->cgroup), __ATOMIC_RELAXED);
    at = load_word(&reading->used);
    return at > 1000 ? 100 : (unsigned)at / 10;
}

static bool heard(void *self, uint64_t lag_ns)
{
    struct shedding *s = self;
    const uint64_t lag_ms = lag_ns / 1000000, better = lag_ms < s->last_lag_ms ? lag_ms : s->last_lag_ms;
    struct load *load = &s->load;

    s->last_lag_ms = lag_ms;
    load->lag_ms = better;
    load->memory_percent = memory_percent(s, dw__loop_clock(s->lag.loop)->mono_ns);
    load->level = dw__shedding_level(better, s->lag_ms, load->memory_percent, s->memory_percent);
    dw__count_set(&s->counts->lag_ms, lag_ms);
    return load->level != LOAD_CALM || lag_ms >= s->lag_ms;
}

dw_err dw__shedding_open(struct shedding *s, struct loop *loop, const struct config *config,
                         struct memory_reading *reading, struct counts *counts)
{
    *s = (struct shedding){.reading = reading,
                           .counts = counts,
                           .lag_ms = config->shed_lag_ms,
                           .memory_percent = config->shed_memory};
    dw__cgroup_find(&s->cgroup, config->cgroup);
    return dw__lag_open(&s->lag, loop, heard, s);
}

void dw__shedding_close(struct shedding *s)
{
    dw__lag_close(&s->lag);
}
