/* A fiber that wants a token: asked, answered, asked again of the next keeper, given up, and what a full pipe holds up. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "auth/keeper.h"
#include "auth/keeper_client.h"
#include "base/ctx.h"
#include "base/text.h"
#include "os/fiber.h"
#include "os/wait.h"

#define MANY 40

static struct loop *loop;
static struct fiber_pool *pool;
static struct services services;
static struct arena arena;
static struct request {
    dw_ctx ctx;
    dw_err got;
    dw_text token;
    int64_t life;
} requests[MANY];
static struct token_sign_in sign_in;
static int asks[2], answers[2], ended, wanted;

static int setup(void **state)
{
    (void)state;
    ended = 0;
    sign_in = (struct token_sign_in){.sub = DW_TEXT("ann"), .auth_time = 5};
    dw__arena_init(&arena, NULL, 4 << 20);
    if (dw__loop_new(&loop) != DW_OK || dw__fiber_pool_new(&pool, loop, 100, 8) != DW_OK ||
        pipe2(asks, O_NONBLOCK | O_CLOEXEC | O_DIRECT) != 0 ||
        pipe2(answers, O_NONBLOCK | O_CLOEXEC | O_DIRECT) != 0)
        return -1;
    services = (struct services){.loop = loop};
    for (int i = 0; i < MANY; i++)
        dw__ctx_init(&requests[i].ctx, &arena, &services, dw__loop_clock(loop));
    return dw__keeper_client_new(&services.keeper, loop, asks[1], answers[0]) == DW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    dw__keeper_client_free(services.keeper);
    for (int i = 0; i < 2; i++) {
        close(asks[i]);
        close(answers[i]);
    }
    dw__fiber_pool_free(pool);
    dw__loop_free(loop);
    dw__arena_release(&arena);
    return 0;
}

static void act(void *arg)
{
    struct request *r = arg;

    r->ctx.fiber = dw__fiber_self();
    r->got = dw__keeper_issue(&r->ctx, &sign_in, &r->token, &r->life);
    r->ctx.fiber = NULL;
    if (++ended == wanted)
        dw__loop_stop(loop);
}

static void start(int i)
{
    wanted = i + 1;
    requests[i].got = DW_INTERNAL;
    assert_int_equal(dw__fiber_start(pool, act, &requests[i], NULL), DW_OK);
}

/* The ticket of the next that is asked; 0 when nothing is. */
static uint64_t asked(void)
{
    uint8_t bytes[DW__KEEPER_ASK + 1];
    struct keeper_head head;
    const ssize_t n = read(asks[0], bytes, sizeof(bytes));

    if (n < 0)
        return 0;
    assert_int_equal(n, DW__KEEPER_ASK);
    memcpy(&head, bytes, sizeof(head));
    assert_int_equal(head.verb, KEEPER_ACCESS_TOKEN);
    return head.ticket;
}

static void say(uint64_t ticket, dw_err err, const char *token)
{
    struct keeper_answer a = {
        .ticket = ticket, .err = (uint32_t)err, .life = 600, .n = (uint32_t)strlen(token)};

    memcpy(a.token, token, a.n);
    assert_int_equal(write(answers[1], &a, sizeof(a)), sizeof(a));
}

static void has_token(int i, const char *token)
{
    assert_int_equal(requests[i].got, DW_OK);
    assert_true(dw__text_eq(requests[i].token, dw__text_of(token)));
    assert_int_equal(requests[i].life, 600);
}

static void a_token_and_a_refusal(void **state)
{
    (void)state;
    start(0);
    assert_int_equal(ended, 0);
    say(asked(), DW_OK, "one.two.three");
    dw__loop_run(loop);
    has_token(0, "one.two.three");
    start(1);
    say(asked(), DW_INVALID, "");
    dw__loop_run(loop);
    assert_int_equal(requests[1].got, DW_INVALID);
    assert_int_equal(requests[1].token.n, 0);
    start(2);
    say(asked(), DW_INTERNAL, "");
    dw__loop_run(loop);
    assert_int_equal(requests[2].got, DW_UNAVAILABLE);
}

static void each_hears_its_own(void **state)
{
    uint64_t first, second;

    (void)state;
    start(0);
    start(1);
    first = asked();
    second = asked();
    assert_true(first != 0 && second != 0 && first != second);
    say(first + 100, DW_OK, "nobody's");
    say(second, DW_OK, "second");
    say(first, DW_OK, "first");
    say(first, DW_OK, "again");
    dw__loop_run(loop);
    has_token(0, "first");
    has_token(1, "second");
}

/* It died with the question: the next is asked, and both may answer. */
static void what_a_keeper_took_with_it_is_asked_again(void **state)
{
    uint64_t ticket;

    (void)state;
    start(0);
    ticket = asked();
    assert_int_equal(asked(), 0);
    dw__keeper_client_again(services.keeper);
    assert_true(asked() == ticket);
    say(ticket, DW_OK, "token");
    say(ticket, DW_OK, "token");
    dw__loop_run(loop);
    has_token(0, "token");
    dw__keeper_client_again(services.keeper);
    assert_int_equal(asked(), 0);
    dw__keeper_client_again(NULL);
}

/* What does not fit is asked when there is room; nobody is forgotten. */
static void a_full_pipe_is_waited_for(void **state)
{
    int n = 0;

    (void)state;
    assert_true(fcntl(asks[1], F_SETPIPE_SZ, 4096 * 4) > 0);
    assert_true(fcntl(answers[1], F_SETPIPE_SZ, 1 << 20) > 0);
    for (int i = 0; i < MANY; i++)
        start(i);
    for (uint64_t ticket; n < MANY; n++) {
        while ((ticket = asked()) == 0) {
            dw__loop_stop(loop);
            dw__loop_run(loop); /* one turn */
        }
        say(ticket, DW_OK, "token");
    }
    while (ended < MANY)
        dw__loop_run(loop);
    for (int i = 0; i < MANY; i++)
        has_token(i, "token");
}

static void silence_is_a_no(void **state)
{
    struct clock *clock = dw__loop_clock_for_test(loop);

    (void)state;
    dw__clock_read(clock);
    dw__clock_set(clock, clock->unix_ms);
    start(0);
    dw__clock_set(clock, clock->unix_ms + 11000);
    dw__loop_run(loop);
    assert_int_equal(requests[0].got, DW_UNAVAILABLE);
    say(asked(), DW_OK, "late");
    requests[1].ctx.deadline_ns = clock->mono_ns + 1000000000; /* the request has less time than a keeper */
    start(1);
    dw__clock_set(clock, clock->unix_ms + 1100);
    dw__loop_run(loop);
    assert_int_equal(requests[1].got, DW_UNAVAILABLE);
    requests[2].ctx.deadline_ns = 1;
    start(2); /* it was over before */
    assert_int_equal(requests[2].got, DW_UNAVAILABLE);
}

static void a_client_that_leaves(void **state)
{
    (void)state;
    start(0);
    dw__ctx_cancel(&requests[0].ctx);
    dw__loop_run(loop);
    assert_int_equal(requests[0].got, DW_CANCELED);
    say(asked(), DW_OK, "late");
    requests[1].ctx.canceled = true;
    start(1);
    assert_int_equal(requests[1].got, DW_CANCELED);
    assert_int_equal(asked(), 0);
}

static void what_no_token_has_is_not_asked(void **state)
{
    static const char text[80] = "";

    (void)state;
    sign_in.sub = (dw_text){text, sizeof(text)};
    start(0);
    assert_int_equal(requests[0].got, DW_INVALID);
    assert_int_equal(asked(), 0);
    sign_in.sub = DW_TEXT("ann");
    requests[1].ctx.fiber = NULL; /* who has no fiber cannot wait */
    assert_int_equal(dw__keeper_issue(&requests[1].ctx, &sign_in, &requests[1].token, &requests[1].life),
                     DW_INTERNAL);
}

/* What the process before did to the pipe is undone. */
static void the_pipe_keeps_messages_apart_again(void **state)
{
    (void)state;
    dw__keeper_client_free(services.keeper);
    assert_int_equal(fcntl(asks[1], F_SETFL, 0), 0);
    assert_int_equal(fcntl(answers[0], F_SETFL, 0), 0);
    assert_int_equal(dw__keeper_client_new(&services.keeper, loop, asks[1], answers[0]), DW_OK);
    assert_int_equal(fcntl(asks[1], F_GETFL) & (O_NONBLOCK | O_DIRECT), O_NONBLOCK | O_DIRECT);
    assert_int_equal(fcntl(answers[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_and_a_refusal, setup, teardown),
        cmocka_unit_test_setup_teardown(each_hears_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_keeper_took_with_it_is_asked_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_pipe_is_waited_for, setup, teardown),
        cmocka_unit_test_setup_teardown(silence_is_a_no, setup, teardown),
        cmocka_unit_test_setup_teardown(a_client_that_leaves, setup, teardown),
        cmocka_unit_test_setup_teardown(what_no_token_has_is_not_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(the_pipe_keeps_messages_apart_again, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
