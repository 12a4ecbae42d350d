/* route/inherit.h -- the most specific value of an option wins: route, else blueprint, else application, else the default. */
#ifndef DW_ROUTE_INHERIT_H
#define DW_ROUTE_INHERIT_H

#include "route/plan.h"

/* The value of option `m`; *from (an enum plan_origin, may be NULL) is where it came from. Zero means not said. */
#define DW__INHERIT(m, route, bp, app, otherwise, from) \
    (dw__origin_set((from), (route)->m ? FROM_ROUTE     \
                            : (bp)->m  ? FROM_BLUEPRINT \
                            : (app)->m ? FROM_APP       \
                                       : FROM_DEFAULT), \
     (route)->m ? (route)->m                            \
     : (bp)->m  ? (bp)->m                               \
     : (app)->m ? (app)->m                              \
                : (otherwise))

/* Member `m`, a reason, where the value it is for came from: a reason is never inherited apart from its value. */
#define DW__REASON(m, route, bp, app, origin)  \
    ((origin) == FROM_ROUTE       ? (route)->m \
     : (origin) == FROM_BLUEPRINT ? (bp)->m    \
     : (origin) == FROM_APP       ? (app)->m   \
                                  : NULL)

static inline void dw__origin_set(enum plan_origin *from, enum plan_origin origin)
{
    if (from != NULL)
        *from = origin;
}

#endif
