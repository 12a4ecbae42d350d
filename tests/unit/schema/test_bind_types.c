/* Each type: what is one, as JSON and as text, how it is written again, and the code of what is none. */
#include "schema/binding.h"
#include "schema/print.h"

/* clang-format off */
DW_ENUM(currency, USD, EUR, GBP);
DW_ENUM_AS(tier, (gratis, "free-tier"), (pro, "pro"));
DW_LIST(dates, dw_date, .least = "2000-01-01");
DW_LIST(words, dw_text, DW_LEN(1, 3), .pattern = "[a-z]+", .trim = true);
DW_LIST(lines, words);
DW_MAP(labels, dw_text, DW_LEN(0, 5));
DW_MAP(prices, dw_decimal, DW_SCALE(2));
DW_MAP(grades, currency);

DW_SCHEMA(of_text, (dw_text, v));
DW_SCHEMA(of_int64, (int64_t, v));
DW_SCHEMA(of_digits, (int64_t, v, .as_text = true));
DW_SCHEMA(of_decimal, (dw_decimal, v, DW_SCALE(2)));
DW_SCHEMA(of_units, (dw_decimal, v, DW_SCALE(0)));
DW_SCHEMA(of_date, (dw_date, v));
DW_SCHEMA(of_time, (dw_time, v));
DW_SCHEMA(of_uuid, (dw_uuid, v));
DW_SCHEMA(of_uuid4, (dw_uuid, v, .version = 4));
DW_SCHEMA(of_enum, (currency, v));
DW_SCHEMA(of_named, (tier, v));
DW_SCHEMA(of_email, (dw_email, v));
DW_SCHEMA(of_dotted, (dw_email, v, .dotted = true));
DW_SCHEMA(of_url, (dw_url, v));
DW_SCHEMA(of_ftp, (dw_url, v, DW_SCHEMES("ftp", "sftp"), DW_LEN(0, 20)));
DW_SCHEMA(of_ip, (dw_ip, v));
DW_SCHEMA(of_ip4, (dw_ip, v, .version = 4));
DW_SCHEMA(of_bytes, (dw_bytes, v, DW_BYTES(2, 4)));
DW_SCHEMA(of_json, (dw_json, v, DW_BYTES(0, 20), .levels = 2));
DW_SCHEMA(of_dates, (dates, v));
DW_SCHEMA(of_rows, (lines, v));
DW_SCHEMA(of_labels, (labels, v, DW_ITEMS(1, 2), .keys = "[a-z]+"));
DW_SCHEMA(of_prices, (prices, v));
DW_SCHEMA(of_grades, (grades, v));
/* clang-format on */

struct row {
    const char *in, *out; /* out NULL: the same; "!code": refused */
};

/* Binds {"v":in} and prints it again into `said`; "!code" when it is refused. */
static void round_trip(const dw_schema *schema, const char *in, char *said, size_t room)
{
    struct binding b;
    char json[1024];
    int n = snprintf(json, sizeof json, "{\"v\":%s}", in);

    binding_init(&b, schema);
    assert_int_equal(binding_json(&b, (dw_text){json, (size_t)n}, UINT64_MAX), DW_OK);
    if (binding_end(&b) != DW_OK) {
        snprintf(said, room, "!%s", b.faults.n_broken > 0 ? b.faults.broken[0].code : "?");
    } else {
        struct buf out;
        dw__buf_init_fixed(&out, said, room - 1);
        dw__print_json(b.plan, b.room, DW__PRINT_ALL, &out, NULL, NULL);
        assert_false(out.failed);
        memmove(said, said + 5, out.n - 6);
        said[out.n - 6] = '\0';
    }
    binding_release(&b);
}

static void check(const dw_schema *schema, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char said[1024];
        const char *want = rows[i].out != NULL ? rows[i].out : rows[i].in;
        round_trip(schema, rows[i].in, said, sizeof said);
        if (strcmp(said, want) != 0)
            fail_msg("%s: %s became %s, not %s", schema->name, rows[i].in, said, want);
    }
}

#define CHECK(schema, ...)                                              \
    do {                                                                \
        static const struct row rows_[] = {__VA_ARGS__};                \
        check(&schema##_schema, rows_, sizeof rows_ / sizeof rows_[0]); \
    } while (0)

static void numbers(void **state)
{
    (void)state;
    CHECK(of_int64, {"0", NULL}, {"-9223372036854775808", NULL}, {"9223372036854775807", NULL}, {"-0", "0"},
          {"9223372036854775808", "!type"}, {"1.0", "!type"}, {"1e2", "!type"}, {"\"1\"", "!type"},
          {"true", "!type"}, {"null", "!null"}, {"[1]", "!type"});
    CHECK(of_digits, {"\"0\"", NULL}, {"\"9007199254740993\"", NULL}, {"\"-9223372036854775808\"", NULL},
          {"9007199254740993", "!type"}, {"\"9223372036854775808\"", "!type"}, {"\"1.0\"", "!type"},
          {"\"01\"", "!type"}, {"\"+1\"", "!type"}, {"\" 1\"", "!type"}, {"\"\"", "!type"},
          {"\"1e2\"", "!type"}, {"\"1\\u0000\"", "!type"});
    CHECK(of_decimal, {"\"12.50\"", NULL}, {"\"12.5\"", "\"12.50\""}, {"12.5", "\"12.50\""},
          {"-3", "\"-3.00\""}, {"\"0.01\"", NULL}, {"12.500", "\"12.50\""}, {"\"-0.00\"", "\"0.00\""},
          {"9999999999999999.99", "\"9999999999999999.99\""}, {"0.001", "!scale"}, {"\"12.345\"", "!scale"},
          {"99999999999999999", "!range"}, {"1e2", "!format"}, {"\"1e2\"", "!format"}, {"\"\"", "!format"},
          {"\"12,50\"", "!format"}, {"\" 1\"", "!format"}, {"1000000000000000000", "!format"},
          {"true", "!type"}, {"[]", "!type"}, {"null", "!null"});
    CHECK(of_units, {"7", "\"7\""}, {"7.0", "\"7\""}, {"7.5", "!scale"});
}

static void days_and_instants(void **state)
{
    (void)state;
    CHECK(of_date, {"\"2024-02-29\"", NULL}, {"\"2023-02-29\"", "!format"}, {"20240229", "!type"},
          {"\"2024-02-29T00:00:00Z\"", "!format"}, {"\"\"", "!format"}, {"null", "!null"});
    CHECK(of_time, {"\"2024-02-29T12:00:00Z\"", NULL},
          {"\"2024-02-29T12:00:00.5+01:00\"", "\"2024-02-29T11:00:00.500Z\""},
          {"\"2024-02-29 12:00:00Z\"", "!format"}, {"\"2024-02-29\"", "!format"}, {"1709208000", "!type"});
}

static void names_and_addresses(void **state)
{
    (void)state;
    CHECK(of_uuid, {"\"919108f7-52d1-4320-9bac-f847db4148a8\"", NULL},
          {"\"919108F7-52D1-4320-9BAC-F847DB4148A8\"", "\"919108f7-52d1-4320-9bac-f847db4148a8\""},
          {"\"00000000-0000-0000-0000-000000000000\"", NULL}, {"\"919108f7\"", "!format"}, {"7", "!type"});
    CHECK(of_uuid4, {"\"919108f7-52d1-4320-9bac-f847db4148a8\"", NULL},
          {"\"c232ab00-9414-11ec-b3c8-9f6bdeced846\"", "!version"},
          {"\"919108f7-52d1-4320-1bac-f847db4148a8\"", "!version"});
    CHECK(of_enum, {"\"USD\"", NULL}, {"\"GBP\"", NULL}, {"\"usd\"", "!one_of"}, {"\"\"", "!one_of"},
          {"\"CHF\"", "!one_of"}, {"1", "!type"}, {"null", "!null"});
    CHECK(of_named, {"\"free-tier\"", NULL}, {"\"pro\"", NULL}, {"\"gratis\"", "!one_of"});
    CHECK(of_email, {"\"a@example.com\"", NULL}, {"\"a@localhost\"", NULL}, {"\"a@[127.0.0.1]\"", NULL},
          {"\"A <a@example.com>\"", "!format"}, {"\"a@\"", "!format"}, {"\"\"", "!format"}, {"7", "!type"});
    CHECK(of_dotted, {"\"a@example.com\"", NULL}, {"\"a@localhost\"", "!format"},
          {"\"a@[127.0.0.1]\"", "!format"});
    CHECK(of_url, {"\"https://example.com/x\"", NULL}, {"\"HTTP://example.com\"", NULL},
          {"\"ftp://example.com/\"", "!scheme"}, {"\"javascript:alert(1)\"", "!format"},
          {"\"javascript://example.com/%0aalert(1)\"", "!scheme"}, {"\"https://u@example.com/\"", "!format"},
          {"\"/x\"", "!format"}, {"\"\"", "!format"});
    CHECK(of_ftp, {"\"sftp://a.example/\"", NULL}, {"\"https://a.example/\"", "!scheme"},
          {"\"ftp://a.example/long-path\"", "!len"});
    CHECK(of_ip, {"\"192.0.2.1\"", NULL}, {"\"2001:DB8::1\"", "\"2001:db8::1\""}, {"\"192.0.2\"", "!format"},
          {"7", "!type"});
    CHECK(of_ip4, {"\"192.0.2.1\"", NULL}, {"\"::1\"", "!version"});
}

static void bytes_and_any(void **state)
{
    (void)state;
    CHECK(of_bytes, {"\"AAE\"", NULL}, {"\"_-8A\"", NULL}, {"\"AAECAw\"", NULL}, {"\"AA\"", "!bytes"},
          {"\"AAECAwQ\"", "!bytes"}, {"\"AAECAwQAAECAwQAAECAwQ\"", "!bytes"}, {"\"AAF\"", "!format"},
          {"\"AAE=\"", "!format"}, {"\"A+E\"", "!format"}, {"\"A\"", "!format"}, {"\"\"", "!bytes"},
          {"7", "!type"});
    CHECK(of_json, {"null", NULL}, {"[{}]", NULL}, {"[1, 2]", NULL}, {"\"[[[[[[\\\"[\"", NULL},
          {"{\"a\":[1,[]]}", "!levels"}, {"\"aaaaaaaaaaaaaaaaaaa\"", "!bytes"}, {"[[[]]]", "!levels"},
          {"   7", "7"});
}

static void lists_of_anything(void **state)
{
    (void)state;
    CHECK(of_dates, {"[]", NULL}, {"[\"2024-01-01\",\"2000-01-01\"]", NULL}, {"[\"1999-12-31\"]", "!range"},
          {"[\"2024-01-01\",7]", "!type"}, {"[null]", "!null"}, {"{}", "!type"});
    CHECK(of_rows, {"[[\"a\",\"abc\"],[]]", NULL}, {"[[\" a\\u2003\"]]", "[[\"a\"]]"},
          {"[[\"abcd\"]]", "!len"}, {"[[\"A\"]]", "!pattern"}, {"[\"a\"]", "!type"});
}

static void maps_of_scalars(void **state)
{
    (void)state;
    CHECK(of_labels, {"{\"a\":\"\"}", NULL}, {"{\"b\":\"x\",\"a\":\"y\"}", NULL}, {"{}", "!items"},
          {"{\"a\":\"\",\"b\":\"\",\"c\":\"\"}", "!items"}, {"{\"a1\":\"\"}", "!key"},
          {"{\"\":\"\"}", "!key"}, {"{\"a\":\"toolong\"}", "!len"}, {"{\"a\":1}", "!type"},
          {"{\"a\":null}", "!null"}, {"[]", "!type"}, {"\"a\"", "!type"});
    CHECK(of_prices, {"{\"x y\":\"1.50\"}", NULL}, {"{\"\\u00e9\":2}", "{\"\xc3\xa9\":\"2.00\"}"},
          {"{\"a\":\"1.505\"}", "!scale"},
          {"{\"0123456789012345678901234567890123456789012345678901234567890123\":1}",
           "{\"0123456789012345678901234567890123456789012345678901234567890123\":\"1.00\"}"},
          {"{\"01234567890123456789012345678901234567890123456789012345678901234\":1}", "!key"},
          {"{\"a\\u0000\":1}", "!key"});
    CHECK(of_grades, {"{\"a\":\"EUR\"}", NULL}, {"{\"a\":\"eur\"}", "!one_of"});
    /* A key that is there twice is a name that is there twice. */
    struct binding b;
    binding_init(&b, &of_prices_schema);
    assert_int_equal(binding_json(&b, DW_TEXT("{\"v\":{\"a\":1,\"b\":2,\"\\u0061\":3}}"), UINT64_MAX),
                     DW_MALFORMED);
    assert_int_equal(b.faults.malformed_at, 27);
    binding_release(&b);
    binding_init(&b, &of_labels_schema);
    assert_int_equal(
        binding_json(&b, DW_TEXT("{\"v\":{\"a\":\"\",\"b\":\"\",\"c\":\"\",\"c\":\"\"}}"), UINT64_MAX),
        DW_MALFORMED);
    binding_release(&b);
}

/* The same values as a query has them. */
static void as_text(void **state)
{
    static const struct {
        const dw_schema *schema;
        const char *in, *out;
    } rows[] = {
        {&of_decimal_schema, "12.5", "\"12.50\""},
        {&of_decimal_schema, "1e2", "!format"},
        {&of_date_schema, "2024-02-29", NULL},
        {&of_date_schema, "29.2.2024", "!format"},
        {&of_enum_schema, "EUR", NULL},
        {&of_enum_schema, "2", "!one_of"},
        {&of_ip_schema, "::1", NULL},
        {&of_ip_schema, "", "!format"},
        {&of_digits_schema, "12", NULL},
        {&of_bytes_schema, "AAE", NULL},
        {&of_url_schema, "https://a.example/", NULL},
        {&of_email_schema, "a", "!format"},
        {&of_uuid_schema, "919108f7-52d1-4320-9bac-f847db4148a8", NULL},
        {&of_time_schema, "2024-02-29T12:00:00Z", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct binding b;
        char want[128], said[128] = "!";
        struct buf out;
        binding_init(&b, rows[i].schema);
        dw__bind_text(b.plan, 0, dw__text_of(rows[i].in), b.room, &b.faults);
        if (binding_end(&b) == DW_OK) {
            dw__buf_init_fixed(&out, said, sizeof said - 1);
            dw__print_json(b.plan, b.room, DW__PRINT_ALL, &out, NULL, NULL);
            said[out.n] = '\0';
        } else {
            snprintf(said, sizeof said, "!%s", b.faults.broken[0].code);
        }
        snprintf(want, sizeof want,
                 rows[i].out == NULL     ? "{\"v\":\"%s\"}"
                 : rows[i].out[0] == '!' ? "%s"
                                         : "{\"v\":%s}",
                 rows[i].out == NULL ? rows[i].in : rows[i].out);
        assert_string_equal(said, want);
        binding_release(&b);
    }
}

static void enums_have_names(void **state)
{
    (void)state;
    assert_int_equal(currency_unset, 0);
    assert_int_equal(currency_USD, 1);
    assert_string_equal(currency_name(currency_GBP), "GBP");
    assert_string_equal(currency_name(currency_unset), "");
    assert_string_equal(currency_name((currency)4), "");
    assert_string_equal(tier_name(tier_gratis), "free-tier");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(days_and_instants),
        cmocka_unit_test(names_and_addresses),
        cmocka_unit_test(bytes_and_any),
        cmocka_unit_test(lists_of_anything),
        cmocka_unit_test(maps_of_scalars),
        cmocka_unit_test(as_text),
        cmocka_unit_test(enums_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
