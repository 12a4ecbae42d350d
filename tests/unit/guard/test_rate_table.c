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

static bool take(struct fixture *f, uint64_t who, struct rate rate, uint64_t now)
{
    const struct rate_key key = key_of(who);

    return dw__rate_take(f->table, &key, &rate, now).allowed;
}

/* ---- the algorithm ---- */

static void test_the_whole_count_at_once_then_evenly(void **state)
{
    struct fixture *f = *state;
    const struct rate rate = {5, 60};
    const struct rate_key key = key_of(1);

    for (uint32_t i = 0; i < 5; i++) {
        struct rate_answer answer = dw__rate_take(f->table, &key, &rate, NOW);

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

static void test_keys_are_apart(void **state)
{
    struct fixture *f = *state;
    const struct rate rate = {1, 60};
    struct rate_key one = key_of(1), other = one;

    assert_true(dw__rate_take(f->table, &one, &rate, NOW).allowed);
    assert_false(dw__rate_take(f->table, &one, &rate, NOW).allowed);
    other.limit++;
    assert_true(dw__rate_take(f->table, &other, &rate, NOW).allowed);
    other = one;
    other.kind++;
    assert_true(dw__rate_take(f->table, &other, &rate, NOW).allowed);
    other = one;
    other.who[15] = 1;
    assert_true(dw__rate_take(f->table, &other, &rate, NOW).allowed);
}

static void test_what_is_given_back(void **state)
{
    struct fixture *f = *state;
    const struct rate rate = {2, 60};
    const struct rate_key key = key_of(1), nobody = key_of(2);

    assert_true(take(f, 1, rate, NOW));
    assert_true(take(f, 1, rate, NOW));
    dw__rate_give(f->table, &key, &rate);
    assert_true(take(f, 1, rate, NOW));
    assert_false(take(f, 1, rate, NOW));
    dw__rate_give(f->table, &nobody, &rate); /* gives nothing to anybody */
    assert_false(take(f, 1, rate, NOW));
}

/* ---- memory ---- */

/* A worker that was taken over writes what it likes: nobody is refused for longer than the limit's time, and nobody crashes. */
static void test_whatever_stands_in_it(void **state)
{
    struct fixture *f = *state;
    const struct rate rate = {3, 60};
    const size_t header = dw__rate_table_size(1) - 128;

    assert_true(take(f, 1, rate, NOW));
    for (unsigned byte = 0; byte < 256; byte += 51) {
        memset((char *)f->memory + header, (int)byte, dw__rate_table_size(KEYS) - header);
        (void)take(f, 1, rate, NOW);
        assert_true(take(f, 1, rate, NOW + 60 * SECOND));
    }
    /* The entry itself, with a time that never comes. */
    memset((char *)f->memory + header, 0, dw__rate_table_size(KEYS) - header);
    assert_true(take(f, 1, rate, NOW));
    for (uint64_t *word = (uint64_t *)((char *)f->memory + header);
         word < (uint64_t *)((char *)f->memory + dw__rate_table_size(KEYS)); word += 2)
        if (word[0] != 0)
            word[1] = UINT64_MAX;
    assert_false(take(f, 1, rate, NOW));
    assert_true(take(f, 1, rate, NOW + 60 * SECOND));
}

/* Ten times as many keys as there is room for, each used once; who is at the limit stays there. */
static void test_a_flood_of_keys_frees_nobody(void **state)
{
    struct fixture *f = *state;
    const struct rate rate = {20, 60};
    uint64_t now = NOW;
    unsigned let = 0;

    for (int i = 0; i < 20; i++)
        let += take(f, 1, rate, now);
    for (uint64_t who = 1000; who < 1000 + 10 * KEYS; who++) {
        (void)take(f, who, rate, now);
        if (who % 100 == 0)
            let += take(f, 1, rate, now);
    }
    assert_int_equal(let, 20);
}

/* ---- several at once ---- */

static unsigned race(struct fixture *f, uint64_t who, struct rate rate)
{
    unsigned let = 0;
    int results[2];

    assert_int_equal(pipe(results), 0);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            unsigned mine = 0;

            for (unsigned k = 0; k < TRIES; k++)
                mine += take(f, who, rate, NOW);
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
        assert_int_equal(race(*state, i, (struct rate){1000, 60}), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_whole_count_at_once_then_evenly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_never_more_in_a_window_however_it_divides, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_are_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_given_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_whatever_stands_in_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_flood_of_keys_frees_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_exact_between_processes, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
