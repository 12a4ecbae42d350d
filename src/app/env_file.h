/* app/env_file.h -- the lines of an --env-file: KEY=value, and nothing clever.
 *
 * A pure parser.  Empty lines and lines that begin with '#' are skipped.  A value is what is behind '=' without spaces around it, or
 * what is between two equal quotes (' or "); nothing in it is expanded, and no character escapes another.  What a shell or another
 * reader of such files would read differently (export, a '#' behind an unquoted value, a lone quote) is refused. */
#ifndef DW_APP_ENV_FILE_H
#define DW_APP_ENV_FILE_H

#include <dw/types.h>

#define DW__ENV_FILE_MAX ((size_t)64 << 10)

struct env_file {
    dw_text rest;
    unsigned line; /* of what was returned last, from 1 */
    bool ended;
};

/* Starts at the beginning of `text`, which stays the caller's. */
void dw__env_file_init(struct env_file *file, dw_text text);
/* The next KEY (capital letters, digits, '_') and value, which lie in the text. False at the end, and for a line that is wrong: then *why
 * is a static sentence (NULL at the end) and the next call goes on with the line after it. */
DW_MUST bool dw__env_file_next(struct env_file *file, dw_text *key, dw_text *value, const char **why);

#endif
