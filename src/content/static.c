/* content/static.c -- files in memory, found by their exact names. */
#include "content/static.h"

#include <string.h>

#include "base/text.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "os/dir.h"

#define MEMORY_MAX ((size_t)64 << 20)

void dw__static_init(struct static_files *files)
{
    dw__arena_init(&files->arena, NULL, MEMORY_MAX);
    files->first = NULL;
}

void dw__static_release(struct static_files *files)
{
    dw__arena_release(&files->arena);
    files->first = NULL;
}

/* "sha256-" and standard base64 with its padding (RFC 4648 §4). */
static void put_integrity(const unsigned char digest[static DW__SHA256_SIZE], struct static_file *file)
{
    static const char prefix[] = "sha256-";
    char *p = file->integrity + sizeof prefix - 1;
    size_t n;

    memcpy(file->integrity, prefix, sizeof prefix);
    n = dw__base64url_encode(digest, DW__SHA256_SIZE, p);
    for (size_t i = 0; i < n; i++)
        p[i] = p[i] == '-' ? '+' : p[i] == '_' ? '/' : p[i];
    p[n] = '=';
    p[n + 1] = '\0';
}

dw_err dw__static_add(struct static_files *files, const char *name, dw_text body)
{
    struct static_file *file = dw__arena_zalloc(&files->arena, sizeof *file);
    unsigned char digest[DW__SHA256_SIZE];

    if (file == NULL)
        return DW_UNAVAILABLE;
    *file = (struct static_file){.name = dw__text_of(name), .type = dw__media_type(name), .body = body};
    if (file->type.p == NULL)
        return DW_UNSUPPORTED_MEDIA;
    dw_err err = dw__sha256((dw_bytes){(const uint8_t *)body.p, body.n}, digest);
    if (err != DW_OK)
        return err;
    dw__hex_encode(digest, sizeof digest, file->etag);
    put_integrity(digest, file);
    file->next = files->first;
    files->first = file;
    return DW_OK;
}

dw_err dw__static_load(struct static_files *files, int dir, const char *name, const char *integrity)
{
    dw_text body;
    dw_err err = dw__dir_read(&files->arena, dir, name, DW__STATIC_FILE_MAX, &body);

    if (err != DW_OK || (err = dw__static_add(files, name, body)) != DW_OK)
        return err;
    if (integrity == NULL || strcmp(files->first->integrity, integrity) == 0)
        return DW_OK;
    files->first = files->first->next; /* the memory goes with the rest */
    return DW_CONFLICT;
}

const struct static_file *dw__static_find(const struct static_files *files, dw_text name)
{
    for (const struct static_file *file = files->first; file != NULL; file = file->next)
        if (dw__text_eq(file->name, name))
            return file;
    return NULL;
}
