/* app/test_inside.h -- what the files behind <dw/test.h> share. */
#ifndef DW_APP_TEST_INSIDE_H
#define DW_APP_TEST_INSIDE_H

#include "app/front.h"
#include "schema/plan.h"
#include "store/sql.h"
#include <dw/test.h>

/* A schema as its replies are read. */
struct test_shape {
    struct schema_plan *plan;
    struct test_shape *next;
};

struct dw_test {
    const dw_app *app;
    struct arena memory; /* of all that the test was handed */
    struct config config;
    struct image *image;
    struct runtime runtime;
    struct api_docs *api_docs;
    struct issuers *issuers;
    struct sql_handle *database; /* or NULL */
    struct front front;
    struct test_shape *shapes;
    dw_ctx ctx;

    dw_principal principal; /* what ctx.principal points to */
    dw_text uid, token;     /* whom requests come from; empty: nobody */

    int log_fd; /* a file in memory; the log has a descriptor of its own */
    off_t log_from;

    struct buf headers; /* for the next request */
    bool has_host, has_type, has_token;

    dw_text sent, received; /* of the last exchange; empty when there was none */
    dw_text request_id;     /* … that the reply named */
    dw_test_reply reply;

    struct dw_test *next_live;
};

/* A reply out of the bytes in `in`, at most one: 1 when it is whole, its parts in *reply, what was decoded in `memory`; 0 when there has to be more,
 * -1 when it is none. `to_head`: the request was a HEAD.  `ended`: there is no more. */
int dw__test_reply_read(dw_text in, bool to_head, bool ended, struct arena *memory, dw_test_reply *reply);

/* Knows t as one whose last exchange is of interest when the program aborts, until _forget. */
void dw__test_live(struct dw_test *t);
void dw__test_forget(struct dw_test *t);
/* Says what does not hold and, where t is not NULL, what was sent, came back and was logged. `file` may be NULL. */
void dw__test_say(struct dw_test *t, const char *file, int line, dw_text what);
/* Ends the test, as a failed one. */
_Noreturn void dw__test_end(const char *file, int line);
/* Both. */
_Noreturn void dw__test_fail(struct dw_test *t, const char *file, int line, dw_text what);

#endif
