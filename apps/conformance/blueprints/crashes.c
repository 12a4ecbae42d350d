/* conformance/blueprints/crashes.c -- handlers that kill the process they run in.
 *
 * What a crash may cost is this worker's own requests, and what it must give is one line in the log.  In production these
 * paths are not there. */
#include "../conformance.h"

#if defined(__clang__)
#define AS_WRITTEN __attribute__((noinline, no_sanitize("undefined", "address")))
#else
#define AS_WRITTEN __attribute__((noinline, no_sanitize_undefined, no_sanitize_address))
#endif

/* As a mistake would do it: no sanitizer looks, and the compiler does not know. What the linters find
 * here is what it is for. */
AS_WRITTEN static int read_through(const volatile int *p)
{
    return *p; /* NOLINT(clang-analyzer-core.NullDereference) */
}

static dw_err crash(dw_req *req, const dw_nothing *in)
{
    static const int *volatile nowhere;

    (void)in;
    if (!dw_in_development(dw_req_ctx(req)))
        return DW_NOT_FOUND;
    return dw_reply_html(req, read_through(nowhere) == 0 ? 200 : 202,
                         DW_TEXT("<!doctype html><title>Still alive</title>"));
}
DW_RAW(crash, dw_nothing);

/* Each call takes a KiB of the stack, until there is none. */
AS_WRITTEN static unsigned dig(unsigned depth) /* NOLINT(misc-no-recursion) */
{
    volatile unsigned char room[1024];

    room[depth % sizeof room] = (unsigned char)depth;
    if (depth == 1u << 30)
        return 0;
    return dig(depth + 1) + room[depth % sizeof room];
}

static dw_err overflow(dw_req *req, const dw_nothing *in)
{
    (void)in;
    if (!dw_in_development(dw_req_ctx(req)))
        return DW_NOT_FOUND;
    return dw_reply_html(req, dig(0) == 0 ? 200 : 202, DW_TEXT("<!doctype html><title>Still alive</title>"));
}
DW_RAW(overflow, dw_nothing);

/* Jumps to where there is nothing. */
static dw_err lost(dw_req *req, const dw_nothing *in)
{
    static dw_err (*volatile nowhere)(dw_req * req);

    (void)in;
    if (!dw_in_development(dw_req_ctx(req)))
        return DW_NOT_FOUND;
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
    return nowhere(req) == DW_OK
               ? dw_reply_html(req, 200, DW_TEXT("<!doctype html><title>Still alive</title>"))
               : DW_INTERNAL;
}
DW_RAW(lost, dw_nothing);

static const dw_route routes[] = {
    DW_GET("/crash", crash, DW_PUBLIC("a crash to look at, in development only")),
    DW_GET("/overflow", overflow, DW_PUBLIC("a crash to look at, in development only")),
    DW_GET("/lost", lost, DW_PUBLIC("a crash to look at, in development only")),
};
const dw_blueprint crashes = DW_BLUEPRINT("", routes);
