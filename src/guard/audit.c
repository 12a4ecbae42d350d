/* guard/audit.c -- what was found, kept until somebody prints it, and what of it was accepted. */
#include "guard/audit.h"

#include <string.h>

#include "base/text.h"
#include <dw/values.h>

#define DAY_S 86400

void dw__audit_init(struct audit *audit, struct arena *arena)
{
    *audit = (struct audit){.arena = arena};
    audit->end = &audit->first;
}

static void count(struct audit *audit, enum finding_level level, int by)
{
    unsigned *counter = level == FINDING_ERROR     ? &audit->errors
                        : level == FINDING_WARNING ? &audit->warnings
                                                   : &audit->notes;

    *counter = (unsigned)((int)*counter + by);
}

void dw__audit_say(struct audit *audit, enum finding finding, const char *where, const char *fmt, ...)
{
    struct audit_found *found = dw__arena_zalloc(audit->arena, sizeof *found);
    va_list args;

    if (found == NULL) {
        audit->errors++;
        return;
    }
    va_start(args, fmt);
    found->what = dw__arena_vformat(audit->arena, fmt, args);
    va_end(args);
    found->finding = finding;
    found->where = where;
    *audit->end = found;
    audit->end = &found->next;
    if (found->what.p == NULL)
        audit->errors++;
    else
        count(audit, dw__finding(finding)->level, 1);
}

static bool is_about(const struct audit_found *found, const char *about)
{
    size_t n = about != NULL ? strlen(about) : 0;

    return n == 0 || memmem(found->what.p, found->what.n, about, n) != NULL;
}

/* How many findings the row takes. */
static size_t take(struct audit *audit, const dw_accepted *row, enum finding finding)
{
    size_t n = 0;

    for (struct audit_found *f = audit->first; f != NULL; f = f->next) {
        if (f->finding != finding || f->accepted != NULL || f->what.p == NULL || !is_about(f, row->about))
            continue;
        f->accepted = row;
        count(audit, FINDING_WARNING, -1);
        audit->accepted++;
        n++;
    }
    return n;
}

static const char *fault_of(const dw_accepted *row, enum finding finding, dw_date *until)
{
    if (finding == FINDINGS)
        return "there is no such finding";
    if (dw__finding(finding)->level != FINDING_WARNING)
        return "only a warning can be accepted";
    return dw_date_read(dw__text_of(row->until), until) ? NULL : "its .until is no day, as 2027-06-30";
}

static void accept_row(struct audit *audit, const dw_accepted *row, bool all, int64_t unix_s)
{
    enum finding finding = dw__finding_find(dw__text_of(row->finding));
    dw_date until = {0};
    const char *fault = fault_of(row, finding, &until);

    if (fault != NULL)
        dw__audit_say(audit, FOUND_ACCEPTED_REFUSED, row->where, "dw_app.accepted: %s: %s", row->finding,
                      fault);
    else if (unix_s >= (dw_date_days(until) + 1) * DAY_S)
        dw__audit_say(audit, FOUND_ACCEPTED_OVER, row->where, "%s was accepted until %s: %s", row->finding,
                      row->until, row->why);
    else if (take(audit, row, finding) == 0 && all)
        dw__audit_say(audit, FOUND_ACCEPTED_UNUSED, row->where, "%s is accepted, and there is none%s%s",
                      row->finding, row->about != NULL ? " about " : "",
                      row->about != NULL ? row->about : "");
}

void dw__audit_accept(struct audit *audit, const dw_accepted *accepted, bool all, int64_t unix_s)
{
    for (const dw_accepted *row = accepted; row != NULL && row->finding != NULL; row++)
        accept_row(audit, row, all, unix_s);
}
