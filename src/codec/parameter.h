/* codec/parameter.h -- the parameters of a field value: `; name=value` or `; name="value"` (RFC 9110 §5.6.6).
 *
 * Readers disagree about a backslash in quotes: the standard says that it hides what follows, browsers send it as it is and write %22 for a
 * quote (WHATWG HTML §4.10.21.8). Here it stands for itself, and directly before a quote, where the two see different ends, it is refused. */
#ifndef DW_CODEC_PARAMETER_H
#define DW_CODEC_PARAMETER_H

#include <stdbool.h>

#include <dw/types.h>

/* Whether `t` is a token (RFC 9110 §5.6.2): one or more of the letters, digits and signs that need no quotes. */
bool dw__is_token(dw_text t);

/* What stands before the parameters of `value`, without white space around it; *rest is what stands behind it. */
dw_text dw__parameter_begin(dw_text value, dw_text *rest);
/* Takes the next parameter off *rest, which stands behind a value or a parameter: slices of *rest, the value without its quotes. White space
 * may stand around the semicolon and nowhere else. False when *rest is no parameter; with rest->n == 0 that was the end. */
bool dw__parameter_next(dw_text *rest, dw_text *name, dw_text *value);

#endif
