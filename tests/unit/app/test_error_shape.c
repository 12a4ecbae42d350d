/* test_error_shape.c -- the shapes of an error: none breaks, however little memory there is, and each is one value when there is enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "app/error_shape.h"
#include "base/text.h"
#include "guard_page.h"
#include "route/plan.h"

static const struct services services;
static struct bind_fault unknown[] = {
    {.field = DW_TEXT_INIT("is\"Admin"), .pointer = DW_TEXT_INIT("/is\"Admin"), .code = "unknown"}};
static const struct bind_faults faults = {.unknown = unknown, .n_unknown = 1, .malformed_at = 7};

static void make(dw_req *req, const char *accept)
{
    memset(req, 0, sizeof *req);
    req->ctx.services = &services;
    req->ctx.request_id = DW_TEXT("0123456789abcdef");
    req->head.known[HTTP_ACCEPT] = dw__text_of(accept);
}

static struct error_facts facts_of(dw_err err)
{
    return (struct error_facts){err, dw_err_status(err), "Title", "A message", dw_err_code(err), &faults};
}

/* Into each number of bytes, of which the last is before a guard page. */
static void holds_without_memory(void **state)
{
    static const dw_err errs[] = {DW_NOT_FOUND, DW_UNKNOWN_FIELDS, DW_MALFORMED};
    char room[512] = {0};
    dw_req req;

    (void)state;
    make(&req, NULL);
    for (enum error_shape shape = SHAPE_JSON; shape <= SHAPE_OAUTH; shape++)
        for (size_t e = 0; e < sizeof errs / sizeof errs[0]; e++) {
            const struct error_facts facts = facts_of(errs[e]);

            for (size_t cap = 0; cap <= sizeof room; cap++) {
                char *p = guard_page_copy(room, cap);
                struct buf b;

                dw__buf_init_fixed(&b, p, cap);
                dw__error_shape_put(shape, &b, &req, &facts);
                assert_true(b.failed || b.n <= cap);
                assert_true(!b.failed || cap < 400);
                guard_page_free(p);
            }
        }
}

static void is_one_json_value(void **state)
{
    static const struct {
        dw_err err;
        const char *member;
        size_t members; /* beside those of every error */
    } rows[] = {
        {DW_NOT_FOUND, NULL, 0}, {DW_UNKNOWN_FIELDS, "invalid_fields", 2}, {DW_MALFORMED, "position", 1}};
    static const enum error_shape shapes[] = {SHAPE_JSON, SHAPE_PROBLEM, SHAPE_OAUTH};
    dw_req req;

    (void)state;
    make(&req, NULL);
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            const struct error_facts facts = facts_of(rows[i].err);
            char room[512];
            struct buf b;

            dw__buf_init_fixed(&b, room, sizeof room);
            dw__error_shape_put(shapes[s], &b, &req, &facts);
            json_t *value = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
            assert_non_null(value);
            assert_string_equal(json_string_value(json_object_get(value, "code")), dw_err_code(rows[i].err));
            assert_int_equal(json_object_size(value), (shapes[s] == SHAPE_PROBLEM ? 6 : 4) + rows[i].members);
            if (rows[i].member != NULL)
                assert_non_null(json_object_get(value, rows[i].member));
            json_decref(value);
        }
}

static void is_what_route_and_client_ask_for(void **state)
{
    static const struct {
        const char *accept;
        dw_error_style style;
        enum error_shape shape;
    } rows[] = {
        {NULL, DW_ERRORS_DEWAR, SHAPE_JSON},
        {"", DW_ERRORS_DEWAR, SHAPE_JSON},
        {"*/*", DW_ERRORS_DEWAR, SHAPE_JSON},
        {"application/problem+json", DW_ERRORS_DEWAR, SHAPE_PROBLEM},
        {"text/html, application/json;q=0.9", DW_ERRORS_DEWAR, SHAPE_HTML},
        {NULL, DW_ERRORS_PROBLEM, SHAPE_PROBLEM},
        {"application/json", DW_ERRORS_PROBLEM, SHAPE_PROBLEM},
        {"text/html", DW_ERRORS_PROBLEM, SHAPE_HTML},
        {"text/html", DW_ERRORS_OAUTH, SHAPE_OAUTH},
        {NULL, DW_ERRORS_OAUTH, SHAPE_OAUTH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct route_plan plan = {.errors = rows[i].style};
        dw_req req;

        make(&req, rows[i].accept);
        req.plan = &plan;
        assert_int_equal(dw__error_shape_choose(&req), rows[i].shape);
    }
    dw_req req;
    make(&req, NULL);
    assert_int_equal(dw__error_shape_choose(&req), SHAPE_JSON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_without_memory),
        cmocka_unit_test(is_one_json_value),
        cmocka_unit_test(is_what_route_and_client_ask_for),
    };

    return cmocka_run_group_tests_name("app/error_shape", tests, NULL, NULL);
}
