/* app/watch.h -- rebuilding the program when a source file is saved: a development server's, and no other's.
 *
 * A build is a command in a shell.  When it succeeds, the caller swaps the program as for SIGHUP; when it fails, what it wrote stands on
 * the terminal, and what runs goes on. */
#ifndef DW_APP_WATCH_H
#define DW_APP_WATCH_H

#include <sys/types.h>

#include "os/loop.h"
#include <dw/err.h>
#include <dw/types.h>

struct watch;

struct watch_config {
    struct loop *loop;
    const char *name;          /* of the application, for what is said */
    dw_text directory;         /* everything below it, but hidden and built things */
    dw_text command;           /* of the build */
    void (*built)(void *self); /* a build has succeeded */
    void *self;
};

/* Begins to watch. A line on standard error, and DW_UNAVAILABLE, when that cannot be. */
DW_MUST dw_err dw__watch_new(struct watch **out, const struct watch_config *config);
/* Whether `pid` is a build. */
bool dw__watch_knows(const struct watch *w, pid_t pid);
void dw__watch_free(struct watch *w);

#endif
