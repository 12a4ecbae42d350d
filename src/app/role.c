/* app/role.c -- how a child begins: from the bytes that the monitor sealed, never from its environment. */
#include "app/role.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/command.h"
#include "os/memfd.h"
#include "os/sandbox.h"
#include "proc/crash.h"

#define SETTINGS_MAX ((size_t)1 << 20)

/* As many descriptors as the system allows us: connections are bounded by settings. */
static void raise_descriptors(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

dw_err dw__role_seal(const dw_app *app)
{
    dw_err err;

    dw__sandbox_warm_up();
    raise_descriptors();
    if ((err = dw__crash_watch(CHILD_FD_CRASH)) != DW_OK)
        (void)fprintf(stderr, "%s: there is no place for crash reports\n", app->name);
    else if ((err = dw__sandbox_seal()) != DW_OK)
        (void)fprintf(stderr, "%s: this system cannot take privileges away for good (no_new_privs)\n",
                      app->name);
    return err;
}

dw_err dw__role_start(struct role_start *start, enum role role, const dw_app *app, const dw_build *build)
{
    dw_bytes blob;
    dw_err err;

    dw__arena_init(&start->arena, NULL, (size_t)1 << 20);
    dw__buf_init(&start->why, &start->arena, (size_t)1 << 18);
    start->image = NULL;
    if (dw__memfd_map(CHILD_FD_BLOB, SETTINGS_MAX, &blob) != DW_OK) {
        dw__buf_lit(&start->why, "the settings from the monitor cannot be read\n");
        return DW_INVALID;
    }
    err = dw__config_unpack(&start->config, app, role, blob);
    dw__memfd_unmap(blob);
    (void)close(CHILD_FD_BLOB);
    if (err != DW_OK) {
        dw__buf_lit(&start->why, "the settings from the monitor are not for this role\n");
        return DW_INVALID;
    }
    err = dw__image_new(&start->image, app, build, &start->config, &start->why);
    if (err != DW_OK)
        dw__config_release(&start->config);
    return err;
}

void dw__role_start_release(struct role_start *start)
{
    dw__image_free(start->image);
    dw__config_release(&start->config);
    dw__arena_release(&start->arena);
}
