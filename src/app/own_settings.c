/* app/own_settings.c -- a schema's fields as settings: their names, what they may be, their values.
 *
 * A name is the field's in capital letters behind the application's prefix, which it shares with the framework: so no name may be one of
 * the framework's, or what a flag of a command already means.  A value is one text, and is bound as a text of a query would be; a
 * list is split at its commas. */
#include "app/own_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "codec/utf8.h"
#include "schema/bind.h"
#include "schema/print.h"
#include "schema/says.h"

#define MEMORY_MAX ((size_t)2 << 20)
#define TEXT_MAX ((size_t)4096)
#define SECRET_MAX ((size_t)8192)

/* ---- the declaration ---- */

/* What --flags mean that are no settings. */
static const char *const taken[] = {"ENV_FILE", "HELP",  "VERSION", "DEPLOY", "STATUS",  "DRY_RUN", "JSON",
                                    "DEV",      "WATCH", "POLICY",  "ONCE",   "VERBOSE", "LEVEL",   NULL};

static bool is_name(dw_text name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!((c >= 'A' && c <= 'Z') || (i > 0 && ((c >= '0' && c <= '9') || c == '_'))))
            return false;
    }
    return name.n > 0 && name.n <= 48;
}

static bool is_secret_of(dw_text name, dw_text file)
{
    return file.n == name.n + 5 && dw__text_starts(file, name) &&
           dw__text_eq((dw_text){file.p + name.n, 5}, DW_TEXT("_FILE"));
}

/* Whose name it is already, or NULL. */
static const char *who_has(dw_text name)
{
    for (size_t i = 0; taken[i] != NULL; i++)
        if (dw__text_eq(name, dw__text_of(taken[i])))
            return "is what a flag of a command means";
    for (unsigned i = 0; i < SETTINGS; i++) {
        const struct setting_row *row = dw__setting_row((enum setting)i);
        dw_text other = dw__text_of(row->name);

        if (dw__text_eq(name, other) || (row->type == VALUE_SECRET && is_secret_of(other, name)))
            return "is a setting of the framework";
    }
    return NULL;
}

/* What about the field cannot be a setting, or NULL. */
static const char *field_fault(const struct own_settings *own, size_t i)
{
    const struct plan_field *f = &own->plan->fields[i];
    const dw_common_rules *rules = f->type.rules;
    const char *who = is_name(own->name[i]) ? who_has(own->name[i]) : "is no name of a setting";

    if (who != NULL)
        return who;
    if (!dw__schema_field_from_text(own->plan, i))
        return "is neither a scalar nor a list of scalars";
    if (f->flat != 0 || rules->nullable || rules->read_only || rules->write_only || f->source != SOURCE_ANY)
        return "has a rule that only fields of a request have";
    if (f->type.kind == DW_KIND_SECRET && rules->has_default)
        return "is a secret with a default, which everybody who has the program knows";
    if (rules->doc == NULL)
        return "has no .doc, and `--help` would have nothing to say of it";
    for (size_t k = 0; k < own->n; k++)
        if (k != i && own->plan->fields[k].type.kind == DW_KIND_SECRET &&
            is_secret_of(own->name[k], own->name[i]))
            return "is what a file with a secret is named by";
    return NULL;
}

static bool take_names(struct own_settings *own)
{
    for (size_t i = 0; i < own->n; i++) {
        dw_text name = own->plan->fields[i].name;
        char *out = dw__arena_bytes(&own->memory, name.n + 1);

        if (out == NULL)
            return false;
        for (size_t k = 0; k < name.n; k++)
            out[k] = name.p[k] >= 'a' && name.p[k] <= 'z' ? (char)(name.p[k] - 'a' + 'A') : name.p[k];
        own->name[i] = (dw_text){out, name.n};
    }
    return true;
}

static dw_err check_fields(const struct own_settings *own, const dw_app *app, struct buf *why)
{
    dw_err err = DW_OK;

    for (size_t i = 0; i < own->n; i++) {
        const char *fault = field_fault(own, i);

        if (fault == NULL)
            continue;
        dw__buf_format(why, "settings %s: %.*s %s\n", app->settings->schema->name, DW_FMT(own->name[i]),
                       fault);
        err = DW_INVALID;
    }
    return err;
}

dw_err dw__own_settings_init(struct own_settings *own, const dw_app *app, struct buf *why)
{
    dw_err err = DW_INVALID;

    memset(own, 0, sizeof *own);
    if (app == NULL || app->settings == NULL)
        return DW_OK;
    dw__arena_init(&own->memory, NULL, MEMORY_MAX);
    if (dw__schema_compile(app->settings->schema, &own->plan, why) != DW_OK) {
        dw__buf_lit(why, "\n");
        goto err;
    }
    own->n = own->plan->n_fields;
    DW__CHECK(own->n <= DW__OWN_SETTINGS);
    own->values = dw__arena_zalloc(&own->memory, own->plan->size);
    own->faults = dw__arena_zalloc(&own->memory, sizeof *own->faults);
    if (own->values == NULL || own->faults == NULL || !take_names(own)) {
        dw__buf_lit(why, "the settings need more memory than there is\n");
        goto err;
    }
    dw__bind_init(own->faults, &own->memory);
    own->faults->messages = app->messages;
    if ((err = check_fields(own, app, why)) == DW_OK)
        return DW_OK;
err:
    dw__own_settings_release(own);
    return err;
}

void dw__own_settings_release(struct own_settings *own)
{
    if (own->plan != NULL)
        dw__schema_plan_free(own->plan);
    dw__arena_release(&own->memory); /* wipes */
    memset(own, 0, sizeof *own);
}

/* ---- values ---- */

bool dw__own_setting_is_secret(const struct own_settings *own, size_t i)
{
    return own->plan->fields[i].type.kind == DW_KIND_SECRET;
}

int dw__own_settings_find(const struct own_settings *own, dw_text name, bool *names_file)
{
    for (size_t i = 0; i < own->n; i++) {
        *names_file = dw__own_setting_is_secret(own, i) && is_secret_of(own->name[i], name);
        if (*names_file || dw__text_eq(own->name[i], name))
            return (int)i;
    }
    return -1;
}

/* A secret may have lines: keys often do. */
static bool has_control(dw_text t, bool lines)
{
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.p[i];

        if ((c < 0x20 && !(lines && (c == '\n' || c == '\t'))) || c == 0x7f)
            return true;
    }
    return false;
}

/* What is wrong with a text before any rule, or NULL. */
static const char *text_fault(const struct own_settings *own, size_t i, dw_text text)
{
    bool secret = dw__own_setting_is_secret(own, i);

    if (text.n == 0 && (secret || own->plan->fields[i].type.kind == DW_KIND_LIST))
        return "Must not be empty.";
    if (text.n > (secret ? SECRET_MAX : TEXT_MAX))
        return secret ? "Must have at most 8192 bytes." : "Must have at most 4096 bytes.";
    if (has_control(text, secret))
        return "Must not have control characters.";
    return dw__utf8_valid_text(text.p, text.n) ? NULL : "Must be UTF-8.";
}

static bool wrong(char *why, const char *sentence)
{
    (void)snprintf(why, DW__OWN_WHY, "%s", sentence);
    return false;
}

/* The first thing that was found since there were `before`. */
static bool first_fault(const struct own_settings *own, size_t before, const dw_app *app, char *why)
{
    struct buf out;

    if (own->faults->fatal != DW_OK || before >= own->faults->n_broken)
        return wrong(why, "Needs more memory than there is.");
    dw__buf_init_fixed(&out, why, DW__OWN_WHY - 1);
    dw__says(&out, &own->faults->broken[before], app->messages, NULL);
    why[out.n] = '\0';
    return false;
}

static void bind_value(struct own_settings *own, size_t i, dw_text text)
{
    dw_text rest = text;

    if (own->plan->fields[i].type.kind != DW_KIND_LIST) {
        dw__bind_text(own->plan, i, text, own->values, own->faults);
        return;
    }
    while (rest.p != NULL)
        dw__bind_text(own->plan, i, dw__text_trim(dw__text_cut(&rest, ',')), own->values, own->faults);
}

bool dw__own_settings_give(struct own_settings *own, size_t i, dw_text text, const dw_app *app,
                           char why[static DW__OWN_WHY])
{
    const char *fault = text_fault(own, i, text);
    size_t before = own->faults->n_broken;

    if (fault != NULL)
        return wrong(why, fault);
    own->text[i] = dw__arena_text(&own->memory, text);
    if (own->text[i].p == NULL)
        return wrong(why, "Needs more memory than there is.");
    bind_value(own, i, own->text[i]);
    if (own->faults->n_broken == before && own->faults->fatal == DW_OK)
        return true;
    return first_fault(own, before, app, why);
}

/* What the end found: "required" is kept for who asks, the rest is said. */
static bool take_end(struct own_settings *own, size_t before, const dw_app *app, struct buf *why)
{
    bool good = own->faults->fatal == DW_OK;

    for (size_t k = before; k < own->faults->n_broken; k++) {
        const struct bind_fault *fault = &own->faults->broken[k];
        int i = dw__schema_field(own->plan, fault->field);

        if (i >= 0 && strcmp(fault->code, "required") == 0) {
            own->missing[i] = true;
            continue;
        }
        good = false;
        if (i >= 0) {
            char name[128];

            dw__setting_prefixed(app, own->name[i], name, sizeof name);
            dw__buf_format(why, "%s: ", name);
        } else {
            dw__buf_format(why, "settings %s: ", app->settings->schema->name);
        }
        dw__says(why, fault, app->messages, NULL);
        dw__buf_lit(why, "\n");
    }
    return good;
}

bool dw__own_settings_end(struct own_settings *own, const dw_app *app, struct buf *why)
{
    size_t before;
    dw_err err;

    if (own->plan == NULL)
        return true;
    before = own->faults->n_broken;
    err = dw__bind_end(own->plan, own->values, own->faults);
    return take_end(own, before, app, why) && (err == DW_OK || err == DW_INVALID);
}

bool dw__own_settings_hold(const struct own_settings *own, const dw_app *app, struct buf *why)
{
    bool hold = true;
    char name[128];

    for (size_t i = 0; i < own->n; i++) {
        if (!own->missing[i])
            continue;
        dw__setting_prefixed(app, own->name[i], name, sizeof name);
        dw__buf_format(why, "%s is missing, and has no default: %s\n", name, dw__own_setting_doc(own, i));
        hold = false;
    }
    return hold;
}

bool dw__own_settings_are_for(enum role role)
{
    return dw__role_is_client(role);
}

/* ---- what help says ---- */

const char *dw__own_setting_doc(const struct own_settings *own, size_t i)
{
    return own->plan->fields[i].type.rules->doc;
}

const char *dw__own_setting_example(const struct own_settings *own, size_t i)
{
    return own->plan->fields[i].type.rules->example;
}

bool dw__own_setting_is_optional(const struct own_settings *own, size_t i)
{
    return own->plan->fields[i].def == NULL && own->plan->fields[i].type.rules->optional;
}

bool dw__own_setting_default(const struct own_settings *own, size_t i, struct buf *out)
{
    const struct plan_field *f = &own->plan->fields[i];
    char memory[DW__PRINT_TEXT];
    dw_text text;

    if (f->def == NULL)
        return false;
    switch (f->type.kind) {
    case DW_KIND_INT64:
    case DW_KIND_DOUBLE:
    case DW_KIND_BOOL: dw__print_value(&f->type, f->def, out); return true;
    default: break;
    }
    text = dw__print_text(&f->type, f->def, memory);
    dw__buf_text(out, text);
    return true;
}

/* ---- the program ---- */

static bool is_same(const dw_settings *a, const dw_settings *b)
{
    return a->schema == b->schema ||
           (strcmp(a->schema->name, b->schema->name) == 0 && a->schema->size == b->schema->size &&
            a->schema->n_fields == b->schema->n_fields);
}

/* A header that declares them is in every file that includes it, so the same ones may be listed again and again. */
void dw__own_settings_check(const dw_app *app, const dw_build *build, struct buf *why)
{
    for (const dw_settings *const *s = build->settings_begin; s != build->settings_end; s++)
        if (app->settings == NULL)
            dw__buf_format(why, "settings %s are declared, but dw_app.settings does not name them\n",
                           (*s)->schema->name);
        else if (!is_same(app->settings, *s))
            dw__buf_format(why, "settings %s are declared beside %s; an application has one DW_SETTINGS\n",
                           (*s)->schema->name, app->settings->schema->name);
}

const void *dw_x_settings(const dw_ctx *ctx, const dw_settings *settings)
{
    DW__CHECK(ctx->services->settings != NULL);
    (void)settings; /* the image saw that there are no others */
    return ctx->services->settings;
}
