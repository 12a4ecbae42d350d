/* The memory of a control group: which group it is, what is used of it, and files that say something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "os/cgroup.h"

static char root[64];

static void put(const char *directory, const char *name, const char *text)
{
    char path[256];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s%s/%s", root, directory, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fputs(text, f) >= 0 && fclose(f) == 0, 1);
}

static void group(const char *directory, const char *most, const char *used, const char *stat)
{
    put(directory, "memory.max", most);
    put(directory, "memory.current", used);
    put(directory, "memory.stat", stat);
}

static int set_up(void **state)
{
    char path[128];

    (void)state;
    (void)snprintf(root, sizeof root, "/tmp/cgroup-XXXXXX");
    if (mkdtemp(root) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/a", root);
    if (mkdir(path, 0700) != 0)
        return -1;
    (void)snprintf(path, sizeof path, "%s/a/b", root);
    return mkdir(path, 0700);
}

static int tear_down(void **state)
{
    char command[96];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", root);
    return system(command); /* NOLINT(cert-env33-c) */
}

static unsigned memory_of(const char *text)
{
    struct cgroup g;

    dw__cgroup_read(&g, dw__text_of(text), root);
    return dw__cgroup_memory(&g);
}

static void its_own_and_those_above(void **state)
{
    (void)state;
    put("/a/b", "memory.max", "max\n");
    group("/a", "1000000\n", "910000\n", "anon 1\ninactive_file 5000\nactive_file 5000\nshmem 7\n");
    assert_int_equal(memory_of("1:name=systemd:/x\n0::/a/b\n"), 900);
    group("", "2000\n", "1990\n", "");
    assert_int_equal(memory_of("0::/a/b\n"), 995); /* the tightest */
    assert_int_equal(memory_of("0::/../../elsewhere\n"), 995);
    assert_int_equal(memory_of("0::/\n"), 995);
    group("", "2000\n", "2500\n", "");
    assert_int_equal(memory_of("0::/a\n"), 1000);
    group("", "2000\n", "900\n", "");
    assert_int_equal(memory_of("0::/\n"), 0);
}

static void files_that_say_nothing(void **state)
{
    static const char *const numbers[] = {"",    "\n",    "max\n", "-1\n",
                                          "0\n", "12 \n", "x",     "99999999999999999999\n"};
    char longer[600];

    (void)state;
    assert_int_equal(memory_of("0::/a/b\n"), 0); /* there are none */
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        group("/a", numbers[i], "950\n", "");
        assert_int_equal(memory_of("0::/a\n"), 0);
        group("/a", "1000\n", numbers[i], "");
        assert_int_equal(memory_of("0::/a\n"), 0);
    }
    group("/a", "1000\n", "950\n", "inactive_file 99999999999999999999\nactive_file x\ninactive_file\n\n");
    assert_int_equal(memory_of("0::/a\n"), 950);
    group("/a", "1000\n", "950\n", "inactive_file 18446744073709551615\nactive_file 18446744073709551615\n");
    assert_int_equal(memory_of("0::/a\n"), 0);
    assert_int_equal(memory_of(""), 0);
    assert_int_equal(memory_of("0:"), 0);
    assert_int_equal(memory_of("4:memory:/a\n"), 0); /* cgroup v1 */
    (void)snprintf(longer, sizeof longer, "0::/%0500d\n", 1);
    assert_int_equal(memory_of(longer), 0);
}

static void the_directory_that_was_given(void **state)
{
    struct cgroup g;
    char path[128];

    (void)state;
    group("/a", "1000\n", "800\n", "");
    (void)snprintf(path, sizeof path, "%s/a", root);
    dw__cgroup_find(&g, dw__text_of(path));
    assert_int_equal(dw__cgroup_memory(&g), 800);
    dw__cgroup_find(&g, DW_TEXT("")); /* whatever this machine has */
    assert_in_range(dw__cgroup_memory(&g), 0, 1000);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {TEST(its_own_and_those_above), TEST(files_that_say_nothing),
                                       TEST(the_directory_that_was_given)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
