/* schema/bind.h -- what clients send, into C structs, in one pass, with every fault that it has.
 *
 * A request has several sources (path, query, header, cookie, body); each binds the fields that are its own into one zeroed struct,
 * and dw__bind_end says once what is missing and what it all comes to:
 *
 *     struct bind_faults faults;
 *     dw__bind_init(&faults, arena);
 *     dw__bind_text(plan, i, segment, in, &faults);             // a path segment
 *     err = dw__bind_json(plan, json, body_mask, in, &faults);  // DW_MALFORMED or DW_TOO_LARGE: stop
 *     err = dw__bind_end(plan, in, &faults);                    // DW_OK, DW_UNKNOWN_FIELDS, DW_INVALID …
 *
 * Malformed wins over unknown fields, and these over broken rules.  Values are never echoed; names of unknown fields are, cut to 64
 * bytes of valid UTF-8. */
#ifndef DW_SCHEMA_BIND_H
#define DW_SCHEMA_BIND_H

#include "base/arena.h"
#include "base/buf.h"
#include "codec/form.h"
#include "schema/plan.h"

#define DW__FAULTS_UNKNOWN 20
#define DW__FAULTS_BROKEN 100
/* Bytes of an unknown name that are kept. */
#define DW__FAULTS_NAME 64

/* One broken rule. What is said of it is put together from `type` when the reply is made, unless the application said it. */
struct bind_fault {
    dw_text field;                /* "name", "owner.name", "tags.1"; "_schema" for the whole */
    dw_text pointer;              /* "/name", "/owner/name", "/tags/1"; "" for the whole (RFC 6901) */
    const char *code;             /* one of src/schema/says.c, or the application's own; static */
    const char *says;             /* the application's sentence, static; or NULL */
    const struct plan_type *type; /* whose rule it is, or NULL */
};

struct bind_faults {
    struct arena *arena;
    uint64_t seen;              /* top-level fields that came, whatever they held */
    uint64_t text_lists;        /* lists among them that came as text and have no fault yet */
    struct bind_fault *unknown; /* the first 20; in `arena` */
    size_t n_unknown, unknown_total;
    struct bind_fault *broken; /* the first 100; in `arena` */
    size_t n_broken, broken_total;
    dw_text passed_over; /* a field of a form that is nobody's fault where no schema has it; p NULL: none */
    dw_err fatal;        /* DW_MALFORMED or DW_TOO_LARGE once such a thing happened */
    size_t malformed_at; /* offset in the body */
    const dw_message *messages; /* of the application, ended by one without code; may be NULL */
    const char *language;       /* one of theirs that the client prefers, or NULL */
};

/* No faults. What binds and what is reported is allocated in `arena` (the request's). */
void dw__bind_init(struct bind_faults *faults, struct arena *arena);

/* Binds a JSON object into `out` (plan->size bytes, zeroed before the first source). Fields whose bit in accept_mask is 0 belong to another
 * source: here they are unknown. Texts are slices of `json` where they have no escapes, so it must live as long as `out`; secrets are
 * always copied into the arena. A whole that is not an object is a broken rule of "_schema".
 * DW_OK (also with faults: ask dw__bind_end), DW_MALFORMED with faults->malformed_at (not JSON, duplicate names, more than 64 levels), DW_TOO_LARGE
 * when the arena is full. */
DW_MUST dw_err dw__bind_json(const struct schema_plan *plan, dw_text json, uint64_t accept_mask, void *out,
                             struct bind_faults *faults);

/* Binds decoded text (valid UTF-8, which must live as long as `out`) into field i: an integer is decimal digits, a bool is `true` or `false`, a
 * double is a JSON number. A list of scalars takes one element a call; anything else that comes twice is a fault ("repeated"). */
void dw__bind_text(const struct schema_plan *plan, size_t i, dw_text value, void *out,
                   struct bind_faults *faults);
/* The same for bytes that may not be UTF-8 (of a header or cookie): then the value is no text. They are copied when they are good. */
void dw__bind_octets(const struct schema_plan *plan, size_t i, dw_text value, void *out,
                     struct bind_faults *faults);
/* Notes that field i came, and not as text. */
void dw__bind_no_text(const struct schema_plan *plan, size_t i, const char *code, struct bind_faults *faults);
/* Whether a fault says that a text spells no value of its type at all (and not that the value breaks a rule). */
bool dw__bind_is_misspelt(const struct bind_fault *fault);
/* Whether `name` is the field that nobody needs to have declared. */
static inline bool dw__bind_passes_over(const struct bind_faults *faults, dw_text name)
{
    return faults->passed_over.p != NULL && dw_text_eq(faults->passed_over, name);
}
/* Notes that a field came that nobody declared. */
void dw__bind_unknown(struct bind_faults *faults, dw_text name);
/* Binds all pairs of a form. Names that are no field, or whose bit in accept_mask is 0, are unknown. */
void dw__bind_form(const struct schema_plan *plan, const struct form *form, uint64_t accept_mask, void *out,
                   struct bind_faults *faults);
/* Binds the parts of a whole multipart/form-data body, which must live as long as `out`; `boundary` is one. A part with a file name, or of a type
 * other than text/plain, is a fault of its field ("plain_text"). DW_MALFORMED with faults->malformed_at (also for a text that is not UTF-8 or
 * has a NUL), DW_TOO_LARGE beyond what codec/multipart.h bounds or for a text of more than 500,000 bytes. */
DW_MUST dw_err dw__bind_multipart(const struct schema_plan *plan, dw_text boundary, dw_text body,
                                  uint64_t accept_mask, void *out, struct bind_faults *faults);
/* Parses and binds a query (without '?'). DW_BAD_REQUEST when it is malformed, DW_TOO_LARGE beyond 1,000 pairs. */
DW_MUST dw_err dw__bind_query(const struct schema_plan *plan, dw_text query, uint64_t accept_mask, void *out,
                              struct bind_faults *faults);

/* After all sources: fills in defaults, notes required fields that did not come, runs the application's checks, and says what it comes to:
 * faults->fatal, DW_UNKNOWN_FIELDS, DW_INVALID or DW_OK. Only after DW_OK does `out` keep every rule of the schema. */
DW_MUST dw_err dw__bind_end(const struct schema_plan *plan, void *out, struct bind_faults *faults);

/* Binds one JSON value of any type, and nothing behind it, into `at` (type->size zeroed bytes): for values that are no request. False, and
 * what is wrong in `faults`, when it is no JSON or breaks a rule. */
DW_MUST bool dw__bind_json_value(const struct plan_type *type, dw_text json, void *at,
                                 struct bind_faults *faults);
/* The same for a scalar as text, as dw__bind_text reads it. */
DW_MUST bool dw__bind_scalar(const struct plan_type *type, dw_text value, void *at,
                             struct bind_faults *faults);

/* Writes the members that the error shape has for `err`, without a comma before or behind: "invalid_fields":["…"] for DW_UNKNOWN_FIELDS,
 * "details":{"name":["…"]} for DW_INVALID, behind both "errors":[{"pointer":…,"code":…,"detail":…}]; "position":n for DW_MALFORMED. False,
 * and nothing written, for any other. */
bool dw__faults_json(const struct bind_faults *faults, dw_err err, struct buf *out);

#endif
