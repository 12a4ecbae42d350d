/* auth/audit_recent.c -- lines lie one behind the other in a ring of bytes, none of them over its end; where each is, a ring of places says. */
#include "auth/audit_recent.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct place {
    uint32_t at, n;
};

struct audit_recent {
    size_t first, n; /* of places */
    size_t end;      /* where the next line goes */
    struct place places[DW__AUDIT_RECENT_LINES];
    char bytes[DW__AUDIT_RECENT_BYTES];
};

dw_err dw__audit_recent_new(struct audit_recent **out)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? DW_OK : DW_UNAVAILABLE;
}

void dw__audit_recent_free(struct audit_recent *recent)
{
    free(recent);
}

/* The i-th, 0 being the oldest. */
static const struct place *place_at(const struct audit_recent *r, size_t i)
{
    return &r->places[(r->first + i) % DW__AUDIT_RECENT_LINES];
}

static void forget_oldest(struct audit_recent *r)
{
    r->first = (r->first + 1) % DW__AUDIT_RECENT_LINES;
    r->n--;
}

/* Room for n bytes at r->end, of the oldest lines. */
static void make_room(struct audit_recent *r, size_t n)
{
    if (r->end + n > DW__AUDIT_RECENT_BYTES) {
        while (r->n > 0 && place_at(r, 0)->at >= r->end)
            forget_oldest(r);
        r->end = 0;
    }
    while (r->n > 0 && place_at(r, 0)->at >= r->end && place_at(r, 0)->at < r->end + n)
        forget_oldest(r);
    if (r->n == DW__AUDIT_RECENT_LINES)
        forget_oldest(r);
}

void dw__audit_recent_add(struct audit_recent *recent, dw_text line)
{
    if (line.n == 0 || line.n > DW__AUDIT_LINE)
        return;
    make_room(recent, line.n);
    memcpy(recent->bytes + recent->end, line.p, line.n);
    recent->places[(recent->first + recent->n++) % DW__AUDIT_RECENT_LINES] =
        (struct place){(uint32_t)recent->end, (uint32_t)line.n};
    recent->end += line.n;
}

static dw_text text_at(const struct audit_recent *r, size_t i)
{
    return (dw_text){r->bytes + place_at(r, i)->at, place_at(r, i)->n};
}

/* How many lines stand before the one that is named; false: it is not there. */
static bool find_before(const struct audit_recent *r, const struct audit_ask *ask, size_t *n)
{
    struct audit_line line;

    *n = r->n;
    if (ask->before.n == 0)
        return true;
    while (*n > 0)
        if (dw__audit_line_read(text_at(r, --*n), &line) && line.seq == ask->before_seq &&
            dw__text_eq(line.chain, ask->before))
            return true;
    return false;
}

dw_err dw__audit_recent_find(const struct audit_recent *recent, const struct audit_ask *ask,
                             bool (*each)(void *self, dw_text line), void *self, bool *more)
{
    struct audit_line line;
    unsigned found = 0;
    size_t n;

    *more = false;
    if (!find_before(recent, ask, &n))
        return DW_NOT_FOUND;
    while (n > 0) {
        dw_text text = text_at(recent, --n);

        if (!dw__audit_line_read(text, &line) || !dw__audit_filter_takes(&ask->filter, &line))
            continue;
        if (found == ask->n || !each(self, text)) {
            *more = true;
            return DW_OK;
        }
        found++;
    }
    return DW_OK;
}
