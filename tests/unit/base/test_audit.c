/* Records of the audit log leave a process whole, in bounds, without what is not theirs; what does not fit is counted. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/audit.h"
#include "base/ctx.h"
#include "base/log.h"
#include "base/text.h"

static int fds[2];
static struct audit_link pipe_link;
static uint8_t got[DW__AUDIT_RECORD * 2];

static int setup(void **state)
{
    (void)state;
    if (pipe2(fds, O_NONBLOCK | O_CLOEXEC | O_DIRECT) != 0)
        return -1;
    memset(&pipe_link, 0, sizeof pipe_link);
    pipe_link.fd = fds[1];
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    close(fds[0]);
    close(fds[1]);
    return 0;
}

static struct audit_head take(void)
{
    struct audit_head head;
    ssize_t n = read(fds[0], got, sizeof got);

    assert_true(n >= (ssize_t)sizeof head);
    memcpy(&head, got, sizeof head);
    assert_int_equal(head.size, n);
    return head;
}

static bool has(const struct audit_head *head, const char *text)
{
    return memmem(got, head->size, text, strlen(text)) != NULL;
}

static void every_event_has_its_row(void **state)
{
    (void)state;
    for (unsigned i = 0; i < AUDIT_OWN; i++) {
        const struct audit_event_row *row = dw__audit_row(i);

        assert_true(dw__audit_name_holds(dw__text_of(row->name), true));
        assert_int_equal(dw__audit_find(row->name), i);
        assert_true(strlen(row->kind) > 0 && strlen(row->severity) > 0 && strlen(row->outcome) > 0);
    }
    assert_int_equal(dw__audit_find("book.added"), AUDIT_OWN);
    assert_null(dw__audit_row(AUDIT_OWN)->name);
    assert_string_equal(dw__audit_row(9999)->kind, "administration");
}

static void names_are_plain(void **state)
{
    char longest[DW__AUDIT_NAME + 1];

    (void)state;
    memset(longest, 'a', sizeof longest);
    assert_true(dw__audit_name_holds((dw_text){longest, DW__AUDIT_NAME}, false));
    assert_false(dw__audit_name_holds((dw_text){longest, DW__AUDIT_NAME + 1}, false));
    assert_false(dw__audit_name_holds(DW_TEXT(""), false));
    assert_false(dw__audit_name_holds(DW_TEXT("a.b"), false));
    assert_true(dw__audit_name_holds(DW_TEXT("a.b_2"), true));
    assert_false(dw__audit_name_holds(DW_TEXT("A"), true));
    assert_false(dw__audit_name_holds(DW_TEXT("2a"), true));
    assert_false(dw__audit_name_holds(DW_TEXT("a\"b"), true));
}

static void a_record_has_what_its_event_may_have(void **state)
{
    const dw_kv kv[] = {DW_KV(why, "expired"), DW_KV(host, "typed-by-somebody"), {0}};
    const dw_principal who = {.id = 7, .uid = DW_TEXT_INIT("u-7"), .name = DW_TEXT_INIT("Ada")};
    dw_ctx ctx = {.request_id = DW_TEXT_INIT("r-1"),
                  .route = DW_TEXT_INIT("/a/{id}"),
                  .peer = DW_TEXT_INIT("192.0.2.1"),
                  .principal = &who};
    struct audit_head head;

    (void)state;
    assert_int_equal(dw__audit_put(&pipe_link, &ctx, AUDIT_TOKEN_REFUSED, NULL, kv, 3, 0), DW_OK);
    head = take();
    assert_int_equal(head.event, AUDIT_TOKEN_REFUSED);
    assert_int_equal(head.n, 5);
    assert_true(has(&head, "request_idr-1") && has(&head, "route/a/{id}") && has(&head, "address192.0.2.1") &&
                has(&head, "actoru-7") && has(&head, "whyexpired"));
    assert_false(has(&head, "typed-by-somebody"));
    assert_false(has(&head, "Ada"));
    assert_false(ctx.principal_asked);
}

static void what_the_event_says_is_not_said_twice(void **state)
{
    const struct dw_principal somebody = {.uid = DW_TEXT_INIT("from-the-context")};
    const dw_kv kv[] = {DW_KV(actor, "from-the-event"), DW_KV(b, 1)};
    dw_ctx ctx = {.principal = &somebody};

    (void)state;
    assert_int_equal(dw__audit_put(&pipe_link, &ctx, AUDIT_OWN, "some.event", kv, 2, 0), DW_OK);
    struct audit_head head = take();
    assert_int_equal(head.n, 3);
    assert_true(has(&head, "from-the-event"));
    assert_false(has(&head, "from-the-context"));
    assert_int_equal(dw__audit_put(&pipe_link, &ctx, AUDIT_OWN, "some.event", kv + 1, 1, 0), DW_OK);
    head = take();
    assert_true(has(&head, "from-the-context"));
}

static void own_events_that_can_be(void **state)
{
    const dw_kv twice[] = {DW_KV(a, 1), DW_KV(b, 2), DW_KV(a, 3)}, upper[] = {DW_KV(itemId, 1)},
                writers[] = {DW_KV(severity, "x")}, number[] = {DW_KV(address, 1)},
                text[] = {DW_KV(address, "x"), {0}};

    (void)state;
    assert_true(dw__audit_own_holds("some.event", twice, 2));
    assert_false(dw__audit_own_holds("some.event", twice, 3));
    assert_false(dw__audit_own_holds("some.event", upper, 1));
    assert_false(dw__audit_own_holds("some.event", writers, 1));
    assert_false(dw__audit_own_holds("some.event", number, 1));
    assert_true(dw__audit_own_holds("some.event", text, 2));
    assert_false(dw__audit_own_holds("audit.mine", NULL, 0));
    assert_false(dw__audit_own_holds("host.refused", NULL, 0));
    assert_false(dw__audit_own_holds("Some.event", NULL, 0));
}

static void secrets_have_no_text(void **state)
{
    const dw_kv kv[] = {DW_KV(key, ((dw_secret){"hunter2", 7}))};
    struct audit_head head;

    (void)state;
    assert_int_equal(dw__audit_put(&pipe_link, NULL, AUDIT_OWN, "key.shown", kv, 1, 5), DW_OK);
    head = take();
    assert_int_equal(head.ticket, 5);
    assert_true(has(&head, "[secret]") && has(&head, "key.shown"));
    assert_false(has(&head, "hunter2"));
}

static void what_is_too_long_is_cut(void **state)
{
    char text[2 * DW__AUDIT_RECORD];
    dw_kv kv[20];
    struct audit_head head;

    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < 20; i++)
        kv[i] = dw_x_kv_text("key", (dw_text){text, sizeof text});
    assert_int_equal(dw__audit_put(&pipe_link, NULL, AUDIT_OWN, "some.event", kv, 20, 0), DW_OK);
    head = take();
    assert_true(head.size <= DW__AUDIT_RECORD && head.size > DW__AUDIT_RECORD - 600);
    assert_int_equal(head.n, 8); /* the event's name, and seven texts of 512 */
}

static void a_full_pipe_counts(void **state)
{
    unsigned put = 0;
    struct audit_head head;

    (void)state;
    while (dw__audit_put(&pipe_link, NULL, AUDIT_HOST_REFUSED, NULL, NULL, 0, 0) == DW_OK)
        assert_true(++put < 100000);
    assert_true(put > 0);
    assert_int_equal(dw__audit_put(&pipe_link, NULL, AUDIT_HOST_REFUSED, NULL, NULL, 0, 0), DW_UNAVAILABLE);
    assert_int_equal(pipe_link.lost, 2);
    for (unsigned i = 0; i < put; i++)
        assert_int_equal(take().lost, 0);
    assert_int_equal(dw__audit_put(&pipe_link, NULL, AUDIT_HOST_REFUSED, NULL, NULL, 0, 0), DW_OK);
    head = take();
    assert_int_equal(head.lost, 2);
    assert_int_equal(pipe_link.lost, 0);
}

static void events_of_the_log_go_there_by_themselves(void **state)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct log *log;

    (void)state;
    assert_int_equal(dw__log_new(&log, null, DW_LOG_LEVEL_ERROR, "test"), DW_OK);
    DW__EVENT(log, NULL, DW_LOG_LEVEL_INFO, "limit.exceeded", DW_KV(limit, "5/minute"));
    assert_int_equal(read(fds[0], got, sizeof got), -1);
    dw__log_audit_to(log, &pipe_link);
    DW__EVENT(log, NULL, DW_LOG_LEVEL_INFO, "sql.moved", DW_KV(statement, "x")); /* not one of these */
    assert_int_equal(read(fds[0], got, sizeof got), -1);
    DW__EVENT(log, NULL, DW_LOG_LEVEL_INFO, "limit.exceeded", DW_KV(limit, "5/minute"));
    assert_int_equal(take().event, AUDIT_LIMIT_EXCEEDED);
    dw__log_audit_to(log, NULL);
    dw__log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_event_has_its_row, setup, teardown),
        cmocka_unit_test_setup_teardown(names_are_plain, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_has_what_its_event_may_have, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_event_says_is_not_said_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(own_events_that_can_be, setup, teardown),
        cmocka_unit_test_setup_teardown(secrets_have_no_text, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_too_long_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_pipe_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(events_of_the_log_go_there_by_themselves, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
