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

typedef uint8_t root[DW__SECRET_SIZE];

struct keyring {
    size_t n;
    root *roots; /* DW__KEYRING_MAX by sodium_malloc: locked, not dumped, between guard pages */
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

static struct keyring *keyring_new(void)
{
    if (sodium_init() < 0)
        return NULL;
    struct keyring *ring = calloc(1, sizeof(*ring));
    if (ring == NULL)
        return NULL;
    ring->roots = sodium_allocarray(DW__KEYRING_MAX, sizeof(root));
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
    struct keyring *ring = keyring_new();
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

dw_err dw__keyring_derive(const struct keyring *ring, size_t index, enum key_use use, uint8_t *out, size_t n)
{
    const dw_text label = dw__text_of(dw__key_label(use));

    if (index >= ring->n || label.n == 0 || n == 0 || n > 64)
        return DW_BAD_REQUEST;
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
