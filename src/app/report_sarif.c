/* app/report_sarif.c -- findings as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format).
 *
 * A result points at the row of the table that it is about; what has no row has no location.  What was accepted is suppressed with its reason, so that
 * a code host shows it as somebody's decision.  Fingerprints are of id and sentence, so that a line that moves is the same finding. */
#include "app/report.h"

#include "base/hash.h"
#include "base/text.h"
#include "codec/json.h"

/* From 0 to 10, as code hosts sort them. */
static const char *severity_of(enum finding_level level)
{
    return level == FINDING_ERROR ? "8.0" : level == FINDING_WARNING ? "5.0" : "1.0";
}

static void put_text(struct buf *out, const char *name, dw_text text)
{
    dw__buf_format(out, "\"%s\":{\"text\":", name);
    dw__json_put_string(out, text);
    dw__buf_putc(out, '}');
}

static void put_rule(enum finding finding, struct buf *out)
{
    const struct finding_row *row = dw__finding(finding);

    dw__buf_format(out, "%s\n{\"id\":\"%s\",", finding > 0 ? "," : "", row->id);
    put_text(out, "shortDescription", dw__text_of(row->why));
    dw__buf_putc(out, ',');
    put_text(out, "help", dw__text_of(row->fix));
    dw__buf_format(out,
                   ",\"helpUri\":\"https://cwe.mitre.org/data/definitions/%u.html\""
                   ",\"defaultConfiguration\":{\"level\":\"%s\"}"
                   ",\"properties\":{\"security-severity\":\"%s\",\"asvs\":\"%s\""
                   ",\"tags\":[\"security\",\"external/cwe/cwe-%u\"]}}",
                   row->cwe, dw__finding_level_name(row->level), severity_of(row->level), row->asvs,
                   row->cwe);
}

/* What stands in a URI reference as it is (RFC 3986 §2.3, and '/'). */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '/';
}

static void put_path(dw_text path, struct buf *out)
{
    dw__buf_putc(out, '"');
    if (path.n > 0 && path.p[0] == '/')
        dw__buf_lit(out, "file://");
    for (size_t i = 0; i < path.n; i++)
        if (is_plain(path.p[i]))
            dw__buf_putc(out, path.p[i]);
        else
            dw__buf_format(out, "%%%02X", (unsigned char)path.p[i]);
    dw__buf_putc(out, '"');
}

static void put_place(const struct audit_found *f, struct buf *out)
{
    struct report_place place;

    if (!dw__report_place(f->where, &place))
        return;
    dw__buf_lit(out, ",\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":");
    put_path(place.path, out);
    dw__buf_format(out, "},\"region\":{\"startLine\":%.*s}}}]", DW_FMT(place.line));
}

static void put_suppression(const dw_accepted *accepted, struct buf *out)
{
    if (accepted == NULL)
        return;
    dw__buf_lit(out, ",\"suppressions\":[{\"kind\":\"inSource\",\"status\":\"accepted\",\"justification\":");
    dw__json_put_string(out, dw__text_of(accepted->why));
    dw__buf_format(out, ",\"properties\":{\"until\":\"%s\"}}]", accepted->until);
}

static void put_result(const struct audit_found *f, struct buf *out)
{
    static const struct hash_key same_everywhere;
    const struct finding_row *row = dw__finding(f->finding);

    dw__buf_format(out, "\n{\"ruleId\":\"%s\",\"ruleIndex\":%u,\"level\":\"%s\",", row->id,
                   (unsigned)f->finding, dw__finding_level_name(row->level));
    put_text(out, "message", f->what);
    put_place(f, out);
    dw__buf_format(out, ",\"partialFingerprints\":{\"dewar/v1\":\"%s/%016llx\"}", row->id,
                   (unsigned long long)dw__hash(&same_everywhere, f->what.p, f->what.n));
    put_suppression(f->accepted, out);
    dw__buf_putc(out, '}');
    if (f->next != NULL)
        dw__buf_putc(out, ',');
}

void dw__report_sarif(const dw_app *app, const struct audit *audit, struct buf *out)
{
    dw__buf_lit(out, "{\"version\":\"2.1.0\",\"$schema\":\"https://docs.oasis-open.org/sarif/sarif/v2.1.0/"
                     "errata01/os/schemas/"
                     "sarif-schema-2.1.0.json\","
                     "\"runs\":[{\"tool\":{\"driver\":{\"name\":\"");
    dw__buf_format(out, "%s check\",\"version\":", app->name);
    dw__json_put_string(out, dw__text_of(app->version != NULL ? app->version : "0"));
    dw__buf_lit(out, ",\"rules\":[");
    for (unsigned i = 0; i < FINDINGS; i++)
        put_rule((enum finding)i, out);
    dw__buf_lit(out, "\n]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[");
    for (const struct audit_found *f = audit->first; f != NULL; f = f->next)
        put_result(f, out);
    dw__buf_lit(out, "\n]}]}\n");
}
