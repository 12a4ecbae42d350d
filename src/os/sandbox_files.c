/* os/sandbox_files.c -- giving up the file system as something to change: Landlock (Documentation/userspace-api/landlock.rst).
 *
 * File permissions cannot tell a worker from the store, which run as one user; Landlock can.  Descriptors that are open stay as
 * they are, so that the log is still written.  No rule is added: nothing is excepted. */
#define _GNU_SOURCE
#include "os/sandbox.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of Debian 12. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

/* struct landlock_ruleset_attr as version 6 has it; earlier ones know the beginning. */
struct ruleset {
    uint64_t files, network, scoped;
};

static size_t ruleset_size(long abi)
{
    return abi >= 6 ? sizeof(struct ruleset) : sizeof(uint64_t);
}

/* Every way to change files, and to start programs, that version `abi` of Landlock knows. */
static uint64_t changes(long abi)
{
    uint64_t access =
        LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
        LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
        LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
        LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

    if (abi >= 2)
        access |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        access |= LANDLOCK_ACCESS_FS_TRUNCATE;
    return access;
}

dw_err dw__sandbox_no_file_changes(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
    int ruleset;
    long denied;

    if (abi < 1)
        return errno == ENOSYS || errno == EOPNOTSUPP ? DW_NOT_IMPLEMENTED : DW_INTERNAL;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return DW_INTERNAL;
    struct ruleset attr = {.files = changes(abi), .scoped = SCOPE_SIGNAL};
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, ruleset_size(abi), 0);
    if (ruleset < 0)
        return DW_INTERNAL;
    denied = syscall(SYS_landlock_restrict_self, ruleset, 0);
    (void)close(ruleset);
    return denied == 0 ? DW_OK : DW_INTERNAL;
}
