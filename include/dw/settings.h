/* dw/settings.h -- settings of the application's own, declared as a schema and given as the framework's are.
 *
 *     DW_SETTINGS(shop_settings,
 *         (int64_t,   page_size,     DW_RANGE(1, 100), DW_DEFAULT(20), .doc = "Orders in a page."),
 *         (dw_secret, mail_password, .optional = true, .doc = "What the mail server asks for."));
 *
 * and `.settings = &shop_settings_table` in dw_app.  SHOP_PAGE_SIZE, --page-size and a line of the --env-file are then known, `--help`
 * and `settings` show them, and every handler, command and job reads
 *
 *     const shop_settings *s = DW_SETTINGS_OF(ctx, shop_settings);
 *
 * A field is a scalar, or a list of scalars (written with commas between them).  A dw_secret never comes from a flag, may come from a
 * file (SHOP_MAIL_PASSWORD_FILE), and has no default.  A value that breaks a rule stops the start, and so does a field without `.doc`,
 * or one that has the name of a setting of the framework. */
#ifndef DW_SETTINGS_H
#define DW_SETTINGS_H

#include "ctx.h"
#include "schema.h"

/* What DW_SETTINGS declared. */
typedef struct dw_settings {
    const dw_schema *schema;
} dw_settings;

/* The values, as long as the process lives; for the macro below. */
const void *dw_x_settings(const dw_ctx *ctx, const dw_settings *settings);

#ifndef __cplusplus

/* One for an application; start-up refuses a second one, and one that dw_app.settings does not name. The section is how it is known that
 * they are there; nothing is registered by it. */
#define DW_SETTINGS(T, ...)                                        \
    DW_SCHEMA(T, __VA_ARGS__);                                     \
    DW__UNUSED static const dw_settings T##_table = {&T##_schema}; \
    DW__UNUSED static const dw_settings *const T##_listed          \
        __attribute__((section("dw_settings"), used, retain)) = &T##_table

/* `const T *`: what was set, or the defaults. T of anything but DW_SETTINGS does not compile. */
#define DW_SETTINGS_OF(ctx, T) ((const T *)dw_x_settings((ctx), &T##_table))

#endif

#endif
