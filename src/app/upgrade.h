/* app/upgrade.h -- the monitor's side of an upgrade: is the program that lies at our path one that could take over?
 *
 * The program is opened once; what is asked here and what is started later are the same file.  A child of it, the probe
 * (app/role_probe.c), reads all settings anew and answers with what its store and workers are to be given.  The monitor itself
 * reads nothing of that but five numbers of fixed size. */
#ifndef DW_APP_UPGRADE_H
#define DW_APP_UPGRADE_H

#include "base/log.h"
#include "os/loop.h"
#include <dw/err.h>

/* Of the probe's sealed part for the monitor. */
struct monitor_part {
    char magic[8]; /* DW__MONITOR_PART */
    uint32_t drain_ms, idle_ms, store_ready_ms, has_jobs, has_keeper;
};
#define DW__MONITOR_PART "dwmoni 4"
/* store_ready_ms of a store that may have migrations to apply, which take as long as they take. */
#define DW__MIGRATE_MS 3600000u

/* What a probe answered; the descriptors are borrowed. */
struct upgrade_answer {
    int executable, blob_store, blob_worker, blob_jobs, blob_audit, blob_keeper;
    uint32_t drain_ms, idle_ms, store_ready_ms;
    bool has_jobs, has_keeper;
};

struct upgrade_config {
    struct loop *loop;
    struct log *log;
    const char *name;          /* of the application */
    int command_line, pinned;  /* of app/handover.h; the caller's */
    int (*log_fd)(void *self); /* what the probe writes its findings to, borrowed */
    void (*done)(void *self, const struct upgrade_answer *answer); /* NULL: refused, and the log says why */
    void *self;
};

struct upgrade;
/* To be called where the program was started: a relative path is of that directory. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__upgrade_new(struct upgrade **out, const struct upgrade_config *config);
/* Starts a probe; one at a time. DW_OK: done is called, from the loop. Anything else: it is not, and the log says why. */
DW_MUST dw_err dw__upgrade_begin(struct upgrade *u);
/* Whether `pid` is the probe. */
bool dw__upgrade_knows(const struct upgrade *u, pid_t pid);
void dw__upgrade_free(struct upgrade *u);

#endif
