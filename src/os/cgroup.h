/* os/cgroup.h -- how much of the memory that its control group may have is used (cgroup v2).
 *
 * What the kernel would take back at once, the cache of files, is not counted: a group that reads much is at its limit always, and lacks nothing. */
#ifndef DW_OS_CGROUP_H
#define DW_OS_CGROUP_H

#include <stddef.h>

#include <dw/types.h>

#define DW__CGROUP_LEVELS 8u
#define DW__CGROUP_PATH 256u

/* The directories of a group and of those above it. */
struct cgroup {
    size_t n;
    char path[DW__CGROUP_LEVELS][DW__CGROUP_PATH];
};

/* The group of this process and those above it, of which each may have a limit; or `directory` alone, where that is not empty. None where the system has no
 * cgroup v2. */
void dw__cgroup_find(struct cgroup *out, dw_text directory);
/* The same from the text of /proc/self/cgroup, below the directory `root`: for tests. */
void dw__cgroup_read(struct cgroup *out, dw_text text, const char *root);
/* Used, in thousandths of the limit: of the tightest there is, 1000 at most. 0: less than half, or there is no limit, or it cannot be read. */
unsigned dw__cgroup_memory(const struct cgroup *group);

#endif
