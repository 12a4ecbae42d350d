/* auth/audit_line.h -- the shape of a line of the audit log, and of a head: what the writer makes and `audit verify` reads.
 *
 *     {"time":"…","chain":"<16 hexadecimal digits>","seq":7,"event":"auth.token_refused", … ,"mac":"<64 hexadecimal digits>"}
 *     … "event":"audit.head","at":"…","chain":"…","seq":7,"mac":"…","head":"<64 hexadecimal digits>" …
 *
 * A MAC is over all that stands before ,"mac".  The readers are pure and take any bytes. */
#ifndef DW_AUTH_AUDIT_LINE_H
#define DW_AUTH_AUDIT_LINE_H

#include <stdbool.h>

#include "auth/audit_chain.h"

#define DW__AUDIT_TIME 24              /* characters of a time, with milliseconds */
#define DW__AUDIT_LINE ((size_t)32768) /* bytes of a line at most, with its '\n' */
#define DW__AUDIT_HEAD ((size_t)512)   /* more than a head has */

struct audit_line {
    dw_text time, chain, event, mac;
    dw_text rest;   /* behind the event's name, before the MAC */
    dw_text sealed; /* what the MAC is over */
    uint64_t seq;
};

/* The line that another says it follows. */
struct audit_after {
    dw_text chain; /* empty: nothing was before it; "?": that could not be read */
    uint64_t seq;
    uint64_t torn; /* bytes of an unfinished line before it */
    dw_text file;  /* the name of the file that it is the last of; empty: of the same, or it is not said */
    dw_text mac;   /* … and its MAC */
};

struct audit_head_line {
    dw_text time, chain, mac, head;
    uint64_t seq; /* of the last line */
};

/* Reads a line without its '\n'. False: it has not that shape. */
DW_MUST bool dw__audit_line_read(dw_text line, struct audit_line *out);
/* Reads the first head in `text`, wherever it stands, and takes it away with all before it: what is none, or is one of somebody else, hides none.
 * False: there is none. */
DW_MUST bool dw__audit_head_read(dw_text *text, struct audit_head_line *out);
/* Reads what an `audit.opened` or `audit.rotated` says it follows, from `rest` of a line. */
DW_MUST bool dw__audit_after_read(dw_text rest, struct audit_after *out);
/* Writes it, behind the beginning of a line. */
void dw__audit_after_put(struct buf *b, const struct audit_after *after);
/* A member of a line, as it stands there: of a text what is between the quotes, with its escapes. */
struct audit_member {
    dw_text name, value;
    bool is_text;
};
/* Takes the first from `rest` of a line. False: there is none, or it has not that shape. */
DW_MUST bool dw__audit_member_read(dw_text *rest, struct audit_member *out);

/* What of the shape of a name is safe to print, wherever it comes from: printable ASCII without quotes and backslashes, at most 255. */
bool dw__audit_file_name_holds(dw_text name);

/* Begins a line of `chain` at Unix time `unix_ms`, up to and with the event. */
void dw__audit_line_begin(struct buf *b, const struct audit_chain *chain, int64_t unix_ms, dw_text event);
/* Ends it with its MAC and '\n', and takes the chain one step. The MAC is copied to `mac`. */
DW_MUST dw_err dw__audit_line_end(struct buf *b, size_t begin, struct audit_chain *chain,
                                  char mac[static DW__AUDIT_MAC]);
/* "2026-01-31T12:00:00.000Z" */
void dw__audit_time(int64_t unix_ms, char out[static DW__AUDIT_TIME]);

#endif
