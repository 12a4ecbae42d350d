/* kinds.c -- the scalar types that schemas are made of. */
#include <dw/schema.h>

#define SCALAR(name_, kind_, C) \
    const dw_schema dw_##name_##_schema = {.name = #name_, .kind = DW_KIND_##kind_, .size = sizeof(C)}

SCALAR(text, TEXT, dw_text);
SCALAR(secret, SECRET, dw_secret);
SCALAR(int64, INT64, int64_t);
SCALAR(double, DOUBLE, double);
const dw_schema dw_bool_schema = {.name = "bool", .kind = DW_KIND_BOOL, .size = sizeof(bool)};
SCALAR(decimal, DECIMAL, dw_decimal);
SCALAR(date, DATE, dw_date);
SCALAR(time, TIME, dw_time);
SCALAR(uuid, UUID, dw_uuid);
SCALAR(email, EMAIL, dw_email);
SCALAR(url, URL, dw_url);
SCALAR(ip, IP, dw_ip);
SCALAR(bytes, BYTES, dw_bytes);
SCALAR(json, JSON, dw_json);
