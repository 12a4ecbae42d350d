/* dw/types.h -- the few types that everything else is made of.
 *
 * Lengths travel with pointers: nothing in Dewar looks for a terminating NUL in data. */
#ifndef DW_TYPES_H
#define DW_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The caller must look at the result. */
#define DW_MUST __attribute__((warn_unused_result))

/* printf-style checking: `fmt` and `args` are argument positions from 1. */
#define DW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* 0 in a constant expression; a false condition does not compile, and the message names `says`. */
#define DW__REQUIRE(cond, says) (0 * sizeof(struct { unsigned says : (cond) ? 1 : -1; }))

/* "file:line" of where it is written. */
#define DW__HERE __FILE__ ":" DW__LINE_AS_TEXT(__LINE__)
#define DW__LINE_AS_TEXT(line) DW__AS_TEXT(line)
#define DW__AS_TEXT(words) #words

/* UTF-8 text of n bytes.  What a request hands out lives as long as the request.  p may be NULL when n is 0. */
typedef struct dw_text {
    const char *p;
    size_t n;
} dw_text;

/* n bytes of anything; the same lifetime rule. */
typedef struct dw_bytes {
    const uint8_t *p;
    size_t n;
} dw_bytes;

/* Text that must not be seen: its own type, so that logs and replies refuse it by type. Wiped with its request. */
typedef struct dw_secret {
    const char *p;
    size_t n;
} dw_secret;

/* One JSON value as it was written, checked but not looked into. */
typedef struct dw_json {
    const char *p;
    size_t n;
} dw_json;

/* A request being answered, and what requests, commands, jobs and tests share. Both opaque. */
typedef struct dw_req dw_req;
typedef struct dw_ctx dw_ctx;

#ifndef __cplusplus
#include <string.h>

/* Whether two texts are the same bytes. */
static inline bool dw_text_eq(dw_text a, dw_text b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
/* Compares with a string literal. */
#define dw_text_is(t, literal) dw_text_eq((t), DW_TEXT(literal))

/* A dw_text of a string literal; anything else does not compile. */
#define DW_TEXT(literal) ((dw_text){"" literal "", sizeof(literal) - 1})
/* The same as an initialiser at file scope. */
#define DW_TEXT_INIT(literal)              \
    {                                      \
        "" literal "", sizeof(literal) - 1 \
    }
#endif

/* For printf("%.*s", DW_FMT(text)): cuts at INT_MAX. */
#define DW_FMT(t) (int)((t).n > 0x7fffffff ? 0x7fffffff : (t).n), ((t).p ? (t).p : "")

#endif
