/* route/origin.h -- where an option's value came from: what `routes` prints. */
#ifndef DW_ROUTE_ORIGIN_H
#define DW_ROUTE_ORIGIN_H

enum plan_origin { FROM_DEFAULT, FROM_APP, FROM_BLUEPRINT, FROM_ROUTE };

#endif
