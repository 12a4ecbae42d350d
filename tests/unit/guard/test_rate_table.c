/* The table of limits: exact at its edges and between processes, believed in nothing, and fair when it is flooded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guard/rate_table.h"

#define SECOND UINT64_C(1000000000)
#define NOW (1000 * SECOND)
#define KEYS 4096u
#define PROCESSES 4
#define TRIES 20000u

struct fixture {
    void *memory;
    struct rate_table *table;
};

static int set_up(void **state)
{
    static struct fixture f;

    f.memory =
        mmap(NULL, dw__rate_table_size(KEYS), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (f.memory == MAP_FAILED)
        return -1;
    dw__rate_table_begin(f.memory);
    f.table = dw__rate_table_on(f.memory, KEYS);
    *state = &f;
    return f.table == NULL;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    dw__rate_table_free(f->table);
    return munmap(f->memory, dw__rate_table_size(KEYS));
}

static struct rate_key key_of(uint64_t who)
{
    struct rate_key key = {.limit = 7, .kind = 1};

    memcpy(key.who, &who, sizeof who);
    return key;
}

static struct rate_place place_of(const struct fixture *f, uint64_t who)
{
    const struct rate_key key = key_of(who);

    return dw__rate_place(f->table, &key);
}

static bool take(struct fixture *f, uint64_t who, struct rate rate, uint64_t now)
{
    const struct rate_place place = place_of(f, who);

    return dw__rate_take(f->table, place, &(struct rate_rule){rate}, now).allowed;
}

static const dw_rate_strategy every[] = {DW_RATE_GCRA, DW_RATE_FIXED_WINDOW, DW_RATE_MOVING_WINDOW,
                                         DW_RATE_SLIDING_COUNTER};
#define N_EVERY (sizeof every / sizeof every[0])

/* ---- the algorithm ---- */

static void test_the_whole_count_at_once_then_evenly(void **state)
{
    struct fixture *f = *state;
    const struct rate rate = {5, 60};
    const struct rate_place place = place_of(f, 1);

    for (uint32_t i = 0; i < 5; i++) {
        struct rate_answer answer = dw__rate_take(f->table, place, &(struct rate_rule){rate}, NOW);

        assert_true(answer.allowed);
        assert_int_equal(answer.remaining, 4 - i);
        assert_int_equal(answer.full_ns, (UINT64_C(1) + i) * 12 * SECOND);
        assert_int_equal(answer.wait_ns, i < 4 ? 0 : 12 * SECOND);
    }
    assert_false(take(f, 1, rate, NOW));
    assert_false(take(f, 1, rate, NOW + 12 * SECOND - 1));
    assert_true(take(f, 1, rate, NOW + 12 * SECOND));
    assert_false(take(f, 1, rate, NOW + 24 * SECOND - 1));
    assert_true(take(f, 1, rate, NOW + 24 * SECOND));
    for (int i = 0; i < 5; i++)
        assert_true(take(f, 1, rate, NOW + 200 * SECOND));
    assert_false(take(f, 1, rate, NOW + 200 * SECOND));
}

static void test_never_more_in_a_window_however_it_divides(void **state)
{
    static const struct rate rates[] = {{7, 60}, {3, 1}, {1000000, 1}, {999983, 86400}, {1, 1}};

    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        const struct rate rate = rates[i];
        uint64_t window = rate.seconds * SECOND;
        unsigned let = 0;

        for (unsigned k = 0; k < 3000 && k < rate.count; k++)
            let += take(*state, 100 + i, rate, NOW);
        assert_int_equal(let, rate.count < 3000 ? rate.count : 3000);
        if (rate.count > 3000)
            continue;
        assert_false(take(*state, 100 + i, rate, NOW));
        assert_false(take(*state, 100 + i, rate, NOW + window / rate.count - 1));
        for (unsigned k = 1; k <= rate.count;
             k++) /* evenly: as many again, and no more, in the next window */
            let += take(*state, 100 + i, rate, NOW + (k * window + rate.count - 1) / rate.count + k);
        assert_int_equal(let, 2 * rate.count);
    }
}

static bool take_of(struct fixture *f, const struct rate_key *key, const struct rate_rule *rule)
{
    return dw__rate_take(f->table, dw__rate_place(f->table, key), rule, NOW).allowed;
}

static void test_keys_are_apart(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < N_EVERY; i++) {
        const struct rate_rule rule = {{1, 60}, every[i], 1};
        const struct rate_key one = key_of(i);
        struct rate_key other = one;

        assert_true(take_of(f, &one, &rule));
        assert_false(take_of(f, &one, &rule));
        other.limit++;
        assert_true(take_of(f, &other, &rule));
        other = one;
        other.kind++;
        assert_true(take_of(f, &other, &rule));
        other = one;
        other.who[15] = 1;
        assert_true(take_of(f, &other, &rule));
    }
}

static void test_what_is_given_back(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < N_EVERY; i++) {
        const struct rate_rule rule = {{4, 60}, every[i], 2};
        const struct rate_place place = place_of(f, 10 * i), nobody = place_of(f, 10 * i + 1);
        struct rate_answer answer = dw__rate_take(f->table, place, &rule, NOW);

        assert_true(answer.allowed);
        assert_int_equal(answer.remaining, 2);
        assert_true(dw__rate_take(f->table, place, &rule, NOW).allowed);
        assert_false(dw__rate_take(f->table, place, &rule, NOW).allowed);
        dw__rate_give(f->table, place, &rule, answer.mark, NOW);
        answer = dw__rate_take(f->table, place, &rule, NOW);
        assert_true(answer.allowed);
        assert_int_equal(answer.remaining, 0);
        assert_false(dw__rate_take(f->table, place, &rule, NOW).allowed);
        dw__rate_give(f->table, nobody, &rule, answer.mark, NOW); /* gives nothing to anybody */
        assert_false(dw__rate_take(f->table, place, &rule, NOW).allowed);
    }
}

/* What a window let through that is over, or time has paid for, cannot be given back to the next. */
static void test_nothing_is_given_back_to_another_window(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < N_EVERY; i++) {
        const struct rate_rule rule = {{2, 10}, every[i], 2};
        const struct rate_place place = place_of(f, i);
        struct rate_answer before = dw__rate_take(f->table, place, &rule, NOW);

        assert_true(before.allowed);
        assert_true(dw__rate_take(f->table, place, &rule, NOW + 25 * SECOND).allowed);
        dw__rate_give(f->table, place, &rule, before.mark, NOW + 25 * SECOND);
        assert_false(dw__rate_take(f->table, place, &rule, NOW + 25 * SECOND).allowed);
    }
}

/* Of what time has paid for in part, the rest. */
static void test_what_time_has_paid_in_part(void **state)
{
    struct fixture *f = *state;
    const struct rate_rule all = {{10, 10}, DW_RATE_GCRA, 10}, one = {{10, 10}, DW_RATE_GCRA, 1};
    const struct rate_place place = place_of(f, 1);
    struct rate_answer first = dw__rate_take(f->table, place, &all, NOW);
    unsigned let = 0;

    assert_true(first.allowed);
    assert_int_equal(first.mark, NOW + 10 * SECOND);
    for (int i = 0; i < 6; i++)
        assert_true(dw__rate_take(f->table, place, &one, NOW + 6 * SECOND).allowed);
    dw__rate_give(f->table, place, &all, first.mark, NOW + 6 * SECOND); /* of ten four are left to give */
    while (dw__rate_take(f->table, place, &one, NOW + 6 * SECOND).allowed)
        let++;
    assert_int_equal(let, 4);
}

static void test_what_costs_more(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < N_EVERY; i++) {
        const struct rate_rule two = {{5, 60}, every[i], 2}, one = {{5, 60}, every[i], 1},
                               six = {{5, 60}, every[i], 6};
        const struct rate_place place = place_of(f, i);
        struct rate_answer answer;

        assert_false(dw__rate_take(f->table, place, &six, NOW).allowed);
        assert_true(dw__rate_take(f->table, place, &two, NOW).allowed);
        assert_true(dw__rate_take(f->table, place, &two, NOW).allowed);
        answer = dw__rate_take(f->table, place, &two, NOW);
        assert_false(answer.allowed);
        assert_int_equal(answer.remaining, 1);
        assert_true(answer.wait_ns > 0);
        assert_true(dw__rate_take(f->table, place, &one, NOW).allowed);
        assert_false(dw__rate_take(f->table, place, &one, NOW).allowed);
    }
}

/* Whoever comes again when they are told to is let through, and a moment before is not. */
static void test_when_to_come_again(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < N_EVERY; i++)
        for (uint32_t cost = 1; cost <= 3; cost++) {
            const struct rate_rule rule = {{7, 60}, every[i], cost};
            const struct rate_place place = place_of(f, 10 * i + cost);
            uint64_t now = NOW;

            for (unsigned k = 0; k < 50; k++) {
                struct rate_answer answer = dw__rate_take(f->table, place, &rule, now);

                if (answer.allowed) {
                    now += k * UINT64_C(300000000);
                    continue;
                }
                assert_true(answer.wait_ns > 0);
                assert_false(dw__rate_take(f->table, place, &rule, now + answer.wait_ns - 2).allowed);
                now += answer.wait_ns;
                assert_true(dw__rate_take(f->table, place, &rule, now).allowed);
            }
        }
}

/* ---- windows ---- */

static bool take_by(struct fixture *f, dw_rate_strategy strategy, struct rate rate, uint64_t now)
{
    const struct rate_place place = place_of(f, 1);

    return dw__rate_take(f->table, place, &(struct rate_rule){rate, strategy, 1}, now).allowed;
}

/* The first request begins it; as many at its end and as many behind it are let through. */
static void test_a_fixed_window(void **state)
{
    const struct rate rate = {3, 10};
    const uint64_t end = NOW + 10 * SECOND;
    const uint64_t late = 1 << 20; /* it may end by so much later, never earlier */
    struct fixture *f = *state;
    const struct rate_place place = place_of(f, 1);
    struct rate_answer answer;

    assert_true(take_by(f, DW_RATE_FIXED_WINDOW, rate, NOW));
    assert_true(take_by(f, DW_RATE_FIXED_WINDOW, rate, end - 2));
    assert_true(take_by(f, DW_RATE_FIXED_WINDOW, rate, end - 1));
    answer = dw__rate_take(f->table, place, &(struct rate_rule){rate, DW_RATE_FIXED_WINDOW, 1}, end - 1);
    assert_false(answer.allowed);
    assert_in_range(answer.wait_ns, 1, 1 + late);
    assert_int_equal(answer.full_ns, answer.wait_ns);
    for (int i = 0; i < 3; i++)
        assert_true(take_by(f, DW_RATE_FIXED_WINDOW, rate, end + late));
    assert_false(take_by(f, DW_RATE_FIXED_WINDOW, rate, end + late));
    assert_false(take_by(f, DW_RATE_FIXED_WINDOW, rate, end + 10 * SECOND));
    assert_true(take_by(f, DW_RATE_FIXED_WINDOW, rate, end + late + 10 * SECOND + late));
}

/* Never more in any window, and each comes back when it is a window old. */
static void test_a_moving_window(void **state)
{
    const struct rate rate = {3, 10};
    struct fixture *f = *state;
    const struct rate_place place = place_of(f, 1);
    struct rate_answer answer;

    assert_true(take_by(f, DW_RATE_MOVING_WINDOW, rate, NOW));
    assert_true(take_by(f, DW_RATE_MOVING_WINDOW, rate, NOW + 4 * SECOND));
    assert_true(take_by(f, DW_RATE_MOVING_WINDOW, rate, NOW + 9 * SECOND));
    answer =
        dw__rate_take(f->table, place, &(struct rate_rule){rate, DW_RATE_MOVING_WINDOW, 1}, NOW + 9 * SECOND);
    assert_false(answer.allowed);
    assert_int_equal(answer.wait_ns, SECOND);
    assert_int_equal(answer.full_ns, 10 * SECOND);
    assert_false(take_by(f, DW_RATE_MOVING_WINDOW, rate, NOW + 10 * SECOND - 1));
    assert_true(take_by(f, DW_RATE_MOVING_WINDOW, rate, NOW + 10 * SECOND));
    assert_false(take_by(f, DW_RATE_MOVING_WINDOW, rate, NOW + 10 * SECOND));
    assert_false(take_by(f, DW_RATE_MOVING_WINDOW, rate, NOW + 14 * SECOND - 1));
    assert_true(take_by(f, DW_RATE_MOVING_WINDOW, rate, NOW + 14 * SECOND));
}

static void test_never_more_in_any_moving_window(void **state)
{
    const struct rate rate = {128, 10};
    uint64_t let[4096];
    unsigned n = 0;

    for (uint64_t now = NOW; now < NOW + 60 * SECOND; now += 17000000)
        if (take_by(*state, DW_RATE_MOVING_WINDOW, rate, now))
            let[n++] = now;
    assert_in_range(n, 6 * 128, 7 * 128);
    for (unsigned i = 128; i < n; i++)
        assert_true(let[i] - let[i - 128] >= 10 * SECOND);
}

/* As much of the window before as the sliding one still covers. */
static void test_a_sliding_window_counter(void **state)
{
    const struct rate rate = {10, 10};
    const uint64_t edge = NOW; /* windows are counted from the clock's beginning */
    struct fixture *f = *state;

    for (int i = 0; i < 10; i++)
        assert_true(take_by(f, DW_RATE_SLIDING_COUNTER, rate, edge + 5 * SECOND));
    assert_false(take_by(f, DW_RATE_SLIDING_COUNTER, rate, edge + 10 * SECOND - 1));
    assert_false(take_by(f, DW_RATE_SLIDING_COUNTER, rate, edge + 10 * SECOND));
    assert_false(take_by(f, DW_RATE_SLIDING_COUNTER, rate, edge + 11 * SECOND - 1));
    assert_true(take_by(f, DW_RATE_SLIDING_COUNTER, rate, edge + 11 * SECOND)); /* 9 + 1 */
    assert_false(take_by(f, DW_RATE_SLIDING_COUNTER, rate, edge + 11 * SECOND));
    for (int i = 0; i < 4; i++)
        assert_true(take_by(f, DW_RATE_SLIDING_COUNTER, rate, edge + 15 * SECOND)); /* 5 + 5 */
    assert_false(take_by(f, DW_RATE_SLIDING_COUNTER, rate, edge + 15 * SECOND));
    for (int i = 0; i < 10; i++)
        assert_true(take_by(f, DW_RATE_SLIDING_COUNTER, rate, edge + 35 * SECOND));
    assert_false(take_by(f, DW_RATE_SLIDING_COUNTER, rate, edge + 35 * SECOND));
}

/* ---- what is held ---- */

static void test_who_is_held(void **state)
{
    struct fixture *f = *state;
    const struct rate_place place = place_of(f, 1), other = place_of(f, 2);

    assert_int_equal(dw__rate_held(f->table, place, NOW, 60 * SECOND), 0);
    dw__rate_hold(f->table, place, NOW, NOW + 60 * SECOND);
    dw__rate_hold(f->table, place, NOW, NOW + 10 * SECOND); /* is held longer already */
    assert_int_equal(dw__rate_held(f->table, place, NOW + 1, 60 * SECOND), 60 * SECOND - 1);
    assert_int_equal(dw__rate_held(f->table, other, NOW, 60 * SECOND), 0);
    assert_int_equal(dw__rate_held(f->table, place, NOW + 60 * SECOND, 60 * SECOND), 0);
    dw__rate_let_go(f->table, other);
    assert_true(dw__rate_held(f->table, place, NOW, 60 * SECOND) > 0);
    dw__rate_let_go(f->table, place);
    assert_int_equal(dw__rate_held(f->table, place, NOW, 60 * SECOND), 0);
    /* For ever is nobody held. */
    dw__rate_hold(f->table, place, NOW, UINT64_MAX);
    assert_int_equal(dw__rate_held(f->table, place, NOW, 60 * SECOND), 60 * SECOND);
    assert_int_equal(dw__rate_held(f->table, place, NOW + 60 * SECOND, 60 * SECOND), 0);
}

/* ---- memory ---- */

/* A worker that was taken over writes what it likes: nobody is refused for longer than two of the limit's times, and nobody crashes. */
static void test_whatever_stands_in_it(void **state)
{
    struct fixture *f = *state;
    const struct rate rate = {3, 60};
    const size_t header = dw__rate_table_size(1) - 128, size = dw__rate_table_size(KEYS);

    for (size_t i = 0; i < N_EVERY; i++) {
        for (unsigned byte = 0; byte < 256; byte += 51) {
            memset((char *)f->memory + header, (int)byte, size - header);
            (void)take_by(f, every[i], rate, NOW);
            assert_true(take_by(f, every[i], rate, NOW + 120 * SECOND));
        }
        /* The entries themselves, with a time that never comes. */
        memset((char *)f->memory + header, 0, size - header);
        assert_true(take_by(f, every[i], rate, NOW));
        for (uint64_t *word = (uint64_t *)((char *)f->memory + header);
             word < (uint64_t *)((char *)f->memory + size); word += 2)
            if (word[0] != 0)
                word[1] = UINT64_MAX;
        (void)take_by(f, every[i], rate, NOW);
        assert_true(take_by(f, every[i], rate, NOW + 120 * SECOND));
    }
}

/* Ten times as many keys as there is room for, each used once; who is at the limit stays there. */
static void test_a_flood_of_keys_frees_nobody(void **state)
{
    struct fixture *f = *state;
    const struct rate rate = {20, 60};

    for (size_t i = 0; i < N_EVERY; i++) {
        const struct rate_rule rule = {rate, every[i], 1};
        const struct rate_place honest = place_of(f, i);
        uint64_t now = NOW + 1000 * i * SECOND;
        unsigned let = 0;

        for (int k = 0; k < 20; k++)
            let += dw__rate_take(f->table, honest, &rule, now).allowed;
        for (uint64_t who = 1000; who < 1000 + 10 * KEYS; who++) {
            const struct rate_place invented = place_of(f, who);

            now += 1000;
            (void)dw__rate_take(f->table, invented, &rule, now);
            if (who % 100 == 0)
                let += dw__rate_take(f->table, honest, &rule, now).allowed;
        }
        assert_int_equal(let, 20);
    }
}

/* Whose limit is one at a time came once only, until it was refused. */
static void test_a_flood_does_not_free_who_was_refused(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < N_EVERY; i++) {
        const struct rate_rule rule = {{1, 3600}, every[i], 1};
        const struct rate_place honest = place_of(f, i);
        uint64_t now = NOW + 10000 * i * SECOND;

        assert_true(dw__rate_take(f->table, honest, &rule, now).allowed);
        assert_false(dw__rate_take(f->table, honest, &rule, now).allowed);
        for (uint64_t who = 1000; who < 1000 + 10 * KEYS; who++)
            (void)dw__rate_take(f->table, place_of(f, who), &rule, now += 1000);
        assert_false(dw__rate_take(f->table, honest, &rule, now).allowed);
    }
}

static void test_sizes(void **state)
{
    (void)state;
    assert_int_equal(dw__rate_table_keys(dw__rate_table_size(1024)), 1024);
    assert_int_equal(dw__rate_table_keys(dw__rate_table_size(1025)), 2048);
    assert_int_equal(dw__rate_table_keys(dw__rate_table_size(DW__RATE_KEYS_MAX)), DW__RATE_KEYS_MAX);
    assert_int_equal(dw__rate_table_keys(dw__rate_table_size(1024) + 1), 0);
    assert_int_equal(dw__rate_table_keys(0), 0);
}

/* ---- several at once ---- */

static unsigned race(struct fixture *f, uint64_t who, struct rate_rule rule)
{
    const struct rate_place place = place_of(f, who);
    unsigned let = 0;
    int results[2];

    assert_int_equal(pipe(results), 0);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            unsigned mine = 0;

            for (unsigned k = 0; k < TRIES; k++)
                mine += dw__rate_take(f->table, place, &rule, NOW).allowed;
            _exit(write(results[1], &mine, sizeof mine) != sizeof mine);
        }
    for (int i = 0; i < PROCESSES; i++) {
        unsigned one;
        int status;

        assert_int_equal(read(results[0], &one, sizeof one), sizeof one);
        let += one;
        assert_true(wait(&status) > 0 && status == 0);
    }
    assert_int_equal(close(results[0]) + close(results[1]), 0);
    return let;
}

static void test_exact_between_processes(void **state)
{
    for (uint64_t i = 0; i < 20; i++)
        assert_int_equal(race(*state, i, (struct rate_rule){{1000, 60}, DW_RATE_GCRA, 1}), 1000);
    for (uint64_t i = 0; i < 5; i++) {
        assert_int_equal(race(*state, 100 + i, (struct rate_rule){{1000, 60}, DW_RATE_FIXED_WINDOW, 1}),
                         1000);
        assert_int_equal(race(*state, 200 + i, (struct rate_rule){{100, 60}, DW_RATE_MOVING_WINDOW, 1}), 100);
        assert_int_equal(race(*state, 300 + i, (struct rate_rule){{1000, 60}, DW_RATE_SLIDING_COUNTER, 1}),
                         1000);
        assert_int_equal(race(*state, 400 + i, (struct rate_rule){{1000, 60}, DW_RATE_FIXED_WINDOW, 2}), 500);
    }
}

/* Reserved and given back by many at once: at no time do more have it than there are. */
static void test_reserved_and_given_back(void **state)
{
    struct fixture *f = *state;
    const struct rate_place place = place_of(f, 1);
    unsigned *held = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(held != MAP_FAILED);
    for (size_t i = 0; i < N_EVERY; i++) {
        const struct rate_rule rule = {{2, 60}, every[i], 1};

        for (int p = 0; p < PROCESSES; p++)
            if (fork() == 0) {
                bool good = true;

                for (unsigned k = 0; k < TRIES; k++) {
                    struct rate_answer answer =
                        dw__rate_take(f->table, place, &rule, NOW + i * 1000 * SECOND);

                    if (!answer.allowed)
                        continue;
                    good = __atomic_add_fetch(held, 1, __ATOMIC_SEQ_CST) <= 2 && good;
                    (void)__atomic_sub_fetch(held, 1, __ATOMIC_SEQ_CST);
                    dw__rate_give(f->table, place, &rule, answer.mark, NOW + i * 1000 * SECOND);
                }
                _exit(!good);
            }
        for (int p = 0; p < PROCESSES; p++) {
            int status;

            assert_true(wait(&status) > 0 && status == 0);
        }
        for (int k = 0; k < 2; k++)
            assert_true(dw__rate_take(f->table, place, &rule, NOW + i * 1000 * SECOND).allowed);
        assert_false(dw__rate_take(f->table, place, &rule, NOW + i * 1000 * SECOND).allowed);
    }
    assert_int_equal(munmap(held, 4096), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_whole_count_at_once_then_evenly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_never_more_in_a_window_however_it_divides, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_are_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_given_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_is_given_back_to_another_window, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_time_has_paid_in_part, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_costs_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_when_to_come_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_fixed_window, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_moving_window, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_never_more_in_any_moving_window, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_sliding_window_counter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_is_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_whatever_stands_in_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_flood_of_keys_frees_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_flood_does_not_free_who_was_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sizes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_exact_between_processes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reserved_and_given_back, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
