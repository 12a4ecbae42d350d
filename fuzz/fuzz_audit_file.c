/* Any bytes as the name of a file of the audit log, as members of a line, and as what one says it follows: what is taken is written the same way again. */
#include <stdlib.h>
#include <string.h>

#include "auth/audit_file.h"
#include "auth/audit_filter.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(dw_text name)
{
    char again[DW__AUDIT_STAMP];
    dw_text stamp;
    int64_t ms;

    if (!dw__audit_file_read(name, DW_TEXT("a"), &stamp))
        return;
    if (!dw__audit_stamp_read(stamp, &ms))
        abort();
    dw__audit_stamp(ms, again);
    if (memcmp(again, stamp.p, sizeof again) != 0)
        abort();
}

static void check_after(dw_text rest)
{
    char text[1024];
    struct audit_after after, again;
    struct buf b;

    if (!dw__audit_after_read(rest, &after))
        return;
    dw__buf_init_fixed(&b, text, sizeof text);
    dw__audit_after_put(&b, &after);
    if (b.failed || !dw__audit_after_read((dw_text){b.p, b.n}, &again) || again.seq != after.seq ||
        !dw__text_eq(again.file, after.file))
        abort();
}

static void check_members(dw_text rest)
{
    const struct audit_line line = {
        .time = DW_TEXT_INIT("2026-01-31T12:00:00.500Z"), .event = DW_TEXT_INIT("x"), .rest = rest};
    struct audit_filter filter = {.account = {rest.p, rest.n / 2}, .event = {rest.p, rest.n / 4}};
    struct audit_member member;
    dw_text left = rest;

    while (dw__audit_member_read(&left, &member))
        if (left.n >= rest.n || member.value.p < rest.p || member.value.p + member.value.n > rest.p + rest.n)
            abort();
    if (dw__audit_filter_takes(&filter, &line) && filter.event.n > 0 &&
        filter.event.p[filter.event.n - 1] != '*' && !dw__text_is(filter.event, "x"))
        abort();
    if (dw__audit_filter_time_holds(rest)) {
        filter = (struct audit_filter){.since = rest, .until = rest};
        (void)dw__audit_filter_takes(&filter, &line);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dw_text text = {(const char *)data, size};

    check_name(text);
    check_after(text);
    check_members(text);
    return 0;
}
