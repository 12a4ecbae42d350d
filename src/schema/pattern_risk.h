/* schema/pattern_risk.h -- can a text be made for which this pattern takes exponentially long? */
#ifndef DW_SCHEMA_PATTERN_RISK_H
#define DW_SCHEMA_PATTERN_RISK_H

enum pattern_risk {
    PATTERN_FINE,        /* no text makes backtracking exponential */
    PATTERN_EXPONENTIAL, /* one can: a part can be read in two ways, again and again */
    PATTERN_UNKNOWN /* it has what cannot be judged (look-around, back references, recursion), or is too large, or there is no memory */
};

/* Judges a PCRE2 pattern that compiles. It looks at the pattern alone, and takes possessive quantifiers and atomic groups for ordinary ones, so
 * that it may warn of a pattern that those make harmless. For `check`: it takes memory and its time. */
enum pattern_risk dw__pattern_risk(const char *pattern);

#endif
