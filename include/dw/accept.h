/* dw/accept.h -- warnings of `check` that somebody has decided to live with, until a day.
 *
 *     static const dw_accepted accepted[] = {
 *         DW_ACCEPT("settings.audit-missing", "the machine keeps a log of its own", "2027-06-30"),
 *         {0}};
 *     …
 *     .accepted = accepted            in the dw_app
 *
 * docs/checks.md lists what can be found.  Errors cannot be accepted, and notes need not. */
#ifndef DW_ACCEPT_H
#define DW_ACCEPT_H

#include "types.h"

typedef struct dw_accepted {
    const char *finding; /* "settings.audit-missing" */
    const char *why;     /* at least 8 characters */
    const char *until;   /* the last day on which it is accepted, in UTC: "2027-06-30" */
    const char *about;   /* only where the line has this text in it; NULL: wherever */
    const char *where;   /* the place of this row in the source */
} dw_accepted;

#ifndef __cplusplus
/* A row of the table: what, why, until when; then .about, if not all of them are meant. */
#define DW_ACCEPT(finding_, ...) DW__ACCEPT(finding_, __VA_ARGS__, .where = DW__HERE)
#define DW__ACCEPT(finding_, why_, until_, ...)                                                              \
    {                                                                                                        \
        .finding = "" finding_ "",                                                                           \
        .why = &("" why_ "")[DW__REQUIRE(sizeof("" why_ "") > 8, the_reason_has_at_least_8_characters)],     \
        .until = &("" until_ "")[DW__REQUIRE(sizeof("" until_ "") == 11, the_day_is_written_as_2027_06_30)], \
        __VA_ARGS__                                                                                          \
    }
#endif

#endif
