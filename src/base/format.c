/* base/format.c -- the usual formats, a tenth of the way that the C library takes.
 *
 * Whoever calls falls back on vsnprintf; so this need not know everything, but what it writes must be the same to the byte. */
#include "base/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

struct out {
    char *at, *end;
};

static bool put(struct out *o, const char *p, size_t n)
{
    if (n > (size_t)(o->end - o->at))
        return false;
    memcpy(o->at, p, n);
    o->at += n;
    return true;
}

static bool put_u64(struct out *o, uint64_t v)
{
    char digits[20];

    return put(o, digits, dw__u64_digits(v, digits));
}

static bool put_i64(struct out *o, int64_t v)
{
    return v >= 0 ? put_u64(o, (uint64_t)v) : put(o, "-", 1) && put_u64(o, 0 - (uint64_t)v);
}

/* At most `most` bytes, and none behind a NUL. */
static bool put_string(struct out *o, const char *s, int most)
{
    return s != NULL && most >= 0 && put(o, s, strnlen(s, (size_t)most));
}

static bool put_whole(struct out *o, const char *s)
{
    return s != NULL && put(o, s, strlen(s));
}

/* Whether `spec` begins with `name`; *spec is then behind it. */
static bool is(const char **spec, const char *name)
{
    size_t n = strlen(name);

    if (strncmp(*spec, name, n) != 0)
        return false;
    *spec += n;
    return true;
}

/* One conversion, of which the '%' has been read. */
static bool convert(struct out *o, const char **spec, va_list *args)
{
    int most;

    if (is(spec, "%"))
        return put(o, "%", 1);
    if (is(spec, "s"))
        return put_whole(o, va_arg(*args, const char *));
    if (is(spec, ".*s")) {
        most = va_arg(*args, int);
        return put_string(o, va_arg(*args, const char *), most);
    }
    if (is(spec, "d"))
        return put_i64(o, va_arg(*args, int));
    if (is(spec, "u"))
        return put_u64(o, va_arg(*args, unsigned));
    if (is(spec, "lld"))
        return put_i64(o, va_arg(*args, long long));
    if (is(spec, "llu"))
        return put_u64(o, va_arg(*args, unsigned long long));
    if (is(spec, "ld"))
        return put_i64(o, va_arg(*args, long));
    if (is(spec, "lu"))
        return put_u64(o, va_arg(*args, unsigned long));
    return is(spec, "zu") && put_u64(o, va_arg(*args, size_t));
}

size_t dw__format_plain(char *out, size_t cap, const char *fmt, va_list args)
{
    struct out o = {out, out + cap};
    bool ok = true;
    va_list own;

    va_copy(own, args);
    while (ok && *fmt) {
        size_t n = strcspn(fmt, "%");

        ok = put(&o, fmt, n);
        fmt += n;
        if (ok && *fmt) {
            fmt++;
            ok = convert(&o, &fmt, &own);
        }
    }
    va_end(own);
    return ok ? (size_t)(o.at - out) : SIZE_MAX;
}
