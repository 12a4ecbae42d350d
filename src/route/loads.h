/* route/loads.h -- the loaders of a route in the order in which they run, where each field of their keys comes from, and the policies
 * that their objects are held to: decided once, at start-up (<dw/load.h>). */
#ifndef DW_ROUTE_LOADS_H
#define DW_ROUTE_LOADS_H

#include "base/buf.h"
#include "route/sources.h"
#include "route/tree.h"
#include "schema/plan.h"
#include <dw/load.h>

struct route_plan;
struct route_table;
struct sql_inventory;

/* Loaders of one route, those that they need counted. */
#define DW__MAX_LOADS 16u

/* A field of a key that the record of an earlier loader gives. */
struct load_copy {
    size_t from; /* place of that loader */
    const struct plan_field *source, *field;
};

struct load_plan {
    const dw_loader *loader;
    const struct schema_plan *key;
    struct input_sources sources;
    uint64_t copied; /* fields that come from records */
    struct path_param params[DW__MAX_PARAMS];
    size_t n_params;
    struct load_copy *copies;
    size_t n_copies;
    bool with_input; /* the handler's input has one of the parameters too, and says what is wrong with it */
};

/* `policy` judges what the loader at `load` has loaded. */
struct load_policy {
    const dw_object_policy *policy;
    size_t load;
};

struct route_loads {
    struct load_plan *v;
    size_t n;
    struct load_policy *policies; /* in the order of `load` */
    size_t n_policies;
};

/* Plans plan->loads from what its route and handler name. `inventory` tells which statements ask for the caller; NULL: nobody knows. What cannot
 * be goes into `why`, one line each. */
void dw__plan_loads(struct route_plan *plan, struct route_table *table, const struct sql_inventory *inventory,
                    struct buf *why);
void dw__route_loads_release(struct route_loads *loads);

#endif
