/* codec/public_suffix.c -- asks libpsl, whose list is part of the library: no file is read. */
#include "codec/public_suffix.h"

#include <libpsl.h>
#include <string.h>

#include "codec/host.h"

#define DOMAIN_MAX 253u

bool dw__is_public_suffix(dw_text domain)
{
    const psl_ctx_t *list = psl_builtin();
    char name[DOMAIN_MAX + 1];
    size_t labels;

    if (list == NULL || domain.n > DOMAIN_MAX || !dw__host_name_valid(domain, &labels) || labels < 2)
        return true;
    memcpy(name, domain.p, domain.n);
    name[domain.n] = '\0';
    return psl_is_public_suffix(list, name) != 0;
}
