/* codec/origin.h -- origins as browsers write them (RFC 6454 §6.2), and rules that name some.
 *
 * A rule is read once, at start-up, and is strict: what it cannot match is refused there.  A request's origin is then compared byte by byte, since browsers
 * have one spelling for each origin and whoever has another is none. */
#ifndef DW_CODEC_ORIGIN_H
#define DW_CODEC_ORIGIN_H

#include <dw/types.h>

enum origin_kind { ORIGIN_EXACT, ORIGIN_PATTERN, ORIGIN_ANY };

struct origin_rule {
    enum origin_kind kind;
    dw_text text; /* as it was written */
    dw_text tail; /* of a pattern: ".example.com:8443", what stands behind the label */
};

/* Reads "https://example.com", "http://localhost:3000", either with a port or none, the first also with "*." in front of its
 * host, or "*". NULL, or why it is none: a phrase that goes
 * behind its name ("ends with '/', …"). Slices of `text`. */
const char *dw__origin_rule_read(dw_text text, struct origin_rule *out);
/* Whether `origin`, any bytes, is one that the rule names. */
bool dw__origin_rule_matches(const struct origin_rule *rule, dw_text origin);
/* Whether others can be it who are on the way: http:, and not of this machine. */
bool dw__origin_rule_is_plain(const struct origin_rule *rule);

#endif
