/* guard/pipeline.c -- the order of the guards. The order is policy. */
#include "guard/guard.h"
#include "guard/own.h"

/* clang-format off */
#define DW__GUARDS(X)                                                        \
    X(EARLY, shed)    /* is there time and memory for it? */                 \
    X(EARLY, global)  /* not too often, whatever is asked? */                \
    X(EARLY, broken)  /* could it be read? */                                \
    X(EARLY, proxy)   /* for whom does its peer speak? */                    \
    X(EARLY, hosts)   /* is this request for us at all? */                   \
    X(HEAD,  https)   /* did nobody read it on its way? */                   \
    X(HEAD,  isolation) /* is it meant for other sites, if one asks? */      \
    X(HEAD,  session) /* who is asking, by a session? */                     \
    X(HEAD,  bearer)  /* … by a token? */                                    \
    X(HEAD,  api_key) /* … by a key? */                                      \
    X(HEAD,  strangers) /* … if not, is it somebody's who is known? */     \
    X(HEAD,  probes)  /* or whoever has looked for what is not here? */      \
    X(HEAD,  csrf)    /* did they mean to? */                                \
    X(HEAD,  limit)   /* not too often? */                                   \
    X(HEAD,  roles)   /* may they? */                                        \
    X(HEAD,  enrolled) /* … without the second factor that their role wants? */ \
    X(HEAD,  scopes)  /* … with what they came by? */                        \
    X(HEAD,  fresh)   /* have they shown lately who they are? */             \
    X(HEAD,  size)    /* is the body too large to read? */                   \
    X(HEAD,  media)   /* is it of a type that the route reads? */            \
    X(BODY,  csrf_form) /* did they mean to, says the form? */               \
    X(BODY,  signature) /* is it from who signs it? */                       \
    X(BODY,  schema)  /* is it what the handler was promised? */             \
    X(BODY,  limit_field) /* not too often, for what it names? */            \
    X(BODY,  at_once) /* not too many at a time? */                          \
    X(AFTER, redirects) /* where it may lead */                              \
    X(AFTER, headers) /* what every reply says */                            \
    X(AFTER, cors)    /* which other origins may read it */
/* clang-format on */

#define ROW(phase, name) &dw__guard_##name,
static const struct guard *const guards[] = {DW__GUARDS(ROW)};
#define N_GUARDS (sizeof guards / sizeof guards[0])

/* Where each phase begins: as many guards stand before it. A guard that stands among those of another phase does not compile. */
#define BEFORE_HEAD(phase, name) +(GUARD_##phase < GUARD_HEAD)
#define BEFORE_BODY(phase, name) +(GUARD_##phase < GUARD_BODY)
#define BEFORE_AFTER(phase, name) +(GUARD_##phase < GUARD_AFTER)
enum {
    FIRST_EARLY,
    END_EARLY = 0 DW__GUARDS(BEFORE_HEAD),
    FIRST_HEAD = END_EARLY,
    END_HEAD = 0 DW__GUARDS(BEFORE_BODY),
    FIRST_BODY = END_HEAD,
    END_BODY = 0 DW__GUARDS(BEFORE_AFTER),
    FIRST_AFTER = END_BODY,
    END_AFTER = N_GUARDS
};
static const unsigned char first_of[] = {FIRST_EARLY, FIRST_HEAD, FIRST_BODY, FIRST_AFTER};

#define PLACE(phase, name) PLACE_##name,
enum { DW__GUARDS(PLACE) };
#define IN_PLACE(phase, name)                                                                       \
    _Static_assert((int)PLACE_##name >= (int)FIRST_##phase && (int)PLACE_##name < (int)END_##phase, \
                   "guard " #name " stands among those of another phase");
DW__GUARDS(IN_PLACE)

dw_err dw__guards_before(enum guard_phase phase, const struct guard_env *env, dw_req *req,
                         struct guarded *guarded)
{
    for (size_t i = first_of[phase]; i < first_of[phase + 1]; i++) {
        dw_err err = guards[i]->before(env, req, guarded);

        if (err != DW_OK || req->reply.state != REPLY_NONE)
            return err;
    }
    return dw__own_before(phase, env, req);
}

void dw__guards_after(const struct guard_env *env, dw_req *req)
{
    dw__own_after(env, req);
    for (size_t i = 0; i < N_GUARDS; i++)
        if (guards[i]->after != NULL)
            guards[i]->after(env, req);
}

guard_errors dw__guards_refuse(const struct route_plan *plan)
{
    guard_errors errors = dw__own_refuse(plan);

    for (size_t i = 0; i < N_GUARDS; i++)
        if (guards[i]->refuses != NULL)
            errors |= guards[i]->refuses(plan);
    return errors;
}

void dw__guards_audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < N_GUARDS; i++)
        if (guards[i]->audit != NULL)
            guards[i]->audit(env, audit);
    dw__own_audit(env, audit);
}
