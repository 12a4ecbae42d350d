/* Where a request of a connection that was read ahead is counted: where any other of that client's is; and what is given back of what was charged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "guard/charge.h"

#define KEYS 1024u

static struct plan_limit limit = {
    .rates = {{5, 60}, {100, 3600}}, .n = 2, .identity = 42, .by = DW_RATE_BY_ADDRESS, .cost = 1};
static void *table_memory;
static struct clock now = {.mono_ns = UINT64_C(1000000000000)};

static int set_up(void **state)
{
    size_t size = dw__rate_table_size(KEYS);
    void *memory = aligned_alloc(128, (size + 127) & ~(size_t)127);

    if (memory == NULL)
        return -1;
    memset(memory, 0, size);
    dw__rate_table_begin(memory);
    table_memory = memory;
    *state = dw__rate_table_on(memory, KEYS);
    limit.of_all = limit.cross_site_apart = true;
    return *state == NULL;
}

static int tear_down(void **state)
{
    dw__rate_table_free(*state);
    free(table_memory);
    return 0;
}

/* What a request from `address` with that note has left; -1: it is refused. */
static int left_of(struct rate_table *table, const char *address, uint64_t note, const char *site)
{
    const struct services services = {.rates = table};
    struct http_field field = {DW_TEXT_INIT("sec-fetch-site"), dw__text_of(site)};
    dw_req req = {.ctx = {.services = &services, .clock = &now},
                  .head = {.fields = &field, .n_fields = 1},
                  .peer = {.text = dw__text_of(address),
                           .counted = dw__ip_counted(dw__text_of(address)),
                           .note = note}};
    dw_err err;
    int left;

    dw__arena_init(&req.arena, NULL, 65536);
    err = dw__charge(&req, &limit, (dw_text){NULL, 0});
    left = err == DW_OK ? (int)req.limited->answer.remaining : -1;
    dw__arena_release(&req.arena);
    return left;
}

static uint64_t noted(const struct rate_table *table, const char *address)
{
    const struct ip_counted who = dw__ip_counted(dw__text_of(address));
    uint64_t note = 0;

    dw__charge_soon(table, &limit, &who, &note);
    return note;
}

static void the_same_with_a_note_and_without(void **state)
{
    const uint64_t note = noted(*state, "192.0.2.1");

    assert_true(note != 0 && note == noted(*state, "::ffff:192.0.2.1") && note != noted(*state, "192.0.2.2"));
    assert_int_equal(left_of(*state, "192.0.2.1", note, "none"), 4);
    assert_int_equal(left_of(*state, "192.0.2.1", 0, "none"), 3);
    assert_int_equal(left_of(*state, "192.0.2.1", note, "none"), 2);
    assert_int_equal(left_of(*state, "192.0.2.2", noted(*state, "192.0.2.2"), "none"), 4);
}

/* What a browser sends for another site has its own count, and no note says otherwise. */
static void for_another_site(void **state)
{
    const uint64_t note = noted(*state, "192.0.2.1");

    assert_int_equal(left_of(*state, "192.0.2.1", note, "none"), 4);
    assert_int_equal(left_of(*state, "192.0.2.1", note, "cross-site"), 4);
    assert_int_equal(left_of(*state, "192.0.2.1", 0, "cross-site"), 3);
    assert_int_equal(left_of(*state, "192.0.2.1", note, "none"), 3);
}

/* What a proxy passes on broken does not use up what the proxy asks for itself, say whether we are there. */
static void broken_by_way_of_a_proxy(void **state)
{
    const struct services services = {.rates = *state};
    dw_req req = {
        .ctx = {.services = &services, .clock = &now},
        .peer = {.text = DW_TEXT_INIT("192.0.2.1"), .counted = dw__ip_counted(DW_TEXT("192.0.2.1"))},
        .of_proxy = true,
        .refused = DW_BAD_REQUEST};

    dw__arena_init(&req.arena, NULL, 65536);
    for (int i = 0; i < 6; i++) {
        req.limited = NULL;
        assert_int_equal(dw__charge(&req, &limit, (dw_text){NULL, 0}), i < 5 ? DW_OK : DW_TOO_MANY);
    }
    assert_int_equal(left_of(*state, "192.0.2.1", 0, "none"), 4);
    dw__arena_release(&req.arena);
}

/* The note is of the limit of all requests: no other limit is counted by it. */
static void by_another_limit(void **state)
{
    const uint64_t note = noted(*state, "192.0.2.1");

    assert_int_equal(left_of(*state, "192.0.2.1", note, "none"), 4);
    limit.of_all = false;
    assert_int_equal(left_of(*state, "192.0.2.1", note ^ 1, "none"), 3);
    limit.identity++;
    assert_int_equal(left_of(*state, "192.0.2.1", note, "none"), 4);
    limit.identity--;
}

/* ---- outcomes ---- */

static struct plan_limit failures = {
    .rates = {{3, 60}}, .n = 1, .identity = 7, .by = DW_RATE_BY_ADDRESS, .cost = 1, .on = DW_RATE_ON_4XX};

/* Charges a request, and settles it as each of `statuses` up to a zero; what is left of the limit. */
static int left_after(struct rate_table *table, bool canceled, const int *statuses)
{
    const struct services services = {.rates = table};
    dw_req req = {.ctx = {.services = &services, .clock = &now, .canceled = canceled},
                  .peer = {.text = DW_TEXT_INIT("192.0.2.1")}};
    int left;

    dw__arena_init(&req.arena, NULL, 65536);
    assert_int_equal(dw__charge(&req, &failures, (dw_text){NULL, 0}), DW_OK);
    for (; *statuses != 0; statuses++) {
        req.reply.status = *statuses;
        dw__charge_settle(&req);
    }
    left = (int)req.limited->answer.remaining;
    dw__arena_release(&req.arena);
    return left;
}

#define REPLIES(...) ((const int[]){__VA_ARGS__, 0})

static void what_counts(void **state)
{
    assert_int_equal(left_after(*state, false, REPLIES(200)), 3);
    assert_int_equal(left_after(*state, false, REPLIES(404)), 2);
    assert_int_equal(left_after(*state, false, REPLIES(200)), 2);
}

/* A reply that could not be sent is followed by another: it is the first that counts, and what is given back is given once. */
static void a_second_reply_gives_nothing_back(void **state)
{
    assert_int_equal(left_after(*state, false, REPLIES(404)), 2);
    assert_int_equal(left_after(*state, false, REPLIES(200, 503)), 2);
    assert_int_equal(left_after(*state, false, REPLIES(404, 503)), 1);
    assert_int_equal(left_after(*state, false, REPLIES(200)), 1);
}

static void who_has_left_stays_charged(void **state)
{
    assert_int_equal(left_after(*state, true, REPLIES(503)), 2);
    assert_int_equal(left_after(*state, true, REPLIES(503)), 1);
}

/* Windows of two rates that count in the same way are apart, however their numbers add up. */
static void two_sliding_windows(void **state)
{
    static const struct plan_limit two = {.rates = {{100, 3600}, {1000, 86400}},
                                          .n = 2,
                                          .identity = 9,
                                          .strategy = DW_RATE_SLIDING_COUNTER,
                                          .cost = 1};
    const struct services services = {.rates = *state};
    static struct clock later = {.mono_ns = UINT64_C(3700000000000)};
    unsigned let = 0;

    for (int i = 0; i < 150; i++) {
        dw_req req = {.ctx = {.services = &services, .clock = &later},
                      .peer = {.text = DW_TEXT_INIT("192.0.2.1")}};

        dw__arena_init(&req.arena, NULL, 65536);
        let += dw__charge(&req, &two, (dw_text){NULL, 0}) == DW_OK;
        dw__arena_release(&req.arena);
    }
    assert_int_equal(let, 100);
}

static void nothing_to_count(void **state)
{
    const struct plan_limit none = {.n = 0};
    const struct ip_counted who = {.version = 0};
    uint64_t note = 0;

    dw__charge_soon(*state, &none, &who, &note);
    dw__charge_soon(NULL, &limit, &who, &note);
    assert_int_equal(note, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_with_a_note_and_without, set_up, tear_down),
        cmocka_unit_test_setup_teardown(for_another_site, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_by_way_of_a_proxy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(by_another_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_reply_gives_nothing_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_left_stays_charged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_sliding_windows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_to_count, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
