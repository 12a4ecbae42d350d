/* bind_multipart.c -- the text fields of a multipart/form-data body, bound like any other text.
 *
 * The whole body is one chunk, so each value is one slice of it.  A part that says it is a file, or anything but plain text, is no value of a field:
 * what a schema binds is text. */
#include "base/text.h"
#include "codec/form.h"
#include "codec/multipart.h"
#include "codec/parameter.h"
#include "codec/utf8.h"
#include "schema/bind.h"
#include "schema/bind_rules.h"

/* One binding on its way through a body. */
struct binding {
    const struct schema_plan *plan;
    uint64_t accept_mask;
    void *out;
    struct bind_faults *faults;
    dw_text body;
    dw_text value; /* of the part that is being read */
    struct multipart m;
};

/* What the browser or library leaves out means the same (RFC 7578 §4.4); the parser has judged the charset. */
static bool is_plain_text(const struct multipart_part *part)
{
    dw_text parameters;

    return part->filename.p == NULL &&
           (part->type.p == NULL ||
            dw__text_eq_nocase(dw__parameter_begin(part->type, &parameters), DW_TEXT("text/plain")));
}

/* What holds for every text, whatever its name. */
static dw_err judge_text(const struct binding *b)
{
    if (b->value.n > DW__FORM_FIELD_SIZE)
        return DW_TOO_LARGE;
    if (dw__utf8_valid_text(b->value.p, b->value.n))
        return DW_OK;
    b->faults->malformed_at = (size_t)(b->value.p - b->body.p);
    return DW_MALFORMED;
}

static dw_err bind_part(struct binding *b)
{
    const struct multipart_part *part = &b->m.part;
    bool text = is_plain_text(part);
    int i = dw__schema_field(b->plan, part->name);
    dw_err err = text ? judge_text(b) : DW_OK;

    if (err != DW_OK)
        return err;
    if (i >= 0 && ((b->accept_mask & b->plan->inputs) >> i & 1) != 0)
        text ? dw__bind_text(b->plan, (size_t)i, b->value, b->out, b->faults)
             : dw__bind_no_text(b->plan, (size_t)i, "plain_text", b->faults);
    else if (b->plan->drop == NULL && !dw__bind_passes_over(b->faults, part->name))
        dw__bind_unknown(b->faults, part->name);
    return DW_OK;
}

/* Reads and binds the next part; with *more false there is none. */
static dw_err bind_next(struct binding *b, dw_text *rest, bool *more)
{
    struct multipart_event event;
    dw_err err = dw__multipart_next(&b->m, rest, &event);

    *more = err == DW_OK && event.kind != MULTIPART_MORE;
    if (err == DW_OK && !*more)
        err = dw__multipart_end(&b->m);
    if (err != DW_OK) {
        b->faults->malformed_at = (size_t)b->m.at;
        return err;
    }
    if (event.kind == MULTIPART_PART)
        b->value = DW_TEXT("");
    else if (event.kind == MULTIPART_DATA)
        b->value = event.data;
    return event.kind == MULTIPART_PART_END ? bind_part(b) : DW_OK;
}

dw_err dw__bind_multipart(const struct schema_plan *plan, dw_text boundary, dw_text body,
                          uint64_t accept_mask, void *out, struct bind_faults *faults)
{
    struct binding b = {plan, accept_mask, out, faults, .body = body};
    bool more;
    dw_err err;

    dw__multipart_init(&b.m, boundary);
    do
        err = bind_next(&b, &body, &more);
    while (err == DW_OK && more);
    if (err != DW_OK && faults->fatal == DW_OK)
        faults->fatal = err;
    return err;
}
