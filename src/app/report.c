/* app/report.c -- findings as text and as JSON. */
#include "app/report.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "codec/json.h"

bool dw__report_place(const char *where, struct report_place *out)
{
    const char *colon = where != NULL ? strrchr(where, ':') : NULL;
    char here[4096];
    size_t n;

    if (colon == NULL)
        return false;
    *out = (struct report_place){{where, (size_t)(colon - where)}, dw__text_of(colon + 1)};
    if (getcwd(here, sizeof here) == NULL)
        return true;
    n = strlen(here);
    if (n > 1 && out->path.n > n && memcmp(where, here, n) == 0 && where[n] == '/')
        out->path = (dw_text){where + n + 1, out->path.n - n - 1};
    return true;
}

/* ---- text ---- */

static void explain_one(const struct audit_found *f, struct buf *out)
{
    const struct finding_row *row = dw__finding(f->finding);

    dw__buf_format(out, "    why: %s\n    fix: %s\n    see: CWE-%u, ASVS 5.0 %s\n", row->why, row->fix,
                   row->cwe, row->asvs);
}

static void put_line(const struct audit_found *f, struct buf *out)
{
    const struct finding_row *row = dw__finding(f->finding);
    struct report_place place;

    dw__buf_format(out, "%s: %s: %.*s", f->accepted != NULL ? "accepted" : dw__finding_level_name(row->level),
                   row->id, DW_FMT(f->what));
    if (f->accepted != NULL)
        dw__buf_format(out, " (until %s: %s)", f->accepted->until, f->accepted->why);
    if (dw__report_place(f->where, &place))
        dw__buf_format(out, " (%.*s:%.*s)", DW_FMT(place.path), DW_FMT(place.line));
    dw__buf_putc(out, '\n');
}

void dw__report_text(const struct audit *audit, bool explain, struct buf *out)
{
    for (const struct audit_found *f = audit->first; f != NULL; f = f->next) {
        put_line(f, out);
        if (explain)
            explain_one(f, out);
    }
    dw__buf_format(out, "%u errors, %u warnings, %u notes", audit->errors, audit->warnings, audit->notes);
    if (audit->accepted > 0)
        dw__buf_format(out, ", %u accepted", audit->accepted);
    dw__buf_putc(out, '\n');
}

/* ---- JSON ---- */

static void put_member(struct buf *out, const char *name, const char *value)
{
    dw__buf_format(out, ",\"%s\":", name);
    dw__json_put_string(out, dw__text_of(value));
}

static void put_where(const struct audit_found *f, struct buf *out)
{
    struct report_place place;

    dw__buf_lit(out, ",\"where\":");
    if (!dw__report_place(f->where, &place)) {
        dw__buf_lit(out, "null");
        return;
    }
    dw__buf_lit(out, "{\"file\":");
    dw__json_put_string(out, place.path);
    dw__buf_format(out, ",\"line\":%.*s}", DW_FMT(place.line));
}

static void put_finding(const struct audit_found *f, struct buf *out)
{
    const struct finding_row *row = dw__finding(f->finding);

    dw__buf_format(out, "{\"id\":\"%s\",\"level\":\"%s\",\"what\":", row->id,
                   dw__finding_level_name(row->level));
    dw__json_put_string(out, f->what);
    put_where(f, out);
    put_member(out, "why", row->why);
    put_member(out, "fix", row->fix);
    dw__buf_format(out, ",\"cwe\":%u", row->cwe);
    put_member(out, "asvs", row->asvs);
    if (f->accepted == NULL) {
        dw__buf_lit(out, ",\"accepted\":null}");
        return;
    }
    dw__buf_lit(out, ",\"accepted\":{\"why\":");
    dw__json_put_string(out, dw__text_of(f->accepted->why));
    put_member(out, "until", f->accepted->until);
    dw__buf_lit(out, "}}");
}

void dw__report_json(const struct audit *audit, struct buf *out)
{
    dw__buf_lit(out, "{\"findings\":[");
    for (const struct audit_found *f = audit->first; f != NULL; f = f->next) {
        dw__buf_lit(out, "\n");
        put_finding(f, out);
        if (f->next != NULL)
            dw__buf_putc(out, ',');
    }
    dw__buf_format(out, "\n],\"errors\":%u,\"warnings\":%u,\"notes\":%u,\"accepted\":%u}\n", audit->errors,
                   audit->warnings, audit->notes, audit->accepted);
}
