/* auth/audit_writer.h -- the pen: makes lines of records, chains them, and writes them to a file that may be full.
 *
 * A line that has its MAC is never dropped: what the disk does not take waits, whole, and is tried again.  Memory for that is bounded; what
 * comes when it is used up is counted, and a line audit.lost says how much when there is room.  Who waits for a line is told that
 * it is on the disk, or at once that it is not. */
#ifndef DW_AUTH_AUDIT_WRITER_H
#define DW_AUTH_AUDIT_WRITER_H

#include "auth/audit_file.h"
#include "auth/audit_line.h"
#include "auth/audit_recent.h"
#include "auth/audit_record.h"
#include "base/clock.h"
#include "base/log.h"

struct audit_writer;

struct audit_writer_config {
    int fd;      /* the log, for appending; owned from then on */
    int tail_fd; /* the same file, to read its end from; borrowed */
    int before_fd; /* the file before, to read its end from when the log is empty; borrowed; -1: there is none */
    struct audit_bounds bounds;
    int heads_fd; /* where heads go beside the application log, borrowed; -1: nowhere */
    struct log *log;
    const struct clock *clock;
    struct audit_recent *recent; /* where lines are kept to be asked for, borrowed; NULL: nowhere */
    /* Whoever sent `ticket` from `source` is told whether the line is on the disk. */
    void (*answer)(void *self, unsigned source, uint64_t ticket, bool ok);
    void *self;
};

/* Begins a chain under `root` that follows what the file ends with. DW_UNAVAILABLE without memory; DW_INVALID: the end of the file cannot be
 * read. `fd` is then still the caller's. */
DW_MUST dw_err dw__audit_writer_new(struct audit_writer **out, const struct audit_writer_config *config,
                                    const uint8_t root[static DW__AUDIT_KEY]);
/* The last line, a head, and the end; what the disk did not take is gone. NULL is fine. */
void dw__audit_writer_free(struct audit_writer *w);
/* A line of `record`, which process `name` sent. */
void dw__audit_writer_add(struct audit_writer *w, unsigned source, const char *name,
                          const struct audit_record *record);
/* A line that says that `name` sent what is no record. */
void dw__audit_writer_garbage(struct audit_writer *w, const char *name);
/* Writes what there is. False: it could not all be written, and is to be tried again. */
bool dw__audit_writer_flush(struct audit_writer *w);
/* A head, when there are lines since the last and all are written. */
void dw__audit_writer_head(struct audit_writer *w);
/* Goes on in the file `fd` (owned): says so in the last line of the one and the first of the other, which names the one before and the MAC of its
 * last line. */
void dw__audit_writer_rotate(struct audit_writer *w, int fd);
/* Whether all is written, and the file is full (auth/audit_file.h): another should follow. */
bool dw__audit_writer_is_due(const struct audit_writer *w);
/* Whether a record would be dropped now. */
bool dw__audit_writer_is_full(const struct audit_writer *w);

#endif
