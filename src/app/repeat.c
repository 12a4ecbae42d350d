/* app/repeat.c -- Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the first outcome is kept, and answered again.
 *
 * One transaction holds the claim of the key, all that the handler writes, and the outcome: whatever dies, all of it is there or
 * nothing is.  A second request with the same key waits for the first, since both write the same row: on SQLite for the lease, on PostgreSQL for
 * the row, whose conflict sends it into another round, in which it finds what was kept.
 *
 * What is kept can be read with the client's key and DATA_KEYS only: the outcome may be a secret that is shown once.  The key is there as its
 * digest, and the digest of the request is made under the key, so that nobody can try out what was sent.
 *
 * Must never: run the handler for a key that has an outcome, or answer one caller what another got. */
#include "app/repeat_record.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "codec/base64.h"
#include "crypto/compare.h"
#include "crypto/hash.h"
#include "crypto/hmac.h"
#include "crypto/keyring.h"
#include "crypto/seal.h"
#include "http/precondition.h"
#include <dw/tx.h>

#define KEY_MAX 255u
#define KEPT_S INT64_C(86400)
#define KEYS_MAX 1000
#define PRUNE_ONE_IN 64u
#define NAME_SIZE DW__BASE64URL_SIZE(DW__SHA256_SIZE)

/* One request with a key. */
struct repeat {
    const dw_repeats *statements;
    dw_req *req;
    const struct maker *maker;
    struct made *made;
    char name_bytes[NAME_SIZE], digest_bytes[NAME_SIZE];
    dw_text name, digest;
    size_t n_extra; /* headers before the handler added any */
    bool known;     /* the key has an outcome: `row` */
    dw_repeat_row row;
};

/* ---- the key and the request, as what can be kept ---- */

static bool is_key(dw_text key)
{
    if (key.n == 0 || key.n > KEY_MAX)
        return false;
    for (size_t i = 0; i < key.n; i++)
        if (key.p[i] <= ' ' || key.p[i] > '~')
            return false;
    return true;
}

dw_err dw__repeat_key(dw_req *req, dw_text *key)
{
    *key = dw__req_single_field(req, DW_TEXT("idempotency-key"));
    if (key->p == NULL || is_key(*key))
        return DW_OK;
    return dw_req_fail(req, DW_BAD_REQUEST,
                       "Idempotency-Key must be one value of 1 to 255 printable characters");
}

static void put_part(struct buf *b, dw_text part)
{
    uint64_t n = part.n;

    dw__buf_put(b, &n, sizeof n);
    dw__buf_text(b, part);
}

/* Method, target and body, each behind its length. */
static dw_err digest_request(struct repeat *r, dw_text key, dw_text body, uint8_t digest[static DW__HMAC_MAX])
{
    dw_req *req = r->req;
    struct hmac_key *hmac;
    struct buf b;
    dw_err err;

    dw__buf_init(&b, &req->arena, body.n + req->path.n + req->head.query.n + 128);
    put_part(&b, req->head.method_text);
    put_part(&b, req->path);
    put_part(&b, req->head.query);
    put_part(&b, body);
    if (b.failed)
        return DW_UNAVAILABLE;
    err = dw__hmac_key_new(&hmac, HMAC_SHA256, (dw_bytes){(const uint8_t *)key.p, key.n});
    if (err != DW_OK)
        return err;
    err = dw__hmac(hmac, (dw_bytes){(const uint8_t *)b.p, b.n}, digest);
    dw__hmac_key_free(hmac);
    return err;
}

static dw_err name_it(struct repeat *r, dw_text key, dw_text body)
{
    uint8_t name[DW__SHA256_SIZE], digest[DW__HMAC_MAX];
    dw_err err = dw__sha256((dw_bytes){(const uint8_t *)key.p, key.n}, name);

    if (err == DW_OK)
        err = digest_request(r, key, body, digest);
    if (err != DW_OK)
        return err;
    r->name = (dw_text){r->name_bytes, dw__base64url_encode(name, sizeof name, r->name_bytes)};
    r->digest = (dw_text){r->digest_bytes, dw__base64url_encode(digest, DW__SHA256_SIZE, r->digest_bytes)};
    return DW_OK;
}

/* ---- sealing ---- */

static dw_err key_of(const struct repeat *r, size_t index, uint8_t key[static DW__SEAL_KEY])
{
    const struct keyring *ring = r->req->ctx.services->data_keys;

    if (ring == NULL)
        return dw_req_fail_internal(
            r->req,
            DW_TEXT("what is kept for an Idempotency-Key is sealed with DATA_KEYS, and there are none"));
    if (index >= dw__keyring_count(ring))
        return DW_UNAUTHENTICATED;
    return dw__keyring_derive(ring, index, KEY_REPEAT, key, DW__SEAL_KEY);
}

/* Whose it is, and of what. */
static dw_bytes context_of(const struct repeat *r)
{
    dw_text t = dw__arena_format(&r->req->arena, "%lld %.*s %.*s", (long long)r->req->ctx.principal->id,
                                 DW_FMT(r->name), DW_FMT(r->digest));

    return (dw_bytes){(const uint8_t *)t.p, t.n};
}

static dw_err seal(struct repeat *r, const struct repeat_record *record, dw_text *out)
{
    struct arena *arena = &r->req->arena;
    uint8_t key[DW__SEAL_KEY], *sealed;
    dw_bytes context = context_of(r);
    struct buf plain;
    char *text;
    dw_err err;

    dw__buf_init(&plain, arena, 2 * DW__REPEAT_MAX);
    dw__repeat_put(record, &plain);
    if (plain.failed)
        return dw_req_fail_internal(
            r->req, DW_TEXT("the outcome is longer than what is kept for an Idempotency-Key"));
    sealed = dw__arena_alloc(arena, plain.n + DW__SEAL_MORE);
    text = dw__arena_bytes(arena, DW__BASE64URL_SIZE(plain.n + DW__SEAL_MORE));
    if (sealed == NULL || text == NULL || context.p == NULL)
        return DW_UNAVAILABLE;
    if ((err = key_of(r, 0, key)) != DW_OK)
        return err;
    dw__seal(key, context, (dw_bytes){(const uint8_t *)plain.p, plain.n}, sealed);
    dw__wipe(key, sizeof key);
    *out = (dw_text){text, dw__base64url_encode(sealed, plain.n + DW__SEAL_MORE, text)};
    return DW_OK;
}

/* With whichever key it was sealed. */
static dw_err unseal(struct repeat *r, struct repeat_record *record)
{
    size_t n, cap = r->row.outcome.n;
    uint8_t key[DW__SEAL_KEY], *sealed = dw__arena_alloc(&r->req->arena, cap);
    uint8_t *plain = dw__arena_alloc(&r->req->arena, cap);
    dw_bytes context = context_of(r);
    dw_err err = DW_OK;

    if (sealed == NULL || plain == NULL || context.p == NULL)
        return DW_UNAVAILABLE;
    if (!dw__base64url_decode(r->row.outcome, sealed, cap, &n) || n < DW__SEAL_MORE)
        return DW_INTERNAL;
    for (size_t i = 0; err == DW_OK; i++) {
        if ((err = key_of(r, i, key)) != DW_OK)
            break;
        err = dw__unseal(key, context, (dw_bytes){sealed, n}, plain);
        dw__wipe(key, sizeof key);
        if (err == DW_OK)
            return dw__repeat_get((dw_text){(const char *)plain, n - DW__SEAL_MORE}, &r->req->arena, record);
        err = DW_OK;
    }
    return err == DW_UNAUTHENTICATED
               ? dw_req_fail_internal(
                     r->req, DW_TEXT("no key of DATA_KEYS opens what was kept for an Idempotency-Key"))
               : err;
}

/* ---- the first time ---- */

/* As if the handler had not run. */
static void forget_reply(struct repeat *r)
{
    dw__reply_forget(r->req, r->n_extra);
}

static dw_err keep(struct repeat *r, dw_err outcome)
{
    dw_req *req = r->req;
    struct repeat_record record = {.err = outcome};
    dw_repeat_outcome row = {.key = r->name};
    dw_err err;

    if (outcome == DW_OK) {
        record.made = *r->made;
        record.fields = req->reply.extra + r->n_extra;
        record.n_fields = req->reply.n_extra - r->n_extra;
    } else if (req->fail_sentence != NULL)
        record.sentence = dw__text_of(req->fail_sentence);
    if ((err = seal(r, &record, &row.outcome)) != DW_OK)
        return err;
    return dw_x_exec(&req->ctx, r->statements->keep, &row, NULL);
}

/* The handler, and its outcome; what it wrote is undone with an error, and then only the error is kept. A 5xx is no outcome. */
static dw_err make_and_keep(struct repeat *r, dw_err *outcome)
{
    dw_ctx *ctx = &r->req->ctx;
    dw_err err;

    forget_reply(r);
    DW_TX(ctx, outcome)
    {
        *outcome = r->maker->make(r->maker->self, r->req, r->made);
    }
    if (*outcome != DW_OK && dw_err_status(*outcome) >= 500)
        return *outcome;
    err = keep(r, *outcome);
    return err;
}

/* DW_OK and r->known tells whether the key was there already. */
static dw_err claim(struct repeat *r)
{
    dw_ctx *ctx = &r->req->ctx;
    const int64_t now = dw_now_unix(ctx);
    const dw_repeat_claim row = {.key = r->name, .digest = r->digest, .now_s = now, .since = now - KEPT_S};
    int64_t changes;
    dw_err err = dw_x_exec(ctx, r->statements->claim, &row, &changes);

    r->known = err == DW_OK && changes == 0;
    if (r->known)
        err = dw_x_one(ctx, r->statements->find, &(dw_repeat_key){.key = r->name}, &r->row);
    return err;
}

static dw_err run(struct repeat *r)
{
    dw_ctx *ctx = &r->req->ctx;
    dw_err err, outcome = DW_OK;

    DW_TX_REPEATABLE(ctx, &err)
    {
        outcome = DW_OK;
        err = claim(r);
        if (err == DW_OK && !r->known)
            err = make_and_keep(r, &outcome);
    }
    return err != DW_OK ? err : outcome;
}

/* ---- and again ---- */

static dw_err put_headers(dw_req *req, const struct repeat_record *record)
{
    dw_err err = DW_OK;

    for (size_t i = 0; i < record->n_fields && err == DW_OK; i++)
        err = dw__reply_header(req, record->fields[i].name, record->fields[i].value);
    return err == DW_OK ? dw__reply_header(req, DW_TEXT("Idempotency-Replayed"), DW_TEXT("true")) : err;
}

static dw_err answer_again(struct repeat *r)
{
    struct repeat_record record = {.err = DW_INTERNAL};
    dw_text sentence;
    dw_err err;

    forget_reply(r);
    if (!dw__text_eq(r->row.digest, r->digest))
        return dw_req_fail(r->req, DW_INVALID, "This Idempotency-Key was used for another request");
    if ((err = unseal(r, &record)) != DW_OK)
        return err;
    if (record.err == DW_OK) {
        *r->made = record.made;
        return put_headers(r->req, &record);
    }
    sentence = dw__arena_text(&r->req->arena, record.sentence);
    if (sentence.n > 0)
        r->req->fail_sentence = sentence.p;
    return record.err;
}

/* ---- what is kept has a bound ---- */

static dw_err may_claim(struct repeat *r)
{
    dw_ctx *ctx = &r->req->ctx;
    const dw_repeat_since since = {.since = dw_now_unix(ctx) - KEPT_S};
    dw_repeat_count count = {.n = KEYS_MAX};
    unsigned char random = 0;
    dw_err err = DW_OK;

    dw_random(&random, sizeof random);
    if (random % PRUNE_ONE_IN == 0)
        err = dw_x_exec(ctx, r->statements->prune, &since, NULL);
    if (err == DW_OK)
        err = dw_x_one(ctx, r->statements->count, &since, &count);
    if (err != DW_OK || count.n < KEYS_MAX)
        return err;
    err = dw_x_one(ctx, r->statements->find, &(dw_repeat_key){.key = r->name}, &r->row);
    return err == DW_NOT_FOUND ? dw_req_fail(r->req, DW_TOO_MANY, "Too many Idempotency-Keys in one day")
                               : err;
}

dw_err dw__repeat_make(const dw_repeats *repeats, dw_req *req, dw_text key, dw_text body,
                       const struct maker *maker, struct made *made)
{
    struct repeat r = {
        .statements = repeats, .req = req, .maker = maker, .made = made, .n_extra = req->reply.n_extra};
    dw_err err;

    if (req->ctx.principal == NULL)
        return dw_req_fail_internal(req, DW_TEXT("an Idempotency-Key is a caller's, and there is none"));
    if ((err = name_it(&r, key, body)) != DW_OK || (err = may_claim(&r)) != DW_OK)
        return err;
    err = run(&r);
    return err == DW_OK && r.known ? answer_again(&r) : err;
}
