/* auth/password_policy.c -- see password_policy.h.
 *
 * A password is compared by its letters and digits, in lower case: "Correct-Horse-Battery-Staple" is as common as without the strokes. The list
 * (password_list.S) is text in the program, sorted, and searched by halving it: what a half begins with is the line around its middle. */
#include "auth/password_policy.h"

#include <string.h>

#include "base/ctx.h"
#include "base/text.h"
#include "codec/utf8.h"
#include "crypto/compare.h"
#include "crypto/password.h"
#include "schema/bind_rules.h"

extern const char dw__password_list[];
extern const uint64_t dw__password_list_size;

/* ---- the list ---- */

static const char *line_end(const char *at, const char *to)
{
    const char *end = memchr(at, '\n', (size_t)(to - at));

    return end != NULL ? end : to;
}

static int compare(dw_text key, const char *line, size_t n)
{
    const int difference = memcmp(key.p, line, key.n < n ? key.n : n);

    return difference != 0 ? difference : (key.n > n) - (key.n < n);
}

bool dw__password_listed(dw_text key)
{
    const char *from = dw__password_list, *to = from + dw__password_list_size;

    if (key.n == 0)
        return false;
    while (from < to) {
        const char *line = from + (to - from) / 2, *end;
        while (line > from && line[-1] != '\n')
            line--;
        end = line_end(line, to);
        const int side = compare(key, line, (size_t)(end - line));
        if (side == 0)
            return true;
        if (side < 0)
            to = line;
        else
            from = end < to ? end + 1 : to;
    }
    return false;
}

/* ---- what is compared ---- */

/* Letters and digits in lower case; bytes above ASCII stand as they are. */
struct plain {
    size_t n;
    char p[DW__PASSWORD_MAX];
};

static bool is_kept(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static void plain_of(struct plain *out, const char *p, size_t n)
{
    out->n = 0;
    for (size_t i = 0; i < n && out->n < sizeof(out->p); i++)
        if (is_kept((unsigned char)p[i]))
            out->p[out->n++] = lower(p[i]);
}

/* ---- one thing over and over ---- */

static bool has_period(const char *p, size_t n, size_t period)
{
    return memcmp(p, p + period, n - period) == 0;
}

static bool is_repeated(dw_secret password)
{
    bool seen[256] = {false};
    unsigned different = 0;

    for (size_t i = 0; i < password.n; i++) {
        different += !seen[(unsigned char)password.p[i]];
        seen[(unsigned char)password.p[i]] = true;
    }
    dw__wipe(seen, sizeof(seen));
    if (different < 5)
        return true;
    for (size_t period = 1; period <= password.n / 2; period++)
        if (has_period(password.p, password.n, period))
            return true;
    return false;
}

/* ---- names ---- */

/* Takes each `piece` out of *t. */
static void take_out(struct plain *t, dw_text piece)
{
    size_t to = 0;

    if (piece.n < 3)
        return;
    for (size_t i = 0; i < t->n;)
        if (t->n - i >= piece.n && memcmp(t->p + i, piece.p, piece.n) == 0)
            i += piece.n;
        else
            t->p[to++] = t->p[i++];
    t->n = to;
}

/* Takes out the whole name, then each of the parts that its punctuation makes: "anna.smith@example.com". */
static void take_name_out(struct plain *t, dw_text name)
{
    struct plain piece;
    size_t from = 0;

    plain_of(&piece, name.p, name.n);
    take_out(t, (dw_text){piece.p, piece.n});
    for (size_t i = 0; i <= name.n; i++)
        if (i == name.n || !is_kept((unsigned char)name.p[i])) {
            plain_of(&piece, name.p + from, i - from);
            take_out(t, (dw_text){piece.p, piece.n});
            from = i + 1;
        }
}

static bool is_made_of_names(const struct plain *password, const dw_text *names, size_t n_names)
{
    struct plain rest = *password;
    bool result;

    for (size_t i = 0; i < n_names; i++)
        if (names[i].n > 0)
            take_name_out(&rest, names[i]);
    result = rest.n < password->n && dw__utf8_chars(rest.p, rest.n) < DW__PASSWORD_BESIDE_NAMES;
    dw__wipe(&rest, sizeof(rest));
    return result;
}

/* ---- all of it ---- */

enum password_verdict dw__password_judge(dw_secret password, bool with_second_factor, const dw_text *names,
                                         size_t n_names)
{
    const size_t chars = dw__utf8_chars(password.p, password.n);
    enum password_verdict verdict = PASSWORD_GOOD;
    struct plain plain;

    if (chars < (with_second_factor ? DW__PASSWORD_CHARS_MIN_MFA : DW__PASSWORD_CHARS_MIN) ||
        chars > DW__PASSWORD_CHARS_MAX || password.n > DW__PASSWORD_MAX)
        return PASSWORD_LENGTH;
    plain_of(&plain, password.p, password.n);
    if (dw__password_listed((dw_text){plain.p, plain.n}))
        verdict = PASSWORD_COMMON;
    else if (is_repeated(password) ||
             (plain.n >= password.n / 2 && is_repeated((dw_secret){plain.p, plain.n})))
        verdict = PASSWORD_REPEATED;
    else if (is_made_of_names(&plain, names, n_names))
        verdict = PASSWORD_NAMES;
    dw__wipe(&plain, sizeof(plain));
    return verdict;
}

struct words {
    const char *code, *says;
};

static struct words words_of(enum password_verdict verdict, bool with_second_factor)
{
    switch (verdict) {
    case PASSWORD_LENGTH:
        return (struct words){"len", with_second_factor ? "Length must be between 8 and 128."
                                                        : "Length must be between 15 and 128."};
    case PASSWORD_COMMON:
        return (struct words){"common", "This is one of the passwords that are tried first. Choose another."};
    case PASSWORD_REPEATED:
        return (struct words){"repeated_pieces", "This says the same over and over. Choose another."};
    case PASSWORD_NAMES:
        return (struct words){"names", "This is little more than a name of yours or of this service."};
    case PASSWORD_GOOD: break;
    }
    return (struct words){NULL, NULL};
}

dw_err dw_x_password_check(dw_ctx *ctx, dw_secret password, const dw_password_about *about)
{
    const enum password_verdict verdict = dw__password_judge(
        password, about->with_second_factor, about->names, sizeof(about->names) / sizeof(about->names[0]));
    const struct words words = words_of(verdict, about->with_second_factor);
    const char *field = about->field != NULL ? about->field : "password";
    struct bind_faults *faults;

    if (about->why != NULL)
        *about->why = words.says;
    if (words.code == NULL)
        return DW_OK;
    if ((faults = dw__arena_zalloc(ctx->arena, sizeof(*faults))) == NULL)
        return DW_UNAVAILABLE;
    dw__bind_init(faults, ctx->arena);
    dw__bind_fault_says(faults, &(struct bind_place){NULL, dw__text_of(field), 0}, NULL, words.code,
                        words.says);
    ctx->faults = faults;
    return DW_INVALID;
}
