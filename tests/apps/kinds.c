/* kinds.c -- a field of each type that a schema can have, kept in a database and read back: in `things` as both databases have it, in
 * `natives` in PostgreSQL's own types. */
#include <dw/dw.h>

DW_ENUM(colour, red, green);
DW_LIST(numbers, int64_t, DW_RANGE(-9, 9));
DW_MAP(rates, dw_decimal, DW_SCALE(4));
DW_SCHEMA(maker, (dw_text, name, DW_LEN(1, 20)), (dw_date, since, .optional = true));
DW_LIST(makers, maker);

DW_SCHEMA(thing,
    (dw_uuid,    uid,      .version = 4),
    (dw_text,    word,     DW_LEN(1, 20), .trim = true, .nfc = true),
    (dw_secret,  pin,      DW_LEN(4, 9), .write_only = true, DW_DEFAULT("0000")),
    (int64_t,    whole),
    (int64_t,    big,      .as_text = true),
    (double,     realnum),
    (bool,       flag,     DW_DEFAULT(true)),
    (dw_decimal, money,    DW_SCALE(2), DW_BETWEEN("-1000", "1000")),
    (dw_date,    day,      .least = "0001-01-01"),
    (dw_time,    moment),
    (colour,     colour,   DW_DEFAULT(colour_green)),
    (dw_email,   mail,     .dotted = true),
    (dw_url,     site,     DW_SCHEMES("https")),
    (dw_ip,      host),
    (dw_bytes,   octets,   DW_BYTES(0, 8)),
    (dw_json,    anything, .levels = 4),
    (numbers,    numbers,  .unique = true, DW_ITEMS(0, 4)),
    (rates,      rates,    .keys = "[A-Z]{3}", DW_ITEMS(0, 3)),
    (maker,      maker),
    (makers,     makers,   DW_ITEMS(0, 2)),
    (dw_date,    lost,     .nullable = true),
    (dw_decimal, spare,    DW_SCALE(0), .optional = true),
    (numbers,    more,     .optional = true, .nullable = true)
);
DW_SCHEMA(thing_key, (dw_uuid, uid, .version = 4));

#define TABLE(name)                                                                              \
    "CREATE TABLE " name " (uid TEXT PRIMARY KEY, word TEXT NOT NULL, pin TEXT NOT NULL,"        \
    " whole BIGINT NOT NULL, big BIGINT NOT NULL, realnum DOUBLE PRECISION NOT NULL,"            \
    " flag BOOLEAN NOT NULL, money BIGINT NOT NULL, day TEXT NOT NULL, moment TEXT NOT NULL,"    \
    " colour TEXT NOT NULL, mail TEXT NOT NULL, site TEXT NOT NULL, host TEXT NOT NULL,"         \
    " octets TEXT NOT NULL, anything TEXT NOT NULL, numbers TEXT NOT NULL, rates TEXT NOT NULL," \
    " maker TEXT NOT NULL, makers TEXT NOT NULL, lost TEXT, spare BIGINT, more TEXT, stored TEXT)"
static const char things_sql[] = TABLE("things"), natives_sql[] = TABLE("natives");
static const char natives_pg[] =
    "CREATE TABLE natives (uid uuid PRIMARY KEY, word varchar(40) NOT NULL, pin text NOT NULL,"
    " whole bigint NOT NULL, big bigint NOT NULL, realnum double precision NOT NULL, flag boolean NOT NULL,"
    " money numeric(18, 2) NOT NULL, day date NOT NULL, moment timestamptz NOT NULL, colour text NOT NULL,"
    " mail text NOT NULL, site text NOT NULL, host inet NOT NULL, octets bytea NOT NULL,"
    " anything jsonb NOT NULL, numbers jsonb NOT NULL, rates json NOT NULL, maker jsonb NOT NULL,"
    " makers json NOT NULL, lost date, spare numeric(18, 0), more jsonb, stored timestamptz NOT NULL,"
    " small smallint, medium integer)";
static const dw_migration migrations[] = {
    {.number = 1, .name = "things", .sql = things_sql, .size = sizeof things_sql - 1},
    {.number = 2,
     .name = "natives",
     .sql = natives_sql,
     .size = sizeof natives_sql - 1,
     .postgres = natives_pg,
     .postgres_size = sizeof natives_pg - 1},
    {.number = 0},
};

#define COLUMNS                                                                                        \
    "uid, word, pin, whole, big, realnum, flag, money, day, moment, colour, mail, site, host, octets," \
    " anything, numbers, rates, maker, makers, lost, spare, more"
#define INSERT(table)                                                                                       \
    "INSERT INTO " table " (" COLUMNS ", stored) VALUES (:uid, :word, :pin, :whole, :big, :realnum, :flag," \
    " :money, :day, :moment, :colour, :mail, :site, :host, :octets, :anything, :numbers, :rates, :maker,"   \
    " :makers, :lost, :spare, :more, :now) RETURNING " COLUMNS
#define SELECT(table) "SELECT " COLUMNS " FROM " table " WHERE uid = :uid AND stored <= :now"
DW_QUERY(thing_insert, thing, thing, INSERT("things"));
DW_QUERY(thing_by_uid, thing_key, thing, SELECT("things"));
DW_QUERY(native_insert, thing, thing, INSERT("natives"));
DW_QUERY(native_by_uid, thing_key, thing, SELECT("natives"));

static dw_err keep(dw_req *req, const thing *in, thing *out)
{
    return DW_ONE(dw_req_ctx(req), thing_insert, in, out);
}
DW_HANDLER(keep, thing, thing);

static dw_err show(dw_req *req, const thing_key *in, thing *out)
{
    return DW_ONE(dw_req_ctx(req), thing_by_uid, in, out);
}
DW_HANDLER(show, thing_key, thing);

static dw_err keep_native(dw_req *req, const thing *in, thing *out)
{
    return DW_ONE(dw_req_ctx(req), native_insert, in, out);
}
DW_HANDLER(keep_native, thing, thing);

static dw_err show_native(dw_req *req, const thing_key *in, thing *out)
{
    return DW_ONE(dw_req_ctx(req), native_by_uid, in, out);
}
DW_HANDLER(show_native, thing_key, thing);

/* Numbers that are smaller where they are kept, and units beside a numeric: `medium` is an integer, `money` is not. */
DW_SCHEMA(measure, (dw_uuid, uid), (int64_t, small), (dw_decimal, medium, DW_SCALE(2)), (dw_decimal, money, DW_SCALE(2)));
DW_SCHEMA(total, (dw_decimal, money, DW_SCALE(2)), (int64_t, n));
DW_QUERY_ON(native_measure, measure, total,
            "SELECT :money AS money, :small + :medium AS n WHERE :uid IS NOT NULL",
            "UPDATE natives SET small = :small, medium = :medium WHERE uid = :uid AND money <= :money"
            " RETURNING money, CAST(small AS bigint) + medium AS n");
DW_QUERY(native_sum, dw_nothing, total, "SELECT CAST(coalesce(sum(money), 0) AS numeric(18, 2)) AS money, count(*) AS n FROM natives");

static dw_err set_measure(dw_req *req, const measure *in, total *out)
{
    return DW_ONE(dw_req_ctx(req), native_measure, in, out);
}
DW_HANDLER(set_measure, measure, total);

static dw_err add_up(dw_req *req, const dw_nothing *in, total *out)
{
    return DW_ONE(dw_req_ctx(req), native_sum, in, out);
}
DW_HANDLER(add_up, dw_nothing, total);

static const dw_route routes[] = {
    DW_POST("/things", keep, DW_PUBLIC("a table to fill and look at")),
    DW_GET("/things/{uid}", show, DW_PUBLIC("a table to fill and look at")),
    DW_POST("/natives", keep_native, DW_PUBLIC("a table to fill and look at")),
    DW_GET("/natives/{uid}", show_native, DW_PUBLIC("a table to fill and look at")),
    DW_PUT("/measures", set_measure, DW_PUBLIC("a table to fill and look at")),
    DW_GET("/sums", add_up, DW_PUBLIC("a table to fill and look at")),
};
static const dw_blueprint things = DW_BLUEPRINT("", routes);

int main(int argc, char **argv)
{
    return dw_main(argc, argv,
                   &(const dw_app){
                       .name = "kinds",
                       .version = "1",
                       .migrations = migrations,
                       .blueprints = (const dw_blueprint *const[]){&things, NULL},
                   });
}
