/* net/caps.c -- see caps.h.
 *
 * A hash table whose entries lie in one array: which bucket an address falls into nobody outside can know.  Entries that were never used are
 * taken first, then the one that nobody has held for longest, so that whoever comes and goes in a hurry is remembered as long as there is room.
 * Memory is touched when it is used. */
#include "net/caps.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/list.h"
#include "codec/ip.h"

#define SECOND_NS UINT64_C(1000000000)

struct cap {
    struct list link; /* in `left`, while it has no connection */
    struct ip_counted address;
    uint32_t next; /* of its bucket: one more than its place; 0: none */
    uint32_t connections, heads;
    uint64_t
        paid_ns; /* when the address will have paid for its connections (the generic cell rate algorithm) */
};

struct caps {
    struct hash_key key;
    struct cap_limits limits;
    struct list left; /* entries without a connection, that of longest ago first */
    size_t held;      /* entries with one */
    uint32_t n, used; /* entries; the first of them, that were ever used */
    uint32_t mask;
    uint32_t *buckets; /* one more than the place of the first entry; 0: none */
    struct cap entries[];
};

dw_err dw__caps_new(struct caps **out, const struct cap_limits *limits, uint32_t connections)
{
    uint32_t buckets = 1, n = connections < UINT32_MAX / 4 ? 2 * connections : UINT32_MAX / 2;
    struct caps *caps;

    *out = NULL;
    while (buckets < n)
        buckets *= 2;
    caps = calloc(1, sizeof *caps + n * sizeof caps->entries[0]);
    if (caps == NULL)
        return DW_UNAVAILABLE;
    caps->buckets = calloc(buckets, sizeof *caps->buckets);
    if (caps->buckets == NULL) {
        free(caps);
        return DW_UNAVAILABLE;
    }
    dw__hash_key_init(&caps->key);
    dw__list_init(&caps->left);
    caps->limits = *limits;
    caps->n = n;
    caps->mask = buckets - 1;
    *out = caps;
    return DW_OK;
}

void dw__caps_free(struct caps *caps)
{
    if (caps != NULL)
        free(caps->buckets);
    free(caps);
}

/* ---- entries ---- */

static uint32_t *bucket_of(const struct caps *caps, const struct ip_counted *address)
{
    return &caps->buckets[dw__hash(&caps->key, address, sizeof *address) & caps->mask];
}

static struct cap *find(struct caps *caps, const struct ip_counted *address)
{
    for (uint32_t at = *bucket_of(caps, address); at != 0; at = caps->entries[at - 1].next)
        if (memcmp(&caps->entries[at - 1].address, address, sizeof *address) == 0)
            return &caps->entries[at - 1];
    return NULL;
}

/* The entry that nobody has held for longest, out of its bucket; NULL: all are held. */
static struct cap *oldest(struct caps *caps)
{
    struct cap *cap;
    uint32_t *at;

    if (dw__list_empty(&caps->left))
        return NULL;
    cap = DW__LIST_ENTRY(caps->left.next, struct cap, link);
    dw__list_remove(&cap->link);
    for (at = bucket_of(caps, &cap->address); &caps->entries[*at - 1] != cap;)
        at = &caps->entries[*at - 1].next;
    *at = cap->next;
    return cap;
}

/* A new entry, without a connection. NULL: there are more connections than was said. */
static struct cap *add(struct caps *caps, const struct ip_counted *address)
{
    struct cap *cap = caps->used < caps->n ? &caps->entries[caps->used++] : oldest(caps);
    uint32_t *bucket = bucket_of(caps, address);

    if (cap == NULL)
        return NULL;
    *cap = (struct cap){.address = *address, .next = *bucket};
    *bucket = (uint32_t)(cap - caps->entries) + 1;
    dw__list_init(&cap->link);
    dw__list_append(&caps->left, &cap->link);
    return cap;
}

/* ---- connections ---- */

/* Charges a new connection; false when it is one too many in this second. */
static bool pay(const struct caps *caps, struct cap *cap, uint64_t now)
{
    uint64_t paid = cap->paid_ns > now ? cap->paid_ns : now;

    if (caps->limits.per_second == 0)
        return true;
    if (paid + SECOND_NS / caps->limits.per_second > now + SECOND_NS)
        return false;
    cap->paid_ns = paid + SECOND_NS / caps->limits.per_second;
    return true;
}

const char *dw__cap_begin(struct caps *caps, const struct ip_counted *address, uint32_t most, uint64_t now_ns,
                          struct cap **out)
{
    struct cap *cap;

    *out = NULL;
    if (address->version == 0)
        return NULL;
    cap = find(caps, address);
    if (cap == NULL && (cap = add(caps, address)) == NULL)
        return "there is no room to count it";
    if (most > 0 && cap->connections >= most)
        return "it has too many";
    if (!pay(caps, cap, now_ns))
        return "too many came in a second";
    if (cap->connections++ == 0) {
        dw__list_remove(&cap->link);
        caps->held++;
    }
    *out = cap;
    return NULL;
}

void dw__cap_end(struct caps *caps, struct cap *cap)
{
    DW__CHECK(cap->connections > 0);
    if (--cap->connections > 0)
        return;
    DW__CHECK(cap->heads == 0 && caps->held > 0);
    caps->held--;
    dw__list_append(&caps->left, &cap->link);
}

size_t dw__caps_held(const struct caps *caps)
{
    return caps->held;
}

/* ---- heads ---- */

bool dw__cap_head_begin(const struct caps *caps, struct cap *cap)
{
    if (cap == NULL)
        return true;
    if (caps->limits.heads > 0 && cap->heads >= caps->limits.heads)
        return false;
    cap->heads++;
    return true;
}

void dw__cap_head_end(struct cap *cap)
{
    if (cap == NULL)
        return;
    DW__CHECK(cap->heads > 0);
    cap->heads--;
}
