/* An administrative act waits for its line: said yes, said no, said nothing, and what a writer that was taken over says. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "auth/audit_client.h"
#include "base/ctx.h"
#include "os/fiber.h"
#include <dw/audit.h>

static struct loop *loop;
static struct fiber_pool *pool;
static struct services services;
static dw_ctx ctx;
static dw_err got;
static int records[2], answers[2], ended;

static int setup(void **state)
{
    (void)state;
    ended = 0;
    if (dw__loop_new(&loop) != DW_OK || dw__fiber_pool_new(&pool, loop, 100, 8) != DW_OK ||
        pipe2(records, O_NONBLOCK | O_CLOEXEC | O_DIRECT) != 0 ||
        pipe2(answers, O_NONBLOCK | O_CLOEXEC | O_DIRECT) != 0)
        return -1;
    services = (struct services){.loop = loop};
    dw__ctx_init(&ctx, NULL, &services, dw__loop_clock(loop));
    return dw__audit_client_new(&services.audit, loop, records[1], answers[0]) == DW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    dw__audit_client_free(services.audit);
    for (int i = 0; i < 2; i++) {
        close(records[i]);
        close(answers[i]);
    }
    dw__fiber_pool_free(pool);
    dw__loop_free(loop);
    return 0;
}

static void act(void *arg)
{
    (void)arg;
    ctx.fiber = dw__fiber_self();
    got = DW_AUDIT(&ctx, "account.disabled", DW_KV(account, 7));
    ctx.fiber = NULL;
    ended++;
    dw__loop_stop(loop);
}

static void start(void)
{
    got = DW_INTERNAL;
    assert_int_equal(dw__fiber_start(pool, act, NULL, NULL), DW_OK);
}

static uint64_t ticket_of_record(void)
{
    uint8_t bytes[DW__AUDIT_RECORD];
    struct audit_head head;

    assert_true(read(records[0], bytes, sizeof bytes) > (ssize_t)sizeof head);
    memcpy(&head, bytes, sizeof head);
    assert_int_equal(head.event, AUDIT_OWN);
    return head.ticket;
}

static void say(uint64_t ticket, uint32_t ok)
{
    const struct audit_answer a = {.ticket = ticket, .said = ok};

    assert_int_equal(write(answers[1], &a, sizeof a), sizeof a);
}

static void yes_and_no(void **state)
{
    (void)state;
    start();
    assert_int_equal(ended, 0);
    say(ticket_of_record(), 1);
    dw__loop_run(loop);
    assert_int_equal(got, DW_OK);
    start();
    say(ticket_of_record(), 0);
    dw__loop_run(loop);
    assert_int_equal(got, DW_UNAVAILABLE);
    assert_int_equal(ended, 2);
}

static void answers_that_nobody_waits_for_are_nothing(void **state)
{
    uint64_t ticket;

    (void)state;
    start();
    ticket = ticket_of_record();
    say(ticket + 1, 1);
    say(0, 1);
    say(ticket, 7); /* neither */
    dw__loop_run(loop);
    assert_int_equal(got, DW_UNAVAILABLE);
    say(ticket, 1);
    assert_int_equal(write(answers[1], "abc", 3), 3);
    start();
    say(ticket_of_record(), 1);
    dw__loop_run(loop);
    assert_int_equal(got, DW_OK);
}

static void a_full_pipe_is_a_no(void **state)
{
    (void)state;
    while (dw__audit_put(dw__audit_client_link(services.audit), NULL, AUDIT_DENIED, NULL, NULL, 0, 0) ==
           DW_OK)
        ;
    start();
    assert_int_equal(ended, 1);
    assert_int_equal(got, DW_UNAVAILABLE);
}

static void silence_is_a_no(void **state)
{
    struct clock *clock = dw__loop_clock_for_test(loop);

    (void)state;
    dw__clock_read(clock);
    dw__clock_set(clock, clock->unix_ms);
    start();
    dw__clock_set(clock, clock->unix_ms + 6000);
    dw__loop_run(loop);
    assert_int_equal(got, DW_UNAVAILABLE);
}

static void events_that_cannot_be(void **state)
{
    (void)state;
    ctx.fiber = NULL;
    assert_int_equal(DW_AUDIT(&ctx, "Not A Name"), DW_INTERNAL);
    assert_int_equal(DW_AUDIT(&ctx, "audit.closed"), DW_INTERNAL);
    assert_int_equal(DW_AUDIT(&ctx, "host.refused"), DW_INTERNAL);
    assert_int_equal(DW_AUDIT(&ctx, "audit.of_my_own"), DW_INTERNAL);
}

/* The writer would refuse the record, and have this process ended for it. */
static void keys_that_cannot_be(void **state)
{
    dw_text text = {"x", 1};

    (void)state;
    ctx.fiber = NULL;
    assert_int_equal(DW_AUDIT(&ctx, "some.event", DW_KV(itemId, 1)), DW_INTERNAL);
    assert_int_equal(DW_AUDIT(&ctx, "some.event", DW_KV(kind, text)), DW_INTERNAL);
    assert_int_equal(DW_AUDIT(&ctx, "some.event", DW_KV(mac, text)), DW_INTERNAL);
    assert_int_equal(DW_AUDIT(&ctx, "some.event", DW_KV(actor, 7)), DW_INTERNAL);
    assert_int_equal(DW_AUDIT(&ctx, "some.event", DW_KV(a, 1), DW_KV(b, 1), DW_KV(a, 2)), DW_INTERNAL);
    assert_int_equal(DW_AUDIT(&ctx, "some.event", DW_KV(a, 1), DW_KV(actor, text)), DW_UNAVAILABLE);
}

/* The pipe of answers outlives a process: what is in it is for nobody who comes later. */
static void tickets_of_another_process_are_others(void **state)
{
    uint64_t first, second;

    (void)state;
    start();
    first = ticket_of_record();
    say(first, 0);
    dw__loop_run(loop);
    dw__audit_client_free(services.audit);
    assert_int_equal(dw__audit_client_new(&services.audit, loop, records[1], answers[0]), DW_OK);
    start();
    second = ticket_of_record();
    say(second, 1);
    dw__loop_run(loop);
    assert_int_equal(got, DW_OK);
    assert_true(first != second && first != 0 && second != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(yes_and_no, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_that_nobody_waits_for_are_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_pipe_is_a_no, setup, teardown),
        cmocka_unit_test_setup_teardown(silence_is_a_no, setup, teardown),
        cmocka_unit_test_setup_teardown(events_that_cannot_be, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_that_cannot_be, setup, teardown),
        cmocka_unit_test_setup_teardown(tickets_of_another_process_are_others, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
