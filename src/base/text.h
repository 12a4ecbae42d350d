/* base/text.h -- comparing, cutting and reading texts. ASCII only: locale never matters. */
#ifndef DW_BASE_TEXT_H
#define DW_BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <dw/types.h>

static inline bool dw__text_eq(dw_text a, dw_text b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
/* Compares with a string literal. */
#define dw__text_is(t, lit) dw__text_eq((t), (dw_text){"" lit "", sizeof(lit) - 1})
/* Without regard to ASCII case. */
bool dw__text_eq_nocase(dw_text a, dw_text b);
bool dw__text_starts(dw_text t, dw_text prefix);
/* A text of a NUL-terminated string (NULL gives an empty one). */
dw_text dw__text_of(const char *s);
/* Without spaces and tabs at both ends. */
dw_text dw__text_trim(dw_text t);
/* Cuts *rest at the first `sep`: returns what is before it, leaves what is behind in *rest (p == NULL when there was none). */
dw_text dw__text_cut(dw_text *rest, char sep);
/* Position of byte c, or t.n. */
size_t dw__text_find(dw_text t, char c);
/* Exactly one or more ASCII digits, no sign, at most UINT64_MAX; leading zeros allowed. */
bool dw__text_u64(dw_text t, uint64_t *out);
/* The same with an optional leading '-', in range of int64_t. */
bool dw__text_i64(dw_text t, int64_t *out);
/* "64", "64K", "16M", "1G" (powers of 1024). */
bool dw__text_size(dw_text t, uint64_t *out);

/* Decimal digits of v into out; returns how many (1 to 20). */
size_t dw__u64_digits(uint64_t v, char out[static 20]);

#endif
