/* auth/audit_verify.c -- one question after the other, and a sentence for each answer that is wrong. */
#include "auth/audit_verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/compare.h"

#define STEPS_MAX ((uint64_t)1 << 28)

void dw__audit_verify_init(struct audit_verify *v, const uint8_t (*roots)[DW__AUDIT_KEY], size_t n_roots,
                           uint64_t max_steps)
{
    memset(v, 0, sizeof *v);
    v->n_roots = n_roots < DW__KEYRING_MAX ? n_roots : DW__KEYRING_MAX;
    if (v->n_roots > 0)
        memcpy(v->roots, roots, v->n_roots * sizeof v->roots[0]);
    v->max_steps = max_steps != 0 ? max_steps : STEPS_MAX;
    dw__buf_init_fixed(&v->why, v->sentence, sizeof v->sentence);
}

void dw__audit_verify_release(struct audit_verify *v)
{
    dw__wipe(v, sizeof *v);
}

__attribute__((format(printf, 3, 4))) static dw_err bad(struct audit_verify *v, uint64_t number,
                                                        const char *format, ...);

static dw_err bad(struct audit_verify *v, uint64_t number, const char *format, ...)
{
    char text[sizeof v->sentence];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    v->bad = number;
    v->why.n = 0;
    dw__buf_put(&v->why, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
    return DW_INVALID;
}

static struct audit_verify_chain *find(struct audit_verify *v, dw_text id)
{
    size_t n = v->n_chains < DW__AUDIT_CHAINS ? v->n_chains : DW__AUDIT_CHAINS;

    for (size_t i = 0; i < n; i++)
        if (memcmp(v->chains[i].chain.id, id.p, DW__AUDIT_ID) == 0)
            return &v->chains[i];
    return NULL;
}

static bool same(const char *a, dw_text b, size_t n)
{
    return b.n == n && memcmp(a, b.p, n) == 0;
}

/* ---- the chain of a line ---- */

static dw_err step_to(struct audit_chain *chain, uint64_t seq)
{
    dw_err err = DW_OK;

    while (chain->seq < seq && err == DW_OK)
        err = dw__audit_chain_step(chain);
    return err;
}

/* Whether `line` has the MAC that it has to have at this point of `chain`. */
static bool holds(const struct audit_chain *chain, const struct audit_line *line)
{
    char mac[DW__AUDIT_MAC];

    return dw__audit_chain_mac(chain, line->sealed, mac) == DW_OK && dw__equal(mac, line->mac.p, sizeof mac);
}

/* A chain that was not seen before, with the root under which this line holds. */
static struct audit_verify_chain *begin(struct audit_verify *v, const struct audit_line *line)
{
    struct audit_verify_chain *c = &v->chains[v->n_chains % DW__AUDIT_CHAINS];

    if (line->seq > v->max_steps)
        return NULL;
    for (size_t i = 0; i < v->n_roots; i++) {
        struct audit_chain chain;

        if (dw__audit_chain_begin(&chain, v->roots[i], line->chain.p) == DW_OK &&
            step_to(&chain, line->seq) == DW_OK && holds(&chain, line)) {
            *c = (struct audit_verify_chain){.chain = chain};
            v->n_chains++;
            return c;
        }
    }
    return NULL;
}

static bool opens(const struct audit_line *line)
{
    return dw__text_is(line->event, "audit.opened");
}

static bool rotates(const struct audit_line *line)
{
    return dw__text_is(line->event, "audit.rotated");
}

/* Whether the first line of a file names the one before, and that in ": file X" for a sentence. */
static const char *name_file(const struct audit_line *line, char out[static 272])
{
    struct audit_after after;

    out[0] = '\0';
    if ((opens(line) || rotates(line)) && dw__audit_after_read(line->rest, &after) && after.file.n > 0)
        (void)snprintf(out, 272, ": file %.*s", DW_FMT(after.file));
    return out;
}

/* What a line says that it follows must be there, and be that. */
static dw_err check_after(struct audit_verify *v, const struct audit_line *line, bool first)
{
    const struct audit_verify_chain *before;
    struct audit_after after;
    char file[272];

    if (!dw__audit_after_read(line->rest, &after))
        return bad(v, v->number, "it does not say what it follows");
    if (after.chain.n == 0 && v->lines > 0 && !first)
        return bad(v, v->number, "it begins a new log in the middle of one");
    if (after.chain.n != DW__AUDIT_ID || v->lines == 0)
        return DW_OK;
    before = find(v, after.chain);
    if (before == NULL)
        return bad(v, v->number, "it follows chain %.*s, of which nothing is there%s", DW_FMT(after.chain),
                   name_file(line, file));
    if (before->chain.seq <= after.seq)
        return bad(v, v->number, "before it lines %llu to %llu of chain %.*s are missing%s",
                   (unsigned long long)before->chain.seq, (unsigned long long)after.seq, DW_FMT(after.chain),
                   name_file(line, file));
    if (before->chain.seq == after.seq + 1 && after.mac.n > 0 &&
        !dw__equal(before->last_mac, after.mac.p, DW__AUDIT_MAC))
        return bad(v, v->number, "it follows another line than the one that is there");
    return DW_OK;
}

static dw_err begin_chain(struct audit_verify *v, const struct audit_line *line, bool first,
                          struct audit_verify_chain **out)
{
    char file[272];

    if ((line->seq != 0 || !opens(line)) && v->lines > 0)
        return bad(v, v->number, "the beginning of its chain is missing%s", name_file(line, file));
    *out = begin(v, line);
    if (*out == NULL)
        return bad(v, v->number, "it was altered, or not made with these keys");
    return opens(line) ? check_after(v, line, first) : DW_OK;
}

static dw_err go_on(struct audit_verify *v, const struct audit_verify_chain *c, const struct audit_line *line)
{
    unsigned long long next = c->chain.seq, seq = line->seq;
    char file[272];

    if (c->closed)
        return bad(v, v->number, "it stands behind the end of its chain");
    if (seq < next)
        return bad(v, v->number, "line %llu of its chain stands where %llu belongs: repeated, or moved", seq,
                   next);
    if (seq > next)
        return bad(v, v->number, "before it lines %llu to %llu of its chain are missing%s", next, seq - 1,
                   name_file(line, file));
    if (!holds(&c->chain, line))
        return bad(v, v->number, "it was altered");
    return c->turned && !rotates(line) ? bad(v, v->number, "it stands behind the end of its file") : DW_OK;
}

/* ---- heads ---- */

static struct audit_verify_head *find_head(struct audit_verify *v, dw_text id)
{
    for (size_t i = 0; i < v->n_heads; i++)
        if (same(v->heads[i].id, id, DW__AUDIT_ID))
            return &v->heads[i];
    return NULL;
}

/* A place for a head of `time`: the earliest of all makes room, and when that is the new one, nothing does. */
static struct audit_verify_head *place_for(struct audit_verify *v, dw_text time)
{
    struct audit_verify_head *earliest = &v->heads[0];

    if (v->n_heads < DW__AUDIT_CHAINS)
        return &v->heads[v->n_heads++];
    for (size_t i = 1; i < v->n_heads; i++)
        if (memcmp(v->heads[i].latest, earliest->latest, sizeof earliest->latest) < 0)
            earliest = &v->heads[i];
    return memcmp(earliest->latest, time.p, sizeof earliest->latest) < 0 ? earliest : NULL;
}

static void keep_head(struct audit_verify_head *h, const struct audit_head_line *line)
{
    memcpy(h->id, line->chain.p, sizeof h->id);
    memcpy(h->time, line->time.p, sizeof h->time);
    memcpy(h->mac, line->mac.p, sizeof h->mac);
    memcpy(h->head, line->head.p, sizeof h->head);
    h->seq = line->seq;
}

static void take_head(struct audit_verify *v, const struct audit_head_line *line)
{
    struct audit_verify_head *h = find_head(v, line->chain);

    if (h == NULL) {
        if ((h = place_for(v, line->time)) == NULL)
            return;
        *h = (struct audit_verify_head){0};
        keep_head(h, line);
    } else if (line->seq >= h->seq) {
        keep_head(h, line);
    }
    if (memcmp(h->latest, line->time.p, sizeof h->latest) < 0)
        memcpy(h->latest, line->time.p, sizeof h->latest);
}

void dw__audit_verify_heads(struct audit_verify *v, dw_text text)
{
    struct audit_head_line line;

    while (dw__audit_head_read(&text, &line))
        take_head(v, &line);
}

/* Whether `head` was made at this point of `chain`. */
static bool head_holds(const struct audit_chain *chain, const struct audit_verify_head *head)
{
    char mac[DW__AUDIT_MAC];

    return dw__audit_chain_head(chain, (dw_text){head->time, sizeof head->time},
                                (dw_text){head->mac, sizeof head->mac}, mac) == DW_OK &&
           dw__equal(mac, head->head, sizeof mac);
}

/* The line before was `line`; a head may be about it. */
static dw_err reach_head(struct audit_verify *v, const struct audit_chain *chain,
                         const struct audit_line *line)
{
    for (size_t i = 0; i < v->n_heads; i++) {
        struct audit_verify_head *h = &v->heads[i];

        if (h->seq != line->seq || !same(h->id, line->chain, DW__AUDIT_ID))
            continue;
        h->reached = true;
        if (!head_holds(chain, h) || !same(h->mac, line->mac, DW__AUDIT_MAC))
            return bad(v, v->number, "the head of %.*s is not one of this line", DW__AUDIT_TIME, h->time);
    }
    return DW_OK;
}

/* A head of which the line is not there. */
static dw_err judge_missing(struct audit_verify *v, const struct audit_verify_head *h)
{
    const struct audit_verify_chain *c = find(v, (dw_text){h->id, sizeof h->id});
    int n = DW__AUDIT_TIME;

    if (c == NULL && memcmp(h->latest, v->first_time, sizeof h->latest) < 0) {
        v->dismissed++; /* of files that are not kept, or not given */
        return DW_OK;
    }
    if (c == NULL)
        return bad(v, 0, "chain %.*s, of which there is a head of %.*s, is missing", DW__AUDIT_ID, h->id, n,
                   h->time);
    if (h->seq < c->chain.seq)
        return DW_OK; /* of lines before the first that was given */
    return bad(v, 0,
               "the end is missing: the head of %.*s says that chain %.*s has a line %llu, and %llu is the "
               "last",
               n, h->time, DW__AUDIT_ID, h->id, (unsigned long long)h->seq,
               (unsigned long long)c->chain.seq - 1);
}

/* ---- lines ---- */

/* What is no line may be one that was not finished when the writer died: then its successor says so. */
static dw_err judge_odd(struct audit_verify *v, const struct audit_line *line)
{
    struct audit_after after;
    size_t odd = v->odd;

    v->odd = 0;
    if (odd == 0)
        return DW_OK;
    if (line != NULL && opens(line) && dw__audit_after_read(line->rest, &after) && after.torn == odd) {
        v->torn++;
        return DW_OK;
    }
    return bad(v, v->odd_number, "it is not a line of an audit log");
}

static void note_first(struct audit_verify *v, const struct audit_line *line)
{
    struct audit_after after;

    memcpy(v->first_time, line->time.p, sizeof v->first_time);
    memcpy(v->first_chain, line->chain.p, sizeof v->first_chain);
    v->first_seq = line->seq;
    v->begins =
        line->seq == 0 && opens(line) && dw__audit_after_read(line->rest, &after) && after.chain.n == 0;
}

static dw_err judge_line(struct audit_verify *v, const struct audit_line *line, bool first)
{
    struct audit_verify_chain *c = find(v, line->chain);
    dw_err err = c == NULL ? begin_chain(v, line, first, &c) : go_on(v, c, line);

    if (err != DW_OK || c == NULL)
        return err;
    if (dw__audit_chain_step(&c->chain) != DW_OK)
        return bad(v, v->number, "the cryptographic library failed");
    memcpy(c->last_mac, line->mac.p, sizeof c->last_mac);
    c->closed = dw__text_is(line->event, "audit.closed");
    c->turned = v->turned = dw__text_is(line->event, "audit.file_ended");
    if (v->lines++ == 0)
        note_first(v, line);
    memcpy(v->last_time, line->time.p, sizeof v->last_time);
    return reach_head(v, &c->chain, line);
}

dw_err dw__audit_verify_line(struct audit_verify *v, dw_text text, bool first)
{
    struct audit_line line;
    dw_err err;

    v->number = first ? 1 : v->number + 1;
    if (!dw__audit_line_read(text, &line)) {
        if ((err = judge_odd(v, NULL)) != DW_OK)
            return err;
        if (text.n == 0)
            return bad(v, v->number, "it is empty");
        v->odd = text.n;
        v->odd_number = v->number;
        return DW_OK;
    }
    if ((err = judge_odd(v, &line)) != DW_OK)
        return err;
    return judge_line(v, &line, first);
}

void dw__audit_verify_file_end(struct audit_verify *v, size_t unfinished)
{
    v->torn += unfinished > 0;
}

dw_err dw__audit_verify_end(struct audit_verify *v, size_t unfinished)
{
    size_t n = v->n_chains < DW__AUDIT_CHAINS ? v->n_chains : DW__AUDIT_CHAINS;
    dw_err err = judge_odd(v, NULL);

    dw__audit_verify_file_end(v, unfinished);
    for (size_t i = 0; i < n; i++)
        v->unclosed += !v->chains[i].closed;
    for (size_t i = 0; i < v->n_heads && err == DW_OK; i++)
        if (!v->heads[i].reached)
            err = judge_missing(v, &v->heads[i]);
    if (err == DW_OK && v->turned)
        err = bad(v, 0, "the last line says that another file follows, and that is missing");
    return err;
}

bool dw__audit_verify_begins_late(const struct audit_verify *v)
{
    return !v->begins || v->dismissed > 0;
}
