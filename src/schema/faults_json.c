/* faults_json.c -- faults as the error shape shows them: places, codes and sentences, never values. */
#include "base/text.h"
#include "codec/json.h"
#include "schema/bind.h"
#include "schema/says.h"

/* Bytes of one sentence; a longer one is cut. */
#define SENTENCE_MAX 512

static void put_sentence(const struct bind_faults *faults, const struct bind_fault *fault, struct buf *out)
{
    char text[SENTENCE_MAX];
    struct buf sentence;

    dw__buf_init_fixed(&sentence, text, sizeof text);
    dw__says(&sentence, fault, faults->messages, faults->language);
    dw__json_put_string(out, (dw_text){sentence.p, sentence.n});
}

/* "errors":[…]: what the other members say, for programs. */
static void put_errors(const struct bind_faults *faults, const struct bind_fault *list, size_t n,
                       struct buf *out)
{
    dw__buf_lit(out, ",\"errors\":[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            dw__buf_putc(out, ',');
        dw__buf_lit(out, "{\"pointer\":");
        dw__json_put_string(out, list[i].pointer);
        dw__buf_lit(out, ",\"code\":");
        dw__json_put_string(out, dw__text_of(list[i].code));
        dw__buf_lit(out, ",\"detail\":");
        put_sentence(faults, &list[i], out);
        dw__buf_putc(out, '}');
    }
    dw__buf_putc(out, ']');
}

static void put_unknown(const struct bind_faults *faults, struct buf *out)
{
    dw__buf_lit(out, "\"invalid_fields\":[");
    for (size_t i = 0; i < faults->n_unknown; i++) {
        if (i > 0)
            dw__buf_putc(out, ',');
        dw__json_put_string(out, faults->unknown[i].field);
    }
    dw__buf_putc(out, ']');
    put_errors(faults, faults->unknown, faults->n_unknown, out);
}

/* Whether an earlier fault has the same field: then it was written with that one. */
static bool is_written(const struct bind_fault *list, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (dw__text_eq(list[k].field, list[i].field))
            return true;
    return false;
}

static void put_sentences(const struct bind_faults *faults, size_t first, struct buf *out)
{
    const struct bind_fault *broken = faults->broken;

    dw__json_put_string(out, broken[first].field);
    dw__buf_lit(out, ":[");
    for (size_t i = first; i < faults->n_broken; i++) {
        if (!dw__text_eq(broken[i].field, broken[first].field))
            continue;
        if (i > first)
            dw__buf_putc(out, ',');
        put_sentence(faults, &broken[i], out);
    }
    dw__buf_putc(out, ']');
}

static void put_details(const struct bind_faults *faults, struct buf *out)
{
    bool first = true;

    dw__buf_lit(out, "\"details\":{");
    for (size_t i = 0; i < faults->n_broken; i++) {
        if (is_written(faults->broken, i))
            continue;
        if (!first)
            dw__buf_putc(out, ',');
        first = false;
        put_sentences(faults, i, out);
    }
    dw__buf_putc(out, '}');
    put_errors(faults, faults->broken, faults->n_broken, out);
}

bool dw__faults_json(const struct bind_faults *faults, dw_err err, struct buf *out)
{
    switch (err) {
    case DW_UNKNOWN_FIELDS: put_unknown(faults, out); return true;
    case DW_INVALID: put_details(faults, out); return true;
    case DW_MALFORMED:
        dw__buf_lit(out, "\"position\":");
        dw__buf_u64(out, faults->malformed_at);
        return true;
    default: return false;
    }
}
