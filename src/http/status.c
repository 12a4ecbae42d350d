/* http/status.c -- status lines, ready to be copied. */
#include "http/status.h"

#include "http/request.h"

#define FIRST 200
#define LINE(status, reason) [(status)-FIRST] = DW_TEXT_INIT("HTTP/1.1 " #status " " reason "\r\n"),
#define REASON(status, reason) [(status)-FIRST] = (reason),

static const dw_text lines[] = {DW__HTTP_STATUSES(LINE)};
static const char *const reasons[] = {DW__HTTP_STATUSES(REASON)};
#define COUNT (sizeof(lines) / sizeof(lines[0]))

dw_text dw__http_status_line(int status)
{
    return status >= FIRST && (size_t)(status - FIRST) < COUNT ? lines[status - FIRST] : (dw_text){0};
}

const char *dw__http_reason(int status)
{
    if (status < FIRST || (size_t)(status - FIRST) >= COUNT || reasons[status - FIRST] == NULL)
        return "";
    return reasons[status - FIRST];
}
