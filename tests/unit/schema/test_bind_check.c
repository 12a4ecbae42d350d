/* The application's own checks: they see good values only, name the member they mean, and never the value. */
#include "schema/binding.h"

static int called;

static void even(int64_t v, dw_faults *faults)
{
    called++;
    if (v % 2 != 0)
        DW_FAULT(faults, "even", "Must be even.");
}

static void not_admin(dw_text v, dw_faults *faults)
{
    if (dw_text_is(v, "admin"))
        DW_FAULT(faults, "reserved", "That name is taken.");
}

static void strong(dw_secret v, dw_faults *faults)
{
    if (memchr(v.p, '1', v.n) == NULL)
        DW_FAULT(faults, "weak", "Needs a 1.");
}

/* clang-format off */
struct ascends;
static void ascending(const struct ascends *list, dw_faults *faults);
DW_LIST(ascends, int64_t, .check = even);
DW_CHECK(ascends, ascending);

DW_SCHEMA(span, (dw_date, from), (dw_date, to));
static void span_check(const span *s, dw_faults *faults)
{
    called++;
    if (dw_date_compare(s->from, s->to) > 0)
        DW_FAULT_AT(faults, s->to, "order", "Must not be before `from`.");
}
DW_CHECK(span, span_check);

DW_SCHEMA(trip,
    (dw_text,   name,   .check = not_admin),
    (dw_secret, code,   .check = strong, .optional = true),
    (span,      dates),
    (ascends,   stops,  .optional = true),
    (int64_t,   seats,  DW_RANGE(0, 10), DW_DEFAULT(2), .check = even, .wire = "n-seats"));
static void trip_check(const trip *t, dw_faults *faults)
{
    if (t->seats == 4)
        DW_FAULT(faults, "four", "Not four.");
    if (t->seats == 6)
        DW_FAULT_AT(faults, t->dates, "six", "Not six on these dates.");
    if (t->seats == 8)
        DW_FAULT_AT(faults, t->dates.from, "eight", "Not eight on that day.");
    if (t->seats == 10) {
        DW_FAULT_AT(faults, t->seats, "ten", "Not ten.");
        DW_FAULT_AT(faults, t->has, "has", "Of no field.");
    }
}
DW_CHECK(trip, trip_check);
DW_PARTIAL(trip_change, trip);
DW_SCHEMA(trip_key, (int64_t, id));
DW_SCHEMA(trip_update, (trip_key, key, .flat = true), (trip_change, set, .flat = true));
DW_SCHEMA(trip_flat, (trip_key, key, .flat = true), (span, dates, .flat = true));
static void change_check(const trip_change *t, dw_faults *faults)
{
    if (!t->has.name && !t->has.dates && !t->has.seats)
        DW_FAULT(faults, "empty", "Nothing to change.");
}
DW_CHECK(trip_change, change_check);
/* clang-format on */

static void ascending(const ascends *list, dw_faults *faults)
{
    for (size_t i = 1; i < list->n; i++)
        if (list->v[i - 1] > list->v[i])
            DW_FAULT(faults, "order", "Must ascend.");
}

#define DATES "\"dates\":{\"from\":\"2024-01-01\",\"to\":\"2024-01-02\"}"

static void says(const dw_schema *schema, dw_text json, const char *errors)
{
    struct binding b;
    binding_init(&b, schema);
    (void)binding_json(&b, json, UINT64_MAX);
    dw_err err = binding_end(&b);
    if (strcmp(b.errors, errors) != 0)
        fail_msg("%.*s: %s", (int)json.n, json.p, b.errors);
    assert_int_equal(err, errors[0] != '\0' ? DW_INVALID : DW_OK);
    binding_release(&b);
}
#define SAYS(schema, json, errors) says(&schema##_schema, DW_TEXT(json), errors)

static void fields_are_checked(void **state)
{
    (void)state;
    SAYS(trip, "{\"name\":\"n\"," DATES "}", "");
    SAYS(trip, "{\"name\":\"admin\"," DATES "}",
         "[{\"pointer\":\"/name\",\"code\":\"reserved\",\"detail\":\"That name is taken.\"}]");
    SAYS(trip, "{\"name\":\"n\",\"code\":\"xx\"," DATES "}",
         "[{\"pointer\":\"/code\",\"code\":\"weak\",\"detail\":\"Needs a 1.\"}]");
    SAYS(trip, "{\"name\":\"n\",\"code\":\"x1\"," DATES "}", "");
    SAYS(trip, "{\"name\":\"n\",\"n-seats\":3," DATES "}",
         "[{\"pointer\":\"/n-seats\",\"code\":\"even\",\"detail\":\"Must be even.\"}]");
    /* A value that breaks another rule is not shown to the check, and what is refused is not stored. */
    called = 0;
    SAYS(trip, "{\"name\":\"n\",\"n-seats\":11," DATES ",\"stops\":[\"x\"]}",
         "[{\"pointer\":\"/n-seats\",\"code\":\"range\",\"detail\":\"Must be greater than or equal to 0 and "
         "less than or equal "
         "to 10.\"},{\"pointer\":\"/stops/0\",\"code\":\"type\",\"detail\":\"Not a valid integer.\"}]");
    assert_int_equal(called, 2); /* the default when the plan was made, and the dates */
}

static void lists_are_checked(void **state)
{
    (void)state;
    SAYS(trip, "{\"name\":\"n\"," DATES ",\"stops\":[2,4]}", "");
    SAYS(trip, "{\"name\":\"n\"," DATES ",\"stops\":[4,2]}",
         "[{\"pointer\":\"/stops\",\"code\":\"order\",\"detail\":\"Must ascend.\"}]");
    SAYS(trip, "{\"name\":\"n\"," DATES ",\"stops\":[4,3]}",
         "[{\"pointer\":\"/stops/1\",\"code\":\"even\",\"detail\":\"Must be even.\"}]");
}

static void objects_are_checked_at_every_depth(void **state)
{
    (void)state;
    SAYS(trip, "{\"name\":\"n\",\"dates\":{\"from\":\"2024-01-03\",\"to\":\"2024-01-02\"}}",
         "[{\"pointer\":\"/dates/to\",\"code\":\"order\",\"detail\":\"Must not be before `from`.\"}]");
    SAYS(trip, "{\"name\":\"n\",\"n-seats\":4," DATES "}",
         "[{\"pointer\":\"\",\"code\":\"four\",\"detail\":\"Not four.\"}]");
    SAYS(trip, "{\"name\":\"n\",\"n-seats\":6," DATES "}",
         "[{\"pointer\":\"/dates\",\"code\":\"six\",\"detail\":\"Not six on these dates.\"}]");
    SAYS(trip, "{\"name\":\"n\",\"n-seats\":8," DATES "}",
         "[{\"pointer\":\"/dates/from\",\"code\":\"eight\",\"detail\":\"Not eight on that day.\"}]");
    SAYS(trip, "{\"name\":\"n\",\"n-seats\":10," DATES "}",
         "[{\"pointer\":\"/n-seats\",\"code\":\"ten\",\"detail\":\"Not ten.\"},"
         "{\"pointer\":\"\",\"code\":\"has\",\"detail\":\"Of no field.\"}]");
    /* Not while something else is wrong in it. */
    SAYS(trip, "{\"name\":\"n\",\"n-seats\":4,\"dates\":{\"from\":\"2024-01-03\"}}",
         "[{\"pointer\":\"/dates/to\",\"code\":\"required\",\"detail\":\"Missing data for required "
         "field.\"}]");
    SAYS(trip, "{\"name\":7,\"n-seats\":4," DATES "}",
         "[{\"pointer\":\"/name\",\"code\":\"type\",\"detail\":\"Not a valid string.\"}]");
}

static void partials_are_checked_when_they_are_whole(void **state)
{
    (void)state;
    SAYS(trip_change, "{\"n-seats\":4}", "");
    SAYS(trip_change, "{\"name\":\"n\",\"n-seats\":4," DATES "}",
         "[{\"pointer\":\"\",\"code\":\"four\",\"detail\":\"Not four.\"}]");
    SAYS(trip_change, "{}", "[{\"pointer\":\"\",\"code\":\"empty\",\"detail\":\"Nothing to change.\"}]");
    SAYS(trip_update, "{\"id\":1}",
         "[{\"pointer\":\"\",\"code\":\"empty\",\"detail\":\"Nothing to change.\"}]");
    SAYS(trip_update, "{\"id\":1,\"n-seats\":4}", "");
    SAYS(trip_update, "{\"id\":1,\"name\":\"n\",\"n-seats\":8," DATES "}",
         "[{\"pointer\":\"/dates/from\",\"code\":\"eight\",\"detail\":\"Not eight on that day.\"}]");
    SAYS(trip_flat, "{\"id\":1,\"from\":\"2024-01-03\",\"to\":\"2024-01-02\"}",
         "[{\"pointer\":\"/to\",\"code\":\"order\",\"detail\":\"Must not be before `from`.\"}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_checked),
        cmocka_unit_test(lists_are_checked),
        cmocka_unit_test(objects_are_checked_at_every_depth),
        cmocka_unit_test(partials_are_checked_when_they_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
