/* plan_names.c -- a perfect hash over the names of a plan, found at start-up by trying.
 *
 * A look-up computes one product and compares one name, whatever the client sends: names that are made to collide meet the
 * same single comparison. */
#include "schema/plan_names.h"

#include <stdlib.h>

#include "base/text.h"

static uint64_t load64(const char *p)
{
    uint64_t v;

    memcpy(&v, p, 8);
    return v;
}

static uint64_t load32(const char *p)
{
    uint32_t v;

    memcpy(&v, p, 4);
    return v;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

/* Every byte of the name counts, so that two names never have the same sum whatever the seed. */
static uint64_t name_sum(const char *p, size_t n)
{
    uint64_t h = n;

    if (n >= 8) {
        for (size_t i = 0; n - i > 8; i += 8)
            h = mix(h, load64(p + i));
        return mix(h, load64(p + n - 8));
    }
    if (n >= 4)
        return mix(h, load32(p) << 32 | load32(p + n - 4));
    if (n > 0)
        h = mix(h, (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
                       (unsigned char)p[n - 1]);
    return h;
}

static size_t slot_of(const struct schema_plan *plan, dw_text name)
{
    return (size_t)((name_sum(name.p, name.n) * plan->hash_seed) >> plan->hash_shift);
}

/* Fills the table of 1 << bits slots; false at the first collision. */
static bool fill(struct schema_plan *plan, unsigned bits)
{
    memset(plan->slots, 0, (size_t)1 << bits);
    for (size_t i = 0; i < plan->n_fields; i++) {
        uint8_t *slot = &plan->slots[slot_of(plan, plan->fields[i].name)];
        if (*slot != 0)
            return false;
        *slot = (uint8_t)(i + 1);
    }
    return true;
}

dw_err dw__plan_names_index(struct schema_plan *plan)
{
    unsigned bits = 3;

    while ((size_t)1 << bits < 2 * plan->n_fields)
        bits++;
    for (uint64_t seed = 1; bits <= 16; bits++) {
        free(plan->slots);
        plan->slots = malloc((size_t)1 << bits);
        if (plan->slots == NULL)
            return DW_INTERNAL;
        plan->hash_shift = 64 - bits;
        for (int tries = 0; tries < 256; tries++) {
            seed = mix(seed, UINT64_C(0xd1b54a32d192ed03)) | 1;
            plan->hash_seed = seed;
            if (fill(plan, bits))
                return DW_OK;
        }
    }
    return DW_INTERNAL;
}

int dw__schema_field(const struct schema_plan *plan, dw_text name)
{
    size_t i = plan->slots[slot_of(plan, name)];

    return i > 0 && dw__text_eq(plan->fields[i - 1].name, name) ? (int)i - 1 : -1;
}

int dw__schema_field_c(const struct schema_plan *plan, const char *c_name)
{
    for (size_t i = 0; i < plan->n_fields; i++)
        if (strcmp(plan->fields[i].c_name, c_name) == 0)
            return (int)i;
    return -1;
}

static bool is_scalar(const struct plan_type *type)
{
    return type->kind != DW_KIND_OBJECT && type->kind != DW_KIND_LIST && type->kind != DW_KIND_MAP &&
           type->kind != DW_KIND_JSON;
}

bool dw__schema_field_from_text(const struct schema_plan *plan, size_t i)
{
    const struct plan_type *type = &plan->fields[i].type;

    return is_scalar(type) || (type->kind == DW_KIND_LIST && is_scalar(type->list.element));
}
