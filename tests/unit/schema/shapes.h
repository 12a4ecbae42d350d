/* Schemas that the tests of this room share. */
#ifndef TESTS_SCHEMA_SHAPES_H
#define TESTS_SCHEMA_SHAPES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dw/schema.h>

#include "base/text.h"
#include "schema/bind.h"
#include "schema/plan.h"

/* clang-format off */
DW_SCHEMA(owner,
    (dw_text, name, DW_LEN(1, 10)),
    (int64_t, age, DW_RANGE(0, 150), .optional = true));
DW_LIST(tags, int64_t);
DW_LIST(owners, owner);
DW_SCHEMA(stamp, (int64_t, made), (dw_text, by, .optional = true));

DW_SCHEMA(thing,
    (dw_text, name, DW_LEN(3, 100)),
    (dw_text, slug, DW_LEN(0, 20), .pattern = "[a-z]+", .optional = true),
    (int64_t, qty, DW_RANGE(1, 5), .optional = true),
    (double, price, DW_RANGE_REAL(0.5, 99.5), .optional = true),
    (bool, active, .optional = true),
    (dw_secret, password, DW_LEN(8, 128), .optional = true),
    (dw_text, note, .nullable = true, .optional = true),
    (tags, tags, DW_ITEMS(1, 3), .optional = true),
    (owner, owner, .optional = true),
    (owners, others, .optional = true),
    (dw_text, kind, .wire = "@kind", .optional = true));

DW_SCHEMA(stamped, (int64_t, id), (stamp, stamp, .flat = true), (dw_text, last, .nullable = true));
/* clang-format on */
DW_PARTIAL(thing_patch, thing);
DW_PICK(thing_row, thing, name, kind);

/* Compiled, or the test fails with the reason. */
static inline struct schema_plan *compiled(const dw_schema *schema)
{
    static char text[512];
    struct schema_plan *plan;
    struct buf why;
    dw__buf_init_fixed(&why, text, sizeof text - 1);
    if (dw__schema_compile(schema, &plan, &why) != DW_OK) {
        text[why.n] = '\0';
        fail_msg("%s", text);
    }
    return plan;
}

#endif
