/* app/serve_keeper.c -- the pipes between the keeper of signing keys and those that ask it.
 *
 * The monitor keeps both ends of each: what was asked of a keeper that died, and that it had not read, is read by the next, and no pipe ever breaks. */
#include <unistd.h>

#include "app/serve.h"
#include "auth/token_signer.h"

bool dw__keeper_is_needed(const struct invocation *inv)
{
    return inv->config->signing_keys.n > 0 && inv->config->access_token_algorithm == TOKEN_EDDSA;
}

void dw__keeper_plan_init(struct keeper_plan *keeper)
{
    keeper->blob = -1;
    keeper->is_there = false;
    for (size_t i = 0; i < DW__MAX_CLIENTS; i++)
        keeper->asks[i] = keeper->answers[i] = DW__NO_PIPE;
}

dw_err dw__keeper_plan_pipes(struct keeper_plan *keeper, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!dw__server_pipe_new(&keeper->asks[i]) || !dw__server_pipe_new(&keeper->answers[i]))
            return DW_UNAVAILABLE;
    keeper->is_there = true;
    return DW_OK;
}

size_t dw__keeper_plan_fds(struct keeper_plan *keeper, size_t n_clients)
{
    size_t n = 0;

    for (size_t i = 0; i < n_clients; i++) {
        keeper->fds[n++] = keeper->asks[i].read;
        keeper->fds[n++] = keeper->answers[i].write;
    }
    return n;
}

void dw__keeper_plan_client(const struct keeper_plan *keeper, size_t i, int null, int *fds)
{
    fds[0] = keeper->is_there ? keeper->asks[i].write : null;
    fds[1] = keeper->is_there ? keeper->answers[i].read : null;
}

void dw__keeper_plan_drop(struct keeper_plan *keeper)
{
    for (size_t i = 0; i < DW__MAX_CLIENTS; i++) {
        dw__server_pipe_close(&keeper->asks[i]);
        dw__server_pipe_close(&keeper->answers[i]);
    }
    if (keeper->blob >= 0)
        (void)close(keeper->blob);
    dw__keeper_plan_init(keeper);
}
