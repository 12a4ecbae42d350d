/* app/cmd_calibrate.c -- `calibrate`: the costliest parameters of Argon2id that hash a password within a time, on this machine.
 *
 * Memory first, since that is what an attacker's hardware has least of; passes with what is left. */
#include <stdio.h>
#include <stdlib.h>

#include "app/command.h"
#include "app/own_settings.h"
#include "base/clock.h"
#include "base/text.h"
#include "crypto/password.h"

#define MS_LEAST 10
#define MS_MOST 2000
#define MS_DEFAULT 100
#define TRIES 3

static uint64_t now_ns(void)
{
    struct clock clock = {0};

    dw__clock_read(&clock);
    return clock.mono_ns;
}

/* The quickest of a few: what else ran meanwhile is in the others. UINT64_MAX: it could not be done. */
static uint64_t time_of(const struct argon2_params *params)
{
    static const char password[] = "a password to measure with";
    char out[DW__PHC_SIZE];
    uint64_t best = UINT64_MAX;

    for (int i = 0; i < TRIES; i++) {
        const uint64_t begin = now_ns();
        if (dw__argon2_hash(params, (dw_secret){password, sizeof password - 1}, out) != DW_OK)
            return UINT64_MAX;
        const uint64_t took = now_ns() - begin;
        best = took < best ? took : best;
    }
    return best;
}

static bool fits(const struct argon2_params *params, uint64_t limit_ns)
{
    return dw__argon2_params_ok(params) && time_of(params) <= limit_ns;
}

/* What fits; the least where nothing does. */
static struct argon2_params find(uint64_t limit_ns)
{
    struct argon2_params best = {DW__ARGON2_MIN_KIB, DW__ARGON2_MIN_PASSES}, next = best;

    for (next.memory_kib = 32 * 1024; fits(&next, limit_ns); next.memory_kib *= 2)
        best = next;
    next = best;
    for (next.passes++; fits(&next, limit_ns); next.passes++)
        best = next;
    return best;
}

static void print(const dw_app *app, const char *setting, uint32_t value, const char *unit)
{
    char name[128];

    dw__setting_prefixed(app, dw__text_of(setting), name, sizeof name);
    printf("%s=%u%s\n", name, value, unit);
}

int dw__cmd_calibrate(const struct invocation *inv)
{
    char *end = NULL;
    long ms = inv->argc > 0 ? strtol(inv->argv[0], &end, 10) : MS_DEFAULT;

    if (inv->argc > 1 || (end != NULL && *end != '\0') || ms < MS_LEAST || ms > MS_MOST) {
        (void)fprintf(stderr, "usage: %s calibrate [MILLISECONDS]   from %d to %d, else %d\n", inv->app->name,
                      MS_LEAST, MS_MOST, MS_DEFAULT);
        return EXIT_BAD_USAGE;
    }
    const struct argon2_params found = find((uint64_t)ms * 1000000);
    const uint64_t took = time_of(&found);
    if (took == UINT64_MAX) {
        (void)fprintf(stderr, "%s: no memory to hash a password\n", inv->app->name);
        return EXIT_FAILED;
    }
    print(inv->app, "ARGON2_MEMORY", found.memory_kib, "K");
    print(inv->app, "ARGON2_PASSES", found.passes, "");
    (void)fprintf(stderr, "%s: %llu ms for a password\n", inv->app->name,
                  (unsigned long long)(took / 1000000));
    return EXIT_DONE;
}
