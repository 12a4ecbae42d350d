/* app/user.c -- which account runs what touches the database. A command run by root must leave files that the server can use. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/user.h"

dw_err dw__user_find(const struct invocation *inv, uid_t *uid, gid_t *gid)
{
    char name[256];
    const struct passwd *pw;

    (void)snprintf(name, sizeof name, "%.*s", DW_FMT(inv->config->user));
    pw = getpwnam(name);
    if (pw == NULL || pw->pw_uid == 0) {
        (void)fprintf(stderr, "%s: USER: '%s' is %s; name an unprivileged account\n", inv->app->name, name,
                      pw == NULL ? "no account of this machine" : "root");
        return DW_INVALID;
    }
    *uid = pw->pw_uid;
    *gid = pw->pw_gid;
    return DW_OK;
}

dw_err dw__become_user(const struct invocation *inv)
{
    uid_t uid;
    gid_t gid;

    if (geteuid() != 0)
        return DW_OK;
    if (dw__user_find(inv, &uid, &gid) != DW_OK)
        return DW_INVALID;
    if (setgroups(0, NULL) != 0 || setgid(gid) != 0 || setuid(uid) != 0 || geteuid() != uid ||
        getegid() != gid) {
        (void)fprintf(stderr, "%s: cannot become the user of this database: %s\n", inv->app->name,
                      strerror(errno));
        return DW_DENIED;
    }
    return DW_OK;
}
