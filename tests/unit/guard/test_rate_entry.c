/* An entry of the table of limits: which of a full set leaves, and what a worker that dies inside an update leaves behind. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "guard/rate_entry.h"

#define SECOND UINT64_C(1000000000)
#define NOW (1000 * SECOND)
#define KEYS 1024u

/* A table of `keys` keys in memory that children share; the whole of it is zeroed by a second call for the same memory. */
static struct rate_table *table_in(void *memory, size_t keys)
{
    struct rate_table *table;

    memset(memory, 0, dw__rate_table_size(keys));
    dw__rate_table_begin(memory);
    table = dw__rate_table_on(memory, keys);
    assert_non_null(table);
    return table;
}

static void *shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    return memory;
}

static struct rate_place place_of(const struct rate_table *table, uint64_t who)
{
    struct rate_key key = {.limit = 7, .kind = 1};

    memcpy(key.who, &who, sizeof who);
    return dw__rate_place(table, &key);
}

/* ---- who leaves ---- */

#define COUNT 10u

static void charge(struct rate_table *table, uint64_t who, uint32_t cost, uint64_t now)
{
    const struct rate_rule rule = {{COUNT, 60}, DW_RATE_GCRA, cost};

    assert_true(dw__rate_take(table, place_of(table, who), &rule, now).allowed);
}

/* A key in a table of one set: its entry there, or NULL. */
static const union rate_entry *entry_of(const struct rate_table *table, uint64_t who)
{
    uint64_t tag;
    union rate_entry *set = rate_set_of(table, place_of(table, who), &tag);

    return rate_of_tag(set, tag);
}

/* Which of the keys 1 to `last` is not there; exactly one must be gone of those that `there` has as bits, which it is taken out of. */
static uint64_t who_left(const struct rate_table *table, uint64_t last, uint64_t *there)
{
    uint64_t gone = 0;

    for (uint64_t who = 1; who <= last; who++)
        if ((*there >> who & 1) && entry_of(table, who) == NULL) {
            assert_int_equal(gone, 0);
            gone = who;
        }
    *there &= ~(UINT64_C(1) << gone);
    return gone;
}

/* One set of eight: what has expired leaves first, then what was charged once, the soonest to end before others; and only then what was charged
 * again, again the soonest to end first. */
static void who_leaves_a_full_set(void **state)
{
    const uint64_t order[] = {5, 2, 7, 3, 8, 1, 6, 4};
    const size_t size = dw__rate_table_size(RATE_WAYS);
    void *memory = shared(size);
    struct rate_table *table = table_in(memory, RATE_WAYS);
    uint64_t there = 0x1fe, next = 9;

    (void)state;
    assert_int_equal(table->sets, 1);
    charge(table, 5, COUNT - 5, NOW - 120 * SECOND); /* over for long, and charged twice while it was not */
    charge(table, 5, 2, NOW - 120 * SECOND);
    charge(table, 3, 9, NOW);          /* once: 54 s, */
    charge(table, 7, 5, NOW);          /* 30 s */
    charge(table, 2, 2, NOW);          /* and 12 s */
    for (uint64_t i = 4; i < 8; i++) { /* twice: 12 s and more, but soon less than what was charged once */
        charge(table, order[i], 1, NOW);
        charge(table, order[i], (uint32_t)(i - 3), NOW);
    }
    for (uint64_t who = 1; who <= 8; who++)
        assert_non_null(entry_of(table, who));
    for (size_t i = 0; i < 8; i++, next++) {
        charge(table, next, 5, NOW + 1);
        assert_int_equal(who_left(table, 8, &there), order[i]);
        charge(table, next, 5, NOW + 1); /* who comes is at its limit then, and stays */
    }
    for (uint64_t who = 9; who < next; who++)
        assert_non_null(entry_of(table, who));
    dw__rate_table_free(table);
    assert_int_equal(munmap(memory, size), 0);
}

/* ---- who dies ---- */

#define CHILDREN 2
#define KILLS 7u /* for each strategy and cost: 56 of all */
#define HELD 64u

static const dw_rate_strategy every[] = {DW_RATE_GCRA, DW_RATE_FIXED_WINDOW, DW_RATE_MOVING_WINDOW,
                                         DW_RATE_SLIDING_COUNTER};
#define N_EVERY (sizeof every / sizeof every[0])

/* What children count for the parent: never before they have been let through, and not any more before they give back. */
struct told {
    int let;          /* through, and not given back */
    unsigned updates; /* so that each has begun before it is killed */
};

static _Noreturn void hammer(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                             struct told *told, uint64_t random)
{
    uint64_t marks[HELD];

    for (unsigned held = 0;; (void)__atomic_add_fetch(&told->updates, 1, __ATOMIC_SEQ_CST)) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        if (held == HELD || (held > 0 && random >> 63)) {
            (void)__atomic_sub_fetch(&told->let, 1, __ATOMIC_SEQ_CST);
            dw__rate_give(table, place, rule, marks[--held], NOW);
        } else {
            const struct rate_answer answer = dw__rate_take(table, place, rule, NOW);

            if (!answer.allowed)
                continue;
            (void)__atomic_add_fetch(&told->let, 1, __ATOMIC_SEQ_CST);
            marks[held++] = answer.mark;
        }
    }
}

static pid_t child(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                   struct told *told, uint64_t random)
{
    const unsigned before = __atomic_load_n(&told->updates, __ATOMIC_SEQ_CST);
    const pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        hammer(table, place, rule, told, random);
    while (__atomic_load_n(&told->updates, __ATOMIC_SEQ_CST) - before < 100)
        (void)usleep(50);
    return pid;
}

static void kill_one(pid_t pid)
{
    int status;

    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Lets children be killed, each in turn for another, wherever they are. */
static void kill_many(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                      struct told *told, unsigned seed)
{
    pid_t pids[CHILDREN];

    for (unsigned i = 0; i < CHILDREN; i++)
        pids[i] = child(table, place, rule, told, seed + i);
    for (unsigned k = 0; k < KILLS; k++) {
        pid_t *one = &pids[k % CHILDREN];

        (void)usleep((unsigned)random() % 1500);
        kill_one(*one);
        *one = k + CHILDREN < KILLS ? child(table, place, rule, told, seed + 100 + k) : 0;
    }
    for (unsigned i = 0; i < CHILDREN; i++)
        assert_int_equal(pids[i], 0);
}

/* Takes all that is left at `now`; the last answer is why there is no more. */
static int take_all(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                    uint64_t now, struct rate_answer *last)
{
    int let = 0;

    while ((*last = dw__rate_take(table, place, rule, now)).allowed)
        let++;
    return let;
}

/* However often workers are killed inside an update, no more get through than the limit says; each that died may have taken what its request costs with it, and
 * when the window is over that is back too. */
static void whoever_dies_takes_no_more_than_its_own(void **state)
{
    const size_t size = dw__rate_table_size(KEYS);
    void *memory = shared(size);
    struct told *told = shared(sizeof *told);

    (void)state;
    for (unsigned i = 0; i < 2 * N_EVERY; i++) {
        const struct rate_rule rule = {{100, 60}, every[i / 2], 1 + i % 2};
        struct rate_table *table = table_in(memory, KEYS);
        const struct rate_place place = place_of(table, i);
        const int most = (int)(rule.rate.count / rule.cost);
        struct rate_answer last;
        int let;

        *told = (struct told){0};
        kill_many(table, place, &rule, told, i);
        let = told->let + take_all(table, place, &rule, NOW, &last);
        assert_in_range(let, most - (int)KILLS, most);
        assert_in_range(last.full_ns, 1, 2 * 60 * SECOND);
        assert_int_equal(take_all(table, place, &rule, NOW + last.full_ns, &last), most);
        dw__rate_table_free(table);
    }
    assert_int_equal(munmap(told, sizeof *told) + munmap(memory, size), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_leaves_a_full_set),
        cmocka_unit_test(whoever_dies_takes_no_more_than_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
