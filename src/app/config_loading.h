/* app/config_loading.h -- a load of settings under way; only config_load.c, config_gather.c and config_say.c include it. */
#ifndef DW_APP_CONFIG_LOADING_H
#define DW_APP_CONFIG_LOADING_H

#include "app/config.h"
#include "app/own_settings.h"

#define DW__PREFIX_MAX 64

/* Where something was found. */
struct place {
    enum config_source source;
    unsigned line;   /* of the env-file */
    bool names_file; /* the value is the path of a file that holds it: X_FILE */
};

/* A setting by number: the framework's first, then the application's own. */
#define DW__LOADING_MAX (SETTINGS + DW__OWN_SETTINGS)

struct found {
    bool there;
    dw_text value;
    struct place place;
};

struct loading {
    const dw_app *app;
    struct config *config;
    struct buf *errors;
    size_t n_errors;
    struct arena scratch;            /* what was read from files; wiped */
    char prefix[DW__PREFIX_MAX + 2]; /* "COFFER_" */
    size_t prefix_n;
    dw_text env_file; /* its path; empty: none */
    const char *profile;
    bool env_file_is_private;
    struct found found[DW__LOADING_MAX];
};

/* ---- config_say.c: one line for each thing that is wrong ---- */

/* "coffer: ", and counts. What follows is put into l->errors; dw__say_end ends the line. */
void dw__say_begin(struct loading *l);
/* "coffer: environment: COFFER_WORKERS ". */
void dw__say_setting(struct loading *l, const struct place *place, unsigned which);
/* "environment", "var/dev.env:12", "profile proxy". */
void dw__say_place(const struct loading *l, const struct place *place);
/* Cut and escaped. */
void dw__say_quoted(struct buf *out, dw_text t);
void dw__say_end(struct loading *l, const char *fmt, ...) DW_PRINTF(2, 3);

/* ---- config_gather.c: what was given, by name ---- */

void dw__loading_prefix(struct loading *l);
void dw__loading_flags(struct loading *l, int *argc, char **argv);
void dw__loading_environment(struct loading *l, char **envp);
void dw__loading_env_file(struct loading *l);
/* What is behind "COFFER_" in name; false when it does not begin so. */
bool dw__loading_without_prefix(const struct loading *l, dw_text name, dw_text *rest);
/* The setting called `name` ("LISTEN", for a secret also "SIGNING_KEYS_FILE"). */
bool dw__loading_setting(const struct loading *l, dw_text name, unsigned *which, bool *names_file);
/* What it is called, and whether it may be seen. */
dw_text dw__loading_name(const struct loading *l, unsigned which);
bool dw__loading_is_secret(const struct loading *l, unsigned which);
/* Keeps what was found, unless a stronger source has it. */
void dw__loading_keep(struct loading *l, unsigned which, struct place place, dw_text value);
void dw__loading_unknown(struct loading *l, const struct place *place, dw_text name);
/* The bytes of a regular file in scratch memory. NULL, or a phrase that says why not, which it may be written by others as well; *is_private: others cannot read it. */
const char *dw__loading_file(struct loading *l, dw_text path, size_t max, dw_text *text, bool *is_private);

#endif
