/* os/sandbox_calls.c -- giving up the system but for what is open: a filter of system calls (seccomp, Documentation/userspace-api/seccomp_filter.rst).
 *
 * A list of what is left, for a process that only moves bytes through descriptors that it has; everything else, and what later kernels bring, fails with
 * EPERM.  It is for all threads.  Where it matters an argument is looked at: whom a signal is for, whether memory is to be executed. */
#define _GNU_SOURCE
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#ifdef MACHINE

/* Reading, writing and waiting; memory; time and randomness; what a thread needs that has only just been started; what a crash leaves; the end. */
static const uint32_t allowed[] = {
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_recvmsg,
    SYS_close,
    SYS_fstat,
    SYS_ppoll,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_munlock,
    SYS_getrandom,
    SYS_gettimeofday,
    SYS_clock_gettime,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_getpid,
    SYS_gettid,
    SYS_futex,
    SYS_set_robust_list,
    SYS_sched_getaffinity,
    SYS_sched_yield,
    SYS_restart_syscall,
    SYS_rt_sigaction,
    SYS_rt_sigreturn,
    SYS_rt_sigprocmask,
    SYS_sigaltstack,
    SYS_exit,
    SYS_exit_group,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
#ifdef SYS_alarm
    SYS_alarm,
#endif
};

#define N_ALLOWED (sizeof allowed / sizeof allowed[0])
#define PROGRAM_MAX (2 * N_ALLOWED + 32)

struct program {
    size_t n;
    struct sock_filter code[PROGRAM_MAX];
};

static void put(struct program *p, struct sock_filter instruction)
{
    p->code[p->n++] = instruction;
}

static void load(struct program *p, size_t offset)
{
    put(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void end(struct program *p, uint32_t verdict)
{
    put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

/* The next `n` instructions are for when what was loaded is `value`. */
static void when(struct program *p, uint32_t value, uint8_t n)
{
    put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n));
}

/* The lower half of argument i; what is looked at has no upper one that counts. */
static size_t argument(unsigned i)
{
    size_t half = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(uint32_t) : 0;

    return offsetof(struct seccomp_data, args) + i * sizeof(uint64_t) + half;
}

/* Memory, but none that is executed. */
static void allow_memory(struct program *p, uint32_t call)
{
    when(p, call, 4);
    load(p, argument(2));
    put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1));
    end(p, SECCOMP_RET_ERRNO | EPERM);
    end(p, SECCOMP_RET_ALLOW);
}

/* A call whose argument i is `value`. */
static void allow_with(struct program *p, uint32_t call, unsigned i, uint32_t value)
{
    when(p, call, 4);
    load(p, argument(i));
    when(p, value, 1);
    end(p, SECCOMP_RET_ALLOW);
    end(p, SECCOMP_RET_ERRNO | EPERM);
}

static void write_program(struct program *p)
{
    load(p, offsetof(struct seccomp_data, arch));
    put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0));
    end(p, SECCOMP_RET_KILL_PROCESS);
    load(p, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < N_ALLOWED; i++) {
        when(p, allowed[i], 1);
        end(p, SECCOMP_RET_ALLOW);
    }
    allow_memory(p, SYS_mmap);
    allow_memory(p, SYS_mprotect);
    allow_with(p, SYS_newfstatat, 3, AT_EMPTY_PATH);  /* fstat(3) */
    allow_with(p, SYS_tgkill, 0, (uint32_t)getpid()); /* abort(3): signals to ourselves */
    end(p, SECCOMP_RET_ERRNO | EPERM);
}

/* What is given up is read back. */
static bool holds(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) == -1 && errno == EPERM;
}

dw_err dw__sandbox_only_io(void)
{
    struct program p = {.n = 0};
    struct sock_fprog program;
    long rc;

    write_program(&p);
    program = (struct sock_fprog){.len = (unsigned short)p.n, .filter = p.code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return DW_INTERNAL;
    rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    if (rc < 0)
        return errno == ENOSYS || errno == EINVAL ? DW_NOT_IMPLEMENTED : DW_INTERNAL;
    return rc == 0 && holds() ? DW_OK : DW_INTERNAL;
}

#else

dw_err dw__sandbox_only_io(void)
{
    return DW_NOT_IMPLEMENTED;
}

#endif
