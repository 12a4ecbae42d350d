// Secrets of webhooks are a dw_secret.
// expect: (selector|not compatible with any association|_Generic)
#include <dw/dw.h>

DW_SETTINGS(hook_settings, (dw_text, secrets, .doc = "Not so."));
const dw_webhook hook = DW_WEBHOOK("hook", hook_settings, secrets);
