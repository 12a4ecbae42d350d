/* proc/crash.h -- the last words of a child: a record of one size in memory that the monitor made.
 *
 * Each child is given a slot of its own, in sealed-size shared memory.  When a signal kills it, its handler writes down there what
 * it was doing, in stages, so that a second fault on the way costs only the rest.  The monitor reads the slot once, after the
 * child has been reaped, and believes nothing in it: numbers are compared with bounds, texts with alphabets, and addresses are
 * only ever subtracted. */
#ifndef DW_PROC_CRASH_H
#define DW_PROC_CRASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/symbols.h"
#include <dw/err.h>

#define DW__CRASH_MAGIC UINT64_C(0x3168736172437744)
#define DW__CRASH_FRAMES 32u
#define DW__CRASH_MODULES 64u /* libpq alone brings twenty */
#define DW__CRASH_ID 64u
#define DW__CRASH_ROUTE 256u

/* How far the handler came. */
enum crash_stage { CRASH_NONE, CRASH_FAULT, CRASH_REQUEST, CRASH_BACKTRACE };

/* In whose stack's guard region the fault was. */
enum crash_guard { CRASH_GUARD_NONE, CRASH_GUARD_FIBER, CRASH_GUARD_THREAD };

/* A file of the process's image: addresses from `from` to before `to` are `base` more than in the file. The first is the executable. */
struct crash_module {
    uint64_t base, from, to;
    char name[40]; /* without its directory; ends with NUL unless it was cut */
    uint32_t build_id_n;
    uint8_t build_id[DW__BUILD_ID];
};

struct crash_record {
    uint64_t magic;
    uint32_t stage; /* enum crash_stage */
    uint32_t guard; /* enum crash_guard */
    uint64_t
        address; /* that could not be accessed; 0 when the signal does not tell, or was sent by a process */
    uint64_t frames[DW__CRASH_FRAMES]; /* program counters, the innermost first; behind it return addresses */
    uint32_t n_frames, n_modules;
    uint32_t id_n, route_n;
    char id[DW__CRASH_ID]; /* of the request that ran; n is 0 when none did */
    char route[DW__CRASH_ROUTE];
    struct crash_module modules[DW__CRASH_MODULES];
};

/* ---- in the child: crash_child.c ---- */

/* From now on SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT write into the slot `fd` (closed) before they end the process. To be called once, by
 * the thread that will run the loop, after dw__sandbox_warm_up. DW_DENIED: no slot; DW_UNAVAILABLE: no memory. */
DW_MUST dw_err dw__crash_watch(int fd);

/* ---- in the monitor: crash_report.c ---- */

/* A slot for one child. *fd is the caller's. */
DW_MUST dw_err dw__crash_slot(int *fd);
/* A copy of what is in the slot; false when it cannot be read. */
DW_MUST bool dw__crash_read(int fd, struct crash_record *out);

/* What a record says, checked: texts are printable ASCII and empty when nothing (or nothing credible) was there. */
struct crash_report {
    enum crash_guard overflow; /* of whose stack */
    uint64_t address;
    char request_id[DW__CRASH_ID + 1];
    char route[DW__CRASH_ROUTE + 1];
    char backtrace[DW__CRASH_FRAMES * (DW__SYMBOL_NAME + 24)]; /* "fn+0x12 libc.so.6+0x345 …" */
};
/* False when there is no crash in it. `symbols`: of each module; may be empty. */
DW_MUST bool dw__crash_describe(const struct crash_record *record,
                                const struct symbols symbols[static DW__CRASH_MODULES],
                                struct crash_report *out);
/* The symbols of each module that is named in a frame: of `executable` for the first, for the others of libraries that this process has loaded
 * too. To be released. */
void dw__crash_symbols(const struct crash_record *record, int executable,
                       struct symbols out[static DW__CRASH_MODULES]);
void dw__crash_symbols_release(struct symbols symbols[static DW__CRASH_MODULES]);

#endif
