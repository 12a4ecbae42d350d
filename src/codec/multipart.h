/* codec/multipart.h -- multipart/form-data (RFC 7578, RFC 2046 §5.1), in chunks of any size, in constant memory and linear time.
 *
 *     struct multipart m;
 *     struct multipart_event event;
 *     dw__multipart_init(&m, boundary);
 *     for each chunk:
 *         while ((err = dw__multipart_next(&m, &chunk, &event)) == DW_OK && event.kind != MULTIPART_MORE)
 *             …  PART: m.part says which · DATA: event.data, some of its bytes · PART_END: that was all of it
 *     err = dw__multipart_end(&m);
 *
 * What two readers could read in two ways is refused, never repaired: what browsers, curl and the usual libraries send has none of it.
 * docs/internals/multipart.md has the list.  It allocates nothing and never looks ahead: a chunk may end anywhere. */
#ifndef DW_CODEC_MULTIPART_H
#define DW_CODEC_MULTIPART_H

#include <stdbool.h>
#include <stdint.h>

#include <dw/err.h>
#include <dw/types.h>

/* Parts of a body. */
#define DW__MULTIPART_PARTS 1000
/* Bytes of the head of a part with its empty line, and its fields. */
#define DW__MULTIPART_HEAD 4096
#define DW__MULTIPART_FIELDS 8
/* Characters of a boundary (RFC 2046 §5.1.1). */
#define DW__MULTIPART_BOUNDARY 70

/* What the head of a part says. Slices of the parser, good until the next part begins. */
struct multipart_part {
    dw_text name; /* UTF-8 without NUL; may be empty, and may hold what browsers encode: a quote, CR, LF */
    dw_text filename; /* the same; p is NULL when there is none. Metadata: never a name on disk */
    dw_text type;     /* its Content-Type as it came; p is NULL when there is none */
};

enum multipart_event_kind {
    MULTIPART_MORE,    /* the chunk is used up */
    MULTIPART_PART,    /* a part begins: see `part` */
    MULTIPART_DATA,    /* some of its bytes */
    MULTIPART_PART_END /* it was whole */
};

struct multipart_event {
    enum multipart_event_kind kind;
    dw_text
        data; /* of DATA: at least a byte; a slice of the chunk or of the parser, good until the next call */
};

struct multipart {
    struct multipart_part part;
    uint64_t at; /* bytes taken; after a failure, where it is bad */
    dw_err error;
    unsigned state, n_parts;
    bool in_part;
    char half;                   /* the first byte of what stands behind a delimiter */
    unsigned n_epilogue;         /* bytes behind the last delimiter */
    size_t delimiter_n, matched; /* bytes of the delimiter that came last … */
    size_t skip; /* … and how many of them did not really, but stand for the beginning of a line */
    size_t head_n;
    char delimiter[4 + DW__MULTIPART_BOUNDARY]; /* CR LF - - boundary */
    char head[DW__MULTIPART_HEAD];
};

/* Whether `t` is a boundary: 1 to 70 of the characters of RFC 2046, not ending in a space. */
bool dw__multipart_is_boundary(dw_text t);
/* The boundary of a Content-Type value, a slice of it. False when it is not multipart/form-data with one good boundary, and beside it at most
 * one charset, UTF-8. */
bool dw__multipart_boundary(dw_text content_type, dw_text *boundary);

/* `boundary` is one (dw__multipart_is_boundary); it is copied. */
void dw__multipart_init(struct multipart *m, dw_text boundary);
/* Takes from the front of *chunk up to the next event; bytes of one part that lie in one chunk are one DATA. DW_MALFORMED with m->at;
 * DW_TOO_LARGE for more than 1,000 parts, or a head of more than 4,096 bytes or 8 fields. A failure stays. */
DW_MUST dw_err dw__multipart_next(struct multipart *m, dw_text *chunk, struct multipart_event *event);
/* After the last chunk: DW_OK when it was all, DW_MALFORMED with m->at when something is missing, or the failure before. */
DW_MUST dw_err dw__multipart_end(struct multipart *m);

/* Reads m->head into m->part, decoding in place: for multipart.c. */
DW_MUST dw_err dw__multipart_head(struct multipart *m);

#endif
