/* auth/audit_file.c -- a time is read digit by digit, and taken only when it is written the same way again. */
#include "auth/audit_file.h"

#include <string.h>

#include "auth/audit_line.h"
#include "base/text.h"

#define LAST_MS INT64_C(253402300799999) /* of the year 9999 */

/* Where the digits of a stamp stand in a time, and the other way round. */
static const char shape[DW__AUDIT_TIME + 1] = "0000-00-00T00:00:00.000Z";

/* Days from 1970 to the first of March of a year that begins then (so a leap day is its last). */
static int64_t days_to_march(int64_t year)
{
    return year * 365 + year / 4 - year / 100 + year / 400 - 719468;
}

static int64_t number(const char *p, size_t n)
{
    int64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v * 10 + (p[i] - '0');
    return v;
}

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t m = month > 2 ? month - 3 : month + 9; /* from March */

    return days_to_march(month > 2 ? year : year - 1) + (153 * m + 2) / 5 + day - 1;
}

bool dw__audit_time_read(dw_text text, int64_t *unix_ms)
{
    char again[DW__AUDIT_TIME];

    *unix_ms = 0;
    if (text.n != DW__AUDIT_TIME)
        return false;
    for (size_t i = 0; i < DW__AUDIT_TIME; i++)
        if (shape[i] == '0' ? text.p[i] < '0' || text.p[i] > '9' : text.p[i] != shape[i])
            return false;
    int64_t month = number(text.p + 5, 2), of_month = number(text.p + 8, 2);
    int64_t second = number(text.p + 11, 2) * 3600 + number(text.p + 14, 2) * 60 + number(text.p + 17, 2);
    int64_t ms;

    if (month < 1 || month > 12 || of_month < 1 || of_month > 31 || second >= 86400)
        return false;
    ms = (days_of(number(text.p, 4), month, of_month) * 86400 + second) * 1000 + number(text.p + 20, 3);
    if (ms < 0 || ms > LAST_MS)
        return false;
    dw__audit_time(ms, again);
    if (memcmp(again, text.p, sizeof again) != 0) /* the 31st of June */
        return false;
    *unix_ms = ms;
    return true;
}

/* A stamp is a time without '-', ':' and '.'. */
static bool is_left_out(size_t i)
{
    return shape[i] == '-' || shape[i] == ':' || shape[i] == '.';
}

void dw__audit_stamp(int64_t unix_ms, char out[static DW__AUDIT_STAMP])
{
    char time[DW__AUDIT_TIME];
    size_t n = 0;

    dw__audit_time(unix_ms, time);
    for (size_t i = 0; i < sizeof time; i++)
        if (!is_left_out(i))
            out[n++] = time[i];
}

bool dw__audit_stamp_read(dw_text text, int64_t *unix_ms)
{
    char time[DW__AUDIT_TIME];
    size_t n = 0;

    *unix_ms = 0;
    if (text.n != DW__AUDIT_STAMP)
        return false;
    for (size_t i = 0; i < sizeof time; i++)
        time[i] = is_left_out(i) ? shape[i] : text.p[n++];
    return dw__audit_time_read((dw_text){time, sizeof time}, unix_ms);
}

bool dw__audit_file_read(dw_text name, dw_text log, dw_text *stamp)
{
    int64_t ms;

    *stamp = (dw_text){NULL, 0};
    if (log.n == 0 || name.n != log.n + 1 + DW__AUDIT_STAMP || memcmp(name.p, log.p, log.n) != 0 ||
        name.p[log.n] != '.')
        return false;
    *stamp = (dw_text){name.p + log.n + 1, DW__AUDIT_STAMP};
    return dw__audit_stamp_read(*stamp, &ms);
}

bool dw__audit_file_is_full(const struct audit_bounds *bounds, uint64_t size, int64_t begun_ms,
                            int64_t now_ms)
{
    if (size == 0)
        return false;
    if (bounds->size != 0 && size >= bounds->size)
        return true;
    return bounds->age_ms != 0 && begun_ms >= 0 && now_ms >= 0 &&
           (uint64_t)now_ms / bounds->age_ms > (uint64_t)begun_ms / bounds->age_ms;
}
