/* Names of functions: of this very program, and of files that lie. */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guard_page.h"
#include "os/symbols.h"

/* ---- this program ---- */

__attribute__((noinline)) static int a_static_function(int x)
{
    __asm__ volatile("" : "+r"(x));
    return x + 1;
}

static int note_base(struct dl_phdr_info *info, size_t size, void *out)
{
    (void)size;
    *(uint64_t *)out = info->dlpi_addr;
    return 1; /* the first is the program */
}

static uint64_t linked_address(int (*fn)(int))
{
    uint64_t base = 0;

    dl_iterate_phdr(note_base, &base);
    return (uint64_t)(uintptr_t)fn - base;
}

static void a_static_function_of_this_program_is_found(void **state)
{
    struct symbols symbols;
    dw_text name;
    uint64_t offset, address = linked_address(a_static_function);
    int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);

    (void)state;
    assert_int_equal(a_static_function(1), 2);
    assert_int_equal(dw__symbols_load(fd, &symbols), DW_OK);
    for (uint64_t i = 0; i < 3; i++) {
        assert_true(dw__symbols_find(&symbols, address + i, &name, &offset));
        assert_int_equal(offset, i);
        assert_int_equal(name.n, strlen("a_static_function"));
        assert_memory_equal(name.p, "a_static_function", name.n);
    }
    assert_false(dw__symbols_find(&symbols, 0, &name, &offset));
    assert_false(dw__symbols_find(&symbols, UINT64_MAX, &name, &offset));
    dw__symbols_release(&symbols);
    dw__symbols_release(&symbols);
    close(fd);
}

static void what_is_no_file_or_no_program_is_refused(void **state)
{
    struct symbols symbols;
    int folder = open("/", O_PATH | O_CLOEXEC), null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int text = open("CMakeLists.txt", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(dw__symbols_load(-1, &symbols), DW_UNAVAILABLE);
    assert_int_equal(dw__symbols_load(folder, &symbols), DW_UNAVAILABLE);
    assert_int_equal(dw__symbols_load(null, &symbols), DW_UNAVAILABLE);
    assert_true(text >= 0);
    assert_int_equal(dw__symbols_load(text, &symbols), DW_INVALID);
    dw__symbols_release(&symbols);
    close(folder);
    close(null);
    close(text);
}

/* ---- libraries ---- */

struct library {
    const char *name;
    uint64_t base;
    uint8_t id[DW__BUILD_ID];
    size_t id_n;
};

static int look_for(struct dl_phdr_info *info, size_t size, void *p)
{
    struct library *library = p;
    const char *slash = strrchr(info->dlpi_name, '/');

    (void)size;
    if (slash == NULL || strcmp(slash + 1, library->name) != 0)
        return 0;
    library->base = info->dlpi_addr;
    for (size_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_NOTE && library->id_n == 0)
            library->id_n =
                dw__build_id_of((dw_bytes){(const uint8_t *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr,
                                           info->dlpi_phdr[i].p_memsz},
                                info->dlpi_phdr[i].p_align, library->id);
    return 1;
}

static dw_err symbols_of(const char *name, const uint8_t *id, size_t n, struct symbols *out)
{
    return dw__symbols_library((dw_text){name, strlen(name)}, (dw_bytes){id, n}, out);
}

static void a_library_that_we_have_too_is_read(void **state)
{
    struct library libc = {.name = "libc.so.6"};
    struct symbols symbols;
    dw_text name;
    uint64_t offset;

    (void)state;
    assert_int_equal(dl_iterate_phdr(look_for, &libc), 1);
    assert_int_equal(libc.id_n, 20);
    assert_int_equal(symbols_of("libc.so.6", libc.id, libc.id_n, &symbols), DW_OK);
    assert_true(dw__symbols_find(&symbols, (uint64_t)(uintptr_t)getppid - libc.base + 1, &name, &offset));
    assert_memory_equal(name.p, "getppid", name.n);
    assert_int_equal(offset, 1);
    dw__symbols_release(&symbols);
}

/* Who asks chooses among our own, and only what is the same. */
static void no_other_file_is_read(void **state)
{
    static const char *const others[] = {"",
                                         ".",
                                         "..",
                                         "passwd",
                                         "/etc/passwd",
                                         "../../../etc/passwd",
                                         "libc.so",
                                         "libc.so.6x",
                                         "/lib/x86_64-linux-gnu/libc.so.6",
                                         "linux-vdso.so.1"};
    struct library libc = {.name = "libc.so.6"};
    struct symbols symbols;

    (void)state;
    assert_int_equal(dl_iterate_phdr(look_for, &libc), 1);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(symbols_of(others[i], libc.id, libc.id_n, &symbols), DW_NOT_FOUND);
    assert_int_equal(symbols_of("libc.so.6", libc.id, 0, &symbols), DW_NOT_FOUND);
    assert_int_equal(symbols_of("libc.so.6", libc.id, 19, &symbols), DW_NOT_FOUND);
    libc.id[0] ^= 1;
    assert_int_equal(symbols_of("libc.so.6", libc.id, libc.id_n, &symbols), DW_NOT_FOUND);
    assert_int_equal(symbols.file.n, 0);
}

/* Another note, then a build id of 4 bytes. */
struct notes {
    Elf64_Nhdr first;
    char first_name[8];
    uint8_t first_bytes[8];
    Elf64_Nhdr second;
    char second_name[4];
    uint8_t id[4];
};

static struct notes good_notes(void)
{
    struct notes notes = {{6, 5, NT_GNU_BUILD_ID}, "OTHER", {0},
                          {4, 4, NT_GNU_BUILD_ID}, "GNU",   {1, 2, 3, 4}};

    return notes;
}

static size_t id_in(const struct notes *notes, size_t n, size_t align)
{
    uint8_t id[DW__BUILD_ID];
    char *copy = guard_page_copy(notes, n);
    size_t id_n = dw__build_id_of((dw_bytes){(const uint8_t *)copy, n}, align, id);

    if (id_n == 4)
        assert_memory_equal(id, notes->id, 4);
    guard_page_free(copy);
    return id_n;
}

static void a_build_id_is_among_notes(void **state)
{
    struct notes notes = good_notes();

    (void)state;
    assert_int_equal(id_in(&notes, sizeof notes, 4), 4);
    for (size_t n = 0; n < sizeof notes; n++)
        assert_int_equal(id_in(&notes, n, 4), 0);
    notes.second.n_descsz = 5;
    assert_int_equal(id_in(&notes, sizeof notes, 4), 0);
    notes.second.n_descsz = UINT32_MAX;
    assert_int_equal(id_in(&notes, sizeof notes, 8), 0);
    notes = good_notes();
    notes.second.n_namesz = UINT32_MAX;
    assert_int_equal(id_in(&notes, sizeof notes, 4), 0);
    notes = good_notes();
    notes.first = (Elf64_Nhdr){4, 24, NT_GNU_BUILD_ID}; /* longer than ours are */
    memcpy(notes.first_name, "GNU", 4);
    assert_int_equal(id_in(&notes, sizeof notes, 4), 0);
    notes = good_notes();
    notes.second.n_type = NT_GNU_ABI_TAG;
    assert_int_equal(id_in(&notes, sizeof notes, 4), 0);
    notes = good_notes();
    notes.second_name[0] = 'X';
    assert_int_equal(id_in(&notes, sizeof notes, 4), 0);
}

/* ---- a file of our own making ---- */

struct tiny {
    Elf64_Ehdr header;
    Elf64_Shdr sections[3]; /* none, symbols, names */
    char names[16];
    Elf64_Sym symbols[2];
};

/* One function "handler" of 16 bytes at 0x1000. */
static struct tiny good(void)
{
    struct tiny t = {0};

    memcpy(t.header.e_ident, ELFMAG, SELFMAG);
    t.header.e_ident[EI_CLASS] = ELFCLASS64;
    t.header.e_ident[EI_DATA] = ELFDATA2LSB;
    t.header.e_shoff = sizeof(Elf64_Ehdr);
    t.header.e_shentsize = sizeof(Elf64_Shdr);
    t.header.e_shnum = 3;
    t.sections[1] = (Elf64_Shdr){.sh_type = SHT_SYMTAB,
                                 .sh_offset = offsetof(struct tiny, symbols),
                                 .sh_size = sizeof t.symbols,
                                 .sh_link = 2,
                                 .sh_entsize = sizeof(Elf64_Sym)};
    t.sections[2] = (Elf64_Shdr){
        .sh_type = SHT_STRTAB, .sh_offset = offsetof(struct tiny, names), .sh_size = sizeof t.names};
    memcpy(t.names, "\0handler\0", 9);
    t.symbols[1] = (Elf64_Sym){.st_name = 1,
                               .st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC),
                               .st_shndx = 1,
                               .st_value = 0x1000,
                               .st_size = 16};
    return t;
}

/* What the first n bytes of `t` come to, at the end of memory; whether 0x1008 was found. */
static dw_err look(const struct tiny *t, size_t n, bool *found)
{
    char *copy = guard_page_copy(t, n);
    struct symbols symbols;
    dw_text name = {0};
    uint64_t offset = 0;
    dw_err err = dw__symbols_parse((dw_bytes){(const uint8_t *)copy, n}, &symbols);

    *found = dw__symbols_find(&symbols, 0x1008, &name, &offset);
    if (*found)
        assert_true(name.n > 0 && name.p > copy && name.p + name.n < copy + n);
    guard_page_free(copy);
    return err;
}

static void a_file_that_is_cut_anywhere_is_refused(void **state)
{
    struct tiny t = good();
    bool found;

    (void)state;
    assert_int_equal(look(&t, sizeof t, &found), DW_OK);
    assert_true(found);
    for (size_t n = 0; n < sizeof t; n++) {
        assert_int_equal(look(&t, n, &found), DW_INVALID);
        assert_false(found);
    }
}

static void every_byte_may_be_anything(void **state)
{
    struct tiny t;
    bool found;

    (void)state;
    for (size_t i = 0; i < sizeof t; i++) {
        static const unsigned char values[] = {0, 1, 0x7f, 0x80, 0xff};

        for (size_t v = 0; v < sizeof values; v++) {
            t = good();
            ((unsigned char *)&t)[i] = values[v];
            dw_err err = look(&t, sizeof t, &found);
            assert_true(!found || err == DW_OK);
        }
    }
}

/* A file with one lie in it. */
#define REFUSED(lie)                                              \
    do {                                                          \
        struct tiny t = good();                                   \
        bool found;                                               \
        lie;                                                      \
        assert_int_equal(look(&t, sizeof t, &found), DW_INVALID); \
        assert_false(found);                                      \
    } while (0)
#define NOTHING_FOUND(lie)                                   \
    do {                                                     \
        struct tiny t = good();                              \
        bool found;                                          \
        lie;                                                 \
        assert_int_equal(look(&t, sizeof t, &found), DW_OK); \
        assert_false(found);                                 \
    } while (0)

static void offsets_that_lead_out_are_refused(void **state)
{
    (void)state;
    REFUSED(t.header.e_shoff = UINT64_MAX);
    REFUSED(t.header.e_shoff = sizeof t);
    REFUSED(t.header.e_shnum = UINT16_MAX);
    REFUSED(t.header.e_shentsize = 1);
    REFUSED(t.header.e_ident[EI_CLASS] = ELFCLASS32);
    REFUSED(t.header.e_ident[EI_DATA] = ELFDATA2MSB);
    REFUSED(t.sections[1].sh_offset = UINT64_MAX - 8);
    REFUSED(t.sections[1].sh_size = UINT64_MAX);
    REFUSED(t.sections[1].sh_size += 1);
    REFUSED(t.sections[1].sh_link = 3);
    REFUSED(t.sections[1].sh_link = 1);
    REFUSED(t.sections[1].sh_entsize = 1);
    REFUSED(t.sections[2].sh_offset = UINT64_MAX);
    REFUSED(t.sections[2].sh_size = UINT64_MAX - t.sections[2].sh_offset + 1);
}

static void symbols_that_are_no_functions_with_names_are_not_found(void **state)
{
    (void)state;
    NOTHING_FOUND(t.symbols[1].st_name = UINT32_MAX);
    NOTHING_FOUND(t.symbols[1].st_name = sizeof t.names);
    NOTHING_FOUND(t.symbols[1].st_name = 0);
    NOTHING_FOUND(t.symbols[1].st_info = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT));
    NOTHING_FOUND(t.symbols[1].st_shndx = SHN_UNDEF);
    NOTHING_FOUND(t.symbols[1].st_size = 8);
    NOTHING_FOUND(t.symbols[1].st_value = UINT64_MAX);
    NOTHING_FOUND(memset(t.names, 'x', sizeof t.names));
    NOTHING_FOUND(t.names[3] = '\n');
    NOTHING_FOUND(t.names[3] = ' ');
    NOTHING_FOUND(t.names[3] = (char)0xc3);
}

static void a_stripped_file_has_what_the_loader_needs_or_nothing(void **state)
{
    struct tiny t = good();
    bool found;

    (void)state;
    t.sections[1].sh_type = SHT_DYNSYM;
    assert_int_equal(look(&t, sizeof t, &found), DW_OK);
    assert_true(found);
    t.sections[1].sh_type = SHT_NOTE;
    assert_int_equal(look(&t, sizeof t, &found), DW_NOT_FOUND);
    assert_false(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_static_function_of_this_program_is_found),
        cmocka_unit_test(what_is_no_file_or_no_program_is_refused),
        cmocka_unit_test(a_library_that_we_have_too_is_read),
        cmocka_unit_test(no_other_file_is_read),
        cmocka_unit_test(a_build_id_is_among_notes),
        cmocka_unit_test(a_file_that_is_cut_anywhere_is_refused),
        cmocka_unit_test(every_byte_may_be_anything),
        cmocka_unit_test(offsets_that_lead_out_are_refused),
        cmocka_unit_test(symbols_that_are_no_functions_with_names_are_not_found),
        cmocka_unit_test(a_stripped_file_has_what_the_loader_needs_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
