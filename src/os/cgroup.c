/* os/cgroup.c -- see cgroup.h. A file that is not what it should be says nothing: load is then judged by what is left. */
#include "os/cgroup.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define ROOT "/sys/fs/cgroup"
#define FILE_MAX 16384u
#define PARTS 1000u

/* Reads a small file whole, cut at the end of `room`; its text, p == NULL when it cannot be read. */
static dw_text read_file(const char *directory, const char *name, char *room, size_t size)
{
    char path[DW__CGROUP_PATH + 32];
    ssize_t n = -1;
    int fd;

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, room, size);
        (void)close(fd);
    }
    return n < 0 ? (dw_text){NULL, 0} : (dw_text){room, (size_t)n};
}

/* ---- which group ---- */

static void add(struct cgroup *out, const char *root, dw_text path)
{
    int n;

    if (out->n == DW__CGROUP_LEVELS)
        return;
    n = snprintf(out->path[out->n], DW__CGROUP_PATH, "%s%.*s", root, DW_FMT(path));
    if (n > 0 && (size_t)n < DW__CGROUP_PATH)
        out->n++;
}

/* The line of cgroup v2 is "0::/path". One that leads out of what this process may see ("/..") is taken for its top. */
void dw__cgroup_read(struct cgroup *out, dw_text text, const char *root)
{
    dw_text path = {NULL, 0};

    out->n = 0;
    while (text.n > 0) {
        dw_text line = dw__text_cut(&text, '\n');

        if (dw__text_starts(line, DW_TEXT("0::/")))
            path = (dw_text){line.p + 3, line.n - 3};
    }
    if (path.p == NULL)
        return;
    if (dw__text_starts(path, DW_TEXT("/..")))
        path.n = 0;
    while (path.n > 1) {
        add(out, root, path);
        while (path.p[--path.n] != '/')
            ;
    }
    add(out, root, (dw_text){path.p, 0});
}

void dw__cgroup_find(struct cgroup *out, dw_text directory)
{
    char room[4096];
    dw_text text;

    out->n = 0;
    if (directory.n > 0) {
        add(out, "", directory);
        return;
    }
    text = read_file("/proc/self", "cgroup", room, sizeof room);
    if (text.p != NULL)
        dw__cgroup_read(out, text, ROOT);
}

/* ---- how much ---- */

/* The number in a file that holds one. */
static bool read_number(const char *directory, const char *name, uint64_t *v)
{
    char room[64];
    dw_text text = read_file(directory, name, room, sizeof room);

    return text.p != NULL && dw__text_u64(dw__text_cut(&text, '\n'), v);
}

/* The cache of files in memory.stat. */
static uint64_t read_cache(const char *directory)
{
    char room[FILE_MAX];
    dw_text text = read_file(directory, "memory.stat", room, sizeof room);
    uint64_t sum = 0, v;

    while (text.p != NULL && text.n > 0) {
        dw_text value = dw__text_cut(&text, '\n'), key = dw__text_cut(&value, ' ');

        if ((dw__text_is(key, "inactive_file") || dw__text_is(key, "active_file")) &&
            dw__text_u64(value, &v) && v <= UINT64_MAX - sum)
            sum += v;
    }
    return sum;
}

static unsigned used_of(const char *directory)
{
    uint64_t most, used, cache;

    if (!read_number(directory, "memory.max", &most) || most == 0 ||
        !read_number(directory, "memory.current", &used) || used < most / 2)
        return 0;
    cache = read_cache(directory);
    used = cache < used ? used - cache : 0;
    return used >= most ? PARTS : (unsigned)((double)used / (double)most * PARTS);
}

unsigned dw__cgroup_memory(const struct cgroup *group)
{
    unsigned worst = 0;

    for (size_t i = 0; i < group->n; i++) {
        unsigned used = used_of(group->path[i]);

        worst = used > worst ? used : worst;
    }
    return worst;
}
