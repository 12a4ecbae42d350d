/* A record is read whole or refused whole: every length, kind and name is looked at, whatever the sender is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/audit_record.h"
#include "base/text.h"

static uint8_t bytes[DW__AUDIT_RECORD + 64];
static size_t size;
static char printed[65536];

static void begin(unsigned event, unsigned n)
{
    struct audit_head head = {.event = (uint16_t)event, .n = (uint16_t)n, .lost = 3, .ticket = 9};

    memcpy(bytes, &head, sizeof head);
    size = sizeof head;
}

static void add(const char *name, unsigned kind, const void *value, size_t n)
{
    struct audit_field_head head = {
        .kind = (uint8_t)kind, .name_n = (uint8_t)strlen(name), .value_n = (uint16_t)n};

    memcpy(bytes + size, &head, sizeof head);
    memcpy(bytes + size + sizeof head, name, head.name_n);
    memcpy(bytes + size + sizeof head + head.name_n, value, n);
    size += sizeof head + head.name_n + n;
}

static dw_err finish(struct audit_record *out)
{
    uint32_t all = (uint32_t)size;

    memcpy(bytes, &all, sizeof all);
    return dw__audit_record_read((dw_bytes){bytes, size}, out);
}

static const char *print(const struct audit_record *record)
{
    struct buf b;

    dw__buf_init_fixed(&b, printed, sizeof printed - 1);
    dw__audit_record_print(record, &b);
    assert_false(b.failed);
    printed[b.n] = '\0';
    return printed;
}

static void what_was_put_is_printed(void **state)
{
    struct audit_record record;
    int64_t number = -5;

    (void)state;
    begin(AUDIT_OWN, 5);
    add("event", DW_KV_TEXT, "account.disabled", 16);
    add("actor", DW_KV_TEXT, "a\"\n\xff", 4);
    add("account", DW_KV_INT, &number, 8);
    add("many", DW_KV_UINT, &number, 8);
    add("on", DW_KV_BOOL, &number, 8);
    assert_int_equal(finish(&record), DW_OK);
    assert_true(dw__text_is(record.name, "account.disabled"));
    assert_int_equal(record.lost, 3);
    assert_int_equal(record.ticket, 9);
    assert_string_equal(print(&record), ",\"actor\":\"a\\\"\\u000a\xef\xbf\xbd\",\"account\":-5,"
                                        "\"many\":18446744073709551611,\"on\":true");
}

static void refused(void)
{
    struct audit_record record;

    assert_int_equal(finish(&record), DW_INVALID);
}

static void events_of_ours_have_their_members_only(void **state)
{
    struct audit_record record;
    int64_t number = 1;

    (void)state;
    begin(AUDIT_TOKEN_REFUSED, 1);
    add("why", DW_KV_TEXT, "expired", 7);
    assert_int_equal(finish(&record), DW_OK);
    assert_true(dw__text_is(record.name, "auth.token_refused"));
    begin(AUDIT_TOKEN_REFUSED, 1);
    add("limit", DW_KV_TEXT, "1", 1);
    refused();
    begin(AUDIT_TOKEN_REFUSED, 1);
    add("actor", DW_KV_INT, &number, 8);
    refused();
}

static void nobody_but_the_writer_opens_or_closes(void **state)
{
    (void)state;
    for (unsigned event = AUDIT_OPENED; event < AUDIT_OWN; event++) {
        begin(event, 0);
        refused();
    }
    begin(AUDIT_OWN + 1, 0);
    refused();
    begin(AUDIT_OWN, 0);
    refused();
    begin(AUDIT_OWN, 1);
    add("event", DW_KV_TEXT, "audit.opened", 12);
    refused();
    begin(AUDIT_OWN, 1);
    add("event", DW_KV_TEXT, "x\",\"mac\":\"", 10);
    refused();
    begin(AUDIT_OWN, 1);
    add("name", DW_KV_TEXT, "x", 1);
    refused();
}

static void members_of_the_line_are_the_writer_s(void **state)
{
    static const char *const ours[] = {"time", "chain", "seq", "event", "kind", "process", "mac", "outcome"};

    (void)state;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        begin(AUDIT_OWN, 2);
        add("event", DW_KV_TEXT, "x", 1);
        add(ours[i], DW_KV_TEXT, "x", 1);
        refused();
    }
    begin(AUDIT_OWN, 2);
    add("event", DW_KV_TEXT, "x", 1);
    add("a\"b", DW_KV_TEXT, "x", 1);
    refused();
}

static void every_length_is_looked_at(void **state)
{
    struct audit_record record;
    size_t whole;

    (void)state;
    begin(AUDIT_OWN, 2);
    add("event", DW_KV_TEXT, "an.event", 8);
    add("text", DW_KV_TEXT, "value", 5);
    assert_int_equal(finish(&record), DW_OK);
    whole = size;
    for (size = 0; size < whole; size++)
        refused();
    size = whole + 1;
    bytes[whole] = 0;
    refused();
    size = whole;
    assert_int_equal(finish(&record), DW_OK);
    bytes[offsetof(struct audit_head, zero)] = 1;
    refused();
    bytes[offsetof(struct audit_head, zero)] = 0;
    for (unsigned n = 0; n < 256; n++)
        for (size_t i = sizeof(struct audit_head); i < sizeof(struct audit_head) + 4; i++) {
            uint8_t before = bytes[i];

            bytes[i] = (uint8_t)n;
            if (n != before)
                assert_int_equal(finish(&record), DW_INVALID);
            bytes[i] = before;
        }
}

static void numbers_have_eight_bytes(void **state)
{
    (void)state;
    begin(AUDIT_OWN, 2);
    add("event", DW_KV_TEXT, "x", 1);
    add("number", DW_KV_INT, "1234", 4);
    refused();
    begin(AUDIT_OWN, 2);
    add("event", DW_KV_TEXT, "x", 1);
    add("number", DW_KV_REAL, "12345678", 8);
    refused();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_printed),
        cmocka_unit_test(events_of_ours_have_their_members_only),
        cmocka_unit_test(nobody_but_the_writer_opens_or_closes),
        cmocka_unit_test(members_of_the_line_are_the_writer_s),
        cmocka_unit_test(every_length_is_looked_at),
        cmocka_unit_test(numbers_have_eight_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
