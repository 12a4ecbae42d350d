/* content/static.h -- files that are served as they are: named one by one, read once, kept with type and tag.
 *
 * Nothing is looked up in a file system while requests are answered: what was not added does not exist. */
#ifndef DW_CONTENT_STATIC_H
#define DW_CONTENT_STATIC_H

#include "base/arena.h"
#include "base/buf.h"
#include <dw/err.h>

#define DW__STATIC_FILE_MAX ((size_t)8 << 20)

struct static_file {
    dw_text name, type, body;
    char etag[64];      /* SHA-256 in hexadecimal: dw_validators.etag */
    char integrity[52]; /* "sha256-…" and NUL (Subresource Integrity) */
    struct static_file *next;
};

/* The files of one place; all memory is in its arena. */
struct static_files {
    struct arena arena;
    struct static_file *first;
};

void dw__static_init(struct static_files *files);
void dw__static_release(struct static_files *files);

/* Adds `name` (a literal) with this body, which must live as long. The type is the name's ending's: DW_UNSUPPORTED_MEDIA where the table has none. */
DW_MUST dw_err dw__static_add(struct static_files *files, const char *name, dw_text body);
/* Reads `name` below the directory `dir` and adds it. With `integrity` not NULL it must be exactly that file: DW_CONFLICT otherwise. Other errors as os/dir.h. */
DW_MUST dw_err dw__static_load(struct static_files *files, int dir, const char *name, const char *integrity);
/* The file of exactly that name, or NULL. */
const struct static_file *dw__static_find(const struct static_files *files, dw_text name);

/* The media type for a file name's ending ("app.js"), {NULL, 0} for one that is not in the table. */
dw_text dw__media_type(const char *name);

#endif
