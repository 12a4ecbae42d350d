/* dw/values.h -- values that are more than a number and less than an object: decimal, date, time, UUID, IP address.
 *
 * Each has one struct, one function that reads its text (false, and *out zeroed, for anything that is not exactly it), one that
 * writes its one canonical text, and one that compares.  The same functions bind input, print replies and fill statements. */
#ifndef DW_VALUES_H
#define DW_VALUES_H

#include "types.h"

/* ---- decimal: units / 10^scale, exact; 12.50 is {1250, 2}. At most 18 digits. ---- */

typedef struct dw_decimal {
    int64_t units;
    uint32_t scale; /* digits behind the point, 0 to 18 */
} dw_decimal;

/* -?digits[.digits], no exponent, no superfluous zero in front. */
bool dw_decimal_read(dw_text t, dw_decimal *out);
/* With as many digits behind the point as its scale; the same memory rule as dw_format. */
dw_text dw_decimal_text(dw_ctx *ctx, dw_decimal v);
/* < 0, 0, > 0; 1.5 and 1.50 are equal. */
int dw_decimal_compare(dw_decimal a, dw_decimal b);
/* The same value with another scale; false when that would lose a digit or does not fit. */
bool dw_decimal_rescale(dw_decimal v, uint32_t scale, dw_decimal *out);
/* a + b with the larger scale; false when it does not fit. */
bool dw_decimal_add(dw_decimal a, dw_decimal b, dw_decimal *out);

/* ---- date: a day of the (proleptic) Gregorian calendar, years 0 to 9999; RFC 3339 full-date ---- */

typedef struct dw_date {
    int16_t year;
    uint8_t month, day; /* from 1 */
} dw_date;

/* "2024-02-29", a day that there is; its text; < 0, 0, > 0. */
bool dw_date_read(dw_text t, dw_date *out);
dw_text dw_date_text(dw_ctx *ctx, dw_date v);
int dw_date_compare(dw_date a, dw_date b);
/* Days since 1970-01-01, and back. */
int64_t dw_date_days(dw_date v);
dw_date dw_date_from_days(int64_t days);

/* ---- time: an instant, in seconds since 1970-01-01T00:00:00Z and nanoseconds; RFC 3339 date-time ---- */

typedef struct dw_time {
    int64_t s;
    uint32_t ns; /* 0 to 999,999,999 */
} dw_time;

/* Any offset, at most nine digits of a second. A leap second (23:59:60 UTC at the end of a month) is the second that follows it. */
bool dw_time_read(dw_text t, dw_time *out);
/* In UTC, with 0, 3, 6 or 9 digits of a second. */
dw_text dw_time_text(dw_ctx *ctx, dw_time v);
int dw_time_compare(dw_time a, dw_time b);

/* ---- UUID (RFC 9562): 8-4-4-4-12 hexadecimal digits of either case, written in lower case ---- */

typedef struct dw_uuid {
    uint8_t b[16];
} dw_uuid;

/* Any version and variant; its text, in lower case; < 0, 0, > 0 in the order of the bytes. */
bool dw_uuid_read(dw_text t, dw_uuid *out);
dw_text dw_uuid_text(dw_ctx *ctx, dw_uuid v);
int dw_uuid_compare(dw_uuid a, dw_uuid b);
/* A random one (version 4). */
dw_uuid dw_uuid_new(void);

/* ---- IP address, version 4 (dotted decimal) or 6 (RFC 4291, written as RFC 5952 says); no zone, no prefix length ---- */

typedef struct dw_ip {
    uint8_t b[16];    /* of version 4 the first four, the rest 0 */
    uint32_t version; /* 4 or 6 */
} dw_ip;

/* One address, without port, prefix length or zone; its canonical text; < 0, 0, > 0, those of version 4 first. */
bool dw_ip_read(dw_text t, dw_ip *out);
dw_text dw_ip_text(dw_ctx *ctx, dw_ip v);
int dw_ip_compare(dw_ip a, dw_ip b);

/* ---- texts of a form ---- */

/* An address as in RFC 5321 §4.1.2 (Mailbox), at most 254 bytes: no display name, no comment, ASCII only. */
typedef dw_text dw_email;
bool dw_email_valid(dw_text t);

/* An absolute URL with a host (RFC 3986): no userinfo, nothing that readers repair in different ways. */
typedef dw_text dw_url;
bool dw_url_valid(dw_text t);

#endif
