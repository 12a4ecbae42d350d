/* base/format.h -- printf for the few conversions that most formats are made of. */
#ifndef DW_BASE_FORMAT_H
#define DW_BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Writes what vsnprintf would, without the NUL, and returns how many bytes; SIZE_MAX when the format has anything but %s, %.*s, %d, %u, %ld, %lu,
 * %lld, %llu, %zu and %%, when an argument is odd (a null pointer, a negative precision), or when it does not fit into `cap`
 * bytes: then vsnprintf is to be asked, with the arguments from their beginning. */
size_t dw__format_plain(char *out, size_t cap, const char *fmt, va_list args)
    __attribute__((format(printf, 3, 0)));

#endif
