/* proc/crash_report.c -- from a record that a dead child left to a line that can be believed.  See proc/crash.h.
 *
 * Whoever took the child over has written the record.  He may give himself any request id, route and backtrace of valid
 * form; he must not get more out of it: no byte that a log reader trips over, no length beyond its field, no address that is
 * looked at. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/memfd.h"
#include "proc/crash.h"

dw_err dw__crash_slot(int *fd)
{
    return dw__shared_new("crash", sizeof(struct crash_record), fd, NULL);
}

bool dw__crash_read(int fd, struct crash_record *out)
{
    return pread(fd, out, sizeof *out, 0) == (ssize_t)sizeof *out;
}

/* ---- texts ---- */

static bool is_printable(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] <= ' ' || p[i] > '~')
            return false;
    return true;
}

/* The n bytes of a field of `size` into out, with a NUL; nothing when they are not a printable word. */
static void take_text(const char *field, size_t size, uint32_t n, char *out)
{
    bool good = n <= size && is_printable(field, n);

    if (good)
        memcpy(out, field, n);
    out[good ? n : 0] = 0;
}

/* ---- addresses ---- */

struct line {
    char *p;
    size_t n, cap;
};

static void put(struct line *line, dw_text name, uint64_t offset)
{
    int n = snprintf(line->p + line->n, line->cap - line->n, "%s%.*s+0x%llx", line->n > 0 ? " " : "",
                     (int)name.n, name.p, (unsigned long long)offset);

    if (n > 0 && (size_t)n < line->cap - line->n)
        line->n += (size_t)n;
    else
        line->p[line->n] = 0;
}

/* The module that holds `address`, or NULL. */
static const struct crash_module *module_of(const struct crash_record *r, uint64_t address)
{
    for (size_t i = 0; i < r->n_modules && i < DW__CRASH_MODULES; i++)
        if (address >= r->modules[i].from && address < r->modules[i].to)
            return &r->modules[i];
    return NULL;
}

static dw_text name_of(const struct crash_module *module)
{
    dw_text name = {module->name, strnlen(module->name, sizeof module->name)};

    return is_printable(name.p, name.n) ? name : (dw_text){0};
}

/* A return address may be the first behind a function that does not return: `back` bytes before it is the call. */
static void put_frame(struct line *line, const struct crash_record *r, const struct symbols *symbols,
                      uint64_t address, unsigned back)
{
    const struct crash_module *module = module_of(r, address - back);
    dw_text name, file;
    uint64_t offset;

    if (module == NULL) {
        put(line, address < 4096 ? DW_TEXT("null") : DW_TEXT("unknown"), address < 4096 ? address : 0);
    } else if (dw__symbols_find(&symbols[module - r->modules], address - module->base - back, &name,
                                &offset)) {
        put(line, name, offset + back);
    } else {
        file = name_of(module);
        put(line, file.n > 0 ? file : DW_TEXT("program"), address - module->base);
    }
}

static bool is_named(const struct crash_record *r, const struct crash_module *module)
{
    for (size_t i = 0; i < r->n_frames && i < DW__CRASH_FRAMES; i++)
        if (module_of(r, r->frames[i] - (i > 0)) == module)
            return true;
    return false;
}

void dw__crash_symbols(const struct crash_record *r, int executable,
                       struct symbols out[static DW__CRASH_MODULES])
{
    for (size_t i = 0; i < DW__CRASH_MODULES; i++) {
        const struct crash_module *m = &r->modules[i];
        dw_bytes id = {m->build_id, m->build_id_n <= DW__BUILD_ID ? m->build_id_n : 0};
        dw_err err = DW_OK;

        out[i] = (struct symbols){0};
        if (is_named(r, m))
            err =
                i == 0 ? dw__symbols_load(executable, &out[i]) : dw__symbols_library(name_of(m), id, &out[i]);
        (void)err; /* there are offsets then */
    }
}

void dw__crash_symbols_release(struct symbols symbols[static DW__CRASH_MODULES])
{
    for (size_t i = 0; i < DW__CRASH_MODULES; i++)
        dw__symbols_release(&symbols[i]);
}

bool dw__crash_describe(const struct crash_record *r, const struct symbols symbols[static DW__CRASH_MODULES],
                        struct crash_report *out)
{
    struct line line = {out->backtrace, 0, sizeof out->backtrace};

    memset(out, 0, sizeof *out);
    if (r->magic != DW__CRASH_MAGIC || r->stage < CRASH_FAULT || r->stage > CRASH_BACKTRACE)
        return false;
    if (r->guard == CRASH_GUARD_FIBER || r->guard == CRASH_GUARD_THREAD)
        out->overflow = (enum crash_guard)r->guard;
    out->address = r->address;
    if (r->stage >= CRASH_REQUEST) {
        take_text(r->id, sizeof r->id, r->id_n, out->request_id);
        take_text(r->route, sizeof r->route, r->route_n, out->route);
    }
    for (size_t i = 0; i < r->n_frames && i < DW__CRASH_FRAMES; i++)
        put_frame(&line, r, symbols, r->frames[i], i == 0 ? 0 : 1);
    return true;
}
