/* The fault seam: counting, descriptions, the wrappers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/fault.h"

#ifdef DW_FAULTS
static void they_are_counted(void **state)
{
    (void)state;
    dw__fault_set(DW__FAULT_FSYNC, EIO, 2, 3);
    const int wanted[] = {0, 0, EIO, EIO, EIO, 0, 0};
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(dw__fault(DW__FAULT_FSYNC), wanted[i]);
    assert_int_equal(dw__fault(DW__FAULT_WRITE), 0);
}

static void descriptions(void **state)
{
    (void)state;
    assert_true(dw__fault_parse("fsync=EIO:1:1,write=ENOSPC"));
    assert_int_equal(dw__fault(DW__FAULT_FSYNC), 0);
    assert_int_equal(dw__fault(DW__FAULT_FSYNC), EIO);
    assert_int_equal(dw__fault(DW__FAULT_FSYNC), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(dw__fault(DW__FAULT_WRITE), ENOSPC);
    dw__fault_set(DW__FAULT_WRITE, 0, 0, 0);
    char file[] = "/tmp/dewar-fault-XXXXXX", description[128];
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    close(fd);
    snprintf(description, sizeof(description), "write=EIO@%s,db_write=ENOSPC:1:1@%s", file, file);
    assert_true(dw__fault_parse(description));
    assert_int_equal(dw__fault(DW__FAULT_WRITE), EIO);
    assert_int_equal(dw__fault(DW__FAULT_DB_WRITE), 0);
    unlink(file);
    assert_int_equal(dw__fault(DW__FAULT_WRITE), 0);
    assert_int_equal(dw__fault(DW__FAULT_DB_WRITE), 0);
    static const char *const bad[] = {"fsync=EIO@",
                                      "fsync@x=EIO",
                                      "",
                                      "fsync",
                                      "fsync=",
                                      "=EIO",
                                      "fsync=ELSE",
                                      "sync=EIO",
                                      "fsync=EIO:",
                                      "fsync=EIO:x",
                                      "fsync=EIO:1:",
                                      "fsync=EIO:-1",
                                      "fsync=EIO,",
                                      "fsync=EIO:99999999999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (dw__fault_parse(bad[i]))
            fail_msg("accepted: \"%s\"", bad[i]);
    for (int p = 0; p < DW__FAULT_POINTS; p++)
        dw__fault_set((enum fault_point)p, 0, 0, 0);
}

static void the_wrappers_fail_as_told(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    dw__fault_set(DW__FAULT_WRITE, DW__FAULT_SHORT, 0, 1);
    assert_int_equal(dw__sys_write(ends[1], "1234", 4), 2);
    assert_int_equal(dw__sys_write(ends[1], "1234", 4), 4);
    dw__fault_set(DW__FAULT_WRITE, EPIPE, 0, 1);
    assert_true(dw__sys_write(ends[1], "1234", 4) == -1 && errno == EPIPE);
    dw__fault_set(DW__FAULT_OPEN, ENFILE, 0, 1);
    assert_true(dw__sys_open("/", O_RDONLY, 0) == -1 && errno == ENFILE);
    dw__fault_set(DW__FAULT_MMAP, ENOMEM, 0, 1);
    assert_ptr_equal(dw__sys_mmap(4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1), MAP_FAILED);
    dw__fault_set(DW__FAULT_FSYNC, EIO, 0, 1);
    assert_true(dw__sys_fsync(ends[1]) == -1 && errno == EIO);
    close(ends[0]);
    close(ends[1]);
}
#endif

static void without_a_fault_they_are_the_system_calls(void **state)
{
    (void)state;
    int fd = dw__sys_open("/dev/null", O_WRONLY, 0);
    assert_true(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(dw__sys_write(fd, "1234", 4), 4);
    assert_true(dw__sys_fsync(fd) == -1 && errno == EINVAL);
    close(fd);
    void *p = dw__sys_mmap(4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    assert_ptr_not_equal(p, MAP_FAILED);
    munmap(p, 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef DW_FAULTS
        cmocka_unit_test(they_are_counted),
        cmocka_unit_test(descriptions),
        cmocka_unit_test(the_wrappers_fail_as_told),
#endif
        cmocka_unit_test(without_a_fault_they_are_the_system_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
