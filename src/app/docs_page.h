/* app/docs_page.h -- /docs: a page to read and try the API, made of files of swagger-ui-dist that are known byte by byte. */
#ifndef DW_APP_DOCS_PAGE_H
#define DW_APP_DOCS_PAGE_H

#include "app/config.h"
#include "base/buf.h"
#include "content/static.h"

struct docs_page {
    struct static_files files; /* what the page loads; none when they are not installed */
    dw_text html;
};

/* Reads and compares the files of config->docs_files, and makes the page; without that setting the page says what to do. On failure one line
 * in `why`, and *page is released. */
DW_MUST dw_err dw__docs_page_init(struct docs_page *page, const struct config *config, const dw_app *app,
                                  struct buf *why);
void dw__docs_page_release(struct docs_page *page);

#endif
