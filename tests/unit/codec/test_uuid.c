/* UUIDs of RFC 9562. */
#include "codec/uuid.h"

#include "codec/values.h"

static void reads_and_writes(void **state)
{
    /* RFC 9562, appendix A, and the two that §5.9 and §5.10 name. */
    static const dw_text rows[] = {
        DW_TEXT_INIT("c232ab00-9414-11ec-b3c8-9f6bdeced846"),
        DW_TEXT_INIT("5df41881-3aed-3515-88a7-2f4a814cf09e"),
        DW_TEXT_INIT("919108f7-52d1-4320-9bac-f847db4148a8"),
        DW_TEXT_INIT("2ed6657d-e927-568b-95e1-2665a8aea6a2"),
        DW_TEXT_INIT("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"),
        DW_TEXT_INIT("00000000-0000-0000-0000-000000000000"),
        DW_TEXT_INIT("ffffffff-ffff-ffff-ffff-ffffffffffff"),
    };
    struct memory m;
    dw_ctx *ctx = memory_init(&m);
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        dw_uuid v;
        assert_true(READS(dw_uuid_read, rows[i], &v));
        assert_true(dw__text_eq(dw_uuid_text(ctx, v), rows[i]));
    }
    dw_uuid upper, lower;
    assert_true(dw_uuid_read(DW_TEXT("C232AB00-9414-11EC-B3C8-9F6BDECED846"), &upper));
    assert_true(dw_uuid_read(rows[0], &lower));
    assert_int_equal(dw_uuid_compare(upper, lower), 0);
    assert_true(upper.b[0] == 0xc2 && upper.b[15] == 0x46);
    dw__arena_release(&m.arena);
}

static void refuses(void **state)
{
    static const dw_text rows[] = {
        DW_TEXT_INIT(""),
        DW_TEXT_INIT("c232ab00-9414-11ec-b3c8-9f6bdeced84"),
        DW_TEXT_INIT("c232ab00-9414-11ec-b3c8-9f6bdeced8466"),
        DW_TEXT_INIT("c232ab00941411ecb3c89f6bdeced846"),
        DW_TEXT_INIT("{c232ab00-9414-11ec-b3c8-9f6bdeced846}"),
        DW_TEXT_INIT("urn:uuid:c232ab00-9414-11ec-b3c8-9f6bdeced846"),
        DW_TEXT_INIT("c232ab009-414-11ec-b3c8-9f6bdeced846"),
        DW_TEXT_INIT("c232ab00-9414-11ec-b3c8_9f6bdeced846"),
        DW_TEXT_INIT("g232ab00-9414-11ec-b3c8-9f6bdeced846"),
        DW_TEXT_INIT("c232ab00-9414-11ec-b3c8-9f6bdeced84-"),
        DW_TEXT_INIT(" c232ab00-9414-11ec-b3c8-9f6bdeced84"),
        DW_TEXT_INIT("c232ab00-9414-11ec-b3c8-9f6bdeced84\0"),
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        dw_uuid v;
        if (READS(dw_uuid_read, rows[i], &v))
            fail_msg("\"%.*s\" is no UUID", DW_FMT(rows[i]));
    }
}

static void new_ones_are_version_4(void **state)
{
    unsigned variants = 0;
    dw_uuid last = {{0}};
    (void)state;
    for (int i = 0; i < 100; i++) {
        dw_uuid v = dw_uuid_new();
        assert_int_equal(v.b[6] >> 4, 4);
        assert_int_equal(v.b[8] >> 6, 2);
        assert_true(dw_uuid_compare(v, last) != 0);
        variants |= 1u << (v.b[8] >> 4 & 3);
        last = v;
    }
    assert_int_equal(__builtin_popcount(variants), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(new_ones_are_version_4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
