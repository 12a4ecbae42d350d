/* kinds.c -- a field of each type that a schema can have, kept in a database and read back. */
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

static const char table[] =
    "CREATE TABLE things (uid TEXT PRIMARY KEY, word TEXT NOT NULL, pin TEXT NOT NULL, whole BIGINT NOT NULL,"
    " big BIGINT NOT NULL, realnum DOUBLE PRECISION NOT NULL, flag BOOLEAN NOT NULL, money BIGINT NOT NULL,"
    " day TEXT NOT NULL, moment TEXT NOT NULL, colour TEXT NOT NULL, mail TEXT NOT NULL, site TEXT NOT NULL,"
    " host TEXT NOT NULL, octets TEXT NOT NULL, anything TEXT NOT NULL, numbers TEXT NOT NULL,"
    " rates TEXT NOT NULL, maker TEXT NOT NULL, makers TEXT NOT NULL, lost TEXT, spare BIGINT, more TEXT)";
static const dw_migration migrations[] = {
    {.number = 1, .name = "things", .sql = table, .size = sizeof table - 1},
    {.number = 0},
};

#define COLUMNS                                                                                        \
    "uid, word, pin, whole, big, realnum, flag, money, day, moment, colour, mail, site, host, octets," \
    " anything, numbers, rates, maker, makers, lost, spare, more"
DW_QUERY(thing_insert, thing, thing,
    "INSERT INTO things (" COLUMNS ") VALUES (:uid, :word, :pin, :whole, :big, :realnum, :flag, :money, :day,"
    " :moment, :colour, :mail, :site, :host, :octets, :anything, :numbers, :rates, :maker, :makers, :lost,"
    " :spare, :more) RETURNING " COLUMNS);
DW_QUERY(thing_by_uid, thing_key, thing, "SELECT " COLUMNS " FROM things WHERE uid = :uid");

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

static const dw_route routes[] = {
    DW_POST("/things", keep, DW_PUBLIC("a table to fill and look at")),
    DW_GET("/things/{uid}", show, DW_PUBLIC("a table to fill and look at")),
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
