/* auth/audit_query.c -- what administrators are shown of the audit log, as the process that writes it answers.
 *
 * Lines are JSON of our own making, and come from another process all the same: what is none is left out. */
#include "auth/audit_client.h"
#include "base/ctx.h"
#include "base/text.h"
#include "codec/json.h"
#include <dw/audit.h>

/* The member of a line that is called so; NULL: it has no place of its own. */
static dw_text *member_of(dw_audit_line *line, dw_text name)
{
    const struct {
        const char *name;
        dw_text *member;
    } members[] = {
        {"time", &line->time},         {"event", &line->event},          {"kind", &line->kind},
        {"severity", &line->severity}, {"outcome", &line->outcome},      {"process", &line->process},
        {"actor", &line->actor},       {"account", &line->account},      {"address", &line->address},
        {"route", &line->route},       {"request_id", &line->request_id}};

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (dw__text_eq(name, dw__text_of(members[i].name)))
            return members[i].member;
    return NULL;
}

/* A number, true or false as it stands there. */
static void take_member(struct json_in *in, struct arena *a, dw_audit_line *line, dw_text name)
{
    dw_text *member = member_of(line, name);

    if (member == NULL || dw__json_peek(in) != JSON_STRING)
        (void)dw__json_skip(in);
    else
        (void)dw__json_string(in, a, member);
}

static bool read_line(dw_ctx *ctx, dw_text text, dw_audit_line *out)
{
    struct json_in in;
    dw_text name;

    *out = (dw_audit_line){.json = text};
    dw__json_init(&in, text);
    if (!dw__json_object_begin(&in))
        return false;
    while (dw__json_object_next(&in, ctx->arena, &name) == JSON_MORE)
        take_member(&in, ctx->arena, out, name);
    return dw__json_end(&in);
}

/* "0123456789abcdef.17", of the last line of a page. */
static dw_text place_of(dw_ctx *ctx, dw_text text)
{
    struct audit_line line;

    return dw__audit_line_read(text, &line)
               ? dw__arena_format(ctx->arena, "%.*s.%llu", DW_FMT(line.chain), (unsigned long long)line.seq)
               : (dw_text){NULL, 0};
}

static dw_err read_page(dw_ctx *ctx, dw_text lines, bool more, dw_audit_page *page)
{
    dw_audit_line *v = dw__arena_zalloc(ctx->arena, DW_AUDIT_PAGE * sizeof *v);
    dw_text last = {NULL, 0};

    if (v == NULL)
        return DW_UNAVAILABLE;
    page->v = v;
    while (lines.n > 0 && page->n < DW_AUDIT_PAGE) {
        last = dw__text_cut(&lines, '\n');
        page->n += read_line(ctx, last, &v[page->n]);
    }
    if (more && last.n > 0)
        page->next = place_of(ctx, last);
    return DW_OK;
}

dw_err dw_audit_recent(dw_ctx *ctx, const dw_audit_query *query, dw_audit_page *page)
{
    struct audit_client *client = ctx->services != NULL ? ctx->services->audit : NULL;
    struct audit_ask ask = {
        .filter = {query->since, query->until, query->event, query->account, query->request}, .n = query->n};
    struct buf lines;
    bool more;
    dw_err err = dw__ctx_may_wait(ctx);

    *page = (dw_audit_page){0};
    if (err != DW_OK)
        return err;
    if (query->before.n > 0 && !dw__audit_place_read(query->before, &ask.before, &ask.before_seq))
        return DW_INVALID;
    if (client == NULL || ctx->fiber == NULL)
        return DW_UNAVAILABLE;
    dw__buf_init(&lines, ctx->arena, DW__AUDIT_ANSWER);
    if ((err = dw__audit_client_ask(ctx, client, &ask, &lines, &more)) != DW_OK)
        return err;
    return read_page(ctx, (dw_text){lines.p, lines.n}, more, page);
}
