/* careless.c -- an application of which `check` has something to say: a pattern that can be made slow, a guard that complains, and warnings that
 * were accepted, each in its own way.  ACCEPTS picks which. */
#include <dw/dw.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

DW_SETTINGS(careless_settings,
    (dw_text, keeper, DW_LEN(1, 20), .example = "kim", .doc = "Who looks after it.")
);

DW_SCHEMA(searched,
    (dw_text, word, .pattern = "(a+)+", DW_LEN(0, 100)),
    (dw_text, more, .pattern = "(?=a)a*", DW_LEN(0, 100), .optional = true)
);

static dw_err search(dw_req *req, const searched *in, searched *out)
{
    (void)req;
    *out = *in;
    return DW_OK;
}
DW_HANDLER(search, searched, searched);

static dw_err any(dw_req *req, int status)
{
    (void)req, (void)status;
    return DW_OK;
}

static void complain(dw_audit *audit)
{
    dw_audit_warning(audit, "the door is open");
    if (getenv("ACCEPTS") != NULL && strcmp(getenv("ACCEPTS"), "errors") == 0)
        dw_audit_error(audit, "there is no door");
}
DW_GUARD(door, DW_PHASE_AFTER, "complains of the door", .after = any, .audit = complain);

/* Nothing that a session can keep. */
DW_SCHEMA(kept, (dw_secret, code, .optional = true));
static const dw_session_values values = {.schema = &kept_schema};

static const dw_route routes[] = {
    DW_GET("/search", search, DW_PUBLIC("a test looks at it"), .guards = DW_GUARDS(door)),
};
static const dw_blueprint everything = DW_BLUEPRINT("", routes);

/* The day that is `days` from now. */
static const char *day(int days, char out[static 11])
{
    time_t then = time(NULL) + (time_t)days * 86400;
    struct tm tm;

    if (gmtime_r(&then, &tm) == NULL || strftime(out, 11, "%Y-%m-%d", &tm) != 10)
        abort();
    return out;
}

static const dw_accepted refused[] = {
    DW_ACCEPT("nothing.at-all", "there is no such thing", "2099-12-31"),
    DW_ACCEPT("own.error", "errors cannot be accepted", "2099-12-31"),
    DW_ACCEPT("own.warning", "the day is none", "2099-02-30"),
    {0},
};

int main(int argc, char **argv)
{
    char soon[11], past[11];
    const char *which = getenv("ACCEPTS") != NULL ? getenv("ACCEPTS") : "nothing";
    const dw_accepted some[] = {
        {"own.warning", "the door is to be open", day(30, soon), "door", "careless.c:1"},
        {"schema.pattern-slow", "the worker is patient", day(-1, past), NULL, "careless.c:2"},
        {"settings.session-idle", "there are no sessions here", soon, NULL, NULL},
        {0},
    };

    return dw_main(argc, argv,
                   &(const dw_app){
                       .name = "careless",
                       .version = "1",
                       .settings = &careless_settings_table,
                       .accepted = strcmp(which, "some") == 0      ? some
                                   : strcmp(which, "refused") == 0 ? refused
                                                                   : NULL,
                       .no_rate_global = strcmp(which, "errors") == 0 ? "nobody asks twice here" : NULL,
                       .session_values = strcmp(which, "values") == 0 ? &values : NULL,
                       .blueprints = (const dw_blueprint *const[]){&everything, NULL},
                   });
}
