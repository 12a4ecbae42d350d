/* guard/pipeline.c -- the order of the guards. The order is policy. */
#include <stdarg.h>
#include <stdio.h>

#include "guard/guard.h"

static const struct guard *const guards[] = {
    &dw__guard_hosts,   /* early: is this request for us at all? */
    &dw__guard_bearer,  /* head: who is asking? */
    &dw__guard_roles,   /*       may they? */
    &dw__guard_size,    /*       is the body too large to read? */
    &dw__guard_media,   /*       is it of a type that the route reads? */
    &dw__guard_schema,  /* body: is it what the handler was promised? */
    &dw__guard_headers, /* after: what every reply says */
};
#define N_GUARDS (sizeof guards / sizeof guards[0])

dw_err dw__guards_before(enum guard_phase phase, const struct guard_env *env, dw_req *req,
                         struct guarded *guarded)
{
    for (size_t i = 0; i < N_GUARDS; i++) {
        dw_err err;

        if (guards[i]->before == NULL || guards[i]->phase != phase)
            continue;
        err = guards[i]->before(env, req, guarded);
        if (err != DW_OK)
            return err;
    }
    return DW_OK;
}

void dw__guards_after(const struct guard_env *env, dw_req *req)
{
    for (size_t i = 0; i < N_GUARDS; i++)
        if (guards[i]->after != NULL)
            guards[i]->after(env, req);
}

void dw__guards_audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < N_GUARDS; i++)
        if (guards[i]->audit != NULL)
            guards[i]->audit(env, audit);
}

void dw__audit_say(struct audit *audit, enum finding_level level, const char *guard, const char *fmt, ...)
{
    static const char *const words[] = {"note", "warning", "error"};
    char sentence[512];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(sentence, sizeof sentence, fmt, ap);
    va_end(ap);
    dw__buf_format(audit->out, "%s: %s: %s\n", words[level], guard, sentence);
    audit->notes += level == FINDING_NOTE;
    audit->warnings += level == FINDING_WARNING;
    audit->errors += level == FINDING_ERROR;
}
