/* conformance/conformance.h -- what the files of the conformance application share. */
#ifndef CONFORMANCE_CONFORMANCE_H
#define CONFORMANCE_CONFORMANCE_H

#include <dw/dw.h>

/* In the order of the names in main.c. */
enum { role_user, role_admin };

extern const dw_blueprint pages, bodies, ranges, users, items, crashes;
extern const dw_profile profiles[];

#endif
