/* ledger.c -- accounts, and transactions between them that go well and wrong: the same words on both databases. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <dw/dw.h>

DW_SCHEMA(account, (int64_t, id, DW_RANGE(1, 1000)), (int64_t, amount));
DW_SCHEMA(account_key, (int64_t, id));
DW_SCHEMA(sum_out, (int64_t, total), (int64_t, n));

DW_QUERY(account_add, account, dw_nothing, "INSERT INTO accounts (id, amount) VALUES (:id, :amount)");
DW_QUERY(account_of, account_key, account, "SELECT id, amount FROM accounts WHERE id = :id");
DW_QUERY(account_set, account, dw_nothing, "UPDATE accounts SET amount = :amount WHERE id = :id");
DW_QUERY(account_sum, dw_nothing, sum_out,
    "SELECT CAST(coalesce(sum(amount), 0) AS bigint) AS total, count(*) AS n FROM accounts");

/* ---- one version of it ---- */

DW_SCHEMA(account_version, (int64_t, id), (int64_t, version));
DW_SCHEMA(account_seen, (int64_t, amount), (int64_t, version));
DW_QUERY(account_look, account_key, account_seen, "SELECT amount, version FROM accounts WHERE id = :id");
DW_QUERY(account_raise, account_version, account_seen,
    "UPDATE accounts SET amount = amount + 1, version = version + 1 WHERE id = :id AND version = :version"
    " RETURNING amount, version", .version = "version");
DW_QUERY(account_close, account_version, dw_nothing, "DELETE FROM accounts WHERE id = :id AND version = :version",
    .version = "version");

static dw_err look(dw_req *req, const account_key *in, account_seen *out)
{
    return DW_ONE(dw_req_ctx(req), account_look, in, out);
}
DW_HANDLER(look, account_key, account_seen);

/* Raises the version that the caller has seen by one, or nothing. */
static dw_err raise_amount(dw_req *req, const account_version *in, account_seen *out)
{
    return DW_ONE(dw_req_ctx(req), account_raise, in, out);
}
DW_HANDLER(raise_amount, account_version, account_seen);

static dw_err close_account(dw_req *req, const account_version *in, dw_nothing *out)
{
    (void)out;
    return DW_EXEC(dw_req_ctx(req), account_close, in, NULL);
}
DW_HANDLER(close_account, account_version, dw_nothing);

/* ---- all of them ---- */

static dw_err add_account(dw_req *req, const account *in, dw_nothing *out)
{
    (void)out;
    return DW_EXEC(dw_req_ctx(req), account_add, in, NULL);
}
DW_HANDLER(add_account, account, dw_nothing);

static dw_err sum(dw_req *req, const dw_nothing *in, sum_out *out)
{
    return DW_ONE(dw_req_ctx(req), account_sum, in, out);
}
DW_HANDLER(sum, dw_nothing, sum_out);

/* ---- from one to the other ---- */

DW_SCHEMA(transfer,
    (int64_t, from),
    (int64_t, to),
    (int64_t, amount),
    (int64_t, busy_ms,    .optional = true, .doc = "so long the handler calculates in between"),
    (bool,    repeatable, .optional = true),
    (dw_text, halfway,    .optional = true, .doc = "what the process does in between")
);
DW_SCHEMA(transferred, (int64_t, rounds));

static void halfway(const transfer *in)
{
    struct timespec busy = {.tv_sec = in->busy_ms / 1000, .tv_nsec = in->busy_ms % 1000 * 1000000};

    /* In development a look at who holds the loop cuts it short. */
    while (in->has.busy_ms && nanosleep(&busy, &busy) != 0 && errno == EINTR)
        ;
    if (!in->has.halfway)
        return;
    (void)raise(dw_text_is(in->halfway, "kill") ? SIGKILL : SIGSTOP);
}

/* Writes what it has read: right only if nobody gets between. */
static dw_err move_amount(dw_ctx *ctx, const transfer *in)
{
    account from, to;
    dw_err err = DW_ONE(ctx, account_of, &(account_key){.id = in->from}, &from);

    if (err != DW_OK || (err = DW_ONE(ctx, account_of, &(account_key){.id = in->to}, &to)) != DW_OK)
        return err;
    from.amount -= in->amount;
    to.amount += in->amount;
    err = DW_EXEC(ctx, account_set, &to, NULL);
    halfway(in);
    return err == DW_OK ? DW_EXEC(ctx, account_set, &from, NULL) : err;
}

static dw_err move(dw_req *req, const transfer *in, transferred *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err;

    out->rounds = 0;
    if (in->has.repeatable && in->repeatable)
        DW_TX_REPEATABLE(ctx, &err)
        {
            out->rounds++;
            err = move_amount(ctx, in);
        }
    else
        DW_TX(ctx, &err)
        {
            out->rounds++;
            err = move_amount(ctx, in);
        }
    return err;
}
DW_HANDLER(move, transfer, transferred);

/* ---- what goes wrong ---- */

DW_SCHEMA(wrong_in, (dw_text, how));
DW_SCHEMA(wrong_out, (bool, done));

static void nothing_much(void *arg)
{
    (void)arg;
}

static dw_err wait_in_it(dw_ctx *ctx, dw_text how)
{
    char arg[1];
    dw_text hash;

    if (dw_text_is(how, "sleep"))
        return dw_sleep(ctx, 1);
    if (dw_text_is(how, "thread"))
        return dw_blocking(ctx, nothing_much, arg, 1);
    return dw_password_hash(ctx, (dw_secret){"a long password indeed", 22}, &hash);
}

/* So much that the client, who reads nothing of it, is waited for. */
static void write_much(dw_req *req)
{
    static const char much[1 << 16];

    for (int i = 0; i < 1024 && dw_reply_write(req, much, sizeof much) == DW_OK; i++)
        ;
}

/* An answer in the middle of a block, whose end nobody knows yet; its error is not looked at. */
static void answer_in_it(dw_req *req, dw_text how)
{
    if (dw_text_is(how, "reply"))
        (void)!dw_reply_json(req, 200, DW_TEXT("{\"done\": true}"));
    else if (dw_text_is(how, "begin"))
        (void)!dw_reply_begin(req, 200, DW_TEXT("text/plain"), -1);
    else
        write_much(req);
}

static dw_err answer(dw_req *req, const wrong_in *in, wrong_out *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err = DW_OK;

    out->done = true;
    if (dw_text_is(in->how, "write"))
        err = dw_reply_begin(req, 200, DW_TEXT("text/plain"), -1);
    if (err != DW_OK)
        return err;
    DW_TX(ctx, &err)
    {
        err = DW_EXEC(ctx, account_add, (&(account){.id = 997}), NULL);
        if (err == DW_OK)
            answer_in_it(req, in->how);
    }
    return err;
}
DW_HANDLER(answer, wrong_in, wrong_out);

static dw_err wrong(dw_req *req, const wrong_in *in, wrong_out *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err;

    out->done = true;
    DW_TX(ctx, &err)
    {
        err = DW_EXEC(ctx, account_add, (&(account){.id = 999}), NULL);
        if (err != DW_OK)
            return err;
        if (dw_text_is(in->how, "return"))
            return DW_OK;
        if (dw_text_is(in->how, "break"))
            break;
        if (!dw_text_is(in->how, "nothing"))
            (void)!wait_in_it(ctx, in->how); /* whose error nobody looks at */
    }
    return err;
}
DW_HANDLER(wrong, wrong_in, wrong_out);

/* An error in a savepoint that the handler has an answer to. */
static dw_err again(dw_req *req, const account *in, wrong_out *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err, added;

    out->done = false;
    DW_TX(ctx, &err)
    {
        err = DW_EXEC(ctx, account_set, (&(account){.id = 1, .amount = in->amount}), NULL);
        DW_TX(ctx, &added)
        {
            added = DW_EXEC(ctx, account_add, (&(account){.id = 998}), NULL);
            if (added == DW_OK)
                added = DW_EXEC(ctx, account_add, in, NULL);
        }
        if (err == DW_OK && added == DW_CONFLICT)
            err = DW_EXEC(ctx, account_set, in, NULL);
        else if (err == DW_OK)
            err = added;
    }
    out->done = err == DW_OK;
    return err;
}
DW_HANDLER(again, account, wrong_out);

static dw_err read_only(dw_req *req, const dw_nothing *in, sum_out *out)
{
    dw_err err;

    DW_TX(dw_req_ctx(req), &err)
    {
        err = DW_ONE(dw_req_ctx(req), account_sum, in, out);
    }
    return err;
}
DW_HANDLER(read_only, dw_nothing, sum_out);

static const dw_route routes[] = {
    DW_POST("/accounts", add_account, DW_PUBLIC("a test has no accounts")),
    DW_GET("/accounts/{id}", look, DW_PUBLIC("a test has no accounts")),
    DW_PUT("/accounts/{id}", raise_amount, DW_PUBLIC("a test has no accounts")),
    DW_DELETE("/accounts/{id}", close_account, DW_PUBLIC("a test has no accounts")),
    DW_GET("/sum", sum, DW_PUBLIC("a test has no accounts")),
    DW_GET("/read-only", read_only, DW_PUBLIC("a failure to look at")),
    DW_POST("/move", move, DW_PUBLIC("a test has no accounts"), .status = 200),
    DW_POST("/answer", answer, DW_PUBLIC("a failure to look at"), .status = 200),
    DW_POST("/again", again, DW_PUBLIC("a test has no accounts"), .status = 200),
    DW_POST("/wrong", wrong, DW_PUBLIC("a failure to look at"), .status = 200),
};
static const dw_blueprint all = DW_BLUEPRINT("", routes);

static const char accounts[] = "CREATE TABLE accounts (id bigint PRIMARY KEY, amount bigint NOT NULL CHECK "
                               "(amount >= 0), version bigint NOT NULL DEFAULT 1)";
static const dw_migration migrations[] = {{1, "accounts", accounts, sizeof accounts - 1, NULL, 0}, {0}};

int main(int argc, char **argv)
{
    return dw_main(argc, argv,
                   &(const dw_app){
                       .name = "ledger",
                       .version = "1",
                       .migrations = migrations,
                       .blueprints = (const dw_blueprint *const[]){&all, NULL},
                   });
}
