/* app/asvs.h -- OWASP ASVS 5.0, requirement by requirement: what is done about each, where, and which test shows it.
 *
 * The table is a text, asvs.txt, which people read too; asvs_table.S takes it into the program, from which the command `asvs` prints it and
 * tests/docs/update.py makes docs/asvs.md.  Words and titles are ours; the standard itself has a licence of its own (CC BY-SA 4.0), and is not
 * repeated here.
 *
 *     V3 Web frontend                                    a chapter
 *
 *     V3.4.4 2 enforced X-Content-Type-Options           a requirement: its number, its level, its status, our title
 *      how On every reply, …                             what is done, in one line
 *      in src/route/header_block.c …                     the files that do it; may be missing
 *      by tests/unit/route/test_plan.c renders_…         a test that shows it, one a line; may be missing
 *      when TRUSTED_PROXIES .sessions|.tokens            settings that must be given, members of dw_app (.rate and .fresh of any route) that must be set, for it to concern an
 *                                                        application: all of them, of those with '|' between them one; may be missing */
#ifndef DW_APP_ASVS_H
#define DW_APP_ASVS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include <dw/types.h>

struct invocation;

#define DW__ASVS_TESTS 6u

/* In the order in which counts name them. */
#define DW__ASVS_STATUS(X)                                                                 \
    X(ENFORCED, "enforced", "enforced_by_default", "enforced by default")                  \
    X(CONFIGURED, "configured", "enforced_when_configured", "enforced when configured")    \
    X(OFFERED, "offered", "offered", "offered")                                            \
    X(APPLICATION, "application", "duty_of_the_application", "the application's duty")     \
    X(ORGANISATION, "organisation", "duty_of_the_organisation", "the organisation's duty") \
    X(NOT_APPLICABLE, "not-applicable", "not_applicable", "not applicable")                \
    X(NOT_YET, "not-yet", "not_yet", "not yet")

#define DW__ASVS_ENUM(name, word, json, says) ASVS_##name,
enum asvs_status { DW__ASVS_STATUS(DW__ASVS_ENUM) ASVS_STATUSES };

struct asvs_row {
    dw_text chapter; /* "V3 Web frontend" */
    dw_text id;      /* "V3.4.4" */
    unsigned level;  /* 1 to 3 */
    enum asvs_status status;
    dw_text title, how;
    dw_text files; /* with spaces between them, or empty */
    dw_text tests
        [DW__ASVS_TESTS]; /* "tests/unit/route/test_plan.c renders_the_headers_once": a file, and what it calls the test where it has several */
    size_t n_tests;
    dw_text when; /* or empty */
};

/* The table as it is in the program. */
dw_text dw__asvs_text(void);
/* Takes the next requirement off *rest into *row, whose chapter stays from the one before; 1. 0 at the end; -1: a line that cannot be, at the
 * beginning of *rest. */
int dw__asvs_next(dw_text *rest, struct asvs_row *row);
/* "enforced by default"; "enforced_by_default" for programs. */
const char *dw__asvs_status_says(enum asvs_status status);
const char *dw__asvs_status_name(enum asvs_status status);
/* Whether row->when holds here. -1: it names what there is not. True for a row without. */
int dw__asvs_when(const struct asvs_row *row, const struct invocation *inv);

#endif
