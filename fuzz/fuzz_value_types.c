/* Any bytes as decimal, date, time, UUID, IP address, e-mail address or URL; the first byte says which.  What is read is written
 * as a text that reads as the same value, and what is taken holds nothing that could end a line or a string. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "codec/absolute_url.h"
#include "codec/date.h"
#include "codec/decimal.h"
#include "codec/email.h"
#include "codec/ip.h"
#include "codec/uuid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void decimal(dw_text t)
{
    dw_decimal v, again = {0};
    char text[DW__DECIMAL_SIZE];

    if (!dw_decimal_read(t, &v))
        return;
    size_t n = dw__decimal_write(v, text);
    must(n > 0 && dw_decimal_read((dw_text){text, n}, &again) && v.units == again.units &&
         v.scale == again.scale);
    must(dw_decimal_compare(v, again) == 0);
}

static void date(dw_text t)
{
    dw_date v, again = {0};
    char text[DW__DATE_SIZE];

    if (!dw_date_read(t, &v))
        return;
    must(dw__date_write(v, text) == t.n && memcmp(text, t.p, t.n) == 0);
    again = dw_date_from_days(dw_date_days(v));
    must(dw_date_compare(v, again) == 0);
}

static void time_(dw_text t)
{
    dw_time v, again = {0};
    char text[DW__TIME_SIZE];

    if (!dw_time_read(t, &v))
        return;
    size_t n = dw__time_write(v, text);
    must(n > 0 && dw_time_read((dw_text){text, n}, &again) && dw_time_compare(v, again) == 0);
}

static void uuid(dw_text t)
{
    dw_uuid v, again = {0};
    char text[DW__UUID_SIZE];

    if (!dw_uuid_read(t, &v))
        return;
    dw__uuid_write(v, text);
    must(dw_uuid_read((dw_text){text, sizeof text}, &again) && dw_uuid_compare(v, again) == 0);
}

static void ip(dw_text t)
{
    dw_ip v, again = {0};
    char text[DW__IP_SIZE + 1] = {0};
    uint8_t theirs[16] = {0};
    bool good = dw_ip_read(t, &v);

    if (t.n > DW__IP_SIZE || memchr(t.p, '\0', t.n) != NULL) {
        must(!good);
        return;
    }
    memcpy(text, t.p, t.n);
    must(good == (inet_pton(memchr(t.p, ':', t.n) ? AF_INET6 : AF_INET, text, theirs) == 1));
    if (!good)
        return;
    must(memcmp(theirs, v.b, sizeof theirs) == 0);
    size_t n = dw__ip_write(v, text);
    must(n > 0 && dw_ip_read((dw_text){text, n}, &again) && dw_ip_compare(v, again) == 0);
}

static void printable(dw_text t)
{
    for (size_t i = 0; i < t.n; i++)
        must((unsigned char)t.p[i] >= 0x20 && (unsigned char)t.p[i] < 0x7f);
}

static void email(dw_text t)
{
    struct email v;

    if (!dw__email_read(t, &v))
        return;
    printable(t);
    must(v.local.p == t.p && v.domain.p + v.domain.n == t.p + t.n && v.local.n + 1 + v.domain.n == t.n);
}

static void url(dw_text t)
{
    struct absolute_url v;

    if (!dw__absolute_url_read(t, &v))
        return;
    printable(t);
    must(memchr(t.p, ' ', t.n) == NULL && memchr(t.p, '\\', t.n) == NULL && memchr(t.p, '"', t.n) == NULL);
    must(v.host.n > 0 && memchr(v.host.p, '@', v.host.n) == NULL && v.port <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(dw_text) = {decimal, date, time_, uuid, ip, email, url};
    char *copy;

    if (size == 0)
        return 0;
    /* Of exactly its size, so that a byte too many is seen. */
    copy = malloc(size - 1 + (size == 1));
    must(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    readers[data[0] % (sizeof readers / sizeof readers[0])]((dw_text){copy, size - 1});
    free(copy);
    return 0;
}
