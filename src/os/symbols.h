/* os/symbols.h -- the names of functions by their addresses, read from an executable's own symbol table.
 *
 * A backtrace is numbers until somebody reads the table.  We do, and start no program for it: the reader is pure (bytes in,
 * name out), believes no offset, and finds nothing rather than something wrong.  ELF64, little-endian; .symtab with its static
 * functions, .dynsym when that was stripped. */
#ifndef DW_OS_SYMBOLS_H
#define DW_OS_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include <dw/err.h>
#include <dw/types.h>

/* Longest name that is found; a longer one is cut. */
#define DW__SYMBOL_NAME 80u

/* The table lies in the bytes it was read from, which must stay. */
struct symbols {
    dw_bytes file;    /* what dw__symbols_load read, to be released; else empty */
    dw_bytes entries; /* whole entries of the symbol table */
    dw_bytes names;
};

/* Whether one of the notes of the ELF file `elf` is this build id. */
bool dw__symbols_is_build(dw_bytes elf, dw_bytes build_id);
/* Finds the table of the ELF file `elf`. DW_INVALID: not such a file, or an offset leads out of it; DW_NOT_FOUND: it has no table. *out
 * is then empty, and nothing is found in it. */
DW_MUST dw_err dw__symbols_parse(dw_bytes elf, struct symbols *out);
/* The function that holds `address`, as linked (before the load base is added): its name, without one that is not printable, and the
 * distance from its beginning. False when there is none. */
bool dw__symbols_find(const struct symbols *symbols, uint64_t address, dw_text *name, uint64_t *offset);

/* Reads the executable of descriptor `fd` (O_PATH will do) into memory and parses it. *out is dw__symbols_release's in any case. As
 * dw__symbols_parse; DW_UNAVAILABLE when it cannot be read, DW_TOO_LARGE beyond 256 MiB. */
DW_MUST dw_err dw__symbols_load(int fd, struct symbols *out);
void dw__symbols_release(struct symbols *symbols);

/* ---- shared libraries: symbols_library.c ---- */

#define DW__BUILD_ID 20u /* bytes at most; what the linker makes */

/* The build id among `notes`, each padded to `align` (4 or 8): its size, 0 when there is none. */
DW_MUST size_t dw__build_id_of(dw_bytes notes, size_t align, uint8_t out[static DW__BUILD_ID]);
/* The symbols of the library that this process itself has loaded under `name` (without its directory), if its file still has that build id.
 * No other file is ever opened, whoever asks. DW_NOT_FOUND: there is no such library; else as dw__symbols_load. */
DW_MUST dw_err dw__symbols_library(dw_text name, dw_bytes build_id, struct symbols *out);

#endif
