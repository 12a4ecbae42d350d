/* app/dev.h -- what a development server says to whoever watches it: each request, repeated statements, code that holds the loop.
 *
 * On a terminal these are lines for people, in colour; elsewhere the usual lines of the log.  Nothing of it exists in production. */
#ifndef DW_APP_DEV_H
#define DW_APP_DEV_H

#include "http/request.h"

/* A statement that runs more often than this in one request is named. */
#define DW__DEV_REPEATS 5u
/* A fiber that runs longer than this without waiting is named. */
#define DW__DEV_HOLD_MS 10u

struct dev {
    struct log *log;
    bool terminal; /* the log is one */
};

/* ---- dev_say.c ---- */

/* Makes `req` count its statements. Without memory it does not. */
void dw__dev_begin(dw_req *req);
/* Says what became of it, in place of the access line where that is for a person to read. */
void dw__dev_request(const struct dev *dev, const dw_req *req);
/* Says that `route` held the loop for `ms`, with what it was doing. */
void dw__dev_say_hold(const struct dev *dev, dw_text request_id, dw_text route, uint64_t ms, dw_text where);

/* ---- dev_hold.c ---- */

/* From now on tells of fibers of this thread that hold its loop, through `dev`, which must outlive that. Without a timer it does not. */
void dw__dev_hold_begin(const struct dev *dev);
void dw__dev_hold_end(void);

#endif
