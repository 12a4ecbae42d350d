/* app/env_file.c -- KEY=value lines, read so that no two readers could disagree about them. */
#include "app/env_file.h"

#include "base/text.h"

void dw__env_file_init(struct env_file *file, dw_text text)
{
    *file = (struct env_file){text, 0, text.n == 0};
}

static bool is_key(dw_text key)
{
    if (key.n == 0 || !(key.p[0] >= 'A' && key.p[0] <= 'Z'))
        return false;
    for (size_t i = 0; i < key.n; i++)
        if (!((key.p[i] >= 'A' && key.p[i] <= 'Z') || (key.p[i] >= '0' && key.p[i] <= '9') ||
              key.p[i] == '_'))
            return false;
    return true;
}

static bool has_control(dw_text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (((unsigned char)t.p[i] < 0x20 && t.p[i] != '\t') || t.p[i] == 0x7f)
            return true;
    return false;
}

/* NULL, or why `raw` is no value. */
static const char *value_of(dw_text raw, dw_text *value)
{
    char quote = raw.n > 0 ? raw.p[0] : 0;

    *value = raw;
    if (quote == '\'' || quote == '"') {
        dw_text inner = {raw.p + 1, raw.n - 1};
        size_t end = dw__text_find(inner, quote);

        if (end == inner.n)
            return "the quote is not closed";
        if (end != inner.n - 1)
            return "there is something behind the closing quote";
        *value = (dw_text){inner.p, end};
        return NULL;
    }
    for (size_t i = 0; i < raw.n; i++)
        if (raw.p[i] == '\'' || raw.p[i] == '"' || raw.p[i] == '#')
            return "the value has a quote or '#' in it; put quotes around the whole of it";
    return NULL;
}

/* NULL, or why `line` is no pair. */
static const char *pair_of(dw_text line, dw_text *key, dw_text *value)
{
    dw_text rest = line;

    *key = dw__text_cut(&rest, '=');
    if (has_control(line))
        return "the line has control characters (a carriage return?)";
    if (rest.p == NULL)
        return "the line has no '='; it is KEY=value";
    if (!is_key(*key))
        return "what is before '=' is not a name: capital letters, digits and '_', no spaces, no export";
    return value_of(dw__text_trim(rest), value);
}

bool dw__env_file_next(struct env_file *file, dw_text *key, dw_text *value, const char **why)
{
    *why = NULL;
    while (!file->ended) {
        dw_text line = dw__text_trim(dw__text_cut(&file->rest, '\n'));

        file->ended = file->rest.p == NULL;
        file->line++;
        if (line.n == 0 || line.p[0] == '#')
            continue;
        *why = pair_of(line, key, value);
        return *why == NULL;
    }
    return false;
}
