/* app/audit_files.c -- whole files only, by their names; what is in them nobody reads here.
 *
 * The monitor does this for the process that writes, which may change no file.  What it is asked it looks at itself: a writer that was taken
 * over must not have files removed by asking often. */
#define _GNU_SOURCE
#include "app/audit_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "os/file.h"

#define PATH_SIZE ((size_t)4096)

static dw_text name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return dw__text_of(slash != NULL ? slash + 1 : path);
}

/* ---- which there are ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct audit_stamp *)a)->text, ((const struct audit_stamp *)b)->text);
}

static bool add(struct audit_files *files, size_t *room, dw_text stamp)
{
    if (files->n == *room) {
        size_t more = *room == 0 ? 64 : *room * 2;
        struct audit_stamp *stamps = reallocarray(files->stamps, more, sizeof *stamps);

        if (stamps == NULL)
            return false;
        files->stamps = stamps;
        *room = more;
    }
    memcpy(files->stamps[files->n].text, stamp.p, DW__AUDIT_STAMP);
    files->stamps[files->n++].text[DW__AUDIT_STAMP] = '\0';
    return true;
}

/* 0, or an errno. */
static int read_names(DIR *directory, dw_text log, struct audit_files *out)
{
    const struct dirent *entry;
    size_t room = 0;
    dw_text stamp;

    while ((errno = 0, entry = readdir(directory)) != NULL)
        if (dw__audit_file_read(dw__text_of(entry->d_name), log, &stamp) && !add(out, &room, stamp))
            return ENOMEM;
    return errno;
}

dw_err dw__audit_files_list(const char *log, struct audit_files *out)
{
    char path[PATH_SIZE];
    dw_text name = name_of(log);
    size_t n = (size_t)(name.p - log);
    DIR *directory;
    int error;

    *out = (struct audit_files){0};
    if (n >= sizeof path)
        return DW_INVALID;
    memcpy(path, n > 0 ? log : ".", n > 0 ? n : 1);
    path[n > 0 ? n : 1] = '\0';
    directory = opendir(path);
    if (directory == NULL)
        return dw__file_error(errno);
    error = read_names(directory, name, out);
    (void)closedir(directory);
    if (error != 0) {
        dw__audit_files_release(out);
        errno = error;
        return dw__file_error(error);
    }
    if (out->n > 1)
        qsort(out->stamps, out->n, sizeof *out->stamps, by_text);
    return DW_OK;
}

void dw__audit_files_release(struct audit_files *files)
{
    free(files->stamps);
    *files = (struct audit_files){0};
}

bool dw__audit_files_path(const char *log, const struct audit_stamp *stamp, char *out, size_t size)
{
    int n = snprintf(out, size, "%s.%s", log, stamp->text);

    return n > 0 && (size_t)n < size;
}

/* ---- turning one over ---- */

/* The time of the newest, or -1. */
static int64_t newest_ms(const struct audit_files *files)
{
    int64_t ms = -1;

    if (files->n == 0 ||
        !dw__audit_stamp_read((dw_text){files->stamps[files->n - 1].text, DW__AUDIT_STAMP}, &ms))
        return -1;
    return ms;
}

dw_err dw__audit_files_turn(const char *log, const struct audit_files *files, int64_t now_ms)
{
    struct audit_stamp stamp = {{0}};
    char path[PATH_SIZE];
    int64_t newest = newest_ms(files);

    /* Also when the clock was put back, names are in the order in which files were written. */
    dw__audit_stamp(now_ms > newest ? now_ms : newest + 1, stamp.text);
    if (!dw__audit_files_path(log, &stamp, path, sizeof path))
        return DW_INVALID;
    if (renameat2(AT_FDCWD, log, AT_FDCWD, path, RENAME_NOREPLACE) != 0)
        return dw__file_error(errno);
    return DW_OK;
}

/* ---- removing ---- */

size_t dw__audit_files_old(const struct audit_files *files, const struct audit_keep *keep, int64_t now_ms)
{
    int64_t before = keep->ms < (uint64_t)now_ms ? now_ms - (int64_t)keep->ms : 0;
    char text[DW__AUDIT_STAMP];
    size_t n = 0, most = files->n > keep->files ? files->n - keep->files : 0;

    if (keep->files == 0 && keep->ms == 0)
        return 0;
    dw__audit_stamp(before, text);
    while (n < most && memcmp(files->stamps[n].text, text, sizeof text) < 0)
        n++;
    return n;
}

static void remove_one(const char *log, const struct audit_stamp *stamp, struct log *log_)
{
    char path[PATH_SIZE];

    if (!dw__audit_files_path(log, stamp, path, sizeof path))
        return;
    DW__EVENT(log_, NULL, DW_LOG_LEVEL_INFO, "audit.removed", dw_x_kv_text("file", name_of(path)));
    if (unlink(path) != 0 && errno != ENOENT)
        DW__EVENT(log_, NULL, DW_LOG_LEVEL_ERROR, "audit.not_removed", dw_x_kv_text("file", name_of(path)),
                  dw_x_kv_cstr("why", strerrordesc_np(errno)));
}

void dw__audit_files_prune(const char *log, const struct audit_keep *keep, int64_t now_ms, struct log *log_)
{
    struct audit_files files;
    size_t n;

    if ((keep->files == 0 && keep->ms == 0) || dw__audit_files_list(log, &files) != DW_OK)
        return;
    n = dw__audit_files_old(&files, keep, now_ms);
    for (size_t i = 0; i < n; i++)
        remove_one(log, &files.stamps[i], log_);
    dw__audit_files_release(&files);
}
