/* app/config_value.c -- one small parser for each type of setting.
 *
 * Pure: text in, member out.  Numbers have bounds, names have alphabets, addresses are numeric (a name that is looked up
 * may change its mind).  A child runs the same parsers over what the monitor gave it, so a value in struct config has
 * passed here whatever way it came. */
#include "app/config_parse.h"
#include "app/own_settings.h"
#include "codec/rate.h"
#include "store/pg.h"

#define MEMORY_MAX ((size_t)256 << 10)

static bool has_control(dw_text t)
{
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.p[i] < 0x20 || t.p[i] == 0x7f)
            return true;
    return false;
}

/* ---- names and paths ---- */

static bool parse_name(const struct value *v)
{
    for (size_t i = 0; i < v->text.n; i++) {
        char c = v->text.p[i];

        if (c <= ' ' || c > '~' || c == '"' || c == '\\')
            return value_wrong(v, "has a character that is not printable ASCII, or a space, '\"' or '\\'");
    }
    value_put_text(v, v->text);
    return true;
}

static bool parse_path(const struct value *v)
{
    value_put_text(v, v->text);
    return true;
}

static bool parse_account(const struct value *v)
{
    for (size_t i = 0; i < v->text.n; i++) {
        char c = v->text.p[i];

        if (!(is_letter(c) || c == '_' || (i > 0 && (is_digit(c) || c == '-' || c == '.'))))
            return value_wrong(v, "is not the name of an account");
    }
    value_put_text(v, v->text);
    return true;
}

static bool parse_postgres(const struct value *v)
{
    const char *fault = dw__pg_url_fault(v->text);

    if (fault)
        return value_wrong(v, fault);
    v->config->postgres = true;
    value_put_text(v, v->text);
    return true;
}

/* Names are opened as URIs with parameters of our own, so that none may come from the setting. */
static bool parse_database(const struct value *v)
{
    dw_text path = v->text;

    if (dw__text_starts(path, DW_TEXT("postgresql:")))
        return parse_postgres(v);
    if (!dw__text_starts(path, DW_TEXT("sqlite:")))
        return value_wrong(v, "is not a database that this version knows; it is sqlite: and a path, or "
                              "postgresql://user@host/database");
    path.p += 7;
    path.n -= 7;
    if (path.n == 0 || dw__text_is(path, ":memory:"))
        return value_wrong(v, "names no file; the processes of a server share one");
    if (dw__text_starts(path, DW_TEXT("//")))
        return value_wrong(
            v, "has slashes that others read otherwise; write sqlite:var/app.db or sqlite:/var/lib/app.db");
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '?' || path.p[i] == '#' || path.p[i] == '%')
            return value_wrong(v, "has '?', '#' or '%' in its path");
    value_put_text(v, path);
    return true;
}

static bool parse_rates(const struct value *v)
{
    struct rate rates[DW__RATES];
    size_t position;

    if (dw__rates_read(v->text, rates, &position) == 0) {
        snprintf(v->why, DW__SETTING_WHY,
                 "cannot be read at its byte %zu; limits are written as 5/minute or 10 per 2 hours; 100/day",
                 position + 1);
        return false;
    }
    value_put_text(v, v->text);
    return true;
}

static bool parse_secret(const struct value *v)
{
    dw_secret secret = {v->text.p, v->text.n};

    memcpy(value_member(v), &secret, sizeof secret);
    return true;
}

/* ---- numbers ---- */

static bool parse_choice(const struct value *v)
{
    size_t used = (size_t)snprintf(v->why, DW__SETTING_WHY, "is not");

    for (unsigned i = 0; v->row->choices[i] != NULL; i++) {
        if (dw__text_eq(v->text, dw__text_of(v->row->choices[i]))) {
            memcpy(value_member(v), &i, sizeof i);
            return true;
        }
        if (used < DW__SETTING_WHY)
            used += (size_t)snprintf(v->why + used, DW__SETTING_WHY - used, "%s %s",
                                     i == 0                   ? ""
                                     : v->row->choices[i + 1] ? ","
                                                              : " or",
                                     v->row->choices[i]);
    }
    return false;
}

static bool parse_int(const struct value *v)
{
    uint64_t number;
    unsigned small;

    if (!dw__text_u64(v->text, &number) || number < v->row->min || number > v->row->max) {
        snprintf(v->why, DW__SETTING_WHY, "is not a whole number from %llu to %llu",
                 (unsigned long long)v->row->min, (unsigned long long)v->row->max);
        return false;
    }
    small = (unsigned)number;
    memcpy(value_member(v), &small, sizeof small);
    return true;
}

/* 19M rather than 19922944 where that is exact. */
static void size_in_words(uint64_t size, char out[static 24])
{
    static const char *const units[] = {"", "K", "M", "G"};
    unsigned unit = 0;

    while (unit < 3 && size != 0 && size % 1024 == 0) {
        size /= 1024;
        unit++;
    }
    snprintf(out, 24, "%llu%s", (unsigned long long)size, units[unit]);
}

static bool parse_size(const struct value *v)
{
    uint64_t number;
    size_t size;

    if (!dw__text_size(v->text, &number) || number < v->row->min || number > v->row->max) {
        char least[24], most[24];

        size_in_words(v->row->min, least);
        size_in_words(v->row->max, most);
        snprintf(v->why, DW__SETTING_WHY, "is not a size from %s to %s (bytes, or a number with K, M or G)",
                 least, most);
        return false;
    }
    size = (size_t)number;
    memcpy(value_member(v), &size, sizeof size);
    return true;
}

static bool duration_ms(dw_text text, uint64_t *ms)
{
    static const struct {
        dw_text unit;
        uint64_t ms;
    } units[] = {{DW_TEXT_INIT("ms"), 1},
                 {DW_TEXT_INIT("s"), 1000},
                 {DW_TEXT_INIT("m"), 60000},
                 {DW_TEXT_INIT("h"), 3600000},
                 {DW_TEXT_INIT(""), 1000}};
    size_t digits = 0;

    while (digits < text.n && is_digit(text.p[digits]))
        digits++;
    if (digits > 9 || !dw__text_u64((dw_text){text.p, digits}, ms))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (dw__text_eq((dw_text){text.p + digits, text.n - digits}, units[i].unit)) {
            *ms *= units[i].ms;
            return true;
        }
    return false;
}

static bool parse_duration(const struct value *v)
{
    uint64_t ms;

    if (!duration_ms(v->text, &ms) || ms < v->row->min || ms > v->row->max) {
        snprintf(v->why, DW__SETTING_WHY, "is not a time from %llums to %llus (a number with ms, s, m or h)",
                 (unsigned long long)v->row->min, (unsigned long long)v->row->max / 1000);
        return false;
    }
    memcpy(value_member(v), &ms, sizeof ms);
    return true;
}

/* ---- the whole ---- */

static const struct {
    bool (*parse)(const struct value *v);
    bool may_be_empty;
} parsers[] = {
    [VALUE_NAME] = {parse_name, false},           [VALUE_PATH] = {parse_path, false},
    [VALUE_CHOICE] = {parse_choice, false},       [VALUE_INT] = {parse_int, false},
    [VALUE_SIZE] = {parse_size, false},           [VALUE_DURATION] = {parse_duration, false},
    [VALUE_ADDRESS] = {dw__value_address, false}, [VALUE_ADDRESSES] = {dw__value_addresses, false},
    [VALUE_HOSTS] = {dw__value_hosts, true},      [VALUE_ORIGIN] = {dw__value_origin, false},
    [VALUE_DATABASE] = {parse_database, false},   [VALUE_ACCOUNT] = {parse_account, false},
    [VALUE_NETS] = {dw__value_nets, true},        [VALUE_RATES] = {parse_rates, false},
    [VALUE_SECRET] = {parse_secret, false},       [VALUE_ORIGINS] = {dw__value_origins, true},
};

/* Bytes that the text of a setting may have. */
static size_t text_max(const struct setting_row *row)
{
    switch (row->type) {
    case VALUE_NAME:
    case VALUE_PATH:
    case VALUE_ORIGIN:
    case VALUE_DATABASE:
    case VALUE_ACCOUNT:
    case VALUE_RATES:
    case VALUE_SECRET: return (size_t)row->max;
    case VALUE_CHOICE:
    case VALUE_INT:
    case VALUE_SIZE:
    case VALUE_DURATION: return 32;
    case VALUE_ADDRESS: return 128;
    case VALUE_ADDRESSES:
    case VALUE_HOSTS:
    case VALUE_NETS:
    case VALUE_ORIGINS: return DW__SETTING_TEXT_MAX;
    }
    return 0;
}

bool dw__setting_parse(enum setting setting, dw_text value, struct config *config,
                       char why[static DW__SETTING_WHY])
{
    const struct setting_row *row = dw__setting_row(setting);
    struct value v = {row, value, config, why};

    if (value.n == 0 && !parsers[row->type].may_be_empty)
        return value_wrong(&v, "is empty");
    if (value.n > text_max(row)) {
        snprintf(why, DW__SETTING_WHY, "is longer than %zu bytes", text_max(row));
        return false;
    }
    if (has_control(value))
        return value_wrong(&v, "has control characters");
    v.text = dw__arena_text(row->type == VALUE_SECRET ? &config->secret_memory : &config->memory, value);
    if (v.text.p == NULL)
        return value_wrong(&v, "needs more memory than there is");
    if (!parsers[row->type].parse(&v))
        return false;
    if (row->type != VALUE_SECRET)
        config->text[setting] = v.text;
    return true;
}

void dw__config_init(struct config *config)
{
    memset(config, 0, sizeof *config);
    dw__arena_init(&config->memory, NULL, MEMORY_MAX);
    dw__arena_init(&config->secret_memory, NULL, MEMORY_MAX);
}

bool dw__config_finish(struct config *config, enum setting *setting, char why[static DW__SETTING_WHY])
{
    config->development = config->environment == 1;
    if (config->n_listen * config->workers > DW__MAX_LISTENERS) {
        *setting = SETTING_WORKERS;
        snprintf(why, DW__SETTING_WHY, "times the %zu addresses of LISTEN is more than %u sockets",
                 config->n_listen, DW__MAX_LISTENERS);
        return false;
    }
    if (config->argon2_memory % 1024 != 0) {
        *setting = SETTING_ARGON2_MEMORY;
        snprintf(why, DW__SETTING_WHY, "is not a multiple of 1K");
        return false;
    }
    return true;
}

void dw__config_forget_secrets(struct config *config)
{
    dw__arena_release(&config->secret_memory);
    config->signing_keys = config->data_keys = config->database_password = config->mail_password =
        (dw_secret){NULL, 0};
    config->signing_part = (dw_bytes){NULL, 0};
}

void dw__config_release(struct config *config)
{
    dw__config_forget_secrets(config);
    dw__own_settings_release(&config->own);
    dw__arena_release(&config->memory);
    memset(config, 0, sizeof *config);
}
