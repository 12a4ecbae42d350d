/* Passwords on their pool: the same work for everyone, a bounded queue, and the loop goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "auth/password.h"
#include "os/fiber.h"
#include "os/loop.h"
#include "os/wait.h"

#define GOOD ((dw_secret){"correct horse battery staple 1", 30})
#define BAD ((dw_secret){"correct horse battery staple 2", 30})

static const struct argon2_params least = {DW__ARGON2_MIN_KIB, DW__ARGON2_MIN_PASSES};
static struct arena arena;
static struct clock frozen;
static struct services services;

static int set_up(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, 1 << 20);
    services = (struct services){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__password_pool_free(services.passwords);
    dw__arena_release(&arena);
    return 0;
}

/* ---- without a loop ---- */

static void hashes_and_verifies_in_place(void **state)
{
    (void)state;
    dw_ctx ctx;
    dw_text hash;
    static char longest[DW__PASSWORD_MAX + 1];
    dw__ctx_init(&ctx, &arena, &services, &frozen);
    assert_int_equal(dw_password_hash(&ctx, GOOD, &hash), DW_UNAVAILABLE); /* no pool */
    assert_int_equal(dw_password_verify(&ctx, GOOD, DW_TEXT("")), DW_UNAVAILABLE);
    assert_int_equal(dw__password_pool_new(&services.passwords, NULL, &least, 0, 0), DW_OK);
    assert_int_equal(dw_password_hash(&ctx, GOOD, &hash), DW_OK);
    assert_int_equal(dw_password_verify(&ctx, GOOD, hash), DW_OK);
    assert_int_equal(dw_password_verify(&ctx, BAD, hash), DW_UNAUTHENTICATED);
    assert_int_equal(dw_password_verify(&ctx, (dw_secret){"", 0}, hash), DW_UNAUTHENTICATED);
    assert_int_equal(dw_password_verify(&ctx, (dw_secret){longest, sizeof(longest)}, hash),
                     DW_UNAUTHENTICATED);
    assert_false(dw_password_needs_rehash(&ctx, hash));
    assert_true(dw_password_needs_rehash(&ctx, DW_TEXT("pbkdf2:x")));
    assert_int_equal(dw_password_hash(&ctx, (dw_secret){"", 0}, &hash), DW_INVALID);
    assert_int_equal(dw_password_hash(&ctx, (dw_secret){longest, sizeof(longest)}, &hash), DW_INVALID);
    assert_null(hash.p);
    dw__ctx_end(&ctx);
}

/* In Werkzeug's form, of a password in two spellings: with a letter in one piece, and with the same letter in two. */
static const dw_text of_composed = DW_TEXT_INIT(
    "pbkdf2:sha256:1000$somesaltsomesalt$d4954c8b350e51f55052d73f84285cff11e2f647ffad83a8ba74b83e3486fac5");
static const dw_text of_decomposed = DW_TEXT_INIT(
    "pbkdf2:sha256:1000$somesaltsomesalt$ccb0adc3594ab5a406c7bc9ed374ed929ddacc54ee14a203af172bb98ac66fc5");
#define COMPOSED ((dw_secret){"Z\xc3\xbcrich is on a lake", 20})
#define DECOMPOSED ((dw_secret){"Zu\xcc\x88rich is on a lake", 21})

static void takes_two_spellings_for_one(void **state)
{
    (void)state;
    dw_ctx ctx;
    dw_text hash;
    struct argon2_params params = least;
    char phc[DW__PHC_SIZE];
    dw__ctx_init(&ctx, &arena, &services, &frozen);
    assert_int_equal(dw__password_pool_new(&services.passwords, NULL, &least, 0, 0), DW_OK);
    assert_int_equal(dw_password_hash(&ctx, DECOMPOSED, &hash), DW_OK);
    assert_int_equal(dw__argon2_verify(COMPOSED, hash), DW_OK); /* what was hashed is in normal form C */
    assert_int_equal(dw_password_verify(&ctx, COMPOSED, hash), DW_OK);
    assert_int_equal(dw_password_verify(&ctx, DECOMPOSED, hash), DW_OK);
    /* Argon2id of another maker, who hashed what was typed. */
    assert_int_equal(dw__argon2_hash(&params, DECOMPOSED, phc), DW_OK);
    assert_int_equal(dw_password_verify(&ctx, DECOMPOSED, (dw_text){phc, strlen(phc)}), DW_OK);
    assert_int_equal(dw_password_verify(&ctx, COMPOSED, (dw_text){phc, strlen(phc)}), DW_UNAUTHENTICATED);
    /* Others: the bytes as they came. */
    assert_int_equal(dw_password_verify(&ctx, COMPOSED, of_composed), DW_OK);
    assert_int_equal(dw_password_verify(&ctx, DECOMPOSED, of_composed), DW_UNAUTHENTICATED);
    assert_int_equal(dw_password_verify(&ctx, DECOMPOSED, of_decomposed), DW_OK);
    assert_int_equal(dw_password_verify(&ctx, COMPOSED, of_decomposed), DW_UNAUTHENTICATED);
    dw__ctx_end(&ctx);
}

/* What has no normal form is no password to set, and none that matches. */
static void refuses_what_has_no_normal_form(void **state)
{
    (void)state;
    dw_ctx ctx;
    dw_text hash, none;
    char zalgo[2 + 2 * 40] = "ab";
    for (size_t i = 2; i < sizeof(zalgo); i += 2)
        memcpy(zalgo + i, "\xcc\x88", 2);
    dw__ctx_init(&ctx, &arena, &services, &frozen);
    assert_int_equal(dw__password_pool_new(&services.passwords, NULL, &least, 0, 0), DW_OK);
    assert_int_equal(dw_password_hash(&ctx, GOOD, &hash), DW_OK);
    assert_int_equal(dw_password_hash(&ctx, (dw_secret){zalgo, sizeof(zalgo)}, &none), DW_INVALID);
    assert_int_equal(dw_password_verify(&ctx, (dw_secret){zalgo, sizeof(zalgo)}, hash), DW_UNAUTHENTICATED);
    dw__ctx_end(&ctx);
}

static void says_what_it_cannot_check(void **state)
{
    (void)state;
    const char *why = "";
    assert_true(dw_password_hash_ok(of_composed, &why));
    assert_null(why);
    assert_false(dw_password_hash_ok(DW_TEXT("secret"), &why));
    assert_non_null(why);
    assert_false(dw_password_hash_ok((dw_text){NULL, 0}, NULL));
}

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The least of five, in milliseconds of processor time. */
static double cost(dw_ctx *ctx, dw_secret password, dw_text hash)
{
    double least_ms = 1e9;
    for (int i = 0; i < 5; i++) {
        const double begin = cpu_ms();
        assert_int_equal(dw_password_verify(ctx, password, hash), DW_UNAUTHENTICATED);
        const double took = cpu_ms() - begin;
        least_ms = took < least_ms ? took : least_ms;
    }
    return least_ms;
}

static void does_the_same_work_for_nobody(void **state)
{
    (void)state;
    dw_ctx ctx;
    dw_text hash;
    dw__ctx_init(&ctx, &arena, &services, &frozen);
    assert_int_equal(dw__password_pool_new(&services.passwords, NULL, &least, 0, 0), DW_OK);
    assert_int_equal(dw_password_hash(&ctx, GOOD, &hash), DW_OK);
    const double wrong = cost(&ctx, BAD, hash);
    const double others[] = {cost(&ctx, BAD, (dw_text){NULL, 0}), cost(&ctx, BAD, DW_TEXT("!")),
                             cost(&ctx, (dw_secret){"", 0}, hash),
                             cost(&ctx, BAD,
                                  DW_TEXT("$argon2id$v=19$m=999999999,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
                                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i] < wrong / 2 || others[i] > wrong * 2)
            fail_msg("%zu: %.1f ms beside %.1f", i, others[i], wrong);
    dw__ctx_end(&ctx);
}

static void refuses_weak_parameters(void **state)
{
    (void)state;
    assert_int_equal(dw__password_pool_new(&services.passwords, NULL,
                                           &(struct argon2_params){DW__ARGON2_MIN_KIB - 1, 2}, 0, 0),
                     DW_INVALID);
    assert_int_equal(dw__password_pool_new(&services.passwords, NULL,
                                           &(struct argon2_params){DW__ARGON2_MIN_KIB, 1}, 0, 0),
                     DW_INVALID);
    assert_null(services.passwords);
}

static void takes_half_of_the_cores(void **state)
{
    (void)state;
    static const unsigned rows[][2] = {{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 2}, {5, 2}, {8, 4}, {64, 32}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(dw__password_threads(rows[i][0]), rows[i][1]);
}

/* ---- on fibers ---- */

static struct loop *loop;
static struct fiber_pool *fibers;

struct caller {
    dw_ctx ctx;
    struct arena arena;
    dw_err (*body)(struct caller *caller);
    dw_err got;
    dw_text hash;
};

static int set_up_loop(void **state)
{
    set_up(state);
    if (dw__loop_new(&loop) != DW_OK || dw__fiber_pool_new(&fibers, loop, 16, 4) != DW_OK)
        return -1;
    services.loop = loop;
    return 0;
}

static int tear_down_loop(void **state)
{
    dw__password_pool_free(services.passwords);
    services.passwords = NULL;
    dw__fiber_pool_free(fibers);
    dw__loop_free(loop);
    return tear_down(state);
}

static void run_caller(void *arg)
{
    struct caller *caller = arg;
    caller->ctx.fiber = dw__fiber_self();
    caller->got = caller->body(caller);
    caller->ctx.fiber = NULL;
}

static void start(struct caller *caller, dw_err (*body)(struct caller *caller))
{
    *caller = (struct caller){.body = body, .got = DW_INTERNAL};
    dw__arena_init(&caller->arena, NULL, 1 << 16);
    dw__ctx_init(&caller->ctx, &caller->arena, &services, dw__loop_clock(loop));
    assert_int_equal(dw__fiber_start(fibers, run_caller, caller, NULL), DW_OK);
}

static void end(struct caller *caller)
{
    dw__ctx_end(&caller->ctx);
    dw__arena_release(&caller->arena);
}

static dw_err hashes_then_verifies(struct caller *caller)
{
    dw_err err = dw_password_hash(&caller->ctx, GOOD, &caller->hash);
    if (err == DW_OK)
        err = dw_password_verify(&caller->ctx, GOOD, caller->hash);
    if (err == DW_OK && dw_password_verify(&caller->ctx, BAD, caller->hash) != DW_UNAUTHENTICATED)
        err = DW_INTERNAL;
    return err;
}

static dw_err verifies_nobody(struct caller *caller)
{
    return dw_password_verify(&caller->ctx, GOOD, DW_TEXT(""));
}

static void suspends_the_fiber(void **state)
{
    (void)state;
    struct caller callers[3];
    assert_int_equal(dw__password_pool_new(&services.passwords, loop, &least, 2, 8), DW_OK);
    for (size_t i = 0; i < 3; i++) {
        start(&callers[i], hashes_then_verifies);
        assert_int_equal(callers[i].got, DW_INTERNAL); /* not done yet: it waits */
    }
    dw__loop_run_until_idle(loop);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(callers[i].got, DW_OK);
        end(&callers[i]);
    }
}

static void refuses_more_than_its_queue(void **state)
{
    (void)state;
    struct caller callers[4];
    assert_int_equal(dw__password_pool_new(&services.passwords, loop, &least, 1, 2), DW_OK);
    for (size_t i = 0; i < 4; i++)
        start(&callers[i], verifies_nobody);
    assert_int_equal(callers[3].got, DW_UNAVAILABLE);
    dw__loop_run_until_idle(loop);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(callers[i].got, i < 3 ? DW_UNAUTHENTICATED : DW_UNAVAILABLE);
        end(&callers[i]);
    }
}

static void gives_up_when_its_request_ends(void **state)
{
    (void)state;
    struct caller callers[2];
    assert_int_equal(dw__password_pool_new(&services.passwords, loop, &least, 1, 2), DW_OK);
    for (size_t i = 0; i < 2; i++) {
        start(&callers[i], verifies_nobody);
        dw__ctx_cancel(&callers[i].ctx);
    }
    dw__loop_run_until_idle(loop);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(callers[i].got, DW_CANCELED);
        end(&callers[i]);
    }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define L(test) cmocka_unit_test_setup_teardown(test, set_up_loop, tear_down_loop)
    const struct CMUnitTest tests[] = {
        T(hashes_and_verifies_in_place),    T(takes_two_spellings_for_one),
        T(refuses_what_has_no_normal_form), T(says_what_it_cannot_check),
        T(does_the_same_work_for_nobody),   T(refuses_weak_parameters),
        T(takes_half_of_the_cores),         L(suspends_the_fiber),
        L(refuses_more_than_its_queue),     L(gives_up_when_its_request_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
