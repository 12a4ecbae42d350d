/* json_walk.c -- over a whole JSON value: to pass it, to check it, to write it anew.
 *
 * One loop does all three; what is not asked for costs a test of a pointer.  It is a loop and no recursion: the levels that are
 * open are bits of a word, and there are at most 64. */
#include "base/check.h"
#include "codec/json.h"

_Static_assert(DW__JSON_DEPTH <= 64, "levels are bits of a uint64_t");

struct walk {
    struct json_in *in;
    struct buf *out;     /* written anew, or NULL */
    struct arena *arena; /* strings that have escapes, and `names`; NULL when neither is wanted */
    bool unique;         /* a repeated name fails */
    struct json_names names;
    uint64_t objects;                    /* bit d: level d + 1 is an object */
    uint32_t names_from[DW__JSON_DEPTH]; /* where its names begin */
};

static bool is_object(const struct walk *w)
{
    return (w->objects >> (w->in->depth - 1) & 1) != 0;
}

static bool walk_string(struct walk *w)
{
    dw_text t;

    if (!dw__json_string(w->in, w->arena, &t))
        return false;
    if (w->out != NULL)
        dw__json_put_string(w->out, t);
    return true;
}

static bool walk_number(struct walk *w)
{
    struct json_number number;

    if (!dw__json_number(w->in, &number))
        return false;
    if (w->out != NULL)
        dw__buf_text(w->out, number.lexeme);
    return true;
}

static bool walk_bool(struct walk *w)
{
    bool v;

    if (!dw__json_bool(w->in, &v))
        return false;
    if (w->out != NULL)
        dw__json_put_bool(w->out, v);
    return true;
}

static bool walk_null(struct walk *w)
{
    if (!dw__json_null(w->in))
        return false;
    if (w->out != NULL)
        dw__buf_lit(w->out, "null");
    return true;
}

static bool open_array(struct walk *w)
{
    if (!dw__json_array_begin(w->in))
        return false;
    w->objects &= ~(UINT64_C(1) << (w->in->depth - 1));
    if (w->out != NULL)
        dw__buf_putc(w->out, '[');
    return true;
}

static bool open_object(struct walk *w)
{
    if (!dw__json_object_begin(w->in))
        return false;
    w->objects |= UINT64_C(1) << (w->in->depth - 1);
    w->names_from[w->in->depth - 1] = (uint32_t)w->names.n;
    if (w->out != NULL)
        dw__buf_putc(w->out, '{');
    return true;
}

/* A scalar, or the opening of a container. */
static bool walk_begin(struct walk *w)
{
    switch (dw__json_peek(w->in)) {
    case JSON_NULL: return walk_null(w);
    case JSON_BOOL: return walk_bool(w);
    case JSON_NUMBER: return walk_number(w);
    case JSON_STRING: return walk_string(w);
    case JSON_ARRAY: return open_array(w);
    case JSON_OBJECT: return open_object(w);
    case JSON_BAD: break;
    }
    return dw__json_fail(w->in, DW_MALFORMED);
}

static bool note_name(struct walk *w, dw_text name, size_t at)
{
    if (w->unique && !dw__json_names_add(&w->names, w->arena, name, at))
        return dw__json_fail(w->in, DW_TOO_LARGE);
    if (w->out != NULL) {
        dw__json_put_string(w->out, name);
        dw__buf_putc(w->out, ':');
    }
    return true;
}

static bool close_object(struct walk *w, unsigned level)
{
    size_t from = w->names_from[level];
    size_t at;

    if (w->unique && dw__json_names_repeat(&w->names, from, &at)) {
        w->in->p = w->in->start + at;
        return dw__json_fail(w->in, DW_MALFORMED);
    }
    w->names.n = from;
    return true;
}

/* One step inside the innermost container: to its next value, or out of it. */
static enum json_step walk_next(struct walk *w)
{
    unsigned level = w->in->depth - 1;
    bool object = is_object(w);
    bool first = w->in->first;
    dw_text name = {0};
    enum json_step step = object ? dw__json_object_next(w->in, w->arena, &name) : dw__json_array_next(w->in);

    if (step == JSON_DONE) {
        if (w->out != NULL)
            dw__buf_putc(w->out, object ? '}' : ']');
        return object && !close_object(w, level) ? JSON_FAILED : JSON_DONE;
    }
    if (step == JSON_MORE && w->out != NULL && !first)
        dw__buf_putc(w->out, ',');
    if (step == JSON_MORE && object && !note_name(w, name, (size_t)(w->in->p - w->in->start)))
        return JSON_FAILED;
    return step;
}

static bool walk(struct walk *w)
{
    unsigned outside = w->in->depth;

    do {
        if (!walk_begin(w))
            return false;
        while (w->in->depth > outside) {
            enum json_step step = walk_next(w);
            if (step == JSON_FAILED)
                return false;
            if (step == JSON_MORE)
                break;
        }
        if (w->out != NULL && w->out->failed)
            return dw__json_fail(w->in, DW_TOO_LARGE);
    } while (w->in->depth > outside);
    return true;
}

bool dw__json_skip(struct json_in *in)
{
    return walk(&(struct walk){.in = in});
}

dw_err dw__json_check(dw_text text, size_t *error_at)
{
    struct json_in in;

    dw__json_init(&in, text);
    if (walk(&(struct walk){.in = &in}))
        (void)dw__json_end(&in);
    *error_at = in.error_at;
    return in.err;
}

bool dw__json_skip_unique(struct json_in *in, struct arena *a)
{
    return walk(&(struct walk){.in = in, .arena = a, .unique = true});
}

dw_err dw__json_rewrite(dw_text text, struct buf *out, size_t *error_at)
{
    struct json_in in;

    DW__CHECK(out->arena != NULL);
    dw__json_init(&in, text);
    if (walk(&(struct walk){.in = &in, .out = out, .arena = out->arena, .unique = true}))
        (void)dw__json_end(&in);
    *error_at = in.error_at;
    return in.err;
}
