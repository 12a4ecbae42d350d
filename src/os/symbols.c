/* os/symbols.c -- a reader of ELF symbol tables that believes nothing.  See os/symbols.h.
 *
 * The file is read, not mapped: a file that shrinks under a mapping kills who looks at it, and the monitor must not die of a
 * crash report.  It is looked at only after a crash, so a walk over all symbols for each address is quick enough. */
#include "os/symbols.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)256 << 20)

/* ---- the table ---- */

/* The n bytes at `offset`; false when they are not all there. */
static bool part_of(dw_bytes elf, uint64_t offset, uint64_t n, dw_bytes *out)
{
    if (offset > elf.n || n > elf.n - offset)
        return false;
    *out = (dw_bytes){elf.p + offset, (size_t)n};
    return true;
}

static bool header_of(dw_bytes elf, Elf64_Ehdr *out)
{
    if (elf.n < sizeof *out)
        return false;
    memcpy(out, elf.p, sizeof *out);
    return memcmp(out->e_ident, ELFMAG, SELFMAG) == 0 && out->e_ident[EI_CLASS] == ELFCLASS64 &&
           out->e_ident[EI_DATA] == ELFDATA2LSB && out->e_shentsize == sizeof(Elf64_Shdr);
}

static Elf64_Shdr section(dw_bytes sections, size_t i)
{
    Elf64_Shdr out;

    memcpy(&out, sections.p + i * sizeof out, sizeof out);
    return out;
}

/* The first section of `type`; false when there is none. */
static bool find_section(dw_bytes sections, uint32_t type, Elf64_Shdr *out)
{
    for (size_t i = 0; i < sections.n / sizeof *out; i++) {
        *out = section(sections, i);
        if (out->sh_type == type)
            return true;
    }
    return false;
}

dw_err dw__symbols_parse(dw_bytes elf, struct symbols *out)
{
    Elf64_Ehdr header;
    Elf64_Shdr table, names;
    dw_bytes sections;
    struct symbols found = {0};

    *out = found;
    if (!header_of(elf, &header) ||
        !part_of(elf, header.e_shoff, (uint64_t)header.e_shnum * sizeof(Elf64_Shdr), &sections))
        return DW_INVALID;
    if (!find_section(sections, SHT_SYMTAB, &table) && !find_section(sections, SHT_DYNSYM, &table))
        return DW_NOT_FOUND;
    if (table.sh_entsize != sizeof(Elf64_Sym) || table.sh_link >= header.e_shnum)
        return DW_INVALID;
    names = section(sections, table.sh_link);
    if (names.sh_type != SHT_STRTAB || !part_of(elf, table.sh_offset, table.sh_size, &found.entries) ||
        !part_of(elf, names.sh_offset, names.sh_size, &found.names))
        return DW_INVALID;
    *out = found;
    return DW_OK;
}

bool dw__symbols_is_build(dw_bytes elf, dw_bytes build_id)
{
    uint8_t id[DW__BUILD_ID];
    Elf64_Ehdr header;
    dw_bytes sections, notes;

    if (build_id.n == 0 || !header_of(elf, &header) ||
        !part_of(elf, header.e_shoff, (uint64_t)header.e_shnum * sizeof(Elf64_Shdr), &sections))
        return false;
    for (size_t i = 0; i < header.e_shnum; i++) {
        Elf64_Shdr s = section(sections, i);

        if (s.sh_type == SHT_NOTE && part_of(elf, s.sh_offset, s.sh_size, &notes) &&
            dw__build_id_of(notes, s.sh_addralign, id) == build_id.n &&
            memcmp(id, build_id.p, build_id.n) == 0)
            return true;
    }
    return false;
}

/* ---- a name ---- */

static bool holds(const Elf64_Sym *s, uint64_t address)
{
    unsigned type = ELF64_ST_TYPE(s->st_info);

    return (type == STT_FUNC || type == STT_GNU_IFUNC) && s->st_shndx != SHN_UNDEF &&
           address >= s->st_value && address - s->st_value < s->st_size;
}

/* The name at `offset`: to its NUL, or cut; false when it is empty, not ended, or not what a name is made of. */
static bool name_at(dw_bytes names, size_t offset, dw_text *out)
{
    size_t n = 0;

    if (offset >= names.n)
        return false;
    while (n < names.n - offset && n < DW__SYMBOL_NAME && names.p[offset + n] != 0) {
        if (names.p[offset + n] <= ' ' || names.p[offset + n] > '~')
            return false;
        n++;
    }
    *out = (dw_text){(const char *)names.p + offset, n};
    return n > 0 && n < names.n - offset;
}

bool dw__symbols_find(const struct symbols *symbols, uint64_t address, dw_text *name, uint64_t *offset)
{
    Elf64_Sym s;

    for (size_t i = 0; i < symbols->entries.n / sizeof s; i++) {
        memcpy(&s, symbols->entries.p + i * sizeof s, sizeof s);
        if (holds(&s, address) && name_at(symbols->names, s.st_name, name)) {
            *offset = address - s.st_value;
            return true;
        }
    }
    return false;
}

/* ---- the file ---- */

/* A descriptor to read from, of what may be O_PATH. */
static int reopen(int fd)
{
    char path[40];

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static bool read_all(int fd, char *p, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, p + done, n - done, (off_t)done);

        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        if (got > 0)
            done += (size_t)got;
    }
    return true;
}

static dw_err read_file(int fd, dw_bytes *out)
{
    struct stat st;
    void *p;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
        return DW_UNAVAILABLE;
    if ((uint64_t)st.st_size > FILE_MAX)
        return DW_TOO_LARGE;
    p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return DW_UNAVAILABLE;
    if (!read_all(fd, p, (size_t)st.st_size)) {
        (void)munmap(p, (size_t)st.st_size);
        return DW_UNAVAILABLE;
    }
    *out = (dw_bytes){p, (size_t)st.st_size};
    return DW_OK;
}

dw_err dw__symbols_load(int fd, struct symbols *out)
{
    dw_bytes file = {0};
    int readable = reopen(fd);
    dw_err err;

    *out = (struct symbols){0};
    if (readable < 0)
        return DW_UNAVAILABLE;
    err = read_file(readable, &file);
    (void)close(readable);
    if (err == DW_OK)
        err = dw__symbols_parse(file, out);
    out->file = file;
    return err;
}

void dw__symbols_release(struct symbols *symbols)
{
    union {
        const void *in;
        void *out;
    } p = {symbols->file.p};

    if (symbols->file.n > 0)
        (void)munmap(p.out, symbols->file.n);
    *symbols = (struct symbols){0};
}
