/* app/report.h -- what `check` found, for people and for programs. */
#ifndef DW_APP_REPORT_H
#define DW_APP_REPORT_H

#include "app/command.h"

/* A line for each: level, id, what, where; with `explain` below it why it matters, what to do, and by which references. The last line counts. */
void dw__report_text(const struct audit *audit, bool explain, struct buf *out);
/* One object: {"findings":[{"id","level","what","where","why","fix","cwe","asvs","accepted"}],"errors","warnings","notes","accepted"}. */
void dw__report_json(const struct audit *audit, struct buf *out);
/* SARIF 2.1.0, as code hosts read it: every finding that there can be is a rule, what was found a result. */
void dw__report_sarif(const dw_app *app, const struct audit *audit, struct buf *out);

/* "apps/coffer/items.c:40" as path and line; the path without the directory that this process runs in. False: there is none. */
struct report_place {
    dw_text path, line;
};
bool dw__report_place(const char *where, struct report_place *out);

#endif
