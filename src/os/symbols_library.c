/* os/symbols_library.c -- the names of functions in shared libraries.  See os/symbols.h.
 *
 * Who asks has only a library's name and build id from somebody that it does not believe.  So the file is one that this process has loaded
 * itself, found in its own list; the build id says whether it is the same one, also after a package was upgraded.  A lie
 * gives wrong names, from a right file, or none. */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "os/symbols.h"

static uint64_t padded(uint32_t n, size_t align)
{
    uint64_t by = align == 8 ? 8 : 4;

    return (n + by - 1) / by * by;
}

size_t dw__build_id_of(dw_bytes notes, size_t align, uint8_t out[static DW__BUILD_ID])
{
    Elf64_Nhdr note;

    while (notes.n >= sizeof note) {
        const uint8_t *name = notes.p + sizeof note;
        uint64_t name_n, all;

        memcpy(&note, notes.p, sizeof note);
        name_n = padded(note.n_namesz, align);
        all = sizeof note + name_n + padded(note.n_descsz, align);
        if (all > notes.n)
            return 0;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof ELF_NOTE_GNU &&
            memcmp(name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0 && note.n_descsz <= DW__BUILD_ID) {
            memcpy(out, name + name_n, note.n_descsz);
            return note.n_descsz;
        }
        notes = (dw_bytes){notes.p + all, notes.n - (size_t)all};
    }
    return 0;
}

struct wanted {
    dw_text name;
    int fd;
};

static int open_wanted(struct dl_phdr_info *info, size_t size, void *p)
{
    struct wanted *wanted = p;
    const char *slash = strrchr(info->dlpi_name, '/');

    (void)size;
    if (info->dlpi_name[0] != '/' || !dw__text_eq(dw__text_of(slash + 1), wanted->name))
        return 0;
    wanted->fd = open(info->dlpi_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return 1;
}

dw_err dw__symbols_library(dw_text name, dw_bytes build_id, struct symbols *out)
{
    struct wanted wanted = {name, -1};
    dw_err err;

    *out = (struct symbols){0};
    (void)dl_iterate_phdr(open_wanted, &wanted);
    if (wanted.fd < 0)
        return DW_NOT_FOUND;
    err = dw__symbols_load(wanted.fd, out);
    (void)close(wanted.fd);
    if (err == DW_OK && !dw__symbols_is_build(out->file, build_id)) {
        dw__symbols_release(out);
        err = DW_NOT_FOUND;
    }
    return err;
}
