/* coffer/accounts.c -- what happens to accounts behind requests: mails with codes, and what ends when an account changes.
 *
 * Who asks for a reset, or registers, must not learn from the answer or from how long it takes whether an address is known here. So requests do the same for
 * everyone: they put a job. It is the job that looks who is there, makes the code and sends it; the code is in no row of the database, only its digest is. */
#include "accounts.h"

DW_SCHEMA(link_new,
    (dw_text, digest),
    (int64_t, account),
    (dw_text, purpose),
    (dw_text, email),
    (int64_t, made_at),
    (int64_t, expires_at)
);
DW_SCHEMA(link_ends, (int64_t, account), (dw_text, purpose), (int64_t, now_s));
DW_SCHEMA(link_since, (int64_t, account), (int64_t, since), (int64_t, now_s));
DW_SCHEMA(account_uid, (dw_text, uid));
DW_SCHEMA(hash_change, (dw_text, uid), (dw_text, old_hash), (dw_text, new_hash));

DW_QUERY(uid_of_proven, account_key, account_uid, "SELECT uid FROM users WHERE id = :account AND email_verified = 1");

DW_QUERY(link_insert, link_new, dw_nothing,
    "INSERT INTO account_links (digest, account, purpose, email, made_at, expires_at)"
    " VALUES (:digest, :account, :purpose, :email, :made_at, :expires_at)");
DW_QUERY(link_renew, link_new, dw_nothing,
    "UPDATE account_links SET digest = :digest, made_at = :made_at, expires_at = :expires_at"
    " WHERE account = :account AND purpose = :purpose AND email = :email");
DW_QUERY(links_replace, link_ends, dw_nothing,
    "DELETE FROM account_links WHERE (account = :account AND purpose = :purpose) OR expires_at <= :now_s");
DW_QUERY(links_end, account_key, dw_nothing, "DELETE FROM account_links WHERE account = :account");
DW_QUERY(link_take, link_key, account_mail,
    "DELETE FROM account_links WHERE digest = :digest AND purpose = :purpose AND expires_at > :now_s"
    " RETURNING account, email");
DW_QUERY(resets_trim, link_ends, dw_nothing,
    "DELETE FROM account_links WHERE expires_at <= :now_s OR (account = :account AND purpose = :purpose AND digest NOT IN"
    " (SELECT digest FROM account_links WHERE account = :account AND purpose = :purpose ORDER BY made_at DESC, digest LIMIT 3))");
DW_QUERY(resets_enough, link_since, account_key,
    "SELECT account FROM account_links WHERE account = :account AND purpose = 'reset' AND expires_at > :now_s"
    " GROUP BY account HAVING max(made_at) > :since OR count(*) >= 3");

DW_QUERY(hash_upgrade, hash_change, dw_nothing,
    "UPDATE users SET password_hash = :new_hash WHERE uid = :uid AND password_hash = :old_hash");

/* ---- mails that bring a code ---- */

/* A new code for the account, good for so many seconds, and the row that knows it by its digest. */
static dw_err make_code(dw_ctx *ctx, const account_mail *to, dw_text purpose, int64_t seconds, dw_text *token,
                        link_new *link)
{
    const int64_t now = dw_now_unix(ctx);

    *link = (link_new){.account = to->account,
                       .purpose = purpose,
                       .email = to->email,
                       .made_at = now,
                       .expires_at = now + seconds};
    return dw_link_token_new(ctx, token, &link->digest);
}

/* In a transaction: in place of one that is under way. */
static dw_err put_link(dw_ctx *ctx, const link_new *link)
{
    const link_ends before = {.account = link->account, .purpose = link->purpose, .now_s = dw_now_unix(ctx)};
    dw_err err = DW_EXEC(ctx, links_replace, &before, NULL);

    return err == DW_OK ? DW_EXEC(ctx, link_insert, link, NULL) : err;
}

/* Where a code is to be sent, with the address that clients know us by where it is set. Never that of the request: whoever asks for a reset could say any, and the owner would send the code there. */
static dw_text place_of(dw_ctx *ctx, dw_text path)
{
    const dw_text url = dw_url_of(ctx, path);

    return url.n > 0 ? url : path;
}

/* Behind mail->text, what the code is for. */
static dw_err mail_code(dw_ctx *ctx, const account_row *account, const link_new *link, dw_text token,
                        dw_text path, dw_mail *mail)
{
    const dw_text place = place_of(ctx, path);
    const long long minutes = (long long)(link->expires_at - link->made_at) / 60;

    mail->to = link->email;
    mail->text = dw_format(
        ctx, "Hello %.*s,\n\n%.*s POST %.*s:\n\n    %.*s\n\nIt is good for %lld minutes, and works once.\n",
        DW_FMT(account->username), DW_FMT(mail->text), DW_FMT(place), DW_FMT(token), minutes);
    return dw_mail_send(ctx, mail);
}

/* Of an address that is to be proven.  Who asked has put a row that waits for its code: when that is gone, as it is with whatever ends the
 * account's codes, nothing is sent any more. */
static dw_err send_email_code(dw_ctx *ctx, const account_row *account, const account_mail *to, dw_mail *mail)
{
    link_new link;
    dw_text token;
    int64_t changes = 0;
    dw_err err = make_code(ctx, to, DW_TEXT("email"), EMAIL_SECONDS, &token, &link);

    if (err == DW_OK)
        err = DW_EXEC(ctx, link_renew, &link, &changes);
    return err != DW_OK || changes == 0
               ? err
               : mail_code(ctx, account, &link, token, DW_TEXT("/auth/verify"), mail);
}

/* In a transaction: beside those that are under way, three at most. */
static dw_err add_link(dw_ctx *ctx, const link_new *link)
{
    const link_ends old = {.account = link->account, .purpose = link->purpose, .now_s = dw_now_unix(ctx)};
    dw_err err = DW_EXEC(ctx, link_insert, link, NULL);

    return err == DW_OK ? DW_EXEC(ctx, resets_trim, &old, NULL) : err;
}

static dw_err send_reset_code(dw_ctx *ctx, const account_row *account, dw_mail *mail)
{
    const account_mail to = {.account = account->account, .email = account->email};
    link_new link;
    dw_text token;
    dw_err err = make_code(ctx, &to, DW_TEXT("reset"), RESET_SECONDS, &token, &link);

    if (err != DW_OK)
        return err;
    DW_TX(ctx, &err)
    {
        err = add_link(ctx, &link);
    }
    return err == DW_OK ? mail_code(ctx, account, &link, token, DW_TEXT("/auth/reset/confirm"), mail) : err;
}

/* Tells whose address it is that somebody else has typed it. */
static dw_err warn_owner(dw_ctx *ctx, const account_row *owner)
{
    const dw_mail mail = {
        .to = owner->email,
        .subject = DW_TEXT("Your address at Coffer"),
        .text =
            dw_format(ctx,
                      "Hello %.*s,\n\nsomebody gave your address for another account at Coffer. If that was "
                      "you: you have"
                      " this one already, and can have its password reset. If not, there is nothing to do:"
                      " they got nothing.\n",
                      DW_FMT(owner->username)),
    };

    return dw_mail_send(ctx, &mail);
}

/* A code to an address that an account says is its own, or a word to whom it belongs. */
static dw_err prove_address(dw_ctx *ctx, const account_mail *in, dw_mail *mail)
{
    account_row account = {0}, owner = {0};
    dw_err err = coffer_account_of_id(ctx, in->account, &account);

    if (err != DW_OK || account.disabled)
        return err == DW_NOT_FOUND ? DW_OK : err; /* gone or disabled meanwhile */
    err = coffer_account_of_address(ctx, in->email, &owner);
    if (err == DW_NOT_FOUND || (err == DW_OK && owner.account == account.account))
        return send_email_code(ctx, &account, in, mail);
    return err == DW_OK ? warn_owner(ctx, &owner) : err;
}

static dw_err send_welcome(dw_ctx *ctx, const account_mail *in)
{
    dw_mail mail = {.subject = DW_TEXT("Welcome to Coffer"),
                    .text = DW_TEXT("your account is there. To show that this address is yours, send this "
                                    "code to")};

    return prove_address(ctx, in, &mail);
}
DW_JOB(welcome_mail, account_mail, send_welcome, .attempts = 8, .deadline_ms = 60000, .retry_ms = 30000);

static dw_err send_new_address(dw_ctx *ctx, const account_mail *in)
{
    dw_mail mail = {.subject = DW_TEXT("Your new address at Coffer"),
                    .text = DW_TEXT("your account asked for this address. To make it so, send this code to")};

    return prove_address(ctx, in, &mail);
}
DW_JOB(address_mail, account_mail, send_new_address, .attempts = 8, .deadline_ms = 60000, .retry_ms = 30000);

/* A minute must lie between two, and three that are good are enough: so nobody's mailbox is filled from here, and no stranger who asks for more makes stale what its owner
 * has. */
static dw_err send_reset(dw_ctx *ctx, const account_address *in)
{
    dw_mail mail = {.subject = DW_TEXT("A new password for Coffer"),
                    .text = DW_TEXT("somebody, perhaps you, wants a new password for your account. Nothing "
                                    "has changed yet. To set one, send"
                                    " this code with it to")};
    account_row account = {0};
    account_key recent;
    link_since since = {.since = dw_now_unix(ctx) - 60, .now_s = dw_now_unix(ctx)};
    dw_err err = coffer_account_of_address(ctx, in->email, &account);

    if (err != DW_OK || account.disabled)
        return err == DW_NOT_FOUND ? DW_OK : err;
    since.account = account.account;
    if (dw_job_self(ctx)->attempt == 1 && (err = DW_ONE(ctx, resets_enough, &since, &recent)) != DW_NOT_FOUND)
        return err;
    return send_reset_code(ctx, &account, &mail);
}
DW_JOB(reset_mail, account_address, send_reset, .attempts = 4, .deadline_ms = 60000, .retry_ms = 30000);

/* A row that waits for its code: what it is made with, nobody is told. */
static dw_err await_code(dw_ctx *ctx, const account_mail *to)
{
    link_new link;
    dw_text untold;
    dw_err err = make_code(ctx, to, DW_TEXT("email"), EMAIL_SECONDS, &untold, &link);

    return err == DW_OK ? put_link(ctx, &link) : err;
}

dw_err coffer_put_welcome(dw_ctx *ctx, int64_t account, dw_text email)
{
    const account_mail args = {.account = account, .email = email};
    dw_err err = await_code(ctx, &args);

    return err == DW_OK ? DW_PUT_JOB(ctx, welcome_mail, &args) : err;
}

dw_err coffer_put_new_address(dw_ctx *ctx, int64_t account, dw_text email)
{
    const account_mail args = {.account = account, .email = email};
    dw_err err = await_code(ctx, &args);

    return err == DW_OK ? DW_PUT_JOB(ctx, address_mail, &args) : err;
}

dw_err coffer_put_reset(dw_ctx *ctx, dw_text email)
{
    const account_address args = {.email = email};

    return DW_PUT_JOB(ctx, reset_mail, &args);
}

/* ---- mails that only tell ---- */

/* Sent once what it tells has happened, and only then. */
DW_MAIL(notice_mail, .attempts = 8);

dw_err coffer_put_notice(dw_ctx *ctx, const account_row *account, const char *subject, const char *says)
{
    const account_key key = {.account = account->account};
    account_uid proven;
    const dw_mail mail = {
        .to = account->email,
        .subject = dw_format(ctx, "%s", subject),
        .text = dw_format(ctx, "Hello %.*s,\n\n%s\n", DW_FMT(account->username), says),
    };
    dw_err err = DW_ONE(ctx, uid_of_proven, &key, &proven);

    if (err == DW_NOT_FOUND)
        return DW_OK; /* whose mailbox that is nobody knows */
    return err == DW_OK ? DW_PUT_JOB(ctx, notice_mail, &mail) : err;
}

/* ---- what changes ---- */

dw_err coffer_link_digest(dw_req *req, dw_secret token, dw_text *digest)
{
    dw_err err = dw_link_token_digest(dw_req_ctx(req), token, digest);

    return err == DW_NOT_FOUND ? dw_req_fail(req, DW_BAD_REQUEST, "That code is not good, or not any more")
                               : err;
}

dw_err coffer_link_take(dw_ctx *ctx, const link_key *key, account_mail *out)
{
    return DW_ONE(ctx, link_take, key, out);
}

dw_err coffer_links_end(dw_ctx *ctx, int64_t account)
{
    const account_key key = {.account = account};

    return DW_EXEC(ctx, links_end, &key, NULL);
}

dw_err coffer_sign_ins_end(dw_ctx *ctx, const account_row *account)
{
    dw_err err = dw_tokens_end_all(ctx, account->uid);

    if (err == DW_OK)
        err = dw_remembered_end_all(ctx, account->uid);
    if (err == DW_OK)
        err = dw_sessions_end_all(ctx, account->uid, NULL);
    return err == DW_OK ? coffer_links_end(ctx, account->account) : err;
}

dw_err coffer_account_changed(dw_ctx *ctx, int64_t account)
{
    account_row row = {0};
    dw_err err = coffer_account_of_id(ctx, account, &row);

    if (err == DW_OK)
        err = coffer_sign_ins_end(ctx, &row);
    return err == DW_OK ? dw_api_keys_end_all(ctx, row.uid) : err;
}

dw_err coffer_others_end(dw_req *req, bool and_keys)
{
    const dw_principal *me = dw_req_principal(req);
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err = dw_tokens_end_all(ctx, me->uid);

    /* This browser's too: what it is remembered by was given out before. */
    if (err == DW_OK)
        err = dw_remembered_end_all(ctx, me->uid);
    if (err == DW_OK)
        err =
            me->by == DW_SESSION ? dw_session_end_others(req, NULL) : dw_sessions_end_all(ctx, me->uid, NULL);
    if (err == DW_OK && and_keys)
        err = dw_api_keys_end_all(ctx, me->uid);
    return err == DW_OK ? coffer_links_end(ctx, me->id) : err;
}

dw_err coffer_session_goes_on(dw_req *req)
{
    return dw_req_principal(req)->by == DW_SESSION ? dw_session_rotate(req, 0) : DW_OK;
}

void coffer_password_upgrade(dw_ctx *ctx, dw_text uid, dw_secret password, dw_text old_hash)
{
    hash_change change = {.uid = uid, .old_hash = old_hash};
    int64_t changes = 0;
    dw_err err;

    if (!dw_password_needs_rehash(ctx, old_hash))
        return;
    err = dw_password_hash(ctx, password, &change.new_hash);
    if (err == DW_OK)
        err = DW_EXEC(ctx, hash_upgrade, &change, &changes);
    if (err != DW_OK)
        DW_LOG_WARN(ctx, "auth.password_not_upgraded", DW_KV(account, uid), DW_KV(why, dw_err_code(err)));
    else if (changes > 0)
        DW_LOG_INFO(ctx, "auth.password_upgraded", DW_KV(account, uid));
}
