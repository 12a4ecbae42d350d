/* coffer/accounts.h -- what registration, sign-in, the commands and the routes of accounts share. */
#ifndef COFFER_ACCOUNTS_H
#define COFFER_ACCOUNTS_H

#include "coffer.h"
#include "models.h"

/* How long what a mail brings is good, in seconds. */
#define RESET_SECONDS 1800
#define EMAIL_SECONDS 86400

/* For the routes that judge a password, or a code, of who is signed in: they share one count, so that none of them is a way to guess that another is not. */
#define GUESSES_ARE_LIMITED .rate = DW_PER_MINUTE(30), .rate_by = DW_RATE_BY_CALLER, .rate_shared = "guesses"

/* Why the two ways to sign in have no limit on what is asked, but on what fails. */
#define FAILURES_ARE_COUNTED "its failures are limited, for each account and network (dw_guess_begin)"

DW_SCHEMA(account_key, (int64_t, account));
DW_SCHEMA(account_name, (dw_text, username));
DW_SCHEMA(account_address, (dw_email, email));
DW_SCHEMA(account_mail, (int64_t, account), (dw_email, email));

/* An account, as the table has it. */
DW_SCHEMA(account_row,
    (int64_t, account),
    (dw_text, uid),
    (dw_text, username),
    (dw_text, email),
    (dw_text, password_hash),
    (int64_t, roles),
    (bool,    disabled)
);
/* The beginning of every statement that gives one; of users `u`. */
#define ACCOUNT_ROW                                                                                     \
    "SELECT u.id AS account, u.uid, u.username, u.email, u.password_hash, u.roles, u.disabled <> 0 AS " \
    "disabled FROM users u"

/* What came back by mail: a token that somebody has, for `purpose`. */
DW_SCHEMA(link_key, (dw_text, digest), (dw_text, purpose), (int64_t, now_s));

/* ---- who there is: account_find.c. DW_NOT_FOUND ---- */

dw_err coffer_account_of_id(dw_ctx *ctx, int64_t account, account_row *out);
/* Of that name, whatever its case. */
dw_err coffer_account_of_name(dw_ctx *ctx, dw_text username, account_row *out);
/* Whose proven address that is. */
dw_err coffer_account_of_address(dw_ctx *ctx, dw_text email, account_row *out);
/* The caller's. */
dw_err coffer_account_mine(dw_ctx *ctx, account_row *out);

/* ---- jobs: whoever asks waits for none of this, so that all wait as long. In a transaction ---- */

/* To a new account: welcome, and a code that shows that the address is theirs. If it is another's, that one is told instead. */
dw_err coffer_put_welcome(dw_ctx *ctx, int64_t account, dw_text email);
/* To the new address of an account: a code that makes it so. If it is another's, that one is told instead. */
dw_err coffer_put_new_address(dw_ctx *ctx, int64_t account, dw_text email);
/* To whom the address is known to be, if it is anybody: a code that sets a new password. */
dw_err coffer_put_reset(dw_ctx *ctx, dw_text email);
/* To the owner of an account, if its address is proven: something about it has changed. */
dw_err coffer_put_notice(dw_ctx *ctx, const account_row *account, const char *subject, const char *says);

/* ---- what changes ---- */

/* The digest of a token that came back; a refusal for the client when it cannot be one. */
dw_err coffer_link_digest(dw_req *req, dw_secret token, dw_text *digest);
/* Takes the link, which so works once. DW_NOT_FOUND when there is none, or not any more. In a transaction. */
dw_err coffer_link_take(dw_ctx *ctx, const link_key *key, account_mail *out);
/* Ends the codes that are under way to an account. In the transaction that makes them stale. */
dw_err coffer_links_end(dw_ctx *ctx, int64_t account);
/* In the transaction that changes an account's password or roles, or disables it: ends what was given out before, codes that are under way,
 * sign-ins by token, sessions, and API keys. Whatever else lets its owner in without the password ends here. */
dw_err coffer_account_changed(dw_ctx *ctx, int64_t account);
/* The same but for the session that asks, where the caller has one: it goes on under the new id that coffer_session_goes_on gives it, behind
 * the transaction. API keys stay when `and_keys` is not said. */
dw_err coffer_others_end(dw_req *req, bool and_keys);
dw_err coffer_session_goes_on(dw_req *req);
/* Ends what somebody is signed in with, and codes that are under way. API keys stay. */
dw_err coffer_sign_ins_end(dw_ctx *ctx, const account_row *account);
/* After a password was found good: hashes it anew when its hash is from elsewhere or cheaper than today's. One that was changed meanwhile stays. */
void coffer_password_upgrade(dw_ctx *ctx, dw_text uid, dw_secret password, dw_text old_hash);

#endif
