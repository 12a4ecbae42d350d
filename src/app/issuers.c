/* app/issuers.c -- see issuers.h. */
#include "app/issuers.h"

#include "app/own_settings.h"
#include "auth/issuer.h"
#include "base/text.h"

#define NAME_SIZE 128u

/* What the setting `name` was given; p == NULL: nothing. False: there is no such setting. */
static bool find(const struct own_settings *own, const char *name, dw_text *text)
{
    bool names_file;
    const int i = own->plan != NULL ? dw__own_settings_find(own, dw__text_of(name), &names_file) : -1;

    *text = i >= 0 ? own->text[i] : (dw_text){NULL, 0};
    return i >= 0 && !names_file;
}

dw_err dw__app_issuers_new(struct issuers **out, const dw_app *app, const struct config *config,
                           struct buf *why)
{
    dw_text keys[DW__ISSUERS_MAX] = {{0}};
    char names[DW__ISSUERS_MAX][NAME_SIZE] = {""};
    bool known = true;

    *out = NULL;
    if (app->issuers == NULL)
        return DW_OK;
    for (size_t i = 0; i < DW__ISSUERS_MAX && app->issuers[i] != NULL; i++) {
        dw__setting_prefixed(app, dw__text_of(app->issuers[i]->keys), names[i], NAME_SIZE);
        if (find(&config->own, app->issuers[i]->keys, &keys[i]))
            continue;
        dw__buf_format(
            why,
            "issuer %s: its keys are in %s, which is no setting of the application's own (DW_SETTINGS)\n",
            app->issuers[i]->name, names[i]);
        known = false;
    }
    return known ? dw__issuers_new(out, app->issuers, keys, names, why) : DW_INVALID;
}

bool dw__app_issuers_hold(const dw_app *app, const struct config *config, struct buf *why)
{
    struct issuers *issuers;
    const dw_err err = dw__app_issuers_new(&issuers, app, config, why);

    dw__issuers_free(issuers);
    return err == DW_OK;
}
