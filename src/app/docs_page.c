/* app/docs_page.c -- the page and the files it loads.
 *
 * The files are not ours, so they are pinned: by version in script/lib/docs/package-lock.json, by digest in the table here, and the
 * browser compares once more (Subresource Integrity).  A file that is not exactly the one of the table stops the start.  The page has
 * no script of its own in it, so that its policy needs neither 'unsafe-inline' nor a nonce. */
#include "app/docs_page.h"

#include <unistd.h>

#include "base/text.h"
#include "codec/html_escape.h"
#include "os/dir.h"

#define HTML_MAX ((size_t)16 << 10)

/* swagger-ui-dist 5.35.0; tests/security/docs.spec.js starts with what npm installs. */
static const struct {
    const char *name, *integrity;
} pinned[] = {
    {"swagger-ui.css", "sha256-XtCHV+U9o+Am1svsxh/l1DWFyVYLMC1TStVmklGaJz0="},
    {"swagger-ui-bundle.js", "sha256-5qiYaS8tdo6AfDukYmBopposXdlg3Wx28+TTo94YCvI="},
    {"favicon-32x32.png", "sha256-PtYS9B4FDKXnAAytbxy+fn2jn2X8qZwC6Z5lkQVuWDc="},
};

/* What index.html of the package does in a script of its own. No plug-in that would ask elsewhere whether the description is valid. */
static const char start_js[] = "window.addEventListener('load', () => {\n"
                               "  SwaggerUIBundle({\n"
                               "    url: '/openapi.json',\n"
                               "    dom_id: '#docs',\n"
                               "    deepLinking: true,\n"
                               "    validatorUrl: null,\n"
                               "  });\n"
                               "});\n";

static dw_err explain(const struct config *config, const char *name, dw_err err, struct buf *why)
{
    dw__buf_format(why, "DOCS_FILES: %.*s/%s ", DW_FMT(config->docs_files), name);
    switch ((int)err) {
    case DW_CONFLICT: dw__buf_lit(why, "is another file than this version serves"); break;
    case DW_NOT_FOUND: dw__buf_lit(why, "is not there"); break;
    case DW_DENIED: dw__buf_lit(why, "may not be read, or is a symbolic link"); break;
    default: dw__buf_lit(why, "cannot be read"); break;
    }
    dw__buf_lit(why, "; script/setup docs makes the directory\n");
    return DW_BAD_REQUEST;
}

static dw_err load_files(struct docs_page *page, const struct config *config, struct buf *why)
{
    char path[4096];
    int dir;
    dw_err err;

    (void)snprintf(path, sizeof path, "%.*s", DW_FMT(config->docs_files));
    err = dw__dir_open(path, &dir);
    if (err != DW_OK)
        return explain(config, "", err, why);
    for (size_t i = 0; i < sizeof pinned / sizeof pinned[0] && err == DW_OK; i++)
        if ((err = dw__static_load(&page->files, dir, pinned[i].name, pinned[i].integrity)) != DW_OK)
            err = explain(config, pinned[i].name, err, why);
    (void)close(dir);
    return err != DW_OK ? err : dw__static_add(&page->files, "start.js", dw__text_of(start_js));
}

/* ---- the page ---- */

static void put_head(const dw_app *app, struct buf *out)
{
    dw__buf_lit(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    dw__html_escape(out, dw__text_of(app->title != NULL ? app->title : app->name));
    dw__buf_lit(out, ": the API</title>\n");
}

static void put_loaded(const struct static_file *file, const char *before, const char *between,
                       const char *after, struct buf *out)
{
    dw__buf_format(out, "<%s\"/docs/%.*s\" integrity=\"%s\"%s%s\n", before, DW_FMT(file->name),
                   file->integrity, between, after);
}

static void put_page(const struct docs_page *page, struct buf *out)
{
    dw__buf_lit(out, "<link rel=\"icon\" href=\"/docs/favicon-32x32.png\">\n");
    put_loaded(dw__static_find(&page->files, DW_TEXT("swagger-ui.css")), "link rel=\"stylesheet\" href=", ">",
               "", out);
    dw__buf_lit(out, "</head>\n<body>\n<div id=\"docs\"></div>\n");
    put_loaded(dw__static_find(&page->files, DW_TEXT("swagger-ui-bundle.js")), "script src=", ">",
               "</script>", out);
    put_loaded(dw__static_find(&page->files, DW_TEXT("start.js")), "script src=", ">", "</script>", out);
    dw__buf_lit(out, "</body>\n</html>\n");
}

static void put_advice(const dw_app *app, struct buf *out)
{
    char setting[128];

    dw__setting_full_name(app, SETTING_DOCS_FILES, setting, sizeof setting);
    dw__buf_lit(out,
                "</head>\n<body>\n<h1>The files of this page are not installed</h1>\n"
                "<p>In the source tree of Dewar run <code>script/setup docs</code>, then start with <code>");
    dw__html_escape(out, dw__text_of(setting));
    dw__buf_lit(
        out,
        "=build/share/docs</code>.</p>\n"
        "<p>The description itself is <a href=\"/openapi.json\">openapi.json</a>.</p>\n</body>\n</html>\n");
}

dw_err dw__docs_page_init(struct docs_page *page, const struct config *config, const dw_app *app,
                          struct buf *why)
{
    dw_err err = DW_OK;
    struct buf html;

    dw__static_init(&page->files);
    if (config->docs_files.n > 0)
        err = load_files(page, config, why);
    if (err == DW_OK) {
        dw__buf_init(&html, &page->files.arena, HTML_MAX);
        put_head(app, &html);
        if (page->files.first != NULL)
            put_page(page, &html);
        else
            put_advice(app, &html);
        page->html = (dw_text){html.p, html.n};
        err = html.failed ? DW_TOO_LARGE : DW_OK;
    }
    if (err != DW_OK)
        dw__docs_page_release(page);
    return err;
}

void dw__docs_page_release(struct docs_page *page)
{
    dw__static_release(&page->files);
}
