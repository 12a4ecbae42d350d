/* app/audit_read.h -- the files of an audit log as commands read them: which, line by line, and under which keys. */
#ifndef DW_APP_AUDIT_READ_H
#define DW_APP_AUDIT_READ_H

#include "app/command.h"
#include "auth/audit_verify.h"

#define DW__AUDIT_CHUNK ((size_t)65536)

/* A file that is read; large. */
struct audit_reading {
    const char *path;
    int fd, error; /* error: an errno, when it could not be read to its end */
    size_t n, at;  /* of chunk */
    char chunk[DW__AUDIT_CHUNK];
    size_t line_n; /* also of what does not fit */
    char line[DW__AUDIT_LINE + 1];
};

/* False, with a line on standard error, when it cannot be opened. */
DW_MUST bool dw__audit_open(struct audit_reading *r, const struct invocation *inv, const char *path);
/* False when it could not be read to its end, which was said. */
DW_MUST bool dw__audit_close(struct audit_reading *r, const struct invocation *inv);
/* What comes next of the file, behind the first `keep` bytes of chunk; 0 at the end, and when it cannot be read. */
size_t dw__audit_chunk(struct audit_reading *r, size_t keep);
/* The next line, without its '\n'. False at the end; then line_n bytes stand behind the last. */
DW_MUST bool dw__audit_next_line(struct audit_reading *r, dw_text *line);

/* Begins to verify, with the keys of the settings. False, with a line on standard error, without them. */
DW_MUST bool dw__audit_begin_verify(const struct invocation *inv, struct audit_verify *v);

/* Paths, the oldest first. */
struct audit_paths {
    char **paths;
    size_t n;
};

/* Adds what an argument names: a file, or the files of the log in a directory. False, with a line on standard error, when that is none. */
DW_MUST bool dw__audit_paths_add(struct audit_paths *paths, const struct invocation *inv, const char *name);
/* Adds the files of the log of the settings, unless there are some. False, with a line on standard error, when there is none. */
DW_MUST bool dw__audit_paths_default(struct audit_paths *paths, const struct invocation *inv);
void dw__audit_paths_release(struct audit_paths *paths);

#endif
