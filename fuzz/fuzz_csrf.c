/* Any bytes as a token, and as what a head says of where a request was made: nothing that was not made by us is good. */
#include <stdlib.h>
#include <string.h>

#include "auth/csrf.h"
#include "auth/session_id.h"
#include "base/text.h"
#include "guard/csrf_evidence.h"

#define ROOT "W1gP0xVtTzq7n3M5sQeLr8uYb2KcHj6dAfG9oNvRk4I"
#define ID "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hmac_ring *keys(void)
{
    static struct hmac_ring *made;
    struct keyring *ring;
    char why[256];

    if (made != NULL)
        return made;
    if (dw__keyring_parse(&ring, (dw_secret){ROOT, sizeof ROOT - 1}, "KEYS", "secret", why, sizeof why) !=
            DW_OK ||
        dw__hmac_ring_new(&made, ring, KEY_CSRF) != DW_OK)
        abort();
    dw__keyring_free(ring);
    return made;
}

/* Headers between line ends: Sec-Fetch-Site, Origin, Referer; one that begins with '-' is not there. */
static void judge_evidence(dw_text all)
{
    struct csrf_clues clues = {
        .canonical = DW_TEXT("https://app.test"), .host = DW_TEXT("app.test"), .https = true};
    dw_text *const of[] = {&clues.fetch_site, &clues.origin, &clues.referer};

    for (size_t i = 0; i < sizeof of / sizeof of[0] && all.p != NULL; i++) {
        *of[i] = dw__text_cut(&all, '\n');
        if (of[i]->n > 0 && of[i]->p[0] == '-')
            *of[i] = (dw_text){NULL, 0};
    }
    if (dw__csrf_evidence(&clues) != CSRF_GOOD)
        return;
    if (clues.origin.p != NULL && !dw__text_eq_nocase(clues.origin, DW_TEXT("https://app.test")) &&
        !dw__text_eq_nocase(clues.origin, DW_TEXT("https://app.test:443")))
        abort();
    if (clues.fetch_site.p != NULL && !dw__text_is(clues.fetch_site, "same-origin") && clues.origin.p == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dw_text t = {(const char *)data, size};

    if (dw__csrf_judge(keys(), CSRF_OF_SESSION, DW_TEXT(ID), 1700000000, 0, t) == DW_OK)
        abort();
    if (dw__session_id_is(t) && size != DW__SESSION_ID_SIZE)
        abort();
    judge_evidence(t);
    return 0;
}
