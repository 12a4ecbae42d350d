/* app/own_settings.h -- the application's own settings: names and rules out of its schema, values by the binder of schemas.
 *
 * The order is init, give for each that was given, end; then `values` is what DW_SETTINGS_OF hands out.  A child does the same with what the
 * monitor packed, so no value gets into `values` without the rules. */
#ifndef DW_APP_OWN_SETTINGS_H
#define DW_APP_OWN_SETTINGS_H

#include "app/config.h"

/* Bytes of what is said of one value. */
#define DW__OWN_WHY 512

/* Compiles what `app` declares; nothing when it declares nothing. DW_INVALID: a declaration that cannot be, a line in `why` for each fault; *own
 * is empty then. Else released by dw__own_settings_release. */
DW_MUST dw_err dw__own_settings_init(struct own_settings *own, const dw_app *app, struct buf *why);
/* Wipes. */
void dw__own_settings_release(struct own_settings *own);

/* Index of the setting called `name` ("PAGE_SIZE", for a secret also "MAIL_PASSWORD_FILE"), or -1. */
int dw__own_settings_find(const struct own_settings *own, dw_text name, bool *names_file);
bool dw__own_setting_is_secret(const struct own_settings *own, size_t i);

/* Takes a copy of `text` as the value of setting i. False: `why` is a sentence about it ("Must be …"), with nothing of the value in it. */
DW_MUST bool dw__own_settings_give(struct own_settings *own, size_t i, dw_text text, const dw_app *app,
                                   char why[static DW__OWN_WHY]);
/* After all: defaults, what is missing (own->missing), and the application's checks of the whole. False: a line in `why` for each check that
 * found something. */
DW_MUST bool dw__own_settings_end(struct own_settings *own, const dw_app *app, struct buf *why);

/* A line in `why` for each setting that is missing; true when there is none. */
bool dw__own_settings_hold(const struct own_settings *own, const dw_app *app, struct buf *why);
/* Whether a child of `role` gets them: one that runs application code. */
bool dw__own_settings_are_for(enum role role);

/* For help: what setting i is, its default (false: none) and an example (NULL: none). */
const char *dw__own_setting_doc(const struct own_settings *own, size_t i);
bool dw__own_setting_default(const struct own_settings *own, size_t i, struct buf *out);
const char *dw__own_setting_example(const struct own_settings *own, size_t i);
/* It has no default, and may be left out. */
bool dw__own_setting_is_optional(const struct own_settings *own, size_t i);

/* A line for each dw_settings in the program that is not dw_app.settings. */
void dw__own_settings_check(const dw_app *app, const dw_build *build, struct buf *why);

#endif
