/* proc/crash_child.c -- what a child does with its last instructions.  See proc/crash.h.
 *
 * The handler runs on a stack of its own, because the fiber's or thread's may be what is full (that of other threads is made in
 * os/thread.c), and does only what a signal handler may: it stores, and asks an unwinder that was loaded beforehand.  The least doubtful comes first.  A second fault on the way
 * ends the process at once, since its signal is blocked then, and a hang is ended by SIGALRM.
 *
 * Nothing is kept for it while requests are served, but the context of each fiber, which is one store a request. */
#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/ctx.h"
#include "os/fiber.h"
#include "os/memfd.h"
#include "os/thread.h"
#include "proc/crash.h"

#define STACK ((size_t)64 << 10)
#define GUARD ((size_t)4 << 10)
#define LAST_SECONDS 5u
#define HANDLER_FRAMES 8 /* of the handler itself, above those of the crash */

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
static struct crash_record *record;
static atomic_flag taken = ATOMIC_FLAG_INIT;

/* ---- in the handler ---- */

/* What is stored from now on is stored after the stage. */
static void reached(enum crash_stage stage)
{
    __atomic_store_n(&record->stage, (uint32_t)stage, __ATOMIC_RELEASE);
}

static void note_fault(int signal, const siginfo_t *info, uint64_t counter)
{
    if (info->si_code > 0 && signal != SIGABRT) { /* not sent by a process */
        record->address = (uint64_t)(uintptr_t)info->si_addr;
        record->guard = dw__fiber_in_guard(info->si_addr)    ? CRASH_GUARD_FIBER
                        : dw__thread_in_guard(info->si_addr) ? CRASH_GUARD_THREAD
                                                             : CRASH_GUARD_NONE;
    }
    record->frames[0] = counter;
    record->n_frames = 1;
    reached(CRASH_FAULT);
}

static uint32_t note_text(char *out, size_t size, dw_text text)
{
    size_t n = text.n < size ? text.n : size;

    for (size_t i = 0; i < n; i++)
        out[i] = text.p[i];
    return (uint32_t)n;
}

static void note_request(void)
{
    const dw_ctx *ctx = dw__fiber_ctx();

    if (ctx == NULL)
        ctx = dw__thread_ctx();
    if (ctx != NULL) {
        record->id_n = note_text(record->id, sizeof record->id, ctx->request_id);
        record->route_n = note_text(record->route, sizeof record->route, ctx->route);
    }
    reached(CRASH_REQUEST);
}

static bool in_a_module(uint64_t address)
{
    for (size_t i = 0; i < record->n_modules; i++)
        if (address >= record->modules[i].from && address < record->modules[i].to)
            return true;
    return false;
}

/* The frames from the one where the signal came.  A call through a bad pointer has none that could be unwound; then what lies on top
 * of the stack is the address that it would have returned to. */
static void note_backtrace(uint64_t counter, const uintptr_t *stack)
{
    void *frames[HANDLER_FRAMES + DW__CRASH_FRAMES];
    int n = backtrace(frames, HANDLER_FRAMES + (int)DW__CRASH_FRAMES), from = 0;

    while (from < n && (uint64_t)(uintptr_t)frames[from] != counter)
        from++;
    for (int i = from + 1; i < n && record->n_frames < DW__CRASH_FRAMES; i++)
        record->frames[record->n_frames++] = (uint64_t)(uintptr_t)frames[i];
    if (from == n && !in_a_module(counter))
        record->frames[record->n_frames++] = *stack;
    reached(CRASH_BACKTRACE);
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    const struct sigaction plain = {.sa_handler = SIG_DFL};
    const ucontext_t *at = context;
    uint64_t counter = (uint64_t)at->uc_mcontext.gregs[REG_RIP];
    union {
        greg_t n;
        const uintptr_t *p;
    } stack = {at->uc_mcontext.gregs[REG_RSP]};

    (void)alarm(LAST_SECONDS);
    while (atomic_flag_test_and_set(&taken)) /* another thread is at it, and will end us */
        (void)pause();
    note_fault(signal, info, counter);
    note_request();
    note_backtrace(counter, stack.p);
    (void)sigaction(signal, &plain, NULL);
    (void)raise(signal); /* comes when this returns */
}

/* ---- before ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static void note_build_id(struct crash_module *module, const struct dl_phdr_info *info,
                          const ElfW(Phdr) * part)
{
    union {
        uint64_t address;
        const uint8_t *p;
    } notes = {info->dlpi_addr + part->p_vaddr};

    if (module->build_id_n == 0)
        module->build_id_n =
            (uint32_t)dw__build_id_of((dw_bytes){notes.p, part->p_memsz}, part->p_align, module->build_id);
}

static int note_module(struct dl_phdr_info *info, size_t size, void *unused)
{
    struct crash_module *module = &record->modules[record->n_modules];
    const char *name = base_name(info->dlpi_name);

    (void)size, (void)unused;
    module->base = info->dlpi_addr;
    module->from = UINT64_MAX;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uint64_t from = info->dlpi_addr + part->p_vaddr;

        if (part->p_type == PT_NOTE)
            note_build_id(module, info, part);
        if (part->p_type != PT_LOAD)
            continue;
        if (from < module->from)
            module->from = from;
        if (from + part->p_memsz > module->to)
            module->to = from + part->p_memsz;
    }
    memcpy(module->name, name, strnlen(name, sizeof module->name));
    return ++record->n_modules == DW__CRASH_MODULES;
}

/* With a guard page, for what has a full stack may fill the next. */
static dw_err make_stack(void)
{
    char *p = mmap(NULL, GUARD + STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

    if (p == MAP_FAILED)
        return DW_UNAVAILABLE;
    if (mprotect(p + GUARD, STACK, PROT_READ | PROT_WRITE) != 0 ||
        sigaltstack(&(stack_t){.ss_sp = p + GUARD, .ss_size = STACK}, NULL) != 0) {
        (void)munmap(p, GUARD + STACK);
        return DW_UNAVAILABLE;
    }
    return DW_OK;
}

dw_err dw__crash_watch(int fd)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    void *p;
    dw_err err = dw__shared_map(fd, sizeof *record, true, &p);

    (void)close(fd);
    if (err != DW_OK || (err = make_stack()) != DW_OK)
        return err;
    record = p;
    (void)dl_iterate_phdr(note_module, NULL);
    record->magic = DW__CRASH_MAGIC;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        (void)sigaddset(&action.sa_mask, signals[i]);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (sigaction(signals[i], &action, NULL) != 0)
            return DW_INTERNAL;
    return DW_OK;
}
