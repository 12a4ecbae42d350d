/* app/answer.h -- from a request to its reply: the way that every request goes, once, in one direction. */
#ifndef DW_APP_ANSWER_H
#define DW_APP_ANSWER_H

#include "app/dev.h"
#include "guard/guard.h"
#include "http/request.h"

struct answerer {
    struct guard_env env;
    bool poison; /* fill outputs with a pattern, so that a field never set is found: development and tests */
    const struct dev *dev; /* in development: who says what became of requests; or NULL */
    char overloaded[2048]; /* filled by dw__answer_bind */
};

/* The upward calls for a server whose requests `a` answers; `a` must outlive it. */
void dw__answer_bind(struct http_app *app, struct answerer *a);

#endif
