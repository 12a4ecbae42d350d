/* tuned.c -- an application with a setting of every sort of its own, and a route that says what a worker got of them. */
#include <dw/dw.h>
#include <stdlib.h>

DW_ENUM(mood, calm, busy);
DW_LIST(tuned_tags, dw_text, DW_LEN(1, 8));
DW_SETTINGS(tuned_settings,
    (int64_t,    retention_days, DW_RANGE(1, 3650), DW_DEFAULT(365), .example = "90", .doc = "How long things are kept."),
    (dw_text,    greeting, DW_LEN(1, 20), DW_DEFAULT("hello"), .doc = "What is said first."),
    (bool,       loud,     DW_DEFAULT(false), .doc = "Whether it is said aloud."),
    (mood,       mood,     DW_DEFAULT(mood_calm), .doc = "How it is said."),
    (dw_url,     home,     .optional = true, .doc = "Where it lives."),
    (tuned_tags, tags,     DW_ITEMS(1, 3), .optional = true, .doc = "What it is about."),
    (int64_t,    least,    DW_DEFAULT(1), .doc = "The least."),
    (int64_t,    most,     DW_DEFAULT(9), .doc = "The most."),
    (dw_secret,  mail_key, DW_BYTES(12, 64), .optional = true, .doc = "What the mail server asks for.")
);

static void check_settings(const tuned_settings *s, dw_faults *faults)
{
    if (s->least > s->most)
        DW_FAULT_AT(faults, s->least, "order", "Must not be more than MOST.");
}
DW_CHECK(tuned_settings, check_settings);

DW_SCHEMA(said,
    (int64_t, retention_days),
    (dw_text, greeting),
    (bool,    loud),
    (mood,    mood),
    (dw_text, home, .optional = true),
    (tuned_tags, tags, .optional = true),
    (int64_t, key_bytes)
);

static dw_err say(dw_req *req, const dw_nothing *in, said *out)
{
    const tuned_settings *s = DW_SETTINGS_OF(dw_req_ctx(req), tuned_settings);

    (void)in;
    *out = (said){.retention_days = s->retention_days,
                  .greeting = s->greeting,
                  .loud = s->loud,
                  .mood = s->mood,
                  .home = s->home,
                  .tags = s->tags,
                  .key_bytes = (int64_t)s->mail_key.n,
                  .has = {.home = s->has.home, .tags = s->has.tags}};
    return DW_OK;
}
DW_HANDLER(say, dw_nothing, said);

static const dw_route routes[] = {
    DW_GET("/said", say, DW_PUBLIC("a test looks at it")),
};
static const dw_blueprint voice = DW_BLUEPRINT("", routes);

/* `tuned greet`: a command has the same. */
static dw_err greet(dw_ctx *ctx, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return dw_text_is(DW_SETTINGS_OF(ctx, tuned_settings)->greeting, "hello") ? DW_OK : DW_NOT_FOUND;
}

static const char *const plain[] = {NULL}, *const staging[] = {"GREETING", "staged", NULL};

int main(int argc, char **argv)
{
    static const dw_command commands[] = {{"greet", greet, "fail when the greeting is not hello"}, {0}};
    static const dw_profile profiles[] = {{"plain", plain}, {"staging", staging}, {0}};

    return dw_main(argc, argv,
                   &(const dw_app){
                       .name = "tuned",
                       .version = "1",
                       .settings = getenv("FORGET_SETTINGS") ? NULL : &tuned_settings_table,
                       .profiles = profiles,
                       .commands = commands,
                       .blueprints = (const dw_blueprint *const[]){&voice, NULL},
                   });
}
