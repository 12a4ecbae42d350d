/* app/config_pack.c -- settings as bytes, for a child that reads no environment and no file.
 *
 * Fixed format, checked: a head, then for each row of the table in its order whether there is a value, where it came from, its
 * length and its text; first all plain ones, then the secrets that the role gets; last the keys of its own that were made of SIGNING_KEYS.  Parent and child are the same binary,
 * so anything unexpected is an attack or a bug, and is refused whole. */
#include "app/config.h"

#include "app/config_value.h"
#include "app/own_settings.h"
#include "auth/token_signer.h"
#include "base/text.h"
#include "crypto/compare.h"
#include "crypto/keyring.h"

struct pack_head {
    char magic[8];
    uint32_t size; /* of everything */
    uint16_t role;
    uint16_t settings, own, keys;
};

struct pack_item {
    uint8_t there; /* 0 or 1 */
    uint8_t source;
    uint8_t file; /* 0 or 1 */
    uint8_t zero;
    uint32_t size;
};

static const char magic[8] = {'d', 'w', 'c', 'o', 'n', 'f', ' ', '2'};

static bool is_secret(enum setting setting)
{
    return dw__setting_row(setting)->type == VALUE_SECRET;
}

static bool is_for(enum setting setting, enum role role)
{
    return (dw__setting_row(setting)->roles >> role & 1u) != 0;
}

/* The text of `setting`, p == NULL when there is none. */
static dw_text text_of(const struct config *config, enum setting setting)
{
    dw_secret secret;

    if (!is_secret(setting))
        return config->text[setting];
    memcpy(&secret, (const char *)config + dw__setting_row(setting)->member, sizeof secret);
    return (dw_text){secret.p, secret.n};
}

static void pack_item(const struct config *config, enum setting setting, enum role role, struct buf *out)
{
    dw_text text = is_for(setting, role) ? text_of(config, setting) : (dw_text){NULL, 0};
    struct pack_item item = {.there = text.p != NULL,
                             .source = (uint8_t)config->source[setting],
                             .file = config->from_file[setting],
                             .size = (uint32_t)text.n};

    dw__buf_put(out, &item, sizeof item);
    if (text.p != NULL)
        dw__buf_text(out, text);
}

static size_t own_of(const struct config *config, enum role role)
{
    return dw__own_settings_are_for(role) ? config->own.n : 0;
}

static void pack_own(const struct own_settings *own, size_t i, struct buf *out)
{
    struct pack_item item = {.there = own->text[i].p != NULL,
                             .source = (uint8_t)own->source[i],
                             .file = own->from_file[i],
                             .size = (uint32_t)own->text[i].n};

    dw__buf_put(out, &item, sizeof item);
    if (own->text[i].p != NULL)
        dw__buf_text(out, own->text[i]);
}

/* Copies n bytes from the front of *rest. */
static bool take(dw_bytes *rest, void *out, size_t n)
{
    if (rest->n < n)
        return false;
    memcpy(out, rest->p, n);
    rest->p += n;
    rest->n -= n;
    return true;
}

/* ---- keys ---- */

/* What a process that answers requests makes and judges by itself. */
#define WORKER_USES (1u << KEY_REFRESH | 1u << KEY_CSRF | 1u << KEY_REMEMBER | 1u << KEY_DEVICE)

/* Those who issue tokens sign them, where who verifies cannot; all others who know tokens verify. */
static unsigned uses_of(const struct config *config, enum role role)
{
    const bool shared = config->access_token_algorithm == TOKEN_HS256;

    if (role == ROLE_KEEPER)
        return shared ? 0 : 1u << KEY_ACCESS_TOKEN;
    if (role == ROLE_WORKER || role == ROLE_JOBS)
        return WORKER_USES | (shared ? 1u << KEY_ACCESS_TOKEN_SHARED : 0);
    return 0;
}

/* Appends the keys that `role` gets; how many bytes. */
static size_t pack_keys(const struct config *config, enum role role, struct buf *out)
{
    const unsigned uses = uses_of(config, role);
    uint8_t part[DW__KEYRING_PART];
    struct keyring *ring;
    char why[512];
    size_t n = 0;

    if (config->signing_part.n > 0) { /* it is a child's own */
        dw__buf_put(out, config->signing_part.p, config->signing_part.n);
        return config->signing_part.n;
    }
    if (config->signing_keys.n == 0 || uses == 0)
        return 0;
    if (dw__keyring_parse(&ring, config->signing_keys, "SIGNING_KEYS", "secret", why, sizeof why) != DW_OK ||
        dw__keyring_part(ring, uses, config->access_token_algorithm == TOKEN_EDDSA, part, &n) != DW_OK)
        out->failed = true;
    dw__keyring_free(ring);
    dw__buf_put(out, part, n);
    dw__wipe(part, sizeof part);
    return n;
}

static bool unpack_keys(struct config *out, enum role role, size_t n, dw_bytes *rest)
{
    char *p;

    if (n == 0)
        return true;
    if (uses_of(out, role) == 0 || n > DW__KEYRING_PART || rest->n < n)
        return false;
    p = dw__arena_bytes(&out->secret_memory, n);
    if (p == NULL)
        return false;
    out->signing_part = (dw_bytes){(const uint8_t *)p, n};
    return take(rest, p, n);
}

void dw__config_pack(const struct config *config, enum role role, struct buf *out)
{
    struct pack_head head = {
        .role = (uint16_t)role, .settings = SETTINGS, .own = (uint16_t)own_of(config, role)};
    size_t begin = out->n;

    memcpy(head.magic, magic, sizeof magic);
    dw__buf_put(out, &head, sizeof head);
    for (unsigned secrets = 0; secrets < 2; secrets++)
        for (unsigned i = 0; i < SETTINGS; i++)
            if (is_secret((enum setting)i) == (secrets == 1))
                pack_item(config, (enum setting)i, role, out);
    for (size_t i = 0; i < head.own; i++)
        pack_own(&config->own, i, out);
    head.keys = (uint16_t)pack_keys(config, role, out);
    if (out->failed)
        return;
    head.size = (uint32_t)(out->n - begin);
    memcpy(out->p + begin, &head, sizeof head);
}

/* An item and its text, which lies in *rest. */
static bool take_item(dw_bytes *rest, struct pack_item *item, dw_text *text)
{
    if (!take(rest, item, sizeof *item) || item->there > 1 || item->source > SOURCE_FLAG || item->file > 1 ||
        item->zero != 0 || item->size > rest->n)
        return false;
    *text = (dw_text){(const char *)rest->p, item->size};
    rest->p += item->size;
    rest->n -= item->size;
    return item->there == 1 || item->size == 0;
}

static bool unpack_item(struct config *out, enum setting setting, enum role role, dw_bytes *rest)
{
    const struct setting_row *row = dw__setting_row(setting);
    struct pack_item item;
    dw_text text;
    char why[DW__SETTING_WHY];

    if (!take_item(rest, &item, &text))
        return false;
    out->from_file[setting] = item.file == 1;
    out->source[setting] = (enum config_source)item.source;
    if (item.there == 0)
        return row->optional || row->needs_database || !is_for(setting, role);
    return is_for(setting, role) && dw__setting_parse(setting, text, out, why);
}

static bool unpack_own_item(struct own_settings *own, size_t i, const dw_app *app, dw_bytes *rest)
{
    struct pack_item item;
    dw_text text;
    char why[DW__OWN_WHY];

    if (!take_item(rest, &item, &text))
        return false;
    own->source[i] = (enum config_source)item.source;
    own->from_file[i] = item.file == 1;
    return item.there == 0 || dw__own_settings_give(own, i, text, app, why);
}

static bool unpack_own(struct own_settings *own, const dw_app *app, enum role role, size_t n, dw_bytes *rest)
{
    char text[512];
    struct buf why;

    dw__buf_init_fixed(&why, text, sizeof text);
    if (!dw__own_settings_are_for(role))
        return n == 0;
    if (dw__own_settings_init(own, app, &why) != DW_OK || own->n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!unpack_own_item(own, i, app, rest))
            return false;
    return dw__own_settings_end(own, app, &why) && dw__own_settings_hold(own, app, &why);
}

static bool unpack(struct config *out, const dw_app *app, enum role role, dw_bytes bytes)
{
    struct pack_head head;
    dw_bytes rest = bytes;
    enum setting ignored;
    char why[DW__SETTING_WHY];

    if (!take(&rest, &head, sizeof head) || memcmp(head.magic, magic, sizeof magic) != 0 ||
        head.size != bytes.n || head.role != (uint16_t)role || head.settings != SETTINGS)
        return false;
    for (unsigned secrets = 0; secrets < 2; secrets++)
        for (unsigned i = 0; i < SETTINGS; i++)
            if (is_secret((enum setting)i) == (secrets == 1) &&
                !unpack_item(out, (enum setting)i, role, &rest))
                return false;
    return unpack_own(&out->own, app, role, head.own, &rest) && unpack_keys(out, role, head.keys, &rest) &&
           rest.n == 0 && dw__config_finish(out, &ignored, why);
}

dw_err dw__config_unpack(struct config *out, const dw_app *app, enum role role, dw_bytes bytes)
{
    dw__config_init(out);
    if (unpack(out, app, role, bytes))
        return DW_OK;
    dw__config_release(out);
    return DW_INVALID;
}
