/* app/limits_file.h -- counts of limits that outlive the server (RATE_LIMIT_FILE).
 *
 * The monitor writes what stands in the shared table into a file, now and then and when the server has ended, and puts it back before the first worker starts. A file is
 * replaced as a whole or not at all.  It is believed only when it is whole and was made under one of DATA_KEYS, which its keys are hashed with too: no secret is
 * in it, and whoever reads it learns nothing of who was counted, but for those who were shut out.  Any other file is left alone until the next is written, and the counts begin anew. */
#ifndef DW_APP_LIMITS_FILE_H
#define DW_APP_LIMITS_FILE_H

#include "base/log.h"
#include "crypto/keyring.h"
#include "os/loop.h"

/* Most counts that are kept: the monitor stops for as long as it writes them. */
#define DW__LIMITS_FILE_KEYS 4194304u

struct limits_file;

struct limits_file_config {
    dw_text path;
    const struct keyring *ring; /* of DATA_KEYS; used during the call only */
    int limits; /* the shared memory (app/limits.h), of which nobody has a handle yet; borrowed during the call */
    struct log *log;
    struct loop *loop; /* for its clock, and for the timer by which the file is written … */
    uint64_t every_ms; /* … so often; 0: never */
    void (*wrote)(void *self, bool kept); /* whenever it was, or was to be; may be NULL */
    void *self;
};

/* Puts back what the file has. DW_OK also where there is none, or none that can be believed, which is an event; DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__limits_file_new(struct limits_file **out, const struct limits_file_config *config);
/* Writes it as it is now. What fails is an event: there is the one from before then. */
void dw__limits_file_write(struct limits_file *file);
/* NULL is fine. Writes nothing. */
void dw__limits_file_free(struct limits_file *file);

#endif
