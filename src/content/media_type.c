/* content/media_type.c -- what a file is, by the ending of its name, in one table: nothing is guessed from its bytes. */
#include <string.h>

#include "base/text.h"
#include "content/static.h"

static const struct {
    const char *ending;
    dw_text type;
} types[] = {
    {".css", DW_TEXT_INIT("text/css; charset=utf-8")},
    {".html", DW_TEXT_INIT("text/html; charset=utf-8")},
    {".ico", DW_TEXT_INIT("image/vnd.microsoft.icon")},
    {".jpg", DW_TEXT_INIT("image/jpeg")},
    {".js", DW_TEXT_INIT("text/javascript; charset=utf-8")},
    {".json", DW_TEXT_INIT("application/json")},
    {".png", DW_TEXT_INIT("image/png")},
    {".svg", DW_TEXT_INIT("image/svg+xml")},
    {".txt", DW_TEXT_INIT("text/plain; charset=utf-8")},
    {".webp", DW_TEXT_INIT("image/webp")},
    {".woff2", DW_TEXT_INIT("font/woff2")},
};

dw_text dw__media_type(const char *name)
{
    const char *ending = strrchr(name, '.');

    for (size_t i = 0; ending != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].ending, ending) == 0)
            return types[i].type;
    return (dw_text){0};
}
