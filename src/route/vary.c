/* route/vary.c -- see vary.h. Neither the value nor whether a field is there matters: a cache has to know before. */
#include "route/vary.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"

#define MOST 1024u

bool dw__vary_has(dw_text list, dw_text name)
{
    while (list.n > 0)
        if (dw__text_eq_nocase(dw__text_trim(dw__text_cut(&list, ',')), name))
            return true;
    return false;
}

static void add(struct buf *names, dw_text name)
{
    if (!dw__vary_has((dw_text){names->p, names->n}, name))
        dw__buf_format(names, "%s%.*s", names->n > 0 ? ", " : "", DW_FMT(name));
}

static void add_declared(struct buf *names, const struct schema_plan *schema,
                         const struct input_sources *from)
{
    for (uint64_t left = from->header; left != 0; left &= left - 1)
        add(names, schema->fields[__builtin_ctzll(left)].source_name);
    if (from->cookie != 0)
        add(names, DW_TEXT("cookie"));
}

void dw__plan_vary(struct route_plan *plan)
{
    char text[MOST];
    struct buf names;

    dw__buf_init_fixed(&names, text, sizeof text);
    if (plan->in != NULL)
        add_declared(&names, plan->in, &plan->sources);
    for (size_t i = 0; i < plan->loads.n; i++)
        add_declared(&names, plan->loads.v[i].key, &plan->loads.v[i].sources);
    if (names.failed) {
        text[0] = '*';
        names.n = 1;
    }
    if (names.n == 0)
        return;
    plan->vary = (dw_text){strndup(text, names.n), names.n};
    DW__CHECK(plan->vary.p != NULL);
}
