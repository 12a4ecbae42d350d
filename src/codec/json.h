/* codec/json.h -- JSON (RFC 8259), strictly: a cursor that reads a complete text, and what writes values.
 *
 * The reader pulls: it asks what comes next and reads it into place; nothing is built.  A byte order mark, control characters in
 * strings, invalid UTF-8, lone surrogates, numbers that no double can hold, more than 64 levels and anything behind the
 * value are refused.  \u0000 is JSON and is read; who binds it into text refuses it.  docs/internals/json.md lists each
 * decision. */
#ifndef DW_CODEC_JSON_H
#define DW_CODEC_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include <dw/err.h>
#include <dw/types.h>

/* Levels of arrays and objects; one more is refused. */
#define DW__JSON_DEPTH 64

enum json_kind {
    JSON_BAD = 0, /* nothing that could begin a value, or the end of the text */
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

enum json_step { JSON_FAILED = 0, JSON_MORE, JSON_DONE };

/* A cursor. After a failure `err` says why (DW_MALFORMED, or DW_TOO_LARGE when the arena was full), `error_at` is the offset of the
 * byte that could not be (the length of the text when it ends too early), and every further call fails. */
struct json_in {
    const char *p, *start, *end;
    size_t error_at;
    dw_err err;
    unsigned depth;
    bool first;   /* a container was just opened */
    bool ascii;   /* the last string read has only ASCII characters */
    bool escaped; /* it had an escape, so it may hold NUL and is no slice of the text */
};

/* The lexeme, and its value when it is written as an integer that int64_t holds. */
struct json_number {
    dw_text lexeme;
    int64_t i;
    bool integral; /* -?(0|[1-9][0-9]*) and in the range of int64_t: `i` is it */
};

/* A cursor at the start of `text`, which must stay as it is while slices of it are in use. A text of 4 GiB or more has failed
 * already (DW_TOO_LARGE). */
void dw__json_init(struct json_in *in, dw_text text);
/* Skips white space and says what begins there. A JSON_BAD is not yet a failure: reading it is. */
enum json_kind dw__json_peek(struct json_in *in);
/* Marks the cursor failed at its present place; returns false. */
bool dw__json_fail(struct json_in *in, dw_err err);

/* Each reads exactly the value it names, after white space; false (see struct json_in) when something else is there. */
bool dw__json_null(struct json_in *in);
bool dw__json_bool(struct json_in *in, bool *out);
bool dw__json_number(struct json_in *in, struct json_number *out);
/* The characters of a string: a slice of the text when it has no escape, else unescaped into `a`. May hold NUL. With `a` NULL it is only
 * checked, and *out is what stands between the quotes. */
bool dw__json_string(struct json_in *in, struct arena *a, dw_text *out);
/* The double nearest to the lexeme (which dw__json_number accepted, so it is finite), whatever the locale. */
double dw__json_double(dw_text lexeme);

/* '[' or '{'. Then call _next until it says JSON_DONE; after each JSON_MORE one value must be read. */
bool dw__json_array_begin(struct json_in *in);
enum json_step dw__json_array_next(struct json_in *in);
bool dw__json_object_begin(struct json_in *in);
/* Also reads the name and the ':' behind it. Duplicates are not looked for: see struct json_names. */
enum json_step dw__json_object_next(struct json_in *in, struct arena *a, dw_text *name);

/* Reads one value of any kind and forgets it; all of it is checked, duplicate names are not. */
bool dw__json_skip(struct json_in *in);
/* The same, and a duplicate name in any object of it fails too. Uses `a` for scratch. */
bool dw__json_skip_unique(struct json_in *in, struct arena *a);
/* True when nothing but white space is left. */
bool dw__json_end(struct json_in *in);

/* Checks that `text` is exactly one JSON value, duplicate names allowed (the grammar alone). DW_MALFORMED with *error_at. */
DW_MUST dw_err dw__json_check(dw_text text, size_t *error_at);
/* Checks that `text` is exactly one JSON value without duplicate names in any object and appends it to `out` without white space,
 * numbers as they came, strings escaped as dw__json_put_string does. `out` must grow in an arena, which also serves as scratch.
 * DW_MALFORMED with *error_at (of a duplicate: just behind its name and ':'), DW_TOO_LARGE when `out` or its arena is full; then
 * what `out` holds is not to be used. */
DW_MUST dw_err dw__json_rewrite(dw_text text, struct buf *out, size_t *error_at);

/* ---- names of one object, to find duplicates: n log n at worst, whatever the names ---- */

struct json_name {
    uint64_t key;
    const char *p;
    uint32_t n, at;
};

struct json_names {
    struct json_name *v;
    size_t n, cap;
};

/* Adds a name that ends at offset `at` of its text; both must stay in place. False when `a` is full. */
bool dw__json_names_add(struct json_names *names, struct arena *a, dw_text name, size_t at);
/* Whether two of the names from index `from` on are equal; then *at is where the first repetition ends. Reorders them. */
bool dw__json_names_repeat(struct json_names *names, size_t from, size_t *at);

/* ---- writing: valid JSON whatever the value; a full buffer is remembered in it ---- */

/* `t` in quotes: " \ and control characters escaped, U+2028 and U+2029 as \u2028 and \u2029, each byte of invalid UTF-8 as U+FFFD. */
void dw__json_put_string(struct buf *b, dw_text t);
void dw__json_put_i64(struct buf *b, int64_t v);
/* The shortest decimal that reads back as v, whatever the locale: 1, 0.1, 1e+300. Not finite: null. */
void dw__json_put_double(struct buf *b, double v);
void dw__json_put_bool(struct buf *b, bool v);

#endif
