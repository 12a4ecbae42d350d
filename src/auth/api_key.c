/* auth/api_key.c -- keys: made, verified, ended.
 *
 * The table has a digest: SHA-256 of the whole text, of which 256 bits are random, so that it needs no salt and no work.  A key is found by its
 * id, which is no secret, and compared by its digest in constant time; what is wrong with one that does not verify is for the log only.
 *
 * Must never: keep or log the text of a key, or take one whose checksum is wrong to the database. */
#include "auth/api_key.h"

#include <string.h>

#include "base/log.h"
#include "codec/api_key.h"
#include "codec/base64.h"
#include "codec/utf8.h"
#include "crypto/compare.h"
#include "store/sql.h"
#include <dw/api_key.h>
#include <dw/tx.h>

#define DIGITS (DW__API_KEY_ID + DW__API_KEY_SECRET)
#define DIGEST_TEXT DW__BASE64URL_SIZE(DW__SHA256_SIZE)
#define NAME_MAX_BYTES 200u
#define NOTE_SECONDS 60
#define NOTE_DEADLINE_NS UINT64_C(1000000000)

dw_text dw__api_key_prefix_of(const struct services *services, char *out)
{
    const char *name = services->name != NULL ? services->name : "";

    return (dw_text){out, dw__api_key_prefix((dw_text){name, strlen(name)}, out)};
}

static dw_err digest_of(dw_text key, uint8_t out[static DW__SHA256_SIZE])
{
    return dw__sha256((dw_bytes){(const uint8_t *)key.p, key.n}, out);
}

/* ---- is it one? ---- */

/* The row of `id` as facts. DW_NOT_FOUND: there is none. */
static dw_err look_up(dw_ctx *ctx, const dw_query *find, dw_text id, struct api_key_facts *out)
{
    const dw_api_key_id in = {.id = id};
    dw_api_key_row row = {0};
    size_t n;
    dw_err err = dw_x_one(ctx, find, &in, &row);

    if (err != DW_OK)
        return err;
    *out = (struct api_key_facts){.account = row.account,
                                  .scopes = (uint64_t)row.scopes,
                                  .expires_at = row.expires_at,
                                  .used_at = row.used_at};
    if (!dw__base64url_decode(row.digest, out->digest, sizeof out->digest, &n) || n != sizeof out->digest)
        return DW_INTERNAL;
    return DW_OK;
}

static dw_err judge(const struct api_key_facts *facts, const uint8_t digest[static DW__SHA256_SIZE],
                    int64_t now, const char **why)
{
    if (!dw__equal(facts->digest, digest, DW__SHA256_SIZE)) {
        *why = "the key is wrong";
        return DW_UNAUTHENTICATED;
    }
    if (facts->expires_at != 0 && facts->expires_at <= now) {
        *why = "the key has expired";
        return DW_UNAUTHENTICATED;
    }
    return DW_OK;
}

static dw_err look_up_and_judge(dw_ctx *ctx, struct api_key *key,
                                const uint8_t digest[static DW__SHA256_SIZE], const char **why)
{
    const struct services *services = ctx->services;
    const dw_query *find = services->api_keys->find;
    uint64_t generation = dw__sql_generation(services->sql);
    dw_err err = look_up(ctx, find, key->id, &key->facts);

    if (err == DW_NOT_FOUND) {
        *why = "there is no such key";
        return DW_UNAUTHENTICATED;
    }
    if (err == DW_OK)
        err = judge(&key->facts, digest, dw_now_unix(ctx), why);
    if (err == DW_OK && dw__sql_may_keep(services->sql, find))
        dw__api_key_cache_keep(services->api_key_cache, generation, key->id, &key->facts);
    return err;
}

/* Whether it was seen before, and nothing has changed since. */
static bool is_known(const dw_ctx *ctx, struct api_key *key, const uint8_t digest[static DW__SHA256_SIZE])
{
    const struct services *services = ctx->services;
    const char *why;

    return dw__api_key_cache_find(services->api_key_cache, dw__sql_generation(services->sql), key->id,
                                  ctx->arena, &key->facts) &&
           judge(&key->facts, digest, dw_now_unix(ctx), &why) == DW_OK;
}

dw_err dw__api_key_verify(dw_ctx *ctx, dw_text text, const struct verify_payer *payer, struct api_key *key,
                          const char **why)
{
    char prefix[DW__API_KEY_PREFIX_MAX];
    uint8_t digest[DW__SHA256_SIZE];
    const bool is_key = dw__api_key_read(text, dw__api_key_prefix_of(ctx->services, prefix), &key->id);
    dw_err err;

    *why = NULL;
    if (ctx->services->sql == NULL || ctx->services->api_keys == NULL)
        return DW_UNAVAILABLE;
    if (is_key && (err = digest_of(text, digest)) != DW_OK)
        return err;
    if (is_key && is_known(ctx, key, digest))
        return DW_OK;
    if (payer != NULL && !dw__verify_budget_take(payer)) {
        *why = "too many of this address that do not verify";
        return DW_TOO_MANY;
    }
    if (!is_key) {
        *why = "it is no key of this application, or has a typing error";
        return DW_UNAUTHENTICATED;
    }
    err = look_up_and_judge(ctx, key, digest, why);
    if (payer != NULL && err == DW_OK)
        dw__verify_budget_give(payer);
    return err;
}

/* ---- it was used ---- */

struct use {
    dw_ctx *ctx;
    dw_api_key_use row;
};

/* Behind the reply: who waits for that does not wait for this. */
static void write_use(void *p)
{
    const struct use *use = p;
    dw_ctx *ctx = use->ctx;
    const bool read_only = ctx->read_only;
    dw_err err;

    ctx->read_only = false;
    ctx->deadline_ns = ctx->clock->mono_ns + NOTE_DEADLINE_NS;
    err = dw_x_exec(ctx, ctx->services->api_keys->use, &use->row, NULL);
    ctx->read_only = read_only;
    if (err != DW_OK)
        DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_WARN, "key.use_not_noted", DW_KV(key, use->row.id),
                  DW_KV(why, dw_err_code(err)));
}

void dw__api_key_note_use(dw_ctx *ctx, const struct api_key *key)
{
    const int64_t now = dw_now_unix(ctx);
    struct use *use;

    if (key->facts.used_at > now - NOTE_SECONDS ||
        !dw__api_key_cache_use(ctx->services->api_key_cache, key->id, now, NOTE_SECONDS))
        return;
    use = dw__arena_zalloc(ctx->arena, sizeof *use);
    if (use == NULL)
        return;
    *use = (struct use){ctx, {.id = key->id, .now_s = now, .since = now - NOTE_SECONDS}};
    if (dw_defer(ctx, write_use, use) != DW_OK)
        return; /* it was written at once */
}

/* ---- made, listed, ended ---- */

/* Random base62 digits, each as likely. */
static void random_digits(uint8_t out[static DIGITS])
{
    uint8_t random;

    for (size_t i = 0; i < DIGITS; i++) {
        do
            dw_random(&random, sizeof random);
        while (random >= 4 * 62);
        out[i] = random % 62;
    }
}

static dw_err make_text(dw_ctx *ctx, dw_text *key, dw_text *id)
{
    char prefix[DW__API_KEY_PREFIX_MAX], *text = dw__arena_bytes(ctx->arena, DW__API_KEY_MAX);
    uint8_t digits[DIGITS];
    dw_text begin = dw__api_key_prefix_of(ctx->services, prefix);

    if (text == NULL)
        return DW_UNAVAILABLE;
    random_digits(digits);
    *key = (dw_text){text, dw__api_key_write(begin, digits, text)};
    dw__wipe(digits, sizeof digits);
    return dw__api_key_read(*key, begin, id) ? DW_OK : DW_INTERNAL;
}

static bool is_order(const dw_ctx *ctx, const dw_api_key_order *order)
{
    return order->name.n >= 1 && order->name.n <= NAME_MAX_BYTES &&
           dw__utf8_valid_text(order->name.p, order->name.n) &&
           (order->expires_at == 0 || order->expires_at > dw_now_unix(ctx));
}

/* Nobody adds another between the count and this one. `still` NULL: it rests on nothing that may change. */
static dw_err insert(dw_ctx *ctx, const dw_api_key_new *row, const dw_still *still)
{
    const dw_api_keys *statements = ctx->services->api_keys;
    const dw_api_key_account account = {.account = row->account};
    dw_api_key_count count;
    dw_err err;

    DW_TX_REPEATABLE(ctx, &err)
    {
        count = (dw_api_key_count){.n = DW_API_KEYS_MAX};
        err = still != NULL ? still->so(ctx, still->of) : DW_OK;
        if (err == DW_OK)
            err = dw_x_one(ctx, statements->count, &account, &count);
        if (err == DW_OK)
            err = count.n >= DW_API_KEYS_MAX ? DW_CONFLICT : dw_x_exec(ctx, statements->add, row, NULL);
    }
    return err;
}

dw_err dw_api_key_add(dw_ctx *ctx, dw_text uid, const dw_api_key_order *order, dw_text *key, dw_api_key *row)
{
    return dw_api_key_add_if(ctx, uid, order, NULL, key, row);
}

dw_err dw_api_key_add_if(dw_ctx *ctx, dw_text uid, const dw_api_key_order *order, const dw_still *still,
                         dw_text *key, dw_api_key *row)
{
    char digest_text[DIGEST_TEXT];
    uint8_t digest[DW__SHA256_SIZE];
    dw_api_key_new new = {.account = uid, .name = order->name, .scopes = (int64_t)order->scopes};
    dw_err err;

    if (ctx->services->api_keys == NULL)
        return DW_INTERNAL;
    if (!is_order(ctx, order))
        return DW_INVALID;
    if ((err = make_text(ctx, key, &new.id)) != DW_OK || (err = digest_of(*key, digest)) != DW_OK)
        return err;
    new.digest = (dw_text){digest_text, dw__base64url_encode(digest, sizeof digest, digest_text)};
    new.now_s = dw_now_unix(ctx);
    new.expires_at = order->expires_at;
    if ((err = insert(ctx, &new, still)) != DW_OK)
        return err;
    *row = (dw_api_key){.id = new.id,
                        .name = new.name,
                        .scopes = new.scopes,
                        .made_at = new.now_s,
                        .expires_at = new.expires_at};
    DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_INFO, "key.made", DW_KV(key, new.id),
              DW_KV(account, uid));
    return DW_OK;
}

dw_err dw_api_key_all(dw_ctx *ctx, dw_text uid, dw_api_key_list *keys)
{
    const dw_api_key_account in = {.account = uid};

    if (ctx->services->api_keys == NULL)
        return DW_INTERNAL;
    return dw_x_all(ctx, ctx->services->api_keys->list, &in, (dw_any_list *)(void *)keys);
}

static void revoked(const dw_ctx *ctx, dw_text uid, dw_text id)
{
    DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_INFO, "key.revoked", DW_KV(key, id), DW_KV(account, uid));
}

dw_err dw_api_key_revoke(dw_ctx *ctx, dw_text uid, dw_text id)
{
    const dw_api_key_of in = {.id = id, .account = uid};
    int64_t changes = 0;
    dw_err err;

    if (ctx->services->api_keys == NULL)
        return DW_INTERNAL;
    err = dw_x_exec(ctx, ctx->services->api_keys->revoke, &in, &changes);
    if (err == DW_OK && changes == 0)
        err = DW_NOT_FOUND;
    if (err == DW_OK)
        revoked(ctx, uid, id);
    return err;
}

dw_err dw_api_keys_end_all(dw_ctx *ctx, dw_text uid)
{
    const dw_api_key_account in = {.account = uid};
    dw_api_key_ids ended = {0};
    dw_err err;

    if (ctx->services == NULL || ctx->services->api_keys == NULL)
        return DW_OK;
    err = dw_x_all(ctx, ctx->services->api_keys->end_all, &in, (dw_any_list *)(void *)&ended);
    for (size_t i = 0; err == DW_OK && i < ended.n; i++)
        revoked(ctx, uid, ended.v[i].id);
    return err;
}

dw_text dw_api_key_prefix(dw_ctx *ctx, dw_text id)
{
    char prefix[DW__API_KEY_PREFIX_MAX];

    return dw_format(ctx, "%.*s_%.*s", DW_FMT(dw__api_key_prefix_of(ctx->services, prefix)), DW_FMT(id));
}
