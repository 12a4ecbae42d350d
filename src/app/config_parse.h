/* app/config_parse.h -- what the parsers of settings share; only config_value.c and config_address.c include it. */
#ifndef DW_APP_CONFIG_PARSE_H
#define DW_APP_CONFIG_PARSE_H

#include <stdio.h>
#include <string.h>

#include "app/config_value.h"
#include "base/text.h"

/* A parse under way. */
struct value {
    const struct setting_row *row;
    dw_text text; /* a copy in config's memory */
    struct config *config;
    char *why; /* DW__SETTING_WHY bytes */
};

static inline bool value_wrong(const struct value *v, const char *phrase)
{
    snprintf(v->why, DW__SETTING_WHY, "%s", phrase);
    return false;
}

static inline void *value_member(const struct value *v)
{
    return (char *)v->config + v->row->member;
}

/* Puts a list where the row says. */
static inline void value_put_list(const struct value *v, const void *items, size_t n)
{
    memcpy(value_member(v), &items, sizeof items);
    memcpy((char *)v->config + v->row->count, &n, sizeof n);
}

static inline void value_put_text(const struct value *v, dw_text text)
{
    memcpy(value_member(v), &text, sizeof text);
}

static inline bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* config_address.c: parsers of the types of the same name. */
bool dw__value_address(const struct value *v);
bool dw__value_addresses(const struct value *v);
bool dw__value_hosts(const struct value *v);
bool dw__value_nets(const struct value *v);
bool dw__value_origin(const struct value *v);
bool dw__value_origins(const struct value *v);

#endif
