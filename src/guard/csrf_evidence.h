/* guard/csrf_evidence.h -- what a request itself says of where it was made: a pure function of its head. */
#ifndef DW_GUARD_CSRF_EVIDENCE_H
#define DW_GUARD_CSRF_EVIDENCE_H

#include <stdbool.h>

#include <dw/types.h>

enum csrf_evidence {
    CSRF_GOOD,   /* a page of ours */
    CSRF_SILENT, /* nothing: an old client, or no browser. The token alone decides */
    CSRF_BAD     /* another site, or what cannot be told */
};

/* Headers: p == NULL when there is none, and empty when there are several of the name. */
struct csrf_clues {
    dw_text fetch_site, fetch_mode, origin, referer;
    dw_text canonical; /* CANONICAL_ORIGIN; or empty */
    dw_text host;      /* of the request: one that the server answers for */
    bool https;        /* the request came so */
    bool local;        /* … or from this machine */
};

enum csrf_evidence dw__csrf_evidence(const struct csrf_clues *clues);

#endif
