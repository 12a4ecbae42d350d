/* app/machine.h -- what a server would run on: who starts it, the files that it finds, the clock. */
#ifndef DW_APP_MACHINE_H
#define DW_APP_MACHINE_H

#include <sys/stat.h>

#include "app/config.h"

/* Twenty of the framework's, the places to listen, and a directory for each secret that comes out of a file. */
#define DW__MACHINE_FILES (20 + 17 + SETTINGS + DW__OWN_SETTINGS)

/* A file or directory that is there. */
struct machine_file {
    dw_text setting;      /* that names it, or what it is */
    dw_text path;         /* of the settings, or of `program` */
    mode_t mode;          /* as stat(2) gives it */
    mode_t forbidden;     /* bits that it must not have */
    enum finding finding; /* when it has one */
};

struct machine {
    bool root;       /* who asks is root … */
    bool shared;     /* … and the account that children become is that of others too: nobody */
    bool core_dumps; /* a command that crashes leaves its memory behind */
    bool clock_kept; /* the kernel says that something corrects its clock */
    int64_t unix_s;
    struct machine_file files[DW__MACHINE_FILES];
    size_t n_files;
    char program[4096];
};

/* Looks at all of it. What is not there, or may not be looked at, is not in `files`. Texts of `config` are referred to. */
void dw__machine_look(struct machine *machine, const struct config *config);
void dw__machine_audit(const struct machine *machine, struct audit *audit);

#endif
