/* Sealed and shared memory. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/fault.h"
#include "os/memfd.h"

static void what_is_sealed_stays(void **state)
{
    (void)state;
    int fd;
    dw_bytes b;
    assert_int_equal(dw__memfd_sealed("secret", "0123456789", 10, &fd), DW_OK);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_true(write(fd, "x", 1) < 0 && errno == EPERM);
    assert_true(pwrite(fd, "x", 1, 0) < 0 && errno == EPERM);
    assert_true(ftruncate(fd, 1) < 0 && errno == EPERM);
    assert_true(ftruncate(fd, 100) < 0 && errno == EPERM);
    assert_true(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0);
    assert_ptr_equal(mmap(NULL, 10, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    assert_int_equal(dw__memfd_map(fd, 9, &b), DW_TOO_LARGE);
    assert_int_equal(dw__memfd_map(fd, 10, &b), DW_OK);
    close(fd);
    assert_int_equal(b.n, 10);
    assert_memory_equal(b.p, "0123456789", 10);
    dw__memfd_unmap(b);
    assert_int_equal(dw__memfd_sealed("empty", "", 0, &fd), DW_INVALID);
}

static void what_is_not_sealed_is_not_mapped(void **state)
{
    (void)state;
    dw_bytes b;
    void *p;
    int fd = memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(ftruncate(fd, 4096), 0);
    assert_int_equal(dw__memfd_map(fd, 4096, &b), DW_DENIED);
    assert_int_equal(dw__shared_map(fd, 4096, true, &p), DW_DENIED);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    assert_int_equal(dw__memfd_map(fd, 4096, &b), DW_DENIED);
    close(fd);
    fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_int_equal(dw__memfd_map(fd, SIZE_MAX, &b), DW_DENIED);
    close(fd);
    assert_int_equal(dw__memfd_map(-1, SIZE_MAX, &b), DW_DENIED);
}

static void shared_memory_is_shared_and_of_one_size(void **state)
{
    (void)state;
    int fd;
    void *p, *again, *reader;
    assert_int_equal(dw__shared_new("ring", 8192, &fd, &p), DW_OK);
    assert_int_equal(((char *)p)[8191], 0);
    assert_true(ftruncate(fd, 0) < 0 && errno == EPERM);
    assert_true(ftruncate(fd, 16384) < 0 && errno == EPERM);
    assert_int_equal(dw__shared_map(fd, 4096, true, &again), DW_DENIED);
    assert_int_equal(dw__shared_map(fd, 16384, true, &again), DW_DENIED);
    assert_int_equal(dw__shared_map(fd, 8192, true, &again), DW_OK);
    assert_int_equal(dw__shared_map(fd, 8192, false, &reader), DW_OK);
    ((char *)p)[100] = 'x';
    assert_int_equal(((char *)again)[100], 'x');
    assert_int_equal(((char *)reader)[100], 'x');
    dw__shared_unmap(p, 8192);
    dw__shared_unmap(again, 8192);
    dw__shared_unmap(reader, 8192);
    close(fd);
    assert_int_equal(dw__shared_new("none", 0, &fd, NULL), DW_INVALID);
    assert_int_equal(dw__shared_new("much", SIZE_MAX, &fd, NULL), DW_INVALID);
}

/* Much of it stands where large pages can hold it, and is the same in them. */
static void much_shared_memory_is_aligned(void **state)
{
    const size_t large = (size_t)2 << 20, size = 2 * large + 5000;
    unsigned char *p, *again;
    void *one, *other;
    int fd;

    (void)state;
    assert_int_equal(dw__shared_new("much", size, &fd, &one), DW_OK);
    assert_int_equal(dw__shared_map(fd, size, true, &other), DW_OK);
    p = one;
    again = other;
    assert_int_equal((uintptr_t)p % large, 0);
    assert_int_equal((uintptr_t)again % large, 0);
    for (size_t i = 0; i < size; i += 997)
        p[i] = (unsigned char)(i % 251);
    dw__shared_in_large_pages(one, size);
    p[size - 1] = 7;
    for (size_t i = 0; i < size - 1; i += 997)
        assert_int_equal(again[i], i % 251);
    assert_int_equal(again[size - 1], 7);
    dw__shared_unmap(one, size);
    assert_int_equal(again[size - 1], 7);
    dw__shared_unmap(other, size);
    close(fd);
}

static void mapping_can_be_made_to_fail(void **state)
{
    (void)state;
#ifdef DW_FAULTS
    int fd;
    void *p;
    dw__fault_set(DW__FAULT_MMAP, ENOMEM, 0, 1);
    assert_int_equal(dw__shared_new("ring", 8192, &fd, &p), DW_UNAVAILABLE);
    assert_int_equal(fd, -1);
    dw__fault_set(DW__FAULT_MMAP, ENOMEM, 0, 1);
    assert_int_equal(dw__shared_new("much", (size_t)4 << 20, &fd, &p), DW_UNAVAILABLE);
    assert_int_equal(fd, -1);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_stays),
        cmocka_unit_test(what_is_not_sealed_is_not_mapped),
        cmocka_unit_test(shared_memory_is_shared_and_of_one_size),
        cmocka_unit_test(much_shared_memory_is_aligned),
        cmocka_unit_test(mapping_can_be_made_to_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
