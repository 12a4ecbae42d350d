/* kinds.c -- the scalar types that schemas are made of. */
#include <dw/schema.h>

const dw_schema dw_text_schema = {.name = "text", .kind = DW_KIND_TEXT, .size = sizeof(dw_text)};
const dw_schema dw_secret_schema = {.name = "secret", .kind = DW_KIND_SECRET, .size = sizeof(dw_secret)};
const dw_schema dw_int64_schema = {.name = "int64", .kind = DW_KIND_INT64, .size = sizeof(int64_t)};
const dw_schema dw_double_schema = {.name = "double", .kind = DW_KIND_DOUBLE, .size = sizeof(double)};
const dw_schema dw_bool_schema = {.name = "bool", .kind = DW_KIND_BOOL, .size = sizeof(bool)};
const dw_schema dw_json_schema = {.name = "json", .kind = DW_KIND_JSON, .size = sizeof(dw_json)};
