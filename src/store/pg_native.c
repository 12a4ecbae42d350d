/* store/pg_native.c -- see pg_native.h; the forms are those of PostgreSQL's date_send, timestamptz_send, uuid_send, inet_send, numeric_send.
 *
 * Days and microseconds are counted from 2000-01-01, in UTC and on the calendar that dw_date has too (before 1582 as well), so that no
 * year needs care: PostgreSQL calls the year 0 "1 BC". */
#include "store/pg_native.h"

#include <string.h>

#include "codec/date.h"
#include "codec/ip.h"
#include "codec/uuid.h"

#define EPOCH_DAYS 10957                 /* from 1970-01-01 to 2000-01-01 */
#define EPOCH_SECONDS INT64_C(946684800) /* the same */
#define MICROS INT64_C(1000000)
#define INET_V4 2 /* PGSQL_AF_INET, PGSQL_AF_INET6 */
#define INET_V6 3

void dw__pg_put_bits(uint64_t v, size_t bytes, char *out)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (char)(v >> (8 * (bytes - 1 - i)));
}

uint64_t dw__pg_take_bits(const char *p, size_t bytes)
{
    uint64_t v = 0;

    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

/* ---- dates and instants ---- */

size_t dw__pg_put_date(dw_text t, char out[static DW__PG_WIRE])
{
    dw_date v;

    if (!dw_date_read(t, &v))
        return 0;
    dw__pg_put_bits((uint64_t)(dw_date_days(v) - EPOCH_DAYS), 4, out);
    return 4;
}

size_t dw__pg_take_date(const char *p, size_t n, char out[static DW__PG_SPELT])
{
    if (n != 4)
        return 0;
    /* Days that no dw_date has, infinity among them, give one that is not written. */
    return dw__date_write(dw_date_from_days((int64_t)(int32_t)dw__pg_take_bits(p, 4) + EPOCH_DAYS), out);
}

size_t dw__pg_put_time(dw_text t, char out[static DW__PG_WIRE])
{
    dw_time v;

    if (!dw_time_read(t, &v) || v.ns % 1000 != 0)
        return 0;
    dw__pg_put_bits((uint64_t)((v.s - EPOCH_SECONDS) * MICROS + v.ns / 1000), 8, out);
    return 8;
}

size_t dw__pg_take_time(const char *p, size_t n, char out[static DW__PG_SPELT])
{
    int64_t micros, part, s;

    if (n != 8)
        return 0;
    micros = (int64_t)dw__pg_take_bits(p, 8);
    part = micros % MICROS;
    s = micros / MICROS - (part < 0);
    part += part < 0 ? MICROS : 0;
    return dw__time_write((dw_time){s + EPOCH_SECONDS, (uint32_t)(part * 1000)}, out);
}

/* ---- UUIDs and addresses ---- */

size_t dw__pg_put_uuid(dw_text t, char out[static DW__PG_WIRE])
{
    dw_uuid v;

    if (!dw_uuid_read(t, &v))
        return 0;
    memcpy(out, v.b, sizeof v.b);
    return sizeof v.b;
}

size_t dw__pg_take_uuid(const char *p, size_t n, char out[static DW__PG_SPELT])
{
    dw_uuid v;

    if (n != sizeof v.b)
        return 0;
    memcpy(v.b, p, sizeof v.b);
    dw__uuid_write(v, out);
    return DW__UUID_SIZE;
}

/* Family, bits of the network, whether it is a cidr, bytes, and those. */
size_t dw__pg_put_inet(dw_text t, char out[static DW__PG_WIRE])
{
    dw_ip v;
    size_t bytes;

    if (!dw_ip_read(t, &v))
        return 0;
    bytes = v.version == 4 ? 4 : 16;
    out[0] = v.version == 4 ? INET_V4 : INET_V6;
    out[1] = (char)(bytes * 8);
    out[2] = 0;
    out[3] = (char)bytes;
    memcpy(out + 4, v.b, bytes);
    return 4 + bytes;
}

size_t dw__pg_take_inet(const char *p, size_t n, char out[static DW__PG_SPELT])
{
    dw_ip v = {.version = n == 8 ? 4 : 6};
    size_t bytes = n == 8 ? 4 : 16;

    if ((n != 8 && n != 20) || p[0] != (n == 8 ? INET_V4 : INET_V6) || (unsigned char)p[1] != bytes * 8 ||
        p[2] != 0 || (unsigned char)p[3] != bytes)
        return 0;
    memcpy(v.b, p + 4, bytes);
    return dw__ip_write(v, out);
}

/* ---- numbers ---- */

/* A numeric is groups of four decimal digits; here ten of them, five on each side of the point, which holds 19 digits at any scale. */
#define GROUPS 10
#define BEFORE 5
#define DIGITS 19

enum { NUMERIC_HEAD = 8, NEGATIVE = 0x4000 };

/* The digit of `groups` that is number i of the 19 whose last `scale` stand behind the point. */
static void spread(uint64_t v, uint32_t scale, unsigned groups[static GROUPS])
{
    static const unsigned weight[] = {1000, 100, 10, 1};

    memset(groups, 0, GROUPS * sizeof *groups);
    for (size_t at = 4 * BEFORE + scale; v > 0; v /= 10) {
        at--;
        groups[at / 4] += (unsigned)(v % 10) * weight[at % 4];
    }
}

size_t dw__pg_put_numeric(int64_t units, uint32_t scale, char out[static DW__PG_WIRE])
{
    unsigned groups[GROUPS];
    size_t first = 0, end = GROUPS;

    if (scale >= DIGITS)
        return 0;
    spread(units < 0 ? 0 - (uint64_t)units : (uint64_t)units, scale, groups);
    while (first < end && groups[first] == 0)
        first++;
    while (end > first && groups[end - 1] == 0)
        end--;
    dw__pg_put_bits(end - first, 2, out);
    dw__pg_put_bits(first < end ? (uint64_t)(BEFORE - 1 - (int)first) : 0, 2, out + 2);
    dw__pg_put_bits(units < 0 ? NEGATIVE : 0, 2, out + 4);
    dw__pg_put_bits(scale, 2, out + 6);
    for (size_t i = first; i < end; i++)
        dw__pg_put_bits(groups[i], 2, out + NUMERIC_HEAD + 2 * (i - first));
    return NUMERIC_HEAD + 2 * (end - first);
}

/* The groups as they were sent, each where it belongs; false for one that has no place here. */
static bool gather(const char *p, size_t n, unsigned groups[static GROUPS])
{
    int weight = (int16_t)dw__pg_take_bits(p + 2, 2);

    memset(groups, 0, GROUPS * sizeof *groups);
    for (size_t i = 0; i < n; i++) {
        unsigned group = (unsigned)dw__pg_take_bits(p + NUMERIC_HEAD + 2 * i, 2);
        int place = BEFORE - 1 - weight + (int)i;

        if (group > 9999 || (group != 0 && (place < 0 || place >= GROUPS)))
            return false;
        if (group != 0)
            groups[place] = group;
    }
    return true;
}

/* The number of units, where nothing but zeros stands before the 19 digits and behind them. */
static bool sum(const unsigned groups[static GROUPS], uint32_t scale, int64_t *units)
{
    static const unsigned weight[] = {1000, 100, 10, 1};
    size_t begin = 4 * BEFORE + scale - DIGITS, end = 4 * BEFORE + scale;
    uint64_t v = 0; /* 19 nines fit */

    for (size_t at = 0; at < (size_t)4 * GROUPS; at++) {
        unsigned digit = groups[at / 4] / weight[at % 4] % 10;

        if (at >= begin && at < end)
            v = v * 10 + digit;
        else if (digit != 0)
            return false;
    }
    *units = (int64_t)v;
    return v <= INT64_MAX;
}

bool dw__pg_take_numeric(const char *p, size_t n, uint32_t scale, int64_t *units)
{
    unsigned groups[GROUPS];
    uint64_t sign;

    if (n < NUMERIC_HEAD || scale >= DIGITS || n != NUMERIC_HEAD + 2 * dw__pg_take_bits(p, 2))
        return false;
    sign = dw__pg_take_bits(p + 4, 2); /* the others are infinities and what is not a number */
    if ((sign != 0 && sign != NEGATIVE) || !gather(p, (n - NUMERIC_HEAD) / 2, groups) ||
        !sum(groups, scale, units))
        return false;
    if (sign == NEGATIVE)
        *units = -*units;
    return true;
}
