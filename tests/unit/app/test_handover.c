/* What is handed to another version comes out as it went in, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/handover.h"
#include "os/memfd.h"

static char *const some[] = {(char[]){"coffer"}, (char[]){""}, (char[]){"serve"}, NULL};
static char *const more[] = {(char[]){"A=b"}, NULL};
static char *const none[] = {NULL};

static dw_err reopen(struct arena *arena, const void *p, size_t n, struct handover *out)
{
    int fd;
    dw_err err;

    assert_int_equal(dw__memfd_sealed("test", p, n, &fd), DW_OK);
    err = dw__handover_open(fd, arena, out);
    (void)close(fd);
    return err;
}

static void it_comes_out_as_it_went_in(void **state)
{
    struct arena arena;
    struct handover out;
    int fd;

    (void)state;
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    assert_int_equal(dw__handover_seal(7, some, more, &fd), DW_OK);
    assert_int_equal(dw__handover_open(fd, &arena, &out), DW_OK);
    (void)close(fd);
    assert_int_equal(out.flags, 7);
    assert_int_equal(out.n[0], 3);
    assert_int_equal(out.n[1], 1);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(out.strings[0][i], some[i]);
    assert_string_equal(out.strings[1][0], "A=b");
    assert_null(out.strings[0][3]);
    assert_null(out.strings[1][1]);
    dw__arena_release(&arena);
}

static void anything_else_is_refused(void **state)
{
    struct arena arena;
    struct handover out;
    dw_bytes bytes;
    char copy[256];
    int fd;

    (void)state;
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    assert_int_equal(dw__handover_seal(0, some, none, &fd), DW_OK);
    assert_int_equal(dw__memfd_map(fd, sizeof copy - 1, &bytes), DW_OK);
    memcpy(copy, bytes.p, bytes.n);
    copy[bytes.n] = 0;
    assert_int_equal(reopen(&arena, copy, bytes.n, &out), DW_OK);
    for (size_t n = 1; n < bytes.n; n++)
        assert_int_equal(reopen(&arena, copy, n, &out), DW_INVALID);
    assert_int_equal(reopen(&arena, copy, bytes.n + 1, &out), DW_INVALID);
    copy[8]++; /* the layout */
    assert_int_equal(reopen(&arena, copy, bytes.n, &out), DW_CONFLICT);
    copy[8]--;
    copy[16] = copy[17] = copy[18] = (char)0xff; /* how many */
    assert_int_equal(reopen(&arena, copy, bytes.n, &out), DW_INVALID);
    copy[0]++;
    assert_int_equal(reopen(&arena, copy, bytes.n, &out), DW_INVALID);
    dw__memfd_unmap(bytes);
    (void)close(fd);
    dw__arena_release(&arena);
}

static void memory_that_could_change_is_refused(void **state)
{
    struct arena arena;
    struct handover out;
    int fd;

    (void)state;
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    assert_int_equal(dw__shared_new("test", 4096, &fd, NULL), DW_OK);
    assert_int_equal(dw__handover_open(fd, &arena, &out), DW_INVALID);
    (void)close(fd);
    dw__arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_out_as_it_went_in),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(memory_that_could_change_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
