// A signed webhook, right.
#include <dw/dw.h>

DW_SETTINGS(hook_settings, (dw_secret, secrets, .doc = "Secrets of webhooks."));
DW_WEBHOOKS(webhooks);
static const dw_webhook hook = DW_WEBHOOK("hook", hook_settings, secrets);
static dw_err take(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(take, dw_nothing, dw_nothing);

const dw_webhooks *const kept = &webhooks;
const dw_route routes[] = {DW_POST("/hook", take, DW_SIGNED(hook), .status = 202)};
