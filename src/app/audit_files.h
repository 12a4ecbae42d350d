/* app/audit_files.h -- the files of an audit log in its directory: which there are, turning the full one over, removing the oldest. */
#ifndef DW_APP_AUDIT_FILES_H
#define DW_APP_AUDIT_FILES_H

#include "auth/audit_file.h"
#include "base/log.h"
#include <dw/err.h>

struct audit_stamp {
    char text[DW__AUDIT_STAMP + 1];
};

/* Those that are full, the oldest first. */
struct audit_files {
    struct audit_stamp *stamps;
    size_t n;
};

/* Lists those of the log at path `log`. Errors as os/file.h; then there is nothing to release. */
DW_MUST dw_err dw__audit_files_list(const char *log, struct audit_files *out);
void dw__audit_files_release(struct audit_files *files);
/* The path of one. False: it is too long. */
DW_MUST bool dw__audit_files_path(const char *log, const struct audit_stamp *stamp, char *out, size_t size);

/* Gives the file at path `log` the name of one that is full, behind those in `files`, at Unix time now_ms. */
DW_MUST dw_err dw__audit_files_turn(const char *log, const struct audit_files *files, int64_t now_ms);

/* What is kept: at least so many, and each for at least so long; 0: no matter. Both 0: all. */
struct audit_keep {
    unsigned files;
    uint64_t ms;
};
/* How many of `files`, the oldest, are not. */
size_t dw__audit_files_old(const struct audit_files *files, const struct audit_keep *keep, int64_t now_ms);
/* Removes them; each is told of in `log_` (which is of the audit log, too) before. */
void dw__audit_files_prune(const char *log, const struct audit_keep *keep, int64_t now_ms, struct log *log_);

#endif
