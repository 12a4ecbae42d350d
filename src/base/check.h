/* base/check.h -- broken internals abort; they are never an error value. */
#ifndef DW_BASE_CHECK_H
#define DW_BASE_CHECK_H

/* Writes `file:line: what` to standard error and aborts. */
__attribute__((noreturn, cold)) void dw__check_failed(const char *file, int line, const char *what);

/* For what is done when something is wrong: it is kept away from the code of good requests, which then fits the processor's cache. */
#define DW__COLD __attribute__((cold))

/* What must hold whatever a client sends. Stays in release builds. */
#define DW__CHECK(cond) \
    (__builtin_expect(!!(cond), 1) ? (void)0 : dw__check_failed(__FILE__, __LINE__, #cond))

/* A word at the head of a long-lived struct; checked at entry of its functions. */
#define DW__MAGIC(p, m) DW__CHECK((p) != NULL && (p)->magic == (m))

#endif
