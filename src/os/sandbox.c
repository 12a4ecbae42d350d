/* os/sandbox.c -- giving up, before the first byte from the network is read.  See os/sandbox.h.
 *
 * What is given up is read back: a protection that cannot be seen is not there. */
#define _GNU_SOURCE
#include "os/sandbox.h"

#include <execinfo.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

void dw__sandbox_warm_up(void)
{
    void *frame[1];
    (void)backtrace(frame, 1); /* loads libgcc_s, which allocates */
    tzset();                   /* reads /etc/localtime */
}

/* The directory of our threads has a link for each, and two more. */
static bool single_threaded(void)
{
    struct stat st;
    return stat("/proc/self/task", &st) == 0 && st.st_nlink == 3;
}

dw_err dw__sandbox_seal(void)
{
    if (!single_threaded())
        return DW_CONFLICT;
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return DW_INTERNAL;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return DW_INTERNAL;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return DW_INTERNAL;
    return DW_OK;
}
