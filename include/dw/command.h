/* dw/command.h -- for an application's commands: passwords that are typed and not shown, and tables in CSV. */
#ifndef DW_COMMAND_H
#define DW_COMMAND_H

#include "ctx.h"
#include "err.h"
#include "types.h"

/* A password for a command: from the terminal, asked for twice with `prompt` and not shown; or, where standard input is no terminal, its next line.  Never
 * from an argument, which everybody on the machine may read. 1 to 1,024 bytes of UTF-8 in the context, without the end of the line. DW_BAD_REQUEST, and a
 * line on standard error, when nothing usable came. */
DW_MUST dw_err dw_read_password(dw_ctx *ctx, const char *prompt, dw_secret *password);

/* A table in CSV (RFC 4180; lines may also end with LF alone). Set `text` and leave the rest zero. */
typedef struct dw_csv {
    dw_text text;        /* what is left of it */
    size_t line;         /* that the last row began in, from 1 */
    const char *trouble; /* of DW_MALFORMED: a sentence */
    size_t next_line;
} dw_csv;

/* The fields of the next row, at most `max`; quotes are taken off in the context's memory. Lines without a character are passed over. DW_NOT_FOUND at the
 * end; DW_MALFORMED for a quote where none may be, one that nobody closes, a NUL, bytes that are no UTF-8, or more than `max` fields: the next call goes on
 * behind that line. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw_csv_next(dw_ctx *ctx, dw_csv *csv, dw_text *fields, size_t max, size_t *n);

#endif
