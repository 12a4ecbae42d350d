/* dw/guess.h -- limits on failures: who guesses at passwords and codes is stopped, and the owner of the account is not.
 *
 *     err = dw_guess_begin(req, in->username, &guess);
 *     if (err == DW_OK)
 *         err = dw_guess_end(&guess, dw_password_verify(ctx, in->password, found.password_hash));
 *
 * A try is charged before the password is looked at, and given back when it was right: so tries at the same time are no way round a count, and only failures cost
 * anything.  What is charged:
 *
 *   - who is not signed in: the account together with the network that the request comes from, SIGN_IN_FAILURES in a minute for an IPv4 /24 or an IPv6 /64, ten times
 *     that for a /16 or a /48; what is over it is 429 with Retry-After.  Where everybody has the address of one proxy, an account is closed for so long, and no other is.
 *   - beside it the account alone, from wherever: over SIGN_IN_SLOWED_AFTER each further try waits SIGN_IN_DELAY on the server, before any password is looked at.  That slows
 *     who has many addresses, and keeps nobody out.
 *   - a browser that has signed in to the account before (dw_guess_know_device): in place of these the account together with that browser, SIGN_IN_FAILURES in a minute, and
 *     ten times that for all such browsers of an account.
 *   - who is signed in already, and is asked for a password again: the caller, SIGN_IN_FAILURES in a minute, wherever from.
 *
 * An account is counted by its name as the request has it, folded, whether there is one or not: a refusal says nothing of who is there.  Requests that a browser
 * marks as another site's are counted apart from all others: no page can have its visitors use up somebody's tries.  The counts are exact over all workers, as those of .rate
 * are (docs/guide/limits.md), and are kept in memory. */
#ifndef DW_GUESS_H
#define DW_GUESS_H

#include "err.h"
#include "types.h"

/* A try that was charged. */
typedef struct dw_guess {
    void *inside; /* the framework's; NULL: nothing is charged */
} dw_guess;

/* Before the password, or the code, of `account` is looked at: its name as the request has it.  DW_TOO_MANY (429, with Retry-After): it is not to be looked at.  May wait
 * for SIGN_IN_DELAY, so not in a DW_TX; it then also returns what dw_sleep does. *guess is the caller's, and anything but DW_OK leaves nothing charged. */
DW_MUST dw_err dw_guess_begin(dw_req *req, dw_text account, dw_guess *guess);
/* Behind it, once, with what it came to: DW_OK when all was right, or right as far as it goes (a code is asked for and was not given). Then what was charged is given back, and
 * so it is when nothing could be judged (a status of 500 and more). `err` comes back as it is. */
dw_err dw_guess_end(dw_guess *guess, dw_err err);
/* Behind a full sign-in, with the guess that ended with DW_OK: gives the browser the cookie `__Host-NAME-device`, for a year, by which it is known at this account.  It lets
 * nobody in; it is gone with a log-out (Clear-Site-Data).  Only in a route that says .signs_in; DW_INTERNAL elsewhere. */
DW_MUST dw_err dw_guess_know_device(dw_req *req, const dw_guess *guess);

#endif
