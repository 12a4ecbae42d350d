/* pattern.c -- PCRE2, kept on a short lead.
 *
 * A pattern always matches the whole text, never a part.  How much work a text may cause is limited in matches, depth and
 * memory, so a pattern that can backtrack without end refuses a text made for it instead of hanging on it.  The match block
 * is made with the pattern, so matching allocates only what PCRE2's interpreter keeps in that block. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "schema/pattern.h"

/* Steps of one match, levels of backtracking, and KiB of memory for them. */
#define MATCH_LIMIT 100000
#define DEPTH_LIMIT 2000
#define HEAP_LIMIT 1024

struct plan_pattern {
    pcre2_code *code;
    pcre2_match_data *block;
    pcre2_match_context *limits;
};

static void say_why(struct buf *why, int code, size_t at)
{
    PCRE2_UCHAR message[128];

    if (pcre2_get_error_message(code, message, sizeof message) < 0)
        message[0] = '\0';
    dw__buf_format(why, "the pattern does not compile at character %zu: %s", at, (const char *)message);
}

dw_err dw__pattern_new(const char *text, struct plan_pattern **out, struct buf *why)
{
    const uint32_t options =
        PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    int code;
    size_t at;

    *out = NULL;
    struct plan_pattern *p = calloc(1, sizeof *p);
    if (p == NULL)
        goto no_memory;
    p->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &code, &at, NULL);
    if (p->code == NULL) {
        say_why(why, code, at);
        goto err;
    }
    p->block = pcre2_match_data_create(1, NULL);
    p->limits = pcre2_match_context_create(NULL);
    if (p->block == NULL || p->limits == NULL)
        goto no_memory;
    pcre2_set_match_limit(p->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(p->limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(p->limits, HEAP_LIMIT);
    /* Where there is no JIT compiler, the interpreter does the same, slower. */
    (void)pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE);
    *out = p;
    return DW_OK;

no_memory:
    dw__buf_lit(why, "out of memory");
err:
    dw__pattern_free(p);
    return DW_INTERNAL;
}

void dw__pattern_free(struct plan_pattern *p)
{
    if (p == NULL)
        return;
    pcre2_match_context_free(p->limits);
    pcre2_match_data_free(p->block);
    pcre2_code_free(p->code);
    free(p);
}

bool dw__pattern_matches(const struct plan_pattern *p, dw_text t)
{
    /* The text was checked to be UTF-8 by whoever read it. */
    return pcre2_match(p->code, (PCRE2_SPTR)(t.p != NULL ? t.p : ""), t.n, 0, PCRE2_NO_UTF_CHECK, p->block,
                       p->limits) >= 0;
}
