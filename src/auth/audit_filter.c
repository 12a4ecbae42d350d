/* auth/audit_filter.c -- times are texts that compare as they stand. */
#include "auth/audit_filter.h"

#include <string.h>

#include "base/text.h"

static dw_text without_z(dw_text time)
{
    if (time.n > 0 && time.n < DW__AUDIT_TIME && time.p[time.n - 1] == 'Z')
        time.n--;
    return time;
}

bool dw__audit_filter_time_holds(dw_text text)
{
    static const char shape[DW__AUDIT_TIME + 1] = "0000-00-00T00:00:00.000Z";
    dw_text time = without_z(text);

    if (time.n < 4 || time.n > DW__AUDIT_TIME || (time.n < text.n && time.n != 19))
        return false;
    for (size_t i = 0; i < time.n; i++)
        if (shape[i] == '0' ? time.p[i] < '0' || time.p[i] > '9' : time.p[i] != shape[i])
            return false;
    return true;
}

/* The beginning of `time` against `bound`: below, equal to or above 0. */
static int compare(dw_text time, dw_text bound)
{
    bound = without_z(bound);
    return memcmp(time.p, bound.p, bound.n < time.n ? bound.n : time.n);
}

static bool is_event(dw_text name, dw_text wanted)
{
    if (wanted.p[wanted.n - 1] != '*')
        return dw__text_eq(name, wanted);
    return dw__text_starts(name, (dw_text){wanted.p, wanted.n - 1});
}

static bool is_account(const struct audit_member *member, dw_text account)
{
    return (dw__text_is(member->name, "account") || dw__text_is(member->name, "account_id") ||
            dw__text_is(member->name, "actor")) &&
           dw__text_eq(member->value, account);
}

/* Whether the members of a line are of the account and request that are wanted. */
static bool members_are(const struct audit_filter *filter, dw_text rest)
{
    bool account = filter->account.n == 0, request = filter->request.n == 0;
    struct audit_member member;

    while (!(account && request) && dw__audit_member_read(&rest, &member)) {
        account = account || is_account(&member, filter->account);
        request =
            request || (dw__text_is(member.name, "request_id") && dw__text_eq(member.value, filter->request));
    }
    return account && request;
}

bool dw__audit_filter_takes(const struct audit_filter *filter, const struct audit_line *line)
{
    if (filter->since.n > 0 && compare(line->time, filter->since) < 0)
        return false;
    if (filter->until.n > 0 && compare(line->time, filter->until) > 0)
        return false;
    if (filter->event.n > 0 && !is_event(line->event, filter->event))
        return false;
    return members_are(filter, line->rest);
}
