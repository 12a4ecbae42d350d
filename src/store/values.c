/* store/values.c -- statements and rows as bytes. See values.h.
 *
 * A value is one byte of type, then nothing, eight bytes, or a length of four bytes and so many bytes. Nothing is aligned,
 * nothing is trusted. */
#include "store/values.h"

#include <string.h>

#include "store/row.h"
#include "store/tx.h"

#define UNIT_HEAD ((size_t)24)
/* Where what follows is in the word of enum sql_want. */
#define ACT_AT 8
#define BEGINS_AT 15
#define LEASE_AT 16

static void put_u32(struct buf *b, uint32_t v)
{
    dw__buf_put(b, &v, sizeof v);
}

static void put_u64(struct buf *b, uint64_t v)
{
    dw__buf_put(b, &v, sizeof v);
}

/* Takes n bytes from the front of *m into out; false when there are fewer. */
static bool take(dw_text *m, void *out, size_t n)
{
    if (m->n < n)
        return false;
    memcpy(out, m->p, n);
    m->p += n;
    m->n -= n;
    return true;
}

static void put_value(struct buf *b, const struct sql_value *v)
{
    dw__buf_putc(b, (char)v->type);
    switch (v->type) {
    case SQL_NULL: break;
    case SQL_INT: dw__buf_put(b, &v->i, sizeof v->i); break;
    case SQL_REAL: dw__buf_put(b, &v->d, sizeof v->d); break;
    case SQL_TEXT:
        if (v->t.n > UINT32_MAX) {
            b->failed = true;
            break;
        }
        put_u32(b, (uint32_t)v->t.n);
        dw__buf_text(b, v->t);
        break;
    }
}

static bool take_text(dw_text *m, dw_text *out)
{
    uint32_t n;

    if (!take(m, &n, sizeof n) || m->n < n)
        return false;
    *out = (dw_text){m->p, n};
    m->p += n;
    m->n -= n;
    return true;
}

static bool take_value(dw_text *m, struct sql_value *v)
{
    uint8_t type;

    if (!take(m, &type, sizeof type))
        return false;
    switch (type) {
    case SQL_NULL: v->type = SQL_NULL; return true;
    case SQL_INT: v->type = SQL_INT; return take(m, &v->i, sizeof v->i);
    case SQL_REAL: v->type = SQL_REAL; return take(m, &v->d, sizeof v->d);
    case SQL_TEXT: v->type = SQL_TEXT; return take_text(m, &v->t);
    default: return false;
    }
}

void dw__unit_put(struct buf *b, const struct unit *unit, const struct sql_value *values, size_t n)
{
    put_u32(b, unit->id);
    put_u32(b, unit->statement);
    put_u32(b, (uint32_t)unit->want | (uint32_t)unit->act << ACT_AT | (uint32_t)unit->begins << BEGINS_AT |
                   (uint32_t)unit->lease << LEASE_AT);
    put_u32(b, (uint32_t)n);
    put_u64(b, unit->deadline_ns);
    dw__row_put(b, values, n);
}

/* How it is to be run: what of the rows is wanted, and in which transaction. False when that cannot be. */
static bool take_how(uint32_t word, struct unit *unit)
{
    uint8_t want = (uint8_t)word;

    unit->want = (enum sql_want)want;
    unit->act = word >> ACT_AT & 0x7f;
    unit->begins = word >> BEGINS_AT & 1;
    unit->lease = (uint16_t)(word >> LEASE_AT);
    if (want >= SQL_WANT_COUNT || unit->act >= TX_ACTS)
        return false;
    return unit->act != TX_NONE || (!unit->begins && unit->lease == 0);
}

dw_err dw__unit_get(dw_text message, const struct sql_inventory *inv, struct unit *unit,
                    struct sql_value *values)
{
    uint32_t head[4];
    const struct sql_statement *st;

    *unit = (struct unit){0};
    if (message.n < UNIT_HEAD || !take(&message, head, sizeof head) ||
        !take(&message, &unit->deadline_ns, sizeof unit->deadline_ns))
        return DW_INTERNAL;
    unit->id = head[0];
    unit->statement = head[1];
    if (!take_how(head[2], unit))
        return DW_INTERNAL;
    if (unit->act > TX_RUN)
        return unit->statement == 0 && head[3] == 0 && message.n == 0 ? DW_OK : DW_INTERNAL;
    if (unit->statement >= dw__sql_inventory_count(inv))
        return DW_INTERNAL;
    st = dw__sql_statement(inv, unit->statement);
    if (head[3] != st->n_params || dw__row_get(&message, values, st->n_params) != DW_OK || message.n != 0)
        return DW_INTERNAL;
    return dw__params_fault(st, values) ? DW_INTERNAL : DW_OK;
}

void dw__answer_head(const struct answer *answer, char out[static DW__ANSWER_HEAD])
{
    uint32_t words[4] = {answer->id, (uint32_t)answer->err, answer->n_rows, 0};

    memcpy(out, words, sizeof words);
    memcpy(out + sizeof words, &answer->changes, sizeof answer->changes);
}

void dw__row_put(struct buf *b, const struct sql_value *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_value(b, &values[i]);
}

/* The errors that running a statement can have. */
static dw_err err_of(uint32_t number)
{
    static const dw_err known[] = {DW_OK,      DW_NOT_FOUND, DW_CONFLICT, DW_UNAVAILABLE,
                                   DW_TIMEOUT, DW_CANCELED,  DW_TOO_LARGE};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if ((uint32_t)known[i] == number)
            return known[i];
    return DW_INTERNAL;
}

dw_err dw__answer_get(dw_text *message, struct answer *answer)
{
    uint32_t words[4];

    if (!take(message, words, sizeof words) || !take(message, &answer->changes, sizeof answer->changes))
        return DW_INTERNAL;
    answer->id = words[0];
    answer->err = err_of(words[1]);
    answer->n_rows = words[2];
    return answer->n_rows > DW__SQL_MAX_ROWS ? DW_INTERNAL : DW_OK;
}

dw_err dw__row_get(dw_text *message, struct sql_value *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!take_value(message, &values[i]))
            return DW_INTERNAL;
    return DW_OK;
}
