/* dw/rules.h -- what may be asked of a field: one struct of rules for each type.
 *
 * A row of DW_SCHEMA, an element of DW_LIST and a value of DW_MAP take these as designated initialisers or by the macros beside
 * them.  A rule that a type does not have is a member that its struct does not have, so it does not compile; what only start-up can
 * find (a pattern that does not compile, a range that is no range) `check` says in one line. */
#ifndef DW_RULES_H
#define DW_RULES_H

#include "policy.h"
#include "types.h"
#include "values.h"

/* ---- faults: what a check of one's own says ---- */

/* Where a check reports; valid only while it runs. */
typedef struct dw_faults dw_faults;

/* Notes that the value that is judged breaks a rule: a stable code and a sentence, both literals, so that no value gets into a
 * reply.  DW_FAULT_AT says it of a member of the struct that is judged: DW_FAULT_AT(faults, in->to, "order", "Must be after `from`."). */
#define DW_FAULT(faults, code, says) dw_x_fault((faults), NULL, 0, "" code "", "" says "")
#define DW_FAULT_AT(faults, member, code, says) \
    dw_x_fault((faults), &(member), sizeof(member), "" code "", "" says "")
void dw_x_fault(dw_faults *faults, const void *member, size_t size, const char *code, const char *says);

/* ---- messages: other words for a broken rule ---- */

/* The sentence for a code; language NULL: for everyone who gets no language of their own.  {min}, {max}, {of} and {values} stand for
 * what the rule was told. docs/guide/validating-input.md lists the codes. */
typedef struct dw_message {
    const char *code, *says, *language;
} dw_message;

/* `.says = DW_MESSAGES(DW_SAY("pattern", "An ISBN is 13 digits."), DW_SAY_IN("de", "pattern", "Eine ISBN hat 13 Ziffern."))` */
#define DW_SAY(code, says)           \
    {                                \
        "" code "", "" says "", NULL \
    }
#define DW_SAY_IN(language, code, says)         \
    {                                           \
        "" code "", "" says "", "" language "", \
    }
#define DW_MESSAGES(...)     \
    (const dw_message[])     \
    {                        \
        __VA_ARGS__,         \
        {                    \
            NULL, NULL, NULL \
        }                    \
    }

/* ---- rules that every type has: the first members of each *_rules ---- */

#define DW__RULES_COMMON                                                                                  \
    bool optional;           /* may be absent; in a reply: left out when `has` is false */                \
    bool nullable;           /* may be null: `null` tells; in a reply: null when `has` is false */        \
    bool flat;               /* a nested schema whose fields stand among those of the outer one */        \
    bool read_only;          /* never taken from a client, only sent */                                   \
    bool write_only;         /* taken, never sent */                                                      \
    bool from_query;         /* comes from the query, also where there is a body */                       \
    bool has_default;        /* DW_DEFAULT */                                                             \
    dw_visible visible_to;   /* DW_ROLES(…): only sent, and only to callers with one of these roles */  \
    const char *from_header; /* comes from the header of this name (lower case) … */                    \
    const char *from_cookie; /* … or from this cookie */                                                \
    const char *wire;        /* the name outside, where a C name will not do */                           \
    const char *doc;         /* what it is, for people */                                                 \
    const char *example;     /* a value as text, which must keep the rules; of objects and lists: JSON */ \
    const dw_message *says;  /* DW_MESSAGES */                                                            \
    char _

typedef struct dw_common_rules {
    DW__RULES_COMMON;
} dw_common_rules;

/* What stands there when nothing came. `has` is then true. In a partial schema, what does not come stays absent. */
#define DW_DEFAULT(value) .def = (value), .has_default = true

/* ---- texts ---- */

/* Both lengths include their ends; without DW_LEN a text has at most 256 characters (a URL 2,048, an address 254). `pattern` is a PCRE2
 * pattern that must match the whole value. `trim` takes white space (Unicode's) off both ends and `nfc` puts the text into normal form
 * C, before anything else is judged. */
#define DW__RULES_TEXT(T)                                                    \
    DW__RULES_COMMON;                                                        \
    bool trim, nfc;                                                          \
    size_t len_min, len_max;     /* characters: DW_LEN */                    \
    size_t bytes_min, bytes_max; /* bytes of UTF-8: DW_BYTES */              \
    const char *pattern;                                                     \
    const char *pattern_says;  /* short for .says with the code "pattern" */ \
    const char *const *one_of; /* DW_ONE_OF */                               \
    const char *def;                                                         \
    void (*check)(T value, dw_faults * faults)

typedef struct dw_text_rules {
    DW__RULES_TEXT(dw_text);
} dw_text_rules;
typedef struct dw_secret_rules {
    DW__RULES_TEXT(dw_secret);
} dw_secret_rules;
typedef struct dw_email_rules {
    DW__RULES_TEXT(dw_text);
    bool dotted; /* the domain has a dot: no address of a local network, no address in brackets */
} dw_email_rules;
typedef struct dw_url_rules {
    DW__RULES_TEXT(dw_text);
    const char *const *schemes; /* DW_SCHEMES; default http and https */
} dw_url_rules;

/* Length in characters, and in bytes (of text as UTF-8, of dw_bytes decoded, of dw_json as it was written). */
#define DW_LEN(lo, hi) .len_min = (lo), .len_max = (hi) + DW__REQUIRE((lo) <= (hi), the_bounds_are_reversed)
#define DW_BYTES(lo, hi) \
    .bytes_min = (lo), .bytes_max = (hi) + DW__REQUIRE((lo) <= (hi), the_bounds_are_reversed)
#define DW_ONE_OF(...)              \
    .one_of = (const char *const[]) \
    {                               \
        __VA_ARGS__, NULL           \
    }
#define DW_SCHEMES(...)              \
    .schemes = (const char *const[]) \
    {                                \
        __VA_ARGS__, NULL            \
    }

/* ---- numbers ---- */

typedef struct dw_int64_rules {
    DW__RULES_COMMON;
    bool int_bounded;
    bool
        as_text; /* "9007199254740993": digits in a JSON string, since many readers keep 53 bits of a number */
    int64_t int_min, int_max;
    int64_t multiple_of;
    const int64_t *ints; /* DW_ONE_OF_INT */
    size_t n_ints;
    int64_t def;
    void (*check)(int64_t value, dw_faults *faults);
} dw_int64_rules;

typedef struct dw_double_rules {
    DW__RULES_COMMON;
    bool real_bounded;
    double real_min, real_max;
    double def;
    void (*check)(double value, dw_faults *faults);
} dw_double_rules;

typedef struct dw_bool_rules {
    DW__RULES_COMMON;
    bool def;
    void (*check)(bool value, dw_faults *faults);
} dw_bool_rules;

/* Range of an int64, both ends included. */
#define DW_RANGE(lo, hi)                                                                            \
    .int_min = (lo), .int_max = (hi) + (int64_t)DW__REQUIRE((lo) <= (hi), the_bounds_are_reversed), \
    .int_bounded = true
#define DW_ONE_OF_INT(...) \
    .ints = (const int64_t[]){__VA_ARGS__}, .n_ints = sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)
/* Range of a double, both ends included; a reversed pair is refused at start-up. */
#define DW_RANGE_REAL(lo, hi) .real_min = (lo), .real_max = (hi), .real_bounded = true

/* ---- decimal, date, time: bounds are written as values are ---- */

/* A decimal says DW_SCALE(n): at most n digits behind the point are taken, and it is kept with exactly n. */
typedef struct dw_decimal_rules {
    DW__RULES_COMMON;
    bool scaled;
    uint32_t scale;
    const char *least, *most; /* DW_BETWEEN */
    const char *multiple_of;
    const char *def;
    void (*check)(dw_decimal value, dw_faults *faults);
} dw_decimal_rules;
typedef struct dw_date_rules {
    DW__RULES_COMMON;
    const char *least, *most;
    const char *def;
    void (*check)(dw_date value, dw_faults *faults);
} dw_date_rules;
typedef struct dw_time_rules {
    DW__RULES_COMMON;
    const char *least, *most;
    const char *def;
    void (*check)(dw_time value, dw_faults *faults);
} dw_time_rules;

#define DW_SCALE(n) \
    .scale = (n) + (uint32_t)DW__REQUIRE((n) <= 18, a_decimal_has_at_most_18_digits), .scaled = true
/* Both ends included: DW_BETWEEN("0.01", "999.99"), DW_BETWEEN("2000-01-01", "2099-12-31"). One end alone: .least or .most. */
#define DW_BETWEEN(lo, hi) .least = "" lo "", .most = "" hi ""

/* ---- other scalars ---- */

typedef struct dw_uuid_rules {
    DW__RULES_COMMON;
    unsigned version; /* 1 to 8; 0: any */
    const char *def;
    void (*check)(dw_uuid value, dw_faults *faults);
} dw_uuid_rules;
typedef struct dw_ip_rules {
    DW__RULES_COMMON;
    unsigned version; /* 4 or 6; 0: either */
    const char *def;
    void (*check)(dw_ip value, dw_faults *faults);
} dw_ip_rules;
typedef struct dw_enum_rules {
    DW__RULES_COMMON;
    unsigned def;
    void (*check)(unsigned value, dw_faults *faults);
} dw_enum_rules;
/* Without DW_BYTES at most 1,024 bytes. */
typedef struct dw_bytes_rules {
    DW__RULES_COMMON;
    size_t bytes_min, bytes_max;
    void (*check)(dw_bytes value, dw_faults *faults);
} dw_bytes_rules;
/* Any JSON value: at most 16 KiB of text without DW_BYTES, at most `levels` (16 when 0) of arrays and objects. */
typedef struct dw_json_rules {
    DW__RULES_COMMON;
    size_t bytes_min, bytes_max;
    unsigned levels;
    void (*check)(dw_json value, dw_faults *faults);
} dw_json_rules;

/* ---- lists and maps ---- */

/* Without DW_ITEMS at most 100 elements or entries. */
typedef struct dw_list_rules {
    DW__RULES_COMMON;
    bool unique; /* no element twice */
    size_t items_min, items_max;
} dw_list_rules;
/* `keys` is the pattern of a key; a key has at most 64 characters in any case. */
typedef struct dw_map_rules {
    DW__RULES_COMMON;
    size_t items_min, items_max;
    const char *keys;
} dw_map_rules;

#define DW_ITEMS(lo, hi) \
    .items_min = (lo), .items_max = (hi) + DW__REQUIRE((lo) <= (hi), the_bounds_are_reversed)

#endif
