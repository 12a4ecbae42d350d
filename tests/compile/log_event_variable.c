// The name of an event is a literal.
// expect: expected
#include <dw/dw.h>

enum { role_viewer, role_editor };

void say(dw_ctx *ctx, const char *event)
{
    DW_LOG_INFO(ctx, event);
}
