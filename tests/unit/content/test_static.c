/* Files that are served as they are: exact names, types from the table, tags, and files that must be known. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "content/static.h"
#include "os/dir.h"
#include "os/file.h"

/* Of "abc" (FIPS 180-4, example). */
#define ABC_ETAG "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ABC_INTEGRITY "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="

static struct static_files files;

static int setup(void **state)
{
    (void)state;
    dw__static_init(&files);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dw__static_release(&files);
    return 0;
}

static void has_type_and_tags(void **state)
{
    const struct static_file *f;

    (void)state;
    assert_int_equal(dw__static_add(&files, "a.js", DW_TEXT("abc")), DW_OK);
    assert_int_equal(dw__static_add(&files, "b.css", DW_TEXT("")), DW_OK);
    f = dw__static_find(&files, DW_TEXT("a.js"));
    assert_non_null(f);
    assert_true(dw__text_is(f->type, "text/javascript; charset=utf-8"));
    assert_true(dw__text_eq((dw_text){f->etag, sizeof f->etag}, DW_TEXT(ABC_ETAG)));
    assert_string_equal(f->integrity, ABC_INTEGRITY);
    assert_true(dw__text_is(f->body, "abc"));
}

static void names_are_exact(void **state)
{
    (void)state;
    assert_int_equal(dw__static_add(&files, "a.js", DW_TEXT("abc")), DW_OK);
    assert_null(dw__static_find(&files, DW_TEXT("A.js")));
    assert_null(dw__static_find(&files, DW_TEXT("a.js/")));
    assert_null(dw__static_find(&files, DW_TEXT("../a.js")));
    assert_null(dw__static_find(&files, DW_TEXT("a.js\0")));
    assert_null(dw__static_find(&files, (dw_text){NULL, 0}));
}

static void no_type_is_guessed(void **state)
{
    (void)state;
    assert_int_equal(dw__static_add(&files, "a.exe", DW_TEXT("abc")), DW_UNSUPPORTED_MEDIA);
    assert_int_equal(dw__static_add(&files, "js", DW_TEXT("abc")), DW_UNSUPPORTED_MEDIA);
    assert_int_equal(dw__static_add(&files, "a.js.bak", DW_TEXT("abc")), DW_UNSUPPORTED_MEDIA);
    assert_null(files.first);
    assert_null(dw__media_type("a.JS").p);
}

static void a_file_must_be_the_known_one(void **state)
{
    char top[] = "/tmp/dewar-test-XXXXXX", path[64];
    int dir;

    (void)state;
    assert_non_null(mkdtemp(top));
    (void)snprintf(path, sizeof path, "%s/a.js", top);
    assert_int_equal(dw__file_write(path, "abc", 3, 0600), DW_OK);
    assert_int_equal(dw__dir_open(top, &dir), DW_OK);
    assert_int_equal(dw__static_load(&files, dir, "b.js", ABC_INTEGRITY), DW_NOT_FOUND);
    assert_int_equal(
        dw__static_load(&files, dir, "a.js", "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        DW_CONFLICT);
    assert_null(dw__static_find(&files, DW_TEXT("a.js")));
    assert_int_equal(dw__static_load(&files, dir, "a.js", ABC_INTEGRITY), DW_OK);
    assert_non_null(dw__static_find(&files, DW_TEXT("a.js")));
    (void)close(dir);
    (void)unlink(path);
    assert_int_equal(rmdir(top), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(has_type_and_tags, setup, teardown),
        cmocka_unit_test_setup_teardown(names_are_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(no_type_is_guessed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_must_be_the_known_one, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
