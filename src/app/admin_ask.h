/* app/admin_ask.h -- a command asks the admin listener of a server that runs. */
#ifndef DW_APP_ADMIN_ASK_H
#define DW_APP_ADMIN_ASK_H

#include "app/command.h"
#include "base/arena.h"

struct admin_answer {
    unsigned status; /* 0: what came is no answer */
    dw_text body;
    struct arena memory;
};

/* Asks for `path`, which is sent as it is. False: nobody answered, and a line in `why`. dw__admin_answer_release either way. */
DW_MUST bool dw__admin_ask(const struct invocation *inv, const char *method, dw_text path,
                           struct admin_answer *out, struct buf *why);
void dw__admin_answer_release(struct admin_answer *answer);

#endif
