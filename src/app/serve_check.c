/* app/serve_check.c -- what `serve` refuses to start with: looked at before a start, and again before an upgrade. */
#include "app/findings.h"
#include "app/serve.h"

static void say(const struct audit *audit, struct buf *why)
{
    for (const struct audit_found *f = audit->first; f != NULL; f = f->next) {
        const struct finding_row *row = dw__finding(f->finding);

        if (row->level != FINDING_NOTE && f->accepted == NULL)
            dw__buf_format(why, "%s: %.*s\n", row->id, DW_FMT(f->what));
    }
}

bool dw__serve_holds(const struct invocation *inv, struct buf *why)
{
    struct arena arena;
    struct audit audit;
    bool holds;

    dw__arena_init(&arena, NULL, (size_t)4 << 20);
    dw__audit_init(&audit, &arena);
    dw__find_all(inv, false, &audit);
    say(&audit, why);
    holds = audit.errors == 0;
    dw__arena_release(&arena);
    return holds;
}
