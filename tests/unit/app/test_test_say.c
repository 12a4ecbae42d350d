/* What a test that fails says, to cmocka's tests, to plain assert(), and where it cannot even begin. Each fails in a child, which must end
 * as failed, and whose words are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#undef assert
#include <assert.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trial.h"

static char said[65536];

/* Runs fn in a child; its status, and what it said in `said`. */
static int in_a_child(void (*fn)(void))
{
    int fds[2], status;
    size_t n = 0;
    ssize_t got;
    pid_t child;

    assert_int_equal(pipe(fds), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit none = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &none);
        if (dup2(fds[1], 2) < 0 || dup2(fds[1], 1) < 0)
            _exit(99);
        close(fds[0]);
        fn();
        _exit(0);
    }
    close(fds[1]);
    while (n < sizeof said - 1 && (got = read(fds[0], said + n, sizeof said - 1 - n)) > 0)
        n += (size_t)got;
    said[n] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void says(const char *what)
{
    if (strstr(said, what) == NULL)
        fail_msg("nothing is said of %s, but\n%s", what, said);
}

static void says_all(const char *title)
{
    says("--- sent\n  POST /v1/notes HTTP/1.1\n");
    says(title);
    says("--- came back\n  HTTP/1.1 201 Created\n");
    says("--- logged\n  {");
    says("\"event\":\"note.made\"");
}

static dw_test *after_a_request(void)
{
    dw_test *t = dw_test_new(&trial_app);

    dw_test_as(t, "ann");
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Before\"}");
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    return t;
}

/* ---- what fails ---- */

static void wrong_status(void **state)
{
    DW_TEST_STATUS(*state, 418);
}

static void wrong_condition(void **state)
{
    DW_TEST_THAT(*state, 1 + 1 == 3);
}

static void wrong_reply(void **state)
{
    trial_page page;
    DW_TEST_REPLY(*state, trial_page, &page);
}

static void run_cmocka(void (*fn)(void **))
{
    dw_test *t = after_a_request();
    const struct CMUnitTest tests[] = {{"the test", fn, NULL, NULL, t}};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    dw_test_free(t);
    _exit(failed);
}

static void cmocka_status(void)
{
    run_cmocka(wrong_status);
}

static void cmocka_condition(void)
{
    run_cmocka(wrong_condition);
}

static void cmocka_reply(void)
{
    run_cmocka(wrong_reply);
}

static void plain_assert(void)
{
    dw_test *t = after_a_request();
    assert(t == NULL);
}

static void no_route(void)
{
    static const dw_route twice[] = {DW_GET("/a", echo, DW_PUBLIC("for the test")),
                                     DW_GET("/a", echo, DW_PUBLIC("for the test"))};
    static const dw_blueprint blueprint = DW_BLUEPRINT("", twice);
    dw_app app = trial_app;

    app.blueprints = (const dw_blueprint *const[]){&blueprint, NULL};
    dw_test_free(dw_test_new(&app));
}

static void no_setting(void)
{
    static const char *const wrong[] = {"WROKERS", "2", NULL};
    dw_test_free(dw_test_new(&trial_app, .settings = wrong));
}

static void own_database(void)
{
    static const char *const wrong[] = {"DATABASE_URL", "sqlite:x.db", NULL};
    dw_test_free(dw_test_new(&trial_app, .settings = wrong));
}

/* ---- what is said ---- */

static void to_cmocka(void **state)
{
    int status;

    (void)state;
    status = in_a_child(cmocka_status);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    says("the status is 201, not 418");
    says_all("  {\"title\":\"Milk\"}\n");
    assert_null(strstr(said, "Before")); /* of the last exchange, and no other */
    assert_int_equal(in_a_child(cmocka_condition), 1 << 8);
    says("this does not hold: 1 + 1 == 3");
    says_all("Milk");
    assert_int_equal(in_a_child(cmocka_reply), 1 << 8);
    says("the body is not what trial_page says");
    says("\"pointer\":\"/title\",\"code\":\"unknown\"");
    says_all("Milk");
}

static void to_assert(void **state)
{
    int status = in_a_child(plain_assert);

    (void)state;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    says("t == NULL");
    says_all("  {\"title\":\"Milk\"}\n");
}

static void before_it_begins(void **state)
{
    (void)state;
    assert_int_not_equal(in_a_child(no_route), 0);
    says("dw_test_new: ");
    says("/a");
    assert_int_not_equal(in_a_child(no_setting), 0);
    says("TRIAL_WROKERS");
    assert_int_not_equal(in_a_child(own_database), 0);
    says("leave DATABASE_URL and LOG out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_cmocka),
        cmocka_unit_test(to_assert),
        cmocka_unit_test(before_it_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
