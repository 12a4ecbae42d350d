/* auth/audit_verify.h -- whether an audit log is what was written: the first line that is not, and what is missing at its end.
 *
 * Lines come one after the other, over all files in the order in which they were written; heads come before them.  Pure: bytes in, a
 * verdict out, in memory that does not grow.  The log may begin in the middle of a chain, where older files are not kept; it may hold several
 * chains, since each process that writes begins one, and two that overlap, since an upgrade has two processes for a while. */
#ifndef DW_AUTH_AUDIT_VERIFY_H
#define DW_AUTH_AUDIT_VERIFY_H

#include "auth/audit_line.h"
#include "crypto/keyring.h"

#define DW__AUDIT_CHAINS 64u /* that are remembered: of the log, and of heads */

struct audit_verify_chain {
    struct audit_chain chain;     /* at the line that is to come */
    char last_mac[DW__AUDIT_MAC]; /* of the one before */
    bool closed, turned;          /* turned: that one says that the file ended for another */
};

/* Of a chain the head with the greatest number, and by itself the latest time of any: one that was forged can make it neither smaller nor earlier. */
struct audit_verify_head {
    char id[DW__AUDIT_ID], time[DW__AUDIT_TIME], mac[DW__AUDIT_MAC], head[DW__AUDIT_MAC];
    char latest[DW__AUDIT_TIME];
    uint64_t seq;
    bool reached;
};

struct audit_verify {
    uint8_t roots[DW__KEYRING_MAX][DW__AUDIT_KEY];
    size_t n_roots;
    uint64_t max_steps; /* that are made to reach the middle of a chain */
    struct audit_verify_chain chains[DW__AUDIT_CHAINS];
    size_t n_chains; /* ever; the place is that modulo DW__AUDIT_CHAINS */
    struct audit_verify_head heads[DW__AUDIT_CHAINS];
    size_t n_heads;                                     /* that are in `heads` */
    uint64_t dismissed;                                 /* of them: about chains before the first line */
    uint64_t lines, torn, unclosed, number, odd_number; /* number: of the line in its file */
    size_t odd; /* bytes of the line before, which was none; 0: it was one */
    char first_time[DW__AUDIT_TIME], last_time[DW__AUDIT_TIME];
    char first_chain[DW__AUDIT_ID];
    uint64_t first_seq;
    bool begins;  /* the first line is the first of all, as it says itself */
    bool turned;  /* the last line says that the file ended for another */
    uint64_t bad; /* the number of the line that `why` is about; 0: of the end */
    struct buf why;
    char sentence[640];
};

/* `roots`: KEY_AUDIT of each root of the keyring. max_steps: 0 is as many as a log can have. */
void dw__audit_verify_init(struct audit_verify *v, const uint8_t (*roots)[DW__AUDIT_KEY], size_t n_roots,
                           uint64_t max_steps);
/* Wipes. */
void dw__audit_verify_release(struct audit_verify *v);
/* A piece of a file that holds heads, all of which are taken; what is none is passed over. Pieces may overlap. */
void dw__audit_verify_heads(struct audit_verify *v, dw_text text);
/* The next line, without its '\n'; first: of its file. DW_INVALID: v->why says what is wrong with line v->bad of its file, or of the one before
 * it; nothing more can be said then. */
DW_MUST dw_err dw__audit_verify_line(struct audit_verify *v, dw_text line, bool first);
/* After the last of a file that others follow: unfinished is how many bytes stand behind it. */
void dw__audit_verify_file_end(struct audit_verify *v, size_t unfinished);
/* After the last of all: unfinished is how many bytes stand behind it. DW_INVALID: something is missing. */
DW_MUST dw_err dw__audit_verify_end(struct audit_verify *v, size_t unfinished);
/* After the end: whether something was before the first line, as it or heads say; or there is no line. */
bool dw__audit_verify_begins_late(const struct audit_verify *v);

#endif
