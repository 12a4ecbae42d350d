/* app/debug_info.c -- the reason and the backtrace that production never shows.
 *
 * Both the peer and the Host must be loopback: a page elsewhere that a developer's browser visits can reach 127.0.0.1, but not
 * under that name. */
#include "app/debug_info.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "codec/json.h"
#include "os/symbols.h"

#define FRAMES_MAX 32

static struct {
    struct symbols symbols;
    uint64_t base; /* where it was loaded */
} program;

static int note_base(struct dl_phdr_info *info, size_t size, void *base)
{
    (void)size;
    *(uint64_t *)base = info->dlpi_addr;
    return 1; /* the first is the program */
}

void dw__debug_prepare(void)
{
    int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
    dw_err err = DW_UNAVAILABLE;

    if (fd >= 0) {
        err = dw__symbols_load(fd, &program.symbols);
        (void)close(fd);
    }
    (void)err; /* there are offsets then */
    (void)dl_iterate_phdr(note_base, &program.base);
}

static bool host_is_loopback(dw_text host)
{
    static const dw_text names[] = {DW_TEXT_INIT("localhost"), DW_TEXT_INIT("127.0.0.1"),
                                    DW_TEXT_INIT("[::1]")};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (dw__text_starts(host, names[i]) && (host.n == names[i].n || host.p[names[i].n] == ':'))
            return true;
    return false;
}

void dw__debug_frame(const void *frame, bool exact, struct buf *b)
{
    unsigned long long back = exact ? 0 : 1;
    uint64_t offset, address = (uint64_t)(uintptr_t)frame - program.base - back;
    Dl_info file;
    dw_text name;

    if (dw__symbols_find(&program.symbols, address, &name, &offset)) {
        dw__buf_format(b, "%.*s+0x%llx", DW_FMT(name), offset + back);
    } else if (dladdr(frame, &file) != 0 && file.dli_fname != NULL) {
        const char *slash = strrchr(file.dli_fname, '/');

        dw__buf_format(b, "%.60s+0x%llx", slash != NULL ? slash + 1 : file.dli_fname,
                       (unsigned long long)((uintptr_t)frame - (uintptr_t)file.dli_fbase));
    } else {
        dw__buf_lit(b, "unknown");
    }
}

static void put_frame(const void *frame, struct buf *b)
{
    char room[DW__SYMBOL_NAME + 64];
    struct buf text;

    dw__buf_init_fixed(&text, room, sizeof room);
    dw__debug_frame(frame, false, &text);
    dw__json_put_string(b, text.failed ? DW_TEXT("unknown") : (dw_text){text.p, text.n});
}

static void put_backtrace(void *const *frames, int n, struct buf *b)
{
    dw__buf_lit(b, ",\"backtrace\":[");
    for (int i = 0; i < n; i++) {
        if (i > 0)
            dw__buf_putc(b, ',');
        put_frame(frames[i], b);
    }
    dw__buf_putc(b, ']');
}

void dw__debug_members(const dw_req *req, dw_err err, struct buf *b)
{
    void *frames[FRAMES_MAX];
    dw_text reason = req->fail_internal;

    if (!req->ctx.services->development || !req->peer.loopback || !host_is_loopback(req->head.host))
        return;
    if (reason.n == 0)
        reason = dw__text_of(req->refused_why ? req->refused_why : dw_err_code(err));
    dw__buf_lit(b, ",\"debug\":{\"reason\":");
    dw__json_put_string(b, reason);
    if (req->n_fail_frames > 0)
        put_backtrace(req->fail_frames, req->n_fail_frames, b);
    else
        put_backtrace(frames, backtrace(frames, FRAMES_MAX), b);
    dw__buf_putc(b, '}');
}
