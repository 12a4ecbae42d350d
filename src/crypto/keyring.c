/* crypto/keyring.c -- see keyring.h. */
#include "crypto/keyring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/text.h"
#include "codec/base64.h"
#include "crypto/compare.h"
#include "crypto/hkdf.h"
#include "crypto/secret.h"

/* Separates our derivations from those of any other program that was given the same secret. */
#define SALT "Dewar keyring 1"
/* Bytes of each key of a part. */
#define PART_KEY 32

typedef uint8_t root[DW__SECRET_SIZE];

_Static_assert(DW__SECRET_SIZE == PART_KEY, "a root and a key of a part have one size");

struct keyring {
    size_t n;
    unsigned uses; /* of a part: 1u << enum key_use; 0: it has roots */
    bool has_public;
    root *
        roots; /* by sodium_malloc: locked, not dumped, between guard pages. Of a part the keys of root 0, in the order of their uses, then those of root 1 … */
    uint8_t public_keys[DW__KEYRING_MAX][DW__ED25519_PUBLIC];
};

#define LABEL(name, label) [KEY_##name] = (label),
static const char *const labels[KEY_USES] = {DW__KEY_USES(LABEL)};

const char *dw__key_label(enum key_use use)
{
    return (unsigned)use < KEY_USES ? labels[use] : "";
}

static dw_err refuse(char *why, size_t why_size, const char *setting, size_t place, const char *wrong,
                     const char *command)
{
    if (place == 0)
        snprintf(why, why_size, "%s: %s; make a secret with: %s", setting, wrong, command);
    else
        snprintf(why, why_size, "%s: secret %zu is refused: %s; make one with: %s", setting, place, wrong,
                 command);
    return DW_INVALID;
}

static bool contains(const struct keyring *ring, const root r)
{
    bool found = false;

    for (size_t i = 0; i < ring->n; i++)
        found |= dw__equal(ring->roots[i], r, sizeof(root));
    return found;
}

/* Reads one secret into the next free place; NULL, or what is wrong with it. */
static const char *add(struct keyring *ring, dw_text text)
{
    uint8_t value[DW__SECRET_SIZE];
    const char *wrong = dw__secret_parse((dw_secret){text.p, text.n}, value);

    if (wrong == NULL && contains(ring, value))
        wrong = "it is in the list already";
    if (wrong == NULL)
        memcpy(ring->roots[ring->n++], value, sizeof(value));
    dw__wipe(value, sizeof(value));
    return wrong;
}

/* With room for `cap` secrets. */
static struct keyring *keyring_new(size_t cap)
{
    if (sodium_init() < 0)
        return NULL;
    struct keyring *ring = calloc(1, sizeof(*ring));
    if (ring == NULL)
        return NULL;
    ring->roots = sodium_allocarray(cap, sizeof(root));
    if (ring->roots == NULL) {
        free(ring);
        return NULL;
    }
    return ring;
}

dw_err dw__keyring_parse(struct keyring **out, dw_secret text, const char *setting, const char *command,
                         char *why, size_t why_size)
{
    *out = NULL;
    if (dw__text_trim((dw_text){text.p, text.n}).n == 0)
        return refuse(why, why_size, setting, 0, "no secret is set", command);
    struct keyring *ring = keyring_new(DW__KEYRING_MAX);
    if (ring == NULL) {
        snprintf(why, why_size, "%s: no memory to keep it in", setting);
        return DW_UNAVAILABLE;
    }
    dw_text rest = {text.p, text.n};
    const char *wrong = NULL;
    size_t place = 0;
    while (rest.p != NULL && wrong == NULL) {
        const dw_text one = dw__text_trim(dw__text_cut(&rest, ','));
        place++;
        wrong = place > DW__KEYRING_MAX ? "there are more than 8" : add(ring, one);
    }
    if (wrong != NULL) {
        dw__keyring_free(ring);
        return refuse(why, why_size, setting, place, wrong, command);
    }
    if (sodium_mprotect_readonly(ring->roots) != 0) {
        dw__keyring_free(ring);
        snprintf(why, why_size, "%s: its memory cannot be protected", setting);
        return DW_UNAVAILABLE;
    }
    *out = ring;
    return DW_OK;
}

void dw__keyring_free(struct keyring *ring)
{
    if (ring == NULL)
        return;
    sodium_free(ring->roots); /* wipes */
    free(ring);
}

size_t dw__keyring_count(const struct keyring *ring)
{
    return ring->n;
}

bool dw__keyring_shares(const struct keyring *a, const struct keyring *b)
{
    bool found = false;

    for (size_t i = 0; i < b->n; i++)
        found |= contains(a, b->roots[i]);
    return found;
}

/* How many keys of a part come before that of `use`, of each root. */
static size_t place_of(unsigned uses, enum key_use use)
{
    return (size_t)__builtin_popcount(uses & ((1u << use) - 1));
}

static dw_err take_key(const struct keyring *ring, size_t index, enum key_use use, uint8_t *out, size_t n)
{
    const size_t each = (size_t)__builtin_popcount(ring->uses);

    if ((ring->uses >> use & 1u) == 0 || n > PART_KEY)
        return DW_DENIED;
    memcpy(out, ring->roots[index * each + place_of(ring->uses, use)], n);
    return DW_OK;
}

dw_err dw__keyring_derive(const struct keyring *ring, size_t index, enum key_use use, uint8_t *out, size_t n)
{
    const dw_text label = dw__text_of(dw__key_label(use));

    if (index >= ring->n || label.n == 0 || n == 0 || n > 64)
        return DW_BAD_REQUEST;
    if (ring->uses != 0)
        return take_key(ring, index, use, out, n);
    return dw__hkdf_sha256((dw_bytes){ring->roots[index], sizeof(root)},
                           (dw_bytes){(const uint8_t *)SALT, sizeof(SALT) - 1},
                           (dw_bytes){(const uint8_t *)label.p, label.n}, out, n);
}

dw_err dw__keyring_id(const struct keyring *ring, size_t index, char id[static DW__KEYRING_ID])
{
    uint8_t bytes[DW__KEYRING_ID / 2];
    dw_err err = dw__keyring_derive(ring, index, KEY_ROOT_ID, bytes, sizeof(bytes));

    if (err == DW_OK)
        dw__hex_encode(bytes, sizeof(bytes), id);
    return err;
}

size_t dw__keyring_find(const struct keyring *ring, dw_text id)
{
    char each[DW__KEYRING_ID];

    for (size_t i = 0; i < ring->n; i++)
        if (dw__keyring_id(ring, i, each) == DW_OK && dw__text_eq(id, (dw_text){each, sizeof(each)}))
            return i;
    return SIZE_MAX;
}

/* ---- a part ---- */

struct part_head {
    uint8_t magic[2], n, has_public;
    uint32_t uses;
};

#define PART_MAGIC "kp"

dw_err dw__keyring_public(const struct keyring *ring, size_t index, uint8_t out[static DW__ED25519_PUBLIC])
{
    uint8_t seed[DW__ED25519_SEED];
    struct sign_key *key = NULL;
    dw_err err;

    if (index < ring->n && ring->has_public) {
        memcpy(out, ring->public_keys[index], DW__ED25519_PUBLIC);
        return DW_OK;
    }
    err = dw__keyring_derive(ring, index, KEY_ACCESS_TOKEN, seed, sizeof(seed));
    if (err == DW_OK)
        err = dw__sign_key_new(&key, seed);
    dw__wipe(seed, sizeof(seed));
    if (err == DW_OK)
        dw__sign_key_public(key, out);
    dw__sign_key_free(key);
    return err;
}

/* What is of one root, behind *at. */
static dw_err put_root(const struct keyring *ring, size_t index, const struct part_head *head, uint8_t **at)
{
    dw_err err = DW_OK;

    for (unsigned use = 0; use < KEY_USES && err == DW_OK; use++) {
        if ((head->uses >> use & 1u) == 0)
            continue;
        err = dw__keyring_derive(ring, index, (enum key_use)use, *at, PART_KEY);
        *at += PART_KEY;
    }
    if (err == DW_OK && head->has_public != 0) {
        err = dw__keyring_public(ring, index, *at);
        *at += DW__ED25519_PUBLIC;
    }
    return err;
}

dw_err dw__keyring_part(const struct keyring *ring, unsigned uses, bool public_keys,
                        uint8_t out[static DW__KEYRING_PART], size_t *n)
{
    const struct part_head head = {
        .magic = PART_MAGIC, .n = (uint8_t)ring->n, .has_public = public_keys, .uses = uses};
    uint8_t *at = out + sizeof(head);
    dw_err err = uses != 0 && uses >> KEY_USES == 0 ? DW_OK : DW_BAD_REQUEST;

    *n = 0;
    memcpy(out, &head, sizeof(head));
    for (size_t i = 0; i < ring->n && err == DW_OK; i++)
        err = put_root(ring, i, &head, &at);
    if (err == DW_OK)
        *n = (size_t)(at - out);
    else
        dw__wipe(out, DW__KEYRING_PART);
    return err;
}

static bool part_holds(const struct part_head *head, size_t n)
{
    size_t each;

    if (memcmp(head->magic, PART_MAGIC, sizeof(head->magic)) != 0 || head->n == 0 ||
        head->n > DW__KEYRING_MAX || head->has_public > 1 || head->uses == 0 || head->uses >> KEY_USES != 0)
        return false;
    each = (size_t)__builtin_popcount(head->uses) + head->has_public;
    return n == sizeof(*head) + head->n * each * PART_KEY;
}

/* `each` keys of every root, from `at` on. */
static void take_roots(struct keyring *ring, size_t each, const uint8_t *at)
{
    for (size_t i = 0; i < ring->n; i++) {
        memcpy(ring->roots[i * each], at, each * PART_KEY);
        at += each * PART_KEY;
        if (ring->has_public) {
            memcpy(ring->public_keys[i], at, DW__ED25519_PUBLIC);
            at += DW__ED25519_PUBLIC;
        }
    }
}

dw_err dw__keyring_of_part(struct keyring **out, dw_bytes part)
{
    struct part_head head;
    size_t each;

    *out = NULL;
    if (part.n < sizeof(head))
        return DW_INVALID;
    memcpy(&head, part.p, sizeof(head));
    if (!part_holds(&head, part.n))
        return DW_INVALID;
    each = (size_t)__builtin_popcount(head.uses);
    struct keyring *ring = keyring_new(head.n * each);
    if (ring == NULL)
        return DW_UNAVAILABLE;
    ring->n = head.n;
    ring->uses = head.uses;
    ring->has_public = head.has_public == 1;
    take_roots(ring, each, part.p + sizeof(head));
    if (sodium_mprotect_readonly(ring->roots) != 0) {
        dw__keyring_free(ring);
        return DW_UNAVAILABLE;
    }
    *out = ring;
    return DW_OK;
}
